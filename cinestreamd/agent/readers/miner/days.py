"""Find the day of each time of a cluster: by the structure that gives the whole cluster its days, never row by row.

The order is by how certain a source has proved to be: the element's own date, the same line, an attribute above, the
tab that opens the panel, a month's grid, the table column, a heading before, the address, the active tab.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from cinestreamd.agent.readers.dates import find_dates
from cinestreamd.agent.readers.miner.calendar_marks import Calendar
from cinestreamd.agent.readers.miner.day_attributes import day_in_address, day_in_label, day_of_attributes, moment_day
from cinestreamd.agent.readers.miner.day_headings import learn_heading_rule
from cinestreamd.agent.readers.miner.day_panels import active_day, days_set, days_to_choose, panel_days
from cinestreamd.agent.readers.miner.grid_columns import grid_days
from cinestreamd.agent.readers.miner.line_days import LONGEST_RUN, day_of_line, days_between, days_of_line
from cinestreamd.agent.readers.miner.month_grid import learn_month_numbers
from cinestreamd.agent.readers.miner.time_nodes import Cluster, TimeNode
from cinestreamd.agent.readers.miner.weekdays import learn_weekdays, names_weekday, periods_of

if TYPE_CHECKING:
    from cinestreamd.agent.readers.elements import Element

DaySource = Literal[
    "moment",
    "own",
    "line",
    "attribute",
    "tab",
    "column",
    "heading",
    "calendar",
    "weekdays",
    "period",
    "address",
    "active",
    "none",
]

# Place → the kind of source that it is.
_SOURCES: dict[str, DaySource] = {
    "moment": "moment", "own": "own", "line": "line", "attribute": "attribute", "tab": "tab", "panel": "tab",
    "weekdays": "weekdays", "calendar": "calendar", "column": "column", "grid": "column", "heading": "heading",
    "nearest": "heading", "period": "period", "address": "address", "active": "active",
}  # fmt: skip

_STEPS = 16

_MOST_INSIDE = 30


class Resolved(Struct, frozen=True, eq=False):
    """The day of one time and the place where it was found; ``more`` are further days that the same line gives it."""

    day: date
    place: str
    more: tuple[date, ...] = ()

    @property
    def source(self) -> DaySource:
        """The kind of that place."""
        return _SOURCES[self.place.partition(" ")[0]]


def _moment(calendar: Calendar, time: TimeNode) -> date | None:
    """The day of a moment that the time's own element spells out for machines."""
    clock = time.hit.clock()
    days = (moment_day(element, calendar.reading, clock) for element in time.chain[:2]) if clock is not None else ()
    spelt = next((day for day in days if day is not None), None)
    labels = (day_in_label(element, calendar.reading, clock) for element in time.chain[:2]) if clock is not None else ()
    return spelt or next((day for day in labels if day is not None), None)


def _own(calendar: Calendar, time: TimeNode) -> date | None:
    """A date in the attributes of the time's element, or in or around it as long as no other time is there."""
    clock = time.hit.clock()
    previous: Element | None = None
    for element in time.chain[:_STEPS]:
        if calendar.clocks_in(element) > 1 or element.tag in ("body", "main"):
            return None
        inside = calendar.document.elements[element.index : element.last + 1][:_MOST_INSIDE]
        for one in inside:
            if previous is not None and previous.index <= one.index <= previous.last:
                continue
            day = day_of_attributes(one, calendar.reading, calendar.timezone, clock)
            if day is not None:
                return day
        previous = element
    return None


def _attribute(calendar: Calendar, time: TimeNode) -> date | None:
    """A date in the attributes of an element further up."""
    for element in time.chain[:_STEPS]:
        if element.tag == "body":
            return None
        day = calendar.attribute_day(element)
        if day is not None:
            return day
    return None


def _tab(calendar: Calendar, time: TimeNode) -> date | None:
    """The day of the tab that opens the panel in which the time stands."""
    for element in time.chain[:_STEPS]:
        day = calendar.tab_day(element)
        if day is not None:
            return day
    return None


