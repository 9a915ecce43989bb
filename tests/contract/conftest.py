"""What the contract suite runs on: each backend, over its real connection, and records to keep in it.

A backend joins with one entry in ``BACKENDS``: how to make an empty store (a context manager that yields its address,
a text that another process can open as well) and how to connect to an address.
"""

import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.store.base import (
    Cinema,
    Evidence,
    Film,
    Lease,
    Listing,
    Location,
    Names,
    Price,
    Publication,
    Run,
    Showtime,
    SourceResult,
    Store,
    Titles,
)
from cinestreamd.store.mongo import MongoStore
from cinestreamd.store.mongo import prepare as prepare_mongo
from cinestreamd.store.sqlite import SqliteStore, prepare

sys.path.insert(0, str(Path(__file__).parent))  # test folders are no packages
sys.path.insert(0, str(Path(__file__).parent.parent / "support"))  # a contender has not pytest's search path

from mongo_server import empty_database


class Backend(Struct, frozen=True):
    """One implementation of the contract."""

    empty: Callable[[Path], AbstractContextManager[str]]
    connect: Callable[[str], Store]


@contextmanager
def sqlite_file(folder: Path) -> Iterator[str]:
    path = folder / "data" / "cinestreamd.sqlite"
    prepare(path)
    yield str(path)


@contextmanager
def mongo_database(_folder: Path) -> Iterator[str]:
    with empty_database() as uri:
        prepare_mongo(uri)
        yield uri


BACKENDS: Mapping[str, Backend] = {
    "sqlite": Backend(empty=sqlite_file, connect=lambda address: SqliteStore(Path(address), write_timeout=20.0)),
    "mongo": Backend(empty=mongo_database, connect=lambda uri: MongoStore(uri, write_timeout=20.0)),
    "mongo-without-transactions": Backend(
        empty=mongo_database, connect=lambda uri: MongoStore(uri, write_timeout=20.0, transactions=False)
    ),
}


@pytest.fixture(params=BACKENDS)
def backend_name(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def address(backend_name: str, tmp_path: Path) -> Iterator[str]:
    """Where an empty store of the backend is."""
    with BACKENDS[backend_name].empty(tmp_path) as address:
        yield address


@pytest.fixture
async def store_factory(backend_name: str, address: str) -> AsyncIterator[Callable[[], Store]]:
    """Makes further connections to this test's one store, as another process would."""
    opened: list[Store] = []

    def connect() -> Store:
        opened.append(BACKENDS[backend_name].connect(address))
        return opened[-1]

    yield connect
    for store in opened:
        await store.close()


@pytest.fixture
def store(store_factory: Callable[[], Store]) -> Store:
    """An empty store."""
    return store_factory()


class Records:
    """Plausible records of a small world, around one moment."""

    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
    today = date(2026, 11, 21)

    def location(self, city_id: str = "kyiv", **changes: Any) -> Location:
        """A city like Kyiv, without state."""
        kyiv = Location(
            id=city_id,
            names=Names(uk="Київ", en="Kyiv", ru="Киев"),
            lat=50.45466,
            lon=30.5238,
            country="UA",
            timezone="Europe/Kyiv",
        )
        return replace(kyiv, **changes)

    def cinema(self, cinema_id: str = "zhovten", **changes: Any) -> Cinema:
        """A cinema in Kyiv."""
        cinema = Cinema(
            id=cinema_id,
            city_id="kyiv",
            name=f"Кінотеатр {cinema_id}",
            url=f"https://{cinema_id}.example/schedule",
            source="config",
        )
        return replace(cinema, **changes)

    def film(self, film_id: str = "dovbush-2023", **changes: Any) -> Film:
        """A film."""
        return replace(Film(id=film_id, titles=Titles(original="Довбуш", en="Dovbush"), year=2023), **changes)

    def showtime(self, showtime_id: str, *, hours: float = 7, **changes: Any) -> Showtime:
        """A showing ``hours`` after ``now``."""
        start = self.now + timedelta(hours=hours)
        showtime = Showtime(
            id=showtime_id,
            city_id="kyiv",
            cinema_id="zhovten",
            film_id="dovbush-2023",
            start_time=start,
            business_day=start.date(),
            raw_title="Довбуш",
            evidence=Evidence(url="https://zhovten.example/schedule", quote="19:00 Довбуш", fetched_at=self.now),
            reader="schema.org",
            run_id="run-1",
            created_at=self.now,
        )
        return replace(showtime, **changes)

    def full_showtime(self) -> Showtime:
        """A showing of which everything is known."""
        return self.showtime(
            "all",
            format="IMAX 3D",
            language="uk",
            original_language=True,
            subtitles="en",
            room="Зала 3",
            price=Price(min=18000, max=22050, currency="UAH", text="180–220,50 ₴"),
            buy_link="https://tickets.example/buy?show=1&lang=uk",
            buy_link_state="ok",
            availability="sold_out",
        )

    def run(self, run_id: str = "run-1", **changes: Any) -> Run:
        """A running run of Kyiv."""
        run = Run(id=run_id, city_id="kyiv", owner="agent-1", trigger="visitor", started_at=self.now)
        return replace(run, **changes)

    def full_run(self) -> Run:
        """A finished run with figures of every kind."""
        return self.run(
            finished_at=self.now + timedelta(seconds=42),
            outcome="published",
            done=2,
            total=2,
            sources=(
                SourceResult(
                    cinema_id="zhovten",
                    url="https://zhovten.example/schedule",
                    outcome="published",
                    reader="schema.org",
                    kept=3,
                    refused={"in_the_past": 2, "duplicate": 1},
                    detail="3 of 6",
                ),
                SourceResult(cinema_id="kinomir", url="https://kinomir.example/", outcome="unreachable"),
            ),
            error="one cinema did not answer",
            tokens_in=12_345,
            tokens_out=678,
            cost_microusd=4_321,
        )

    def publication(
        self,
        *showtimes: Showtime,
        listed: Sequence[str] = ("zhovten",),
        cinemas: Sequence[Cinema] = (),
        films: Sequence[Film] = (),
        run: Run | None = None,
    ) -> Publication:
        """A publication with a listing of each of the cinemas ``listed``, which holds its showtimes."""
        listings = [
            Listing(cinema_id=cinema_id, showtimes=tuple(row for row in showtimes if row.cinema_id == cinema_id))
            for cinema_id in listed
        ]
        return Publication(
            cinemas=tuple(cinemas),
            films=tuple(films),
            listings=tuple(listings),
            run=run or self.run(outcome="published"),
        )

    async def lease(self, store: Store, *, now: datetime | None = None, seconds: int = 300) -> Lease:
        """Kyiv's lease, taken by agent-1."""
        lease = await store.acquire_lease("kyiv", owner="agent-1", now=now or self.now, seconds=seconds)
        assert lease is not None
        return lease

    async def publish(self, store: Store, *showtimes: Showtime, now: datetime | None = None, **parts: Any) -> int:
        """Take Kyiv's lease and publish under it. Returns the revision."""
        lease = await self.lease(store, now=now)
        return await store.publish(lease, self.publication(*showtimes, **parts), now=now or self.now)


@pytest.fixture
def records() -> Records:
    return Records()


@pytest.fixture
async def kyiv(store: Store, records: Records) -> Location:
    """Kyiv, known to the store."""
    location = records.location()
    await store.add_location(location)
    return location
