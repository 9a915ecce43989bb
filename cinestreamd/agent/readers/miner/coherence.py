"""How well a reading of a group of times hangs together: a right one leaves nothing on the page unexplained.

Cinemas print a film's starts of one day in order, days in order, and no start twice; so where the clock goes back, a
new film, day, room or version has begun. A reading that cannot say which has missed it.
"""

from collections.abc import Collection, Sequence
from datetime import date, timedelta

from cinestreamd.agent.model import Candidate
from cinestreamd.agent.readers.calendar_words import fold

_SHORTEST_GAP = 40
_YESTERDAY = timedelta(days=1)
_DAY = 24 * 60
# A day that is named for nothing weighs less than a time that is wrong: it may have no showings.
_IDLE = 0.6


def faults(rows: Sequence[Candidate], times: int, named: Collection[date], today: date) -> float:
    """0 for a reading that explains everything, up to about 3 for one that explains nothing.

    ``rows`` stand in the page's order, ``times`` is how many clock times they were read from, ``named`` the days that
    the page names around them.
    """
    if not rows or not times:
        return 3.0
    count = len(rows)
    undated = sum(row.day is None for row in rows) / count
    over = all(row.day is not None and row.day < today - _YESTERDAY for row in rows)
    used = {row.business_day or row.day for row in rows}
    idle = _IDLE * len(set(named) - used) / len(named) if named else 0.0
    untitled = max(0.0, 1 - len(rows) / times)
    return disorder(rows) + undated + over + idle + untitled


def disorder(rows: Sequence[Candidate]) -> float:
    """The share of rows at which the clock or the calendar goes back though nothing else has changed."""
    back = 0
    last: dict[tuple[str, str | None, str | None], tuple[date, int]] = {}
    seen: set[tuple[object, ...]] = set()
    previous: tuple[str, str | None, str | None] | None = None
    for row in rows:
        key = (fold(row.title), row.room, row.format)
        day = row.business_day or row.day or date.min
        minutes = row.clock.hour * 60 + row.clock.minute
        if row.business_day is not None and row.business_day != row.day:
            minutes += _DAY
        whole = (*key, row.language, row.subtitles, row.venue, day, minutes)
        before = last.get(key) if previous == key else None
        if whole in seen:
            back += 1
        elif before is not None:
            back += day < before[0] or (day == before[0] and minutes < before[1] + _SHORTEST_GAP)
        seen.add(whole)
        last[key] = (day, minutes)
        previous = key
    return back / len(rows)
