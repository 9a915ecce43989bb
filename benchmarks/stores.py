"""Both stores side by side, over the same records: ``.venv/bin/python benchmarks/stores.py [SHOWTIMES]`` (10,000).

The embedded store is a file in a temporary folder; MongoDB is the test server, or the one that
CINESTREAMD_TEST_MONGO_URI names. Times are medians in milliseconds.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from mongo_server import empty_database

from cinestreamd.store.base import (
    Cinema,
    Evidence,
    Film,
    Listing,
    Location,
    Names,
    Publication,
    Run,
    Showtime,
    Store,
    Titles,
)
from cinestreamd.store.mongo import MongoStore
from cinestreamd.store.mongo import prepare as prepare_mongo
from cinestreamd.store.mongo.depot import MongoDepot
from cinestreamd.store.sqlite import SqliteStore, prepare
from cinestreamd.store.sqlite.depot import SqliteDepot
from cinestreamd.store.transfer.copying import copy

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
IN_CITY = 100
ROUNDS = 60


async def fill(store: Store, count: int) -> None:
    """Cities of 100 showtimes each, five cinemas and ten films in each."""
    for number in range(count // IN_CITY):
        city = f"city-{number:05d}"
        names = Names(uk=city, en=city, ru=city)
        await store.add_location(
            Location(id=city, names=names, lat=50.0, lon=30.0, country="UA", timezone="Europe/Kyiv")
        )
        await publish(store, city)


async def publish(store: Store, city: str) -> None:
    """Publish a city under its lease."""
    lease = await store.acquire_lease(city, owner="bench", now=NOW, seconds=300)
    if lease is None:
        raise SystemExit(f"{city} is held")
    cinemas = tuple(
        Cinema(id=f"{city}-{n}", city_id=city, name=f"Cinema {n}", url="https://c.example/", source="config")
        for n in range(5)
    )
    films = tuple(Film(id=f"film-{n}", titles=Titles(original=f"Film {n}")) for n in range(10))
    listings = tuple(
        Listing(cinema_id=cinema.id, showtimes=tuple(showtime(city, cinema.id, n) for n in range(20)))
        for cinema in cinemas
    )
    run = Run(id=f"run-{city}", city_id=city, owner="bench", trigger="refresh", started_at=NOW, outcome="published")
    await store.publish(lease, Publication(cinemas=cinemas, films=films, listings=listings, run=run), now=NOW)


def showtime(city: str, cinema_id: str, number: int) -> Showtime:
    """One of a cinema's twenty."""
    start = NOW + timedelta(hours=1 + number)
    return Showtime(
        id=f"{cinema_id}-{number}",
        city_id=city,
        cinema_id=cinema_id,
        film_id=f"film-{number % 10}",
        start_time=start,
        business_day=start.date(),
        raw_title=f"Film {number % 10}",
        evidence=Evidence(url="https://c.example/", quote="19:00 Film", fetched_at=NOW),
        reader="schema.org",
        run_id="run",
        created_at=NOW,
    )


async def timed(act: Callable[[int], Awaitable[object]], rounds: int = ROUNDS) -> float:
    """The median of so many calls, in milliseconds."""
    taken = []
    for number in range(rounds):
        began = time.perf_counter()
        await act(number)
        taken.append((time.perf_counter() - began) * 1000)
    return median(taken)


async def measure(store: Store, cities: int) -> dict[str, float]:
    """What the product asks of a store."""

    def city(number: int) -> str:
        return f"city-{number * 37 % cities:05d}"

    async def lease(number: int) -> None:
        held = await store.acquire_lease(city(number), owner="bench", now=NOW, seconds=300)
        if held is not None:
            await store.release_lease(held, now=NOW, cooldown_until=None)

    return {
        "a city's 100 showtimes": await timed(lambda n: store.showtimes(city(n), since=NOW)),
        "a cinema's 20 showtimes": await timed(lambda n: store.showtimes(city(n), since=NOW, cinema_id=f"{city(n)}-3")),
        "a city": await timed(lambda n: store.location(city(n))),
        "a city's cinemas": await timed(lambda n: store.cinemas(city(n))),
        "ten films": await timed(lambda _: store.films([f"film-{each}" for each in range(10)])),
        "all cities": await timed(lambda _: store.locations(), rounds=5),
        "the public figures": await timed(lambda _: store.stats(now=NOW), rounds=5),
        "take and release a lease": await timed(lease),
        "publish 100 showtimes": await timed(lambda n: publish(store, city(n)), rounds=10),
    }


async def main(count: int) -> None:
    """Fill the embedded store, copy it over, measure both."""
    with tempfile.TemporaryDirectory() as folder, empty_database() as uri:
        path = Path(folder) / "bench.sqlite"
        prepare(path)
        prepare_mongo(uri)
        embedded = SqliteStore(path)
        await fill(embedded, count)
        source, target = SqliteDepot(path), MongoDepot(uri)
        began = time.perf_counter()
        await copy(source, target, tell=lambda _: None)
        moved = time.perf_counter() - began
        await source.close()
        await target.close()
        mongo = MongoStore(uri, write_timeout=30.0)
        found = {"sqlite": await measure(embedded, count // IN_CITY), "mongo": await measure(mongo, count // IN_CITY)}
        await embedded.close()
        await mongo.close()
    print(f"{count} showtimes in {count // IN_CITY} cities; moved to MongoDB and compared in {moved:.1f} s")
    print(f"{'ms, median':28}{'sqlite':>10}{'mongo':>10}")
    for name, value in found["sqlite"].items():
        print(f"{name:28}{value:10.2f}{found['mongo'][name]:10.2f}")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
