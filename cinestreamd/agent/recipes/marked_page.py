"""A page with everything marked that a recipe can refer to: clocks, dates and elements, each with its path."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, time
from functools import cached_property
from itertools import islice

from msgspec import Struct

from cinestreamd.agent.claude.reduce import absolute_link, reduce_page, visible_tree
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers.clock import ClockHit, find_clocks
from cinestreamd.agent.readers.dates import DateHit, DateReading, date_order, day_named, find_dates
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.miner.calendar_marks import Calendar
from cinestreamd.agent.readers.miner.days import resolve_days
from cinestreamd.agent.readers.miner.time_nodes import Cluster, TimeNode

_LEVELS = 3
_LONGEST_LABEL = 40
_LONGEST_TITLE = 300
_LONGEST_QUOTE = 160
_NEAR = 60


class Spot(Struct, frozen=True):
    """A place in the visible text, and the path of the element that holds it."""

    start: int
    end: int
    path: str


class ClockSpot(Spot, frozen=True):
    """A clock time. ``style`` is how it is printed."""

    clock: time
    style: str


class DateSpot(Spot, frozen=True):
    """A date."""

    day: date


class TextSpot(Spot, frozen=True):
    """A text that may be a title."""

    text: str


def path_of(element: Element | None) -> str:
    """What an element and the two around it are."""
    return "" if element is None else "<".join(one.signature for one in islice(element.ancestors(), _LEVELS))


class MarkedPage:
    """One page. Only what it shows counts: what it hides is gone before anything is marked."""

    def __init__(self, page: Page, context: ReadContext) -> None:
        self.url = page.url
        self._page = page
        self.document = Document(visible_tree(page))
        self.text = self.document.text
        today = context.now.astimezone(context.timezone).date()
        order = date_order(self.text, context.timezone, self.document.language)
        self._reading = DateReading(today=today, order=order)
        self._timezone = context.timezone
        self._clocks: dict[tuple[str, ...] | None, list[ClockSpot]] = {}

    @cached_property
    def reduced(self) -> Page:
        """The page as it is verified against: what it shows."""
        return reduce_page(self._page).as_page(self._page)

    @cached_property
    def _hits(self) -> list[ClockHit]:
        return [hit for hit in find_clocks(self.text) if hit.role == "start" and hit.clock() is not None]

    @cached_property
    def _dates(self) -> list[DateHit]:
        found = [hit for hit in find_dates(self.text, self._reading) if not hit.in_range]
        taken = sorted(hit.start for hit in found)
        for run in self.document.runs:
            at = bisect_left(taken, run.start)
            free = at == len(taken) or taken[at] >= run.end
            if free and run.end - run.start <= _LONGEST_LABEL:
                named = day_named(self.text[run.start : run.end], self._reading)
                if named is not None:
                    found.append(DateHit(start=run.start, end=run.end, day=named.day, kind=named.kind))
        return sorted(found, key=lambda hit: hit.start)

    def clocks(self, styles: tuple[str, ...] | None = None) -> list[ClockSpot]:
        """The clocks printed in one of ``styles`` (all by default) that are no part of a sure date."""
        if styles not in self._clocks:
            self._clocks[styles] = self._find_clocks(styles)
        return self._clocks[styles]

    def _find_clocks(self, styles: tuple[str, ...] | None) -> list[ClockSpot]:
        sure = [(hit.start, hit.end) for hit in self._dates if hit.certain]
        found = []
        for hit in self._hits:
            clock = hit.clock()
            if clock is None or (styles is not None and hit.style not in styles) or _overlaps(hit.start, hit.end, sure):
                continue
            found.append(ClockSpot(hit.start, hit.end, self.path_at(hit.start, hit.end), clock, hit.style))
        return found

    def dates(self, clocks: Sequence[ClockSpot]) -> list[DateSpot]:
        """The dates that are none of these clocks."""
        taken = [(spot.start, spot.end) for spot in clocks]
        return [
            DateSpot(hit.start, hit.end, self.path_at(hit.start, hit.end), hit.day)
            for hit in self._dates
            if not _overlaps(hit.start, hit.end, taken)
        ]

    def days_by_structure(self, chosen: Sequence[ClockSpot]) -> list[tuple[date, ...]]:
        """The days of clocks as the miner finds them; clocks of one path have them from one source."""
        by_start = {hit.start: hit for hit in self._hits}
        taken = [(spot.start, spot.end) for spot in chosen]
        hits = [hit for hit in self._dates if not _overlaps(hit.start, hit.end, taken)]
        calendar = Calendar(self.document, hits, [spot.start for spot in chosen], self._reading, self._timezone)
        nodes: dict[str, list[TimeNode]] = {}
        for spot in chosen:
            element = self.document.element_of(spot.start, spot.end)
            if element is not None:
                node = TimeNode(by_start[spot.start], element, tuple(element.ancestors()))
                nodes.setdefault(spot.path, []).append(node)
        days: dict[int, tuple[date, ...]] = {}
        for path, members in nodes.items():
            found = resolve_days(calendar, Cluster((path,), tuple(members)), self.url)
            for node, one in zip(members, found, strict=True):
                days[node.hit.start] = () if one is None else (one.day, *one.more)
        return [days.get(spot.start, ()) for spot in chosen]

    @cached_property
    def labels(self) -> list[TextSpot]:
        """The texts that may be titles: of elements, short, no mere clock or date; in the order of their ends."""
        told = sorted(
            [(spot.start, spot.end) for spot in self.clocks()] + [(hit.start, hit.end) for hit in self._dates]
        )
        found = []
        for element in self.document.elements:
            if 0 < element.end - element.start <= _LONGEST_TITLE and not _is_within(element, told):
                text = self.document.folded(element.start, element.end)
                found.append(TextSpot(element.start, element.end, path_of(element), text))
        return sorted(found, key=lambda spot: (spot.end, spot.start))

    @cached_property
    def anchors(self) -> list[tuple[Element, str]]:
        """The links of the page with their absolute addresses, in order."""
        found = []
        for element in self.document.elements:
            target = absolute_link(self.url, element.attributes["href"]) if "href" in element.attributes else None
            if element.tag == "a" and target is not None:
                found.append((element, target))
        return found

    def path_at(self, start: int, end: int) -> str:
        """The path of the deepest element that holds a span."""
        return path_of(self.document.element_of(start, end))

    def quote(self, spot: Spot) -> str:
        """The line around a spot, or of a long line some words around it."""
        start, end = self.document.line(spot.start, spot.end)
        if end - start > _LONGEST_QUOTE:
            near, far = max(start, spot.start - _NEAR), min(end, spot.end + _NEAR)
            start = near if near == start else self.text.find(" ", near, spot.start) + 1 or spot.start
            end = far if far == end else max(spot.end, self.text.rfind(" ", spot.end, far))
        return self.document.folded(start, end)


def _is_within(element: Element, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether an element holds nothing but one of several spans, which are in order."""
    at = bisect_left(spans, (element.start + 1, -1))
    return at > 0 and element.end <= spans[at - 1][1]


def _overlaps(start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a span touches one of several, which are in order."""
    at = bisect_left(spans, (end, -1))
    return at > 0 and spans[at - 1][1] > start