def _column(calendar: Calendar, time: TimeNode) -> tuple[date, ...] | None:
    """The days at the head of the table column in which the time stands."""
    cell = next((element for element in time.chain if element.column is not None), None)
    if cell is None or cell.parent is None:
        return None
    table = next((element for element in cell.ancestors() if element.tag == "table"), None)
    if table is None:
        return None
    heads = [
        (mark, head)
        for mark in calendar.marks_in(table.start, cell.start)
        for head in [next((element for element in mark.element.ancestors() if element.column is not None), None)]
        if head is not None and head.parent is not cell.parent
    ]
    rows = Counter(head.parent.index for _, head in heads if head.parent is not None)
    in_column = [
        mark
        for mark, head in heads
        if head.column == cell.column and head.parent is not None and rows[head.parent.index] >= 2
    ]
    return calendar.days_at(in_column[-1]) if in_column else None


def _nearest(calendar: Calendar, time: TimeNode) -> tuple[date, ...] | None:
    """The nearest heading before a time that names a day, whatever its structure."""
    at = bisect_left(calendar.heading_starts, time.hit.start)
    return calendar.days_at(calendar.headings[at - 1]) if at else None


_Finder = Callable[[TimeNode], date | tuple[date, ...] | None]

_Learner = Callable[[Calendar, Sequence[TimeNode]], _Finder | None]


def resolve_days(
    calendar: Calendar, cluster: Cluster, url: str, without: frozenset[str] = frozenset()
) -> list[Resolved | None]:
    """The day of each time of a cluster, in its order; the places named in ``without`` are not looked at."""
    finders: list[tuple[str, _Finder]] = [
        ("moment", lambda time: _moment(calendar, time)),
        ("own", lambda time: _own(calendar, time)),
        ("line", lambda time: day_of_line(calendar, time)),
        ("attribute", lambda time: _attribute(calendar, time)),
        ("tab", lambda time: _tab(calendar, time)),
        ("panel", panel_days(calendar, cluster.nodes)),
    ]
    resolved: list[Resolved | None] = [None] * len(cluster.nodes)
    told = sum(names_weekday(calendar.document, node) for node in cluster.nodes) * 2 > len(cluster.nodes)
    for place, finder in finders:
        if place not in without:
            _take(resolved, cluster.nodes, place, finder, calendar.reading.today, told=told)
    if "weekdays" not in without:
        _take_weekdays(resolved, cluster.nodes, learn_weekdays(calendar))
    rank = next(rank for rank in range(len(without) + 1) if f"heading {rank}" not in without)
    learners: list[tuple[str, _Learner]] = [
        ("calendar", learn_month_numbers),
        ("column", lambda known, _: lambda time: _column(known, time)),
        ("grid", lambda known, _: grid_days(known)),
        (f"heading {rank}", lambda known, nodes: learn_heading_rule(known, nodes, rank)),
    ]
    if without:
        learners.append(("nearest", lambda known, _: lambda time: _nearest(known, time)))
    for place, learn in learners:
        rest = [node for node, one in zip(cluster.nodes, resolved, strict=True) if one is None]
        learnt = learn(calendar, rest) if rest and place not in without else None
        if learnt is not None:
            _take(resolved, cluster.nodes, place, learnt, calendar.reading.today)
    _take_period(calendar, resolved, cluster.nodes)
    fallback = _fallback(calendar, url)
    if _is_doubted(resolved, fallback, calendar):
        resolved = [fallback] * len(resolved)
    resolved = [one or fallback for one in resolved]
    for at, one in enumerate(resolved):
        if one is not None and one.place == "line":
            days = days_of_line(calendar, cluster.nodes[at])
            resolved[at] = Resolved(one.day, "line", tuple(day for day in days if day != one.day))
    return resolved


def _is_doubted(resolved: Sequence[Resolved | None], fallback: Resolved | None, calendar: Calendar) -> bool:
    """Whether headings name days that are none of those to choose, and the address or the chosen tab another that is.

    Such days are told of something else: holidays in a notice, when films came out, what day it is today.
    """
    if fallback is None or fallback.day < calendar.reading.today:
        return False
    if any(one is not None and one.source != "heading" for one in resolved):
        return False
    named = {(one.day, *one.more) for one in resolved if one is not None}
    days = {day for several in named for day in several}
    if not days or fallback.day in days:
        return False
    choice = days_to_choose(calendar)
    alone = len(named) == 1 and active_day(calendar) == fallback.day
    if alone and (
        fallback.place == "address" or (days == {calendar.reading.today} and fallback.day in days_set(calendar))
    ):
        return True
    return fallback.day in choice and not days & choice and (len(named) == 1 or fallback.place == "address")


