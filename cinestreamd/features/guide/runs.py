"""Which films have just come to a city's cinemas, and which are about to leave them: told from the listings alone.

A film is new for some days after the guide has first read of it, in a city that it had been reading before. It leaves
when its last announced showing is near although its cinemas have announced what comes after.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Final

from msgspec import Struct

from cinestreamd.store.base import Showtime

NEW_FOR: Final = timedelta(days=4)
KNOWN_FOR: Final = timedelta(days=1)
"""So long a city must have been read before a film can be new in it."""

LAST_WITHIN: Final = timedelta(days=2)
ANNOUNCED_BEYOND: Final = timedelta(days=2)
"""So far beyond a film's last showing its cinemas must have announced others."""

LOOKED_BACK: Final = timedelta(days=14)
"""How old the showings are that tell since when a film has run."""


class Runs(Struct, frozen=True):
    """The ids of films that are new, and of those that leave, with the last business day that is announced."""

    new: frozenset[str] = frozenset()
    last: Mapping[str, date] = {}


def runs_of(rows: Iterable[Showtime], now: datetime, today: date) -> Runs:
    """What ``rows``, those of the past ``LOOKED_BACK`` and all to come, tell of films that have showings to come."""
    first: dict[str, datetime] = {}
    last: dict[tuple[str, str], date] = {}
    announced: dict[str, date] = {}
    for row in rows:
        first[row.film_id] = min(first.get(row.film_id, row.created_at), row.created_at)
        if row.start_time > now and row.availability != "cancelled":
            run = row.film_id, row.cinema_id
            last[run] = max(last.get(run, row.business_day), row.business_day)
            announced[row.cinema_id] = max(announced.get(row.cinema_id, row.business_day), row.business_day)
    known_since = min(first.values(), default=now) + KNOWN_FOR
    ends = _ends(last, announced)
    return Runs(
        frozenset(film for film in ends if first[film] >= max(known_since, now - NEW_FOR)),
        {film: day for film, day in ends.items() if day is not None and day <= today + LAST_WITHIN},
    )


def _ends(last: Mapping[tuple[str, str], date], announced: Mapping[str, date]) -> dict[str, date | None]:
    """The last day of each film; None where one of its cinemas may only not have announced more yet."""
    ends: dict[str, date | None] = {}
    for (film, cinema), day in last.items():
        known = ends.get(film, day)
        is_last = known is not None and announced[cinema] >= day + ANNOUNCED_BEYOND
        ends[film] = max(known, day) if known is not None and is_last else None
    return ends
