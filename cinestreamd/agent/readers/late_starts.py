"""Starts after midnight in a day's list: the list is the evening's, the start is on the next calendar day."""

from collections.abc import Sequence
from datetime import date, time

from msgspec import Struct

_NIGHT_ENDS, _NOON = time(5), time(12)


class Listed(Struct, frozen=True):
    """One start as a page lists it; ``movable`` is false where its own day is printed with the clock."""

    group: str
    day: date | None
    clock: time
    movable: bool = True


def after_midnight(listed: Sequence[Listed]) -> list[bool]:
    """Which of the starts, all of one page, fall on the day after the one under which they are listed.

    The order tells: at the end of a film's starts, or of a day's list that runs from noon on, 00:20 is the night's. A
    list that begins with 00:20 keeps it as it stands.
    """
    late = [False] * len(listed)
    for key in ("group", "day"):
        rows: dict[tuple[str, date], list[int]] = {}
        for at, one in enumerate(listed):
            if one.day is not None:
                rows.setdefault((one.group if key == "group" else "", one.day), []).append(at)
        for places in rows.values():
            for at in _tail(listed, places, sorted_only=key == "day"):
                late[at] = listed[at].movable
    return late


def _tail(listed: Sequence[Listed], places: list[int], *, sorted_only: bool) -> list[int]:
    """The night's starts at the end of a list that begins by day."""
    clocks = [listed[at].clock for at in places]
    cut = len(places)
    while cut and clocks[cut - 1] < _NIGHT_ENDS:
        cut -= 1
    evening, night = clocks[:cut], clocks[cut:]
    if not night or not evening or max(evening) < _NOON or min(evening) < _NIGHT_ENDS:
        return []
    if sorted_only and (evening != sorted(evening) or night != sorted(night)):
        return []
    return places[cut:]