_WEEK_BACK, _MONTH_BACK = 7, 35
# A programme is of days to come: machine-readable days that are all over are when films were released or pages written.
_YESTERDAY = timedelta(days=1)

_CERTAIN = frozenset(["moment", "own", "line"])


def _take_weekdays(
    resolved: list[Resolved | None], nodes: Sequence[TimeNode], days_of: Callable[[TimeNode], list[date]]
) -> None:
    """Let weekdays named beside the times date those that have no day yet, where they do so for most."""
    open_at = [at for at, one in enumerate(resolved) if one is None]
    days = {at: days_of(nodes[at]) for at in open_at}
    if sum(map(bool, days.values())) * 10 < len(open_at) * 8:
        return
    for at, found in days.items():
        if found:
            resolved[at] = Resolved(found[0], "weekdays", tuple(found[1:]))


def _take_period(calendar: Calendar, resolved: list[Resolved | None], nodes: Sequence[TimeNode]) -> None:
    """Let the one period that a page names give its times every day of it, where the page names no other day at all."""
    if (
        any(one is not None for one in resolved)
        or not calendar.marks
        or not all(mark.in_range for mark in calendar.marks)
    ):
        return
    periods = {(first, last) for _, first, last in periods_of(calendar)}
    if len(periods) != 1 or active_day(calendar) is not None:
        return
    first, last = periods.pop()
    if any(names_weekday(calendar.document, node) for node in nodes):
        return
    if last < calendar.reading.today or (last - first).days >= LONGEST_RUN:
        return
    days = (*days_between(first, last), last)
    resolved[:] = [Resolved(days[0], "period", days[1:]) for _ in nodes]


def _take(
    resolved: list[Resolved | None],
    nodes: Sequence[TimeNode],
    place: str,
    finder: _Finder,
    today: date,
    *,
    told: bool = False,
) -> None:
    """Let a source date the times that have no day yet, if it dates most of them and plausibly.

    With ``told`` lines name their days in full, weekday and date: then they are meant, also where they are over.

    What stands at the time itself need not date most: a page may date some of its rows in the row, others above.
    """
    open_at = [at for at, one in enumerate(resolved) if one is None]
    given = [_all_days(finder(nodes[at])) for at in open_at]
    # Of several days the last tells whether they are over.
    days = [several[-1] if several else None for several in given]
    known = sum(day is not None for day in days)
    share = 0.15 if place == "line" else 0.3 if place in _CERTAIN else 0.8
    reach = _MONTH_BACK if place in ("calendar", "own", "attribute") else _WEEK_BACK
    if not open_at or known < share * len(open_at):
        return
    archive = place.startswith("heading") and _is_archive(days, today)
    over = archive or place == "moment" or (place == "line" and told and known * 2 > len(open_at))
    if not over and not _is_plausible(days, today, reach):
        return
    if place in ("own", "attribute") and all(day is None or day < today - _YESTERDAY for day in days):
        return
    for at, several in zip(open_at, given, strict=True):
        if several:
            resolved[at] = Resolved(several[0], place, several[1:])


def _all_days(found: date | tuple[date, ...] | None) -> tuple[date, ...]:
    return found if isinstance(found, tuple) else () if found is None else (found,)


def _is_archive(days: list[date | None], today: date) -> bool:
    """Whether headings name several days, all long over: the programme of a festival that was."""
    known = {day for day in days if day is not None}
    return len(known) > 1 and all((today - day).days > _MONTH_BACK for day in known)


def _is_plausible(days: list[date | None], today: date, back: int) -> bool:
    """Whether most of the days are ones that a programme would show; release dates lie further back."""
    known = [day for day in days if day is not None]
    return sum(-back <= (day - today).days <= 120 for day in known) * 2 >= len(known) > 0


def _fallback(calendar: Calendar, url: str) -> Resolved | None:
    day = day_in_address(url, calendar.reading)
    if day is not None:
        return Resolved(day, "address")
    titled = [
        hit.day for hit in find_dates(calendar.document.title, calendar.reading) if hit.certain and not hit.in_range
    ]
    if len(titled) == 1:
        return Resolved(titled[0], "address")
    day = active_day(calendar)
    return Resolved(day, "active") if day is not None else None
