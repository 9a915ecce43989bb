"""Try other readings of a page's days where the first one does not hang together, and take the one that does."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from msgspec import Struct

from cinestreamd.agent.model import Candidate
from cinestreamd.agent.readers.miner.calendar_marks import Calendar
from cinestreamd.agent.readers.miner.cards import View
from cinestreamd.agent.readers.miner.coherence import faults
from cinestreamd.agent.readers.miner.days import Resolved, resolve_days

_Days = Sequence[Resolved | None]

# What names a time's own day for machines, in its line or above it has proved right nearly always.
_CERTAIN = frozenset(["moment", "own", "line", "attribute", "tab"])
# A reading with fewer faults than this is not doubted; another one must be so much better to be taken.
_DOUBTED, _BETTER = 0.25, 0.5
_MOST_TRIED, _FEWEST_TIMES, _MOST_TIMES = 8, 5, 600
_REACH_BEFORE = 400
_BY_POSITION = frozenset(["grid", "panel"])
_BY_CHANCE, _FEWEST_FILMS = 1.5, 3


class Hypothesis(Struct, frozen=True, eq=False):
    """The days that one way of reading gives a group of times, the rows that they make, and what is wrong with them."""

    days: _Days
    rows: list[Candidate]
    faults: float


def most_coherent(calendar: Calendar, view: View, url: str, rows_of: Callable[[_Days], list[Candidate]]) -> Hypothesis:
    """The days of a group of times and the rows that they make.

    The first reading asks the places where days stand in the order of their certainty. Where it leaves much
    unexplained, the places that it used are left out in turn, and the reading with the fewest faults is taken.
    """
    named = _days_around(calendar, view)
    times = len(view.cluster.nodes)

    def read(without: frozenset[str]) -> Hypothesis:
        days = resolve_days(calendar, view.cluster, url, without)
        rows = rows_of(days)
        wrong = faults(rows, times, named, calendar.reading.today) + _coincidence(view.titles, days)
        return Hypothesis(days, rows, wrong)

    first = best = read(frozenset())
    if first.faults < _DOUBTED or not _FEWEST_TIMES <= times <= _MOST_TIMES:
        return first
    waiting = _left_out(first.days, frozenset())
    for _ in range(_MOST_TRIED):
        if not waiting:
            break
        without = waiting.pop(0)
        found = read(without)
        best = min(best, found, key=lambda one: one.faults)
        waiting += [more for more in _left_out(found.days, without) if more not in waiting]
    return best if best.faults < first.faults * _BETTER else first


def _coincidence(titles: Sequence[str | None], days: _Days) -> float:
    """What speaks against days told by places in a row: that every film has one day and every day one film.

    As many films as days in a bar stand in a row of their own by chance; in a programme films come again.
    """
    counted = [(title, one) for title, one in zip(titles, days, strict=True) if title and one is not None]
    if len(counted) < len(days) or any(one is not None and one.place not in _BY_POSITION for one in days):
        return 0.0
    pairs = {(title, one.day) for title, one in counted}
    films, dates = {title for title, _ in pairs}, {day for _, day in pairs}
    several = len(counted) >= len(films) * 2
    return _BY_CHANCE if several and len(pairs) == len(films) == len(dates) >= _FEWEST_FILMS else 0.0


def _left_out(days: _Days, without: frozenset[str]) -> list[frozenset[str]]:
    """The further readings to try: without one more of the places that gave days."""
    places = Counter(one.place for one in days if one is not None and one.place not in _CERTAIN)
    return [without | {place} for place, _ in places.most_common(3) if place not in without]


def _days_around(calendar: Calendar, view: View) -> frozenset[date]:
    """The days still to come that headings amid the times name, and shortly before."""
    starts = [node.hit.start for node in view.cluster.nodes]
    first = bisect_left(calendar.heading_starts, min(starts) - _REACH_BEFORE)
    beyond = bisect_left(calendar.heading_starts, max(starts))
    return frozenset(mark.day for mark in calendar.headings[first:beyond] if mark.day >= calendar.reading.today)
