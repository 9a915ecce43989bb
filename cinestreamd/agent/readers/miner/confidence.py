"""How far a page's mined rows can be trusted: from what told right from wrong on real pages."""

from collections import Counter
from collections.abc import Sequence
from datetime import time
from itertools import pairwise
from typing import TYPE_CHECKING

from cinestreamd.agent.model import Candidate
from cinestreamd.agent.readers.miner.days import DaySource

if TYPE_CHECKING:
    from datetime import date

LINE = 0.5
_SHORTEST_GAP = 40
_SOME_CLOSE, _MOST_CLOSE = 0.25, 0.4
_LAST_START, _FIRST_START, _SOME_ASLEEP = time(2, 30), time(8, 0), 0.25
_BY_SOURCE: dict[DaySource, float] = {
    "own": 0.05, "line": 0.03, "attribute": 0.05, "tab": 0.03, "column": 0.0, "heading": 0.0, "calendar": 0.0,
    "address": 0.0, "active": -0.1, "none": -0.2,
}  # fmt: skip


def page_confidence(
    rows: Sequence[Candidate], *, source: DaySource, title_strength: float, about_one_film: bool
) -> float:
    """0..1; below ``LINE`` nothing of the page is to be published on this reading alone."""
    if not rows:
        return 0.0
    confidence = 0.62 + _BY_SOURCE[source] + 0.3 * title_strength
    titles = Counter(row.title for row in rows)
    if len(rows) >= 6 and not about_one_film and titles.most_common(1)[0][1] * 2 >= len(rows) and len(titles) < 4:
        confidence -= 0.3 if len(titles) > 1 else 0.5
    close = overlapping(rows)
    if close >= _SOME_CLOSE:
        confidence -= 0.5 if close >= _MOST_CLOSE else 0.3
    if asleep(rows) >= _SOME_ASLEEP:
        confidence -= 0.4
    if len(rows) < 3:
        confidence -= 0.15 if source in ("own", "line", "attribute", "tab") or about_one_film else 0.35
    return max(0.0, min(1.0, confidence))


def asleep(rows: Sequence[Candidate]) -> float:
    """The share of rows that begin while cinemas sleep: timetables of buses and offices do, programmes hardly."""
    return sum(_LAST_START < row.clock < _FIRST_START for row in rows) / len(rows) if rows else 0.0


def overlapping(rows: Sequence[Candidate]) -> float:
    """The share of rows that begin less than 40 minutes after the same film began on the same day in the same room.

    No cinema does that with one film in one room; a page that seems to has been misread.
    """
    by_film: dict[tuple[str, date | None], list[Candidate]] = {}
    for row in rows:
        by_film.setdefault((row.title, row.day), []).append(row)
    close = 0
    for alike in by_film.values():
        by_clock = {row.clock: row for row in sorted(alike, key=lambda row: row.clock)}
        for first, second in pairwise(by_clock.values()):
            minutes = (second.clock.hour - first.clock.hour) * 60 + second.clock.minute - first.clock.minute
            apart = first.room is not None and second.room is not None and first.room != second.room
            close += minutes < _SHORTEST_GAP and not apart
    return close / len(rows) if rows else 0.0
