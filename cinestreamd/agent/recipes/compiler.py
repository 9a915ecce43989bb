"""Learn a recipe from rows that were verified: try simple rules until one gives the same rows on the same page."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from functools import cache
from itertools import islice, product
from typing import Final

import msgspec
from msgspec import Struct

from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.recipes.marked_page import ClockSpot, DateSpot, MarkedPage, TextSpot, path_of
from cinestreamd.agent.recipes.replay import days_by, read_marked, replay, shape_of, titles_by
from cinestreamd.agent.recipes.rules import DayRule, PriceRule, Rules, Side, TitleRule
from cinestreamd.agent.verify import Showing
from cinestreamd.agent.verify.moments import NoSuchLocalTimeError, start_of
from cinestreamd.agent.verify.titles import clean_title
from cinestreamd.store.base import Cinema

# One row shows no structure; of very many the page itself is better asked.
FEWEST, MOST = 2, 400
# So many rules that give the right rows are tried for links and prices.
MOST_FITTING: Final = 4
# The marks beside so many titles tell those of all.
MOST_LOOKED_FOR: Final = 12
_QUOTES: Final = {"«": "»", "“": "”", "„": "“", '"': '"', "‘": "’", "(": ")", "[": "]", "「": "」", "『": "』"}
_LINKS: Final = ("own", "next", "title")
_PLACES: Final = ("after", "before", "line", "page")


class _Row(Struct, frozen=True):
    title: str
    raw: str
    day: date
    clock: time
    start: datetime


def compile_rules(page: Page, showings: Sequence[Showing], cinema: Cinema, context: ReadContext) -> Rules | None:
    """Rules that give exactly these showings on this page, None where no simple ones do.

    They are checked as they will be used: by reading the page with them, and by verifying what comes of it.
    """
    if not FEWEST <= len(showings) <= MOST:
        return None
    marked = MarkedPage(page, context)
    rows = [_row(showing, context) for showing in showings]
    for rules in islice(_fitting_rules(marked, rows, context), MOST_FITTING):
        whole = _with_details(_measured(rules, marked), marked, showings, cinema, context)
        if whole is not None:
            return whole
    return None


def _row(showing: Showing, context: ReadContext) -> _Row:
    local = showing.start_time.astimezone(context.timezone)
    return _Row(showing.title, showing.raw_title, local.date(), local.time().replace(tzinfo=None), showing.start_time)


def _starts(
    chosen: Sequence[ClockSpot], titles: Sequence[str | None], days: Sequence[Sequence[date]], context: ReadContext
) -> set[tuple[str, datetime]]:
    """What clocks with these titles and days give that is to come; nothing where a day is missing or impossible."""
    found = set()
    for spot, title, on in zip(chosen, titles, days, strict=True):
        if title is None:
            continue
        if not on:
            return set()
        for day in on:
            try:
                start = start_of(day, spot.clock, context.timezone)
            except NoSuchLocalTimeError:
                return set()
            if start > context.now:
                found.add((title, start))
    return found


def _measured(rules: Rules, marked: MarkedPage) -> Rules:
    """The rules with what is usual for the page: how far titles are, and how much is left over."""
    usual = replay(rules, marked)
    return msgspec.structs.replace(
        rules, reach=2 * usual.reach + 100, unexplained=usual.unexplained, unused=usual.unused
    )


def _with_details(
    rules: Rules, marked: MarkedPage, showings: Sequence[Showing], cinema: Cinema, context: ReadContext
) -> Rules | None:
    """The rules with places of links and prices, if some give the same of both; the whole reading is compared."""
    shapes = tuple(sorted({shape_of(showing.price.text) for showing in showings if showing.price is not None}))
    prices = [PriceRule(shapes=shapes, place=place) for place in _PLACES] if shapes else [None]
    wanted = {_whole(showing) for showing in showings}
    for link in _LINKS if any(showing.link for showing in showings) else ("none",):
        linked = msgspec.structs.replace(rules, link=link)
        given = _read(linked, marked, cinema, context)
        if {one[:3] for one in given} != {one[:3] for one in wanted}:
            continue
        for price in prices:
            priced = msgspec.structs.replace(linked, price=price)
            if _read(priced, marked, cinema, context) == wanted:
                return priced
    return None


def _read(rules: Rules, marked: MarkedPage, cinema: Cinema, context: ReadContext) -> set[tuple[object, ...]]:
    read = read_marked(rules, marked, cinema, context, rows=1)
    return set() if read is None else {_whole(showing) for showing in read[1].showings}


def _whole(showing: Showing) -> tuple[object, ...]:
    price = showing.price
    return (
        showing.title,
        showing.start_time,
        showing.link,
        None if price is None else (price.min, price.max, price.currency),
    )


def _fitting_rules(marked: MarkedPage, rows: Sequence[_Row], context: ReadContext) -> Iterator[Rules]:
    """Rules that give the rows' titles and moments, the most particular first.

    Titles and days are found apart, and only what finds all of them is tried together.
    """
    starts = {(row.title, row.start) for row in rows}
    clean = cache(lambda text: clean_title(text).title)
    wanted = {row.clock for row in rows}
    styles = tuple(sorted({spot.style for spot in marked.clocks() if spot.clock in wanted}))
    clocks = marked.clocks(styles)
    for paths in _clock_paths(clocks, rows):
        chosen = [spot for spot in clocks if spot.path in paths]
        dates = marked.dates(clocks)
        titled = []
        for title in _title_rules(marked, chosen, rows):
            texts = [None if spot is None else clean(spot.text) for spot in titles_by(title, marked, chosen, dates)]
            if {row.title for row in rows} <= set(texts):
                titled.append((title, texts))
        dated = []
        for day in _day_rules(chosen, dates, rows):
            days = days_by(day, marked, chosen, dates)
            if {row.day for row in rows} <= {one for on in days for one in on}:
                dated.append((day, days))
        for (title, texts), (day, days) in product(titled, dated):
            if _starts(chosen, texts, days, context) == starts:
                yield Rules(clocks=paths, styles=styles, title=title, day=day)


def _clock_paths(clocks: Sequence[ClockSpot], rows: Sequence[_Row]) -> list[tuple[str, ...]]:
    """Sets of paths in which the rows' clocks stand: the fewest that hold all of them, then all."""
    votes: Counter[str] = Counter()
    by_clock: dict[time, set[str]] = {}
    for spot in clocks:
        by_clock.setdefault(spot.clock, set()).add(spot.path)
    for row in rows:
        votes.update(by_clock.get(row.clock, ()))
    fewest = {max(by_clock[row.clock], key=lambda path: (votes[path], path)) for row in rows if row.clock in by_clock}
    return list(dict.fromkeys([tuple(sorted(fewest)), tuple(sorted(votes))]))


