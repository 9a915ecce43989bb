"""Read a page by a recipe, and tell when the page has drifted away from it."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec
from msgspec import Struct

from cinestreamd.agent.model import Candidate, Page, ReadContext, Reading
from cinestreamd.agent.readers.document import SEAM
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.miner.confidence import overlapping
from cinestreamd.agent.recipes.marked_page import ClockSpot, DateSpot, MarkedPage, TextSpot, path_of
from cinestreamd.agent.recipes.rules import DayRule, PriceRule, Rules, TitleRule
from cinestreamd.agent.verify import Verified, verify
from cinestreamd.store.base import Cinema
from cinestreamd.store.spending import RECIPE

# A recipe still holds while a page gives at least this share of the rows that it gave when it was compiled, …
LEAST_SHARE: Final = 0.4
# … and no more than this share of its rows is refused, or of its clocks and titles left over, beyond what was then.
MOST_ODD: Final = 0.2
_OVERLAPPING: Final = 0.4
_EDGES: Final = " \t\n\x1f\u00a0–—-:;,.|·•/"
_FAR: Final = 300
# So many clocks in a row at most share the title before the first of them.
_LONGEST_CHAIN: Final = 20
_NO_FAULT: Final = frozenset({"in_the_past", "duplicate", "too_far_ahead"})


class Replay(Struct, frozen=True, kw_only=True):
    """What a recipe makes of a page. ``reach`` is the longest distance between a clock and its title."""

    candidates: tuple[Candidate, ...]
    unexplained: int
    unused: int
    reach: int


def read_by_recipe(
    rules: Rules, page: Page, cinema: Cinema, context: ReadContext, *, rows: int
) -> tuple[Reading, Verified] | None:
    """The page as the recipe reads it, verified; None where the page is no longer like the one of ``rows`` rows."""
    return read_marked(rules, MarkedPage(page, context), cinema, context, rows=rows)


def read_marked(
    rules: Rules, marked: MarkedPage, cinema: Cinema, context: ReadContext, *, rows: int
) -> tuple[Reading, Verified] | None:
    """The same of a page that is marked already: while a recipe is learnt, one page is read by many."""
    replayed = replay(rules, marked)
    count = len(replayed.candidates)
    slack = max(1, int(MOST_ODD * count))
    if count < max(1, LEAST_SHARE * rows) or overlapping(replayed.candidates) >= _OVERLAPPING:
        return None
    if replayed.unexplained > rules.unexplained + slack or replayed.unused > rules.unused + slack:
        return None
    reading = Reading(reader=RECIPE, candidates=replayed.candidates, confidence=0.9)
    verified = verify(marked.reduced, reading, cinema, context)
    faults = sum(refusal.reason not in _NO_FAULT for refusal in verified.refusals)
    return None if faults > MOST_ODD * count else (reading, verified)


def replay(rules: Rules, marked: MarkedPage) -> Replay:
    """All rows that the rules give on a page, not verified yet."""
    clocks = marked.clocks(rules.styles)
    chosen = [spot for spot in clocks if spot.path in rules.clocks]
    dates = marked.dates(clocks)
    titles, days = titles_by(rules.title, marked, chosen, dates), days_by(rules.day, marked, chosen, dates)
    rows: list[Candidate] = []
    used: set[tuple[int, int]] = set()
    reach = 0
    explained = 0
    for number, (spot, title, on) in enumerate(zip(chosen, titles, days, strict=True)):
        distance = 0 if title is None else max(title.start - spot.end, spot.start - title.end, 0)
        if title is None or (rules.reach and distance > rules.reach):
            continue
        used.add((title.start, title.end))
        explained += 1
        reach = max(reach, distance)
        row = Candidate(
            title=title.text,
            day=on[0] if on else None,
            clock=spot.clock,
            quote=marked.quote(spot),
            link=_link(rules, marked, spot, title, _next(chosen, number, len(marked.text))),
            price_text=None if rules.price is None else _price(rules.price, marked, chosen, number),
        )
        rows += [row, *(msgspec.structs.replace(row, day=day) for day in on[1:])]
    everything = {(spot.start, spot.end) for spot in title_fields(rules.title, marked)}
    return Replay(
        candidates=tuple(rows),
        unexplained=len(clocks) - explained,
        unused=len(everything - used) if rules.title.kind in ("element", "quoted") else 0,
        reach=reach,
    )


def title_fields(rule: TitleRule, marked: MarkedPage) -> list[TextSpot]:
    """All texts of a page that are titles by the rule; none for titles that are only known from their clocks."""
    if rule.kind == "element":
        return [spot for spot in marked.labels if spot.path in rule.paths]
    if rule.kind == "quoted":
        left, right = re.escape(rule.left), re.escape(rule.right)
        pattern = re.compile(rf"{left}([^{left}{right}\n]{{1,200}}){right}")
        return [
            TextSpot(found.start(1), found.end(1), "", " ".join(found[1].split()))
            for found in pattern.finditer(marked.text)
        ]
    return []


def titles_by(
    rule: TitleRule, marked: MarkedPage, chosen: Sequence[ClockSpot], dates: Sequence[DateSpot]
) -> list[TextSpot | None]:
    """The titles of clocks by the rule."""
    if rule.kind in ("after", "before"):
        markers = sorted([(spot.start, spot.end) for spot in (*chosen, *dates)])
        clocks = {spot.start: spot for spot in chosen}
        beside = _after if rule.kind == "after" else _before
        return [beside(marked, spot, markers, clocks, rule) for spot in chosen]
    fields = title_fields(rule, marked)
    by_start = sorted(fields, key=lambda field: (field.start, -field.end))
    ends, starts = [field.end for field in fields], [field.start for field in by_start]

    def nearest(spot: ClockSpot) -> TextSpot | None:
        if rule.side == "before":
            at = bisect_right(ends, spot.start) - 1
            title = fields[at] if at >= 0 else None
        else:
            at = bisect_left(starts, spot.end)
            title = by_start[at] if at < len(by_start) else None
        if title is None or not rule.scope:
            return title
        scope = _scope(marked, spot, rule.scope)
        return title if scope is not None and scope.holds(title.start, title.end) else None

    return [nearest(spot) for spot in chosen]


def days_by(
    rule: DayRule, marked: MarkedPage, chosen: Sequence[ClockSpot], dates: Sequence[DateSpot]
) -> list[tuple[date, ...]]:
    """The days of clocks by the rule: none, one, or several where a line names several."""
    if rule.side == "structure":
        return marked.days_by_structure(chosen)
    fitting = [spot for spot in dates if not rule.paths or spot.path in rule.paths]
    if rule.side == "only":
        days = {spot.day for spot in fitting}
        return [tuple(days) if len(days) == 1 else ()] * len(chosen)
    starts = [spot.start for spot in fitting]

    def nearest(spot: ClockSpot) -> tuple[date, ...]:
        at = bisect_left(starts, spot.start) - (1 if rule.side == "before" else 0)
        return (fitting[at].day,) if 0 <= at < len(fitting) else ()

    return [nearest(spot) for spot in chosen]


def _scope(marked: MarkedPage, spot: ClockSpot, path: str) -> Element | None:
    """The nearest element around a clock that has the path."""
    element = marked.document.element_of(spot.start, spot.end)
    return None if element is None else next((one for one in element.ancestors() if path_of(one) == path), None)


def _after(
    marked: MarkedPage,
    spot: ClockSpot,
    markers: Sequence[tuple[int, int]],
    _clocks: dict[int, ClockSpot],
    rule: TitleRule,
) -> TextSpot | None:
    """What stands behind a clock in its line, up to the next clock or date."""
    _, end = marked.document.line(spot.start, spot.end)
    at = bisect_left(markers, (spot.end, -1))
    if at < len(markers):
        end = min(end, markers[at][0])
    return _trimmed(marked, spot.end, end, rule)


def _before(
    marked: MarkedPage,
    spot: ClockSpot,
    markers: Sequence[tuple[int, int]],
    clocks: dict[int, ClockSpot],
    rule: TitleRule,
) -> TextSpot | None:
    """What stands before a clock in its line; clocks that only separators part have one title."""
    start, _ = marked.document.line(spot.start, spot.end)
    at = bisect_left(markers, (spot.start, -1)) - 1
    for _ in range(_LONGEST_CHAIN):
        if at < 0 or markers[at][0] < start:
            return _trimmed(marked, start, spot.start, rule)
        title = _trimmed(marked, markers[at][1], spot.start, rule)
        if title is not None or markers[at][0] not in clocks:
            return title
        spot = clocks[markers[at][0]]
        at -= 1
    return None


def _trimmed(marked: MarkedPage, start: int, end: int, rule: TitleRule) -> TextSpot | None:
    """A piece of a line as a title, without the separators around it; None where it holds no letter or digit."""
    text = marked.text
    if rule.kind == "after":
        start += len(text[start:end]) - len(text[start:end].lstrip(_EDGES))
        end = text.find(rule.right, start, end) if rule.right and rule.right in text[start:end] else end
    else:
        end = start + len(text[start:end].rstrip(_EDGES))
        start = text.rfind(rule.left, start, end) + 1 if rule.left and rule.left in text[start:end] else start
    pieces = []
    at = start
    for piece in text[start:end].split(SEAM) if rule.seams else [text[start:end]]:
        if any(letter.isalnum() for letter in piece):
            pieces.append((at, piece))
        at += len(piece) + 1
    if not pieces:
        return None
    at, piece = pieces[0 if rule.kind == "after" else -1]
    inner = piece.strip(_EDGES)
    begin = at + piece.index(inner)
    return TextSpot(begin, begin + len(inner), "", " ".join(inner.split()))


def _next(chosen: Sequence[ClockSpot], number: int, end: int) -> int:
    return chosen[number + 1].start if number + 1 < len(chosen) else end


def _link(rules: Rules, marked: MarkedPage, spot: ClockSpot, title: TextSpot, until: int) -> str | None:
    """The link of a row: the one around its clock, the next one behind it, or the one of its title."""
    if rules.link == "none":
        return None
    for element, target in marked.anchors:
        own = rules.link == "own" and element.holds(spot.start, spot.end)
        behind = rules.link == "next" and spot.end <= element.start and element.end <= until
        titled = rules.link == "title" and (
            element.holds(title.start, title.end) or (title.start <= element.start and element.end <= title.end)
        )
        if own or behind or titled:
            return target
    return None


def _price(rule: PriceRule, marked: MarkedPage, chosen: Sequence[ClockSpot], number: int) -> str | None:
    """The price of a row in the place where such rows have it."""
    spot, text = chosen[number], marked.text
    start, end = {
        "after": (spot.end, min(_next(chosen, number, len(text)), spot.end + _FAR)),
        "before": (max(chosen[number - 1].end if number else 0, spot.start - _FAR), spot.start),
        "line": marked.document.line(spot.start, spot.end),
        "page": (0, len(text)),
    }[rule.place]
    shapes = "|".join(_shape_pattern(shape) for shape in rule.shapes)
    found = [match[0] for match in re.compile(rf"(?<!\d)(?:{shapes})(?!\d)").finditer(text, start, end)]
    return " ".join(found[-1 if rule.place == "before" else 0].split()) if found else None


def shape_of(price: str) -> str:
    """How a price is printed, whatever its figures: "від 120 грн" → "від 0 грн"."""
    return re.sub(r"\d+", "0", " ".join(price.split()))


def _shape_pattern(shape: str) -> str:
    return r"\s*".join(re.escape(word).replace("0", r"\d+") for word in shape.split())
