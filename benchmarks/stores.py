"""Both stores side by side, over the same records: ``.venv/bin/python benchmarks/stores.py [SHOWTIMES [CITIES]]``.

Without numbers 10,000 showtimes in 100 cities; ``--embedded`` leaves MongoDB out. The embedded store is a file in a
temporary folder; MongoDB is the test server, or the one that CINESTREAMD_TEST_MONGO_URI names. Times are medians in
milliseconds.
"""

import argparse
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
from msgspec import Struct

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
CINEMAS = 5
ROUNDS = 60


class Extent(Struct, frozen=True):
    """How much is kept: cities, and how many showtimes each of their five cinemas has."""

    cities: int
    in_cinema: int


async def fill(store: Store, extent: Extent) -> None:
    """Cities with five cinemas and ten films each."""
    for number in range(extent.cities):
        city = f"city-{number:05d}"
        names = Names(uk=city, en=city, ru=city)
        await store.add_location(
            Location(id=city, names=names, lat=50.0, lon=30.0, country="UA", timezone="Europe/Kyiv")
        )
        await publish(store, city, extent)


async def publish(store: Store, city: str, extent: Extent) -> None:
    """Publish a city under its lease."""
    lease = await store.acquire_lease(city, owner="bench", now=NOW, seconds=300)
    if lease is None:
        raise SystemExit(f"{city} is held")
    cinemas = tuple(
        Cinema(id=f"{city}-{n}", city_id=city, name=f"Cinema {n}", url="https://c.example/", source="config")
        for n in range(CINEMAS)
    )
    films = tuple(Film(id=f"film-{n}", titles=Titles(original=f"Film {n}")) for n in range(10))
    listings = tuple(
        Listing(cinema_id=cinema.id, showtimes=tuple(showtime(city, cinema.id, n) for n in range(extent.in_cinema)))
        for cinema in cinemas
    )
    run = Run(id=f"run-{city}", city_id=city, owner="bench", trigger="refresh", started_at=NOW, outcome="published")
    await store.publish(lease, Publication(cinemas=cinemas, films=films, listings=listings, run=run), now=NOW)


def showtime(city: str, cinema_id: str, number: int) -> Showtime:
    """One of a cinema's."""
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


async def measure(store: Store, extent: Extent) -> dict[str, float]:
    """What the product asks of a store."""

    def city(number: int) -> str:
        return f"city-{number * 37 % extent.cities:05d}"

    async def page(number: int) -> None:
        await store.location(city(number))
        rows = await store.showtimes(city(number), since=NOW)
        await store.films(sorted({row.film_id for row in rows}))
        await store.cinemas(city(number))

    async def lease(number: int) -> None:
        held = await store.acquire_lease(city(number), owner="bench", now=NOW, seconds=300)
        if held is not None:
            await store.release_lease(held, now=NOW, cooldown_until=None)

    return {
        "all that a city's page asks": await timed(page),
        "a city's showtimes": await timed(lambda n: store.showtimes(city(n), since=NOW)),
        "a cinema's showtimes": await timed(lambda n: store.showtimes(city(n), since=NOW, cinema_id=f"{city(n)}-3")),
        "a city": await timed(lambda n: store.location(city(n))),
        "a city's cinemas": await timed(lambda n: store.cinemas(city(n))),
        "ten films": await timed(lambda _: store.films([f"film-{each}" for each in range(10)])),
        "all cities": await timed(lambda _: store.locations(), rounds=5),
        "the public figures": await timed(lambda _: store.stats(now=NOW), rounds=5),
        "take and release a lease": await timed(lease),
        "publish a city": await timed(lambda n: publish(store, city(n), extent), rounds=10),
    }


async def main(extent: Extent, *, embedded_only: bool) -> None:
    """Fill the embedded store, measure it; copy it over, measure the other."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.sqlite"
        prepare(path)
        embedded = SqliteStore(path)
        await fill(embedded, extent)
        found = {"sqlite": await measure(embedded, extent)}
        await embedded.close()
        if not embedded_only:
            found["mongo"] = await moved(path, extent)
    print(f"{extent.cities * CINEMAS * extent.in_cinema} showtimes in {extent.cities} cities")
    print("".join(["ms, median".ljust(28), *(f"{name:>10}" for name in found)]))
    for name in found["sqlite"]:
        print("".join([name.ljust(28), *(f"{times[name]:10.2f}" for times in found.values())]))


async def moved(path: Path, extent: Extent) -> dict[str, float]:
    """Measure MongoDB over the records of a file."""
    with empty_database() as uri:
        prepare_mongo(uri)
        source, target = SqliteDepot(path), MongoDepot(uri)
        began = time.perf_counter()
        await copy(source, target, tell=lambda _: None)
        print(f"moved to MongoDB and compared in {time.perf_counter() - began:.1f} s")
        await source.close()
        await target.close()
        mongo = MongoStore(uri, write_timeout=30.0)
        try:
            return await measure(mongo, extent)
        finally:
            await mongo.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Both stores side by side.")
    parser.add_argument("showtimes", type=int, nargs="?", default=10_000)
    parser.add_argument("cities", type=int, nargs="?", default=100)
    parser.add_argument("--embedded", action="store_true", help="leave MongoDB out")
    given = parser.parse_args()
    size = Extent(given.cities, max(1, given.showtimes // given.cities // CINEMAS))
    asyncio.run(main(size, embedded_only=given.embedded))
