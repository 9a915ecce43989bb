"""Cities with showings, for the benchmark to read: made records, published as an agent publishes them."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from cinestreamd.gazetteer import City, Gazetteer
from cinestreamd.store.base import (
    Cinema,
    Evidence,
    Film,
    Listing,
    Price,
    Publication,
    Run,
    Showtime,
    Store,
    Titles,
)
from cinestreamd.store.sqlite import SqliteStore, prepare
from cinestreamd.web.places import location_of

CITY: Final = "kyiv"
IN_CITY: Final = 100
CINEMAS: Final = 5
FILMS: Final = 10
WORDS: Final = "abcdefghijklmnopqrstuvwxyz"


def sow_file(path: Path, *, cities: int = 1, showtimes: int = IN_CITY) -> None:
    """Make a site's database with so many cities, Kyiv first; a hundred showings each, until all are given out."""

    async def work() -> None:
        store = SqliteStore(path)
        now = datetime.now(UTC)
        for number, city in enumerate(some_cities(cities)):
            await store.add_location(location_of(city))
            if number * IN_CITY < showtimes:
                await sow(store, city.id, now)
        await store.close()

    prepare(path)
    asyncio.run(work())


def some_cities(count: int) -> Sequence[City]:
    """So many cities of the gazetteer, Kyiv first."""
    found: dict[str, City] = {}
    with Gazetteer() as gazetteer:
        for text in (CITY, *(first + second for first in WORDS for second in WORDS)):
            for city in gazetteer.search(text, limit=40):
                found.setdefault(city.id, city)
            if len(found) >= count:
                break
    if len(found) < count:
        raise LookupError(f"the gazetteer gave {len(found)} cities")
    return list(found.values())[:count]


async def sow(store: Store, city: str, now: datetime) -> None:
    """Publish a hundred showings of ten films at five cinemas: all of the day after ``now``."""
    lease = await store.acquire_lease(city, owner="bench", now=now, seconds=60)
    if lease is None:
        raise LookupError(f"{city} is held")
    run = Run(id=f"run-{city}", city_id=city, owner="bench", trigger="operator", started_at=now, outcome="published")
    await store.begin_run(lease, run)
    cinemas = tuple(
        Cinema(id=f"{city}-c{n}", city_id=city, name=f"Кіно {n}", url="https://kino.example/", source="config")
        for n in range(CINEMAS)
    )
    films = tuple(
        Film(id=f"film-{n}", titles=Titles(original=f"Film {n}", uk=f"Фільм {n}"), duration_minutes=100 + n)
        for n in range(FILMS)
    )
    rows = [showing(city, number, now) for number in range(IN_CITY)]
    listings = tuple(
        Listing(cinema_id=cinema.id, showtimes=tuple(row for row in rows if row.cinema_id == cinema.id))
        for cinema in cinemas
    )
    await store.publish(lease, Publication(cinemas=cinemas, films=films, listings=listings, run=run), now=now)


def showing(city: str, number: int, now: datetime) -> Showtime:
    """One of the hundred: from ten in the morning on, one every eight minutes, of Kyiv's clocks."""
    day = tomorrow(now)
    begin = datetime.combine(day, time(10), ZoneInfo("Europe/Kyiv")).astimezone(UTC)
    return Showtime(
        id=f"{city}-s{number}",
        city_id=city,
        cinema_id=f"{city}-c{number % CINEMAS}",
        film_id=f"film-{number % FILMS}",
        start_time=begin + timedelta(minutes=8 * number),
        business_day=day,
        raw_title=f"Фільм {number % FILMS}",
        evidence=Evidence(
            url="https://kino.example/afisha", quote=f"Фільм {number % FILMS} — {number}", fetched_at=now
        ),
        reader="schema.org",
        run_id=f"run-{city}",
        created_at=now,
        format="3D",
        language="uk",
        price=Price(min=18_000, max=24_000, currency="UAH", text="180-240 грн"),
        buy_link=f"https://kino.example/buy/{number}",
    )


def tomorrow(now: datetime) -> date:
    """The day of all showings, by Kyiv's clocks: a whole one, at whatever hour the benchmark runs."""
    return (now.astimezone(ZoneInfo("Europe/Kyiv")) + timedelta(days=1)).date()
