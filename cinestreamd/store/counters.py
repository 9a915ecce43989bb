"""Counters by UTC day, and a site's public figures."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from msgspec import Struct


class DayStats(Struct, frozen=True, kw_only=True):
    """Figures of one UTC day."""

    day: date
    visits: int
    views: int
    runs: int


class Stats(Struct, frozen=True, kw_only=True):
    """Public figures of a site."""

    visits_total: int
    visits_today: int
    cities: int
    cinemas: int
    films: int
    upcoming_showtimes: int
    days: tuple[DayStats, ...]


class CounterStore(Protocol):
    """Counting visits, and telling the figures."""

    async def count_visits(self, day: date, *, visits: int, views: Mapping[str, int], batch: str | None = None) -> None:
        """Add a batch of visits and of views by city id to a UTC day.

        ``batch`` names it: one that is given again because its fate was not known (``StoreUnavailableError``) counts
        once.
        """

    async def viewed_cities(self, since: date) -> dict[str, int]:
        """Views by city id, of cities viewed on or after a UTC day; most viewed first."""

    async def stats(self, *, now: datetime, days: int = 30) -> Stats:
        """The public figures, with the last ``days`` UTC days that have any, newest first."""