def _title_rules(marked: MarkedPage, chosen: Sequence[ClockSpot], rows: Sequence[_Row]) -> list[TitleRule]:
    """Ways in which titles could be found beside these clocks."""
    titles = {row.title for row in rows}
    labels = [spot for spot in marked.labels if clean_title(spot.text).title in titles]
    rules = []
    sides: tuple[Side, ...] = ("before", "after")
    for side in sides:
        paths, scope = _title_paths(marked, chosen, labels, side)
        if paths:
            rules += [
                TitleRule(kind="element", side=side, paths=paths, scope=one) for one in dict.fromkeys([scope, ""])
            ]
    sample = sorted({row.raw for row in rows})[:MOST_LOOKED_FOR]
    for left, right in _quotes_around(marked.text, sample):
        rules += [TitleRule(kind="quoted", side=side, left=left, right=right) for side in ("after", "before")]
    for left, right in _marks_beside(marked.text, sample):
        rules += [TitleRule(kind="after", seams=seams, right=right) for seams in (False, True)]
        rules += [TitleRule(kind="before", seams=seams, left=left) for seams in (False, True)]
    return list(dict.fromkeys(rules))


def _marks_beside(text: str, titles: Sequence[str]) -> list[tuple[str, str]]:
    """Nothing, and the marks of punctuation that stand most often right before and right behind the titles."""
    before: Counter[str] = Counter()
    behind: Counter[str] = Counter()
    for title in titles:
        for found in re.finditer(rf"([^\w\s]?)\s*{re.escape(title)}\s*([^\w\s]?)", text):
            before[found[1]] += 1
            behind[found[2]] += 1
    return [
        ("", ""),
        (max(before, key=before.__getitem__, default=""), max(behind, key=behind.__getitem__, default="")),
    ]


def _title_paths(
    marked: MarkedPage, chosen: Sequence[ClockSpot], labels: Sequence[TextSpot], side: Side
) -> tuple[tuple[str, ...], str]:
    """The paths of the texts nearest to the clocks that are one of the titles, and what holds both, if always alike."""
    paths: set[str] = set()
    scopes: set[str] = set()
    for spot in chosen:
        on_side = [one for one in labels if (one.end <= spot.start if side == "before" else one.start >= spot.end)]
        if not on_side:
            continue
        title = on_side[-1] if side == "before" else min(on_side, key=lambda one: (one.start, -one.end))
        paths.add(title.path)
        span = min(title.start, spot.start), max(title.end, spot.end)
        scopes.add(path_of(marked.document.element_of(*span)))
    return tuple(sorted(paths)), scopes.pop() if len(scopes) == 1 else ""


def _quotes_around(text: str, titles: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs of marks between which titles stand somewhere."""
    found: Counter[tuple[str, str]] = Counter()
    for left, right in _QUOTES.items():
        found[left, right] = sum(f"{left}{title}{right}" in text for title in titles)
    return [pair for pair, count in found.most_common() if count]


def _day_rules(chosen: Sequence[ClockSpot], dates: Sequence[DateSpot], rows: Sequence[_Row]) -> list[DayRule]:
    """Ways in which days could be found beside these clocks."""
    days = {row.day for row in rows}
    rules: list[DayRule] = []
    for side in ("before", "after"):
        paths = set()
        for spot in chosen:
            on_side = [
                one
                for one in dates
                if one.day in days and (one.end <= spot.start if side == "before" else one.start >= spot.end)
            ]
            if on_side:
                paths.add(on_side[-1 if side == "before" else 0].path)
        if paths:
            rules.append(DayRule(side=side, paths=tuple(sorted(paths))))
    return [*rules, DayRule(side="structure"), DayRule(side="before"), DayRule(side="after"), DayRule(side="only")]
