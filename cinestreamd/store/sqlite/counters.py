"""Counters by UTC day, and the site's public figures."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from cinestreamd.store.counters import CounterStore, DayStats, Stats
from cinestreamd.store.records import milliseconds
from cinestreamd.store.sqlite.connection import Reader
from cinestreamd.store.sqlite.opened import OpenedFile

_ADD_TO_DAY: Final = """
    INSERT INTO day (day, visits, views, runs) VALUES (?, ?, ?, ?)
    ON CONFLICT (day) DO UPDATE SET
        visits = visits + excluded.visits, views = views + excluded.views, runs = runs + excluded.runs
"""
_ADD_CITY_VIEWS: Final = """
    INSERT INTO city_view (day, city_id, views) VALUES (?, ?, ?)
    ON CONFLICT (day, city_id) DO UPDATE SET views = views + excluded.views
"""
_VIEWED: Final = """
    SELECT city_id, sum(views) FROM city_view WHERE day >= ? GROUP BY city_id ORDER BY sum(views) DESC, city_id
"""
_DAYS: Final = "SELECT day, visits, views, runs FROM day ORDER BY day DESC LIMIT ?"
# One statement, so that the figures are of one moment. The counts run over the smallest index there is; ``day`` has
# one row a day.
_TOTALS: Final = """
    SELECT (SELECT coalesce(sum(visits), 0) FROM day),
           (SELECT coalesce(sum(visits), 0) FROM day WHERE day = ?),
           (SELECT count(*) FROM location),
           (SELECT count(*) FROM cinema),
           (SELECT count(*) FROM film),
           (SELECT count(*) FROM showtime WHERE start_time >= ?)
"""


def add_to_day(connection: sqlite3.Connection, day: date, *, visits: int = 0, views: int = 0, runs: int = 0) -> None:
    """Raise a day's counters."""
    connection.execute(_ADD_TO_DAY, (day.isoformat(), visits, views, runs))


def add_visits(connection: sqlite3.Connection, day: date, *, visits: int, views: Mapping[str, int]) -> None:
    """Add a batch of visits, and of views by city id."""
    add_to_day(connection, day, visits=visits, views=sum(views.values()))
    connection.executemany(
        _ADD_CITY_VIEWS, [(day.isoformat(), city_id, count) for city_id, count in views.items() if count]
    )


def views_by_city(reader: Reader, since: date) -> dict[str, int]:
    """Views by city id since a day, most viewed first, by id among equals."""
    return dict(reader.rows(_VIEWED, (since.isoformat(),)))


def site_stats(reader: Reader, *, now: datetime, days: int) -> Stats:
    """The public figures."""
    today = now.astimezone(UTC).date().isoformat()
    ((visits_total, visits_today, cities, cinemas, films, upcoming),) = reader.rows(_TOTALS, (today, milliseconds(now)))
    return Stats(
        visits_total=visits_total,
        visits_today=visits_today,
        cities=cities,
        cinemas=cinemas,
        films=films,
        upcoming_showtimes=upcoming,
        days=tuple(
            DayStats(day=date.fromisoformat(day), visits=visits, views=views, runs=runs)
            for day, visits, views, runs in reader.rows(_DAYS, (max(days, 0),))
        ),
    )


class SqliteCounterStore(OpenedFile, CounterStore):
    """Counters and figures, in a file."""

    async def count_visits(
        self,
        day: date,
        *,
        visits: int,
        views: Mapping[str, int],
        batch: str | None = None,  # noqa: ARG002 - the fate of a write to a file is always known
    ) -> None:
        """Not durable: the last seconds' visits may be lost with the power."""
        if visits or views:
            await self._write(lambda connection: add_visits(connection, day, visits=visits, views=views), durable=False)

    async def viewed_cities(self, since: date) -> dict[str, int]:
        """By index, added up over the days."""
        return views_by_city(self._reader, since)

    async def stats(self, *, now: datetime, days: int = 30) -> Stats:
        """Counts over small indexes: some milliseconds at 100,000 showtimes, so cache them."""
        return site_stats(self._reader, now=now, days=days)
