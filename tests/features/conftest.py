"""A site as a visitor finds it: create_app with all features over a real store, a fixed clock, a desk that notes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestClient
from known_cities import CITIES
from msgspec.structs import replace
from product_store import new_store
from selectolax.lexbor import LexborHTMLParser

from cinestreamd.config import Settings
from cinestreamd.features import FEATURES
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import (
    Cinema,
    Evidence,
    Film,
    Lease,
    Listing,
    Location,
    Publication,
    Run,
    Showtime,
    Store,
    Titles,
)
from cinestreamd.web.app import Resources, create_app
from cinestreamd.web.keys import Load, Unpaid

KYIV = ZoneInfo("Europe/Kyiv")


class NotingDesk:
    """A desk that takes every request, or none when it is ``full``."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.rechecked: list[tuple[str, str]] = []
        self.answer: Literal["accepted", "full"] | Unpaid = "accepted"

    async def request(self, city_id: str) -> Literal["accepted", "full"] | Unpaid:
        """Note the request and give the set answer."""
        self.asked.append(city_id)
        return self.answer

    async def recheck(self, city_id: str, cinema_id: str) -> Literal["accepted", "full"] | Unpaid:
        """Note the request and give the set answer."""
        self.rechecked.append((city_id, cinema_id))
        return self.answer


class World:
    """One site, its store and what happens in it. The moment is Saturday, 21 November 2026, 18:00 in Kyiv."""

    def __init__(self, store: Store) -> None:
        self.now = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
        self.store = store
        self.desk = NotingDesk()
        self.settings = SiteSettings(cities=("kyiv", "lviv"))
        self.demo = False

    def resources(self) -> Resources:
        """What create_app takes."""
        return Resources(
            settings=Settings(),
            site=Site(name="main", settings=self.settings, directory="/nowhere"),
            secret_key="a secret of this test only",
            store=self.store,
            gazetteer=CITIES,
            scrapes=self.desk,
            clock=lambda: self.now,
            load=Load(),
            demo=self.demo,
        )

    def location(self, city_id: str = "kyiv") -> Location:
        """A city of the gazetteer, without state."""
        city = CITIES.get(city_id)
        assert city is not None
        return Location(
            id=city.id, names=city.names, lat=city.lat, lon=city.lon, country=city.country, timezone=city.timezone
        )

    def cinema(self, cinema_id: str = "zhovten", **changes: Any) -> Cinema:
        """A cinema in Kyiv."""
        cinema = Cinema(
            id=cinema_id, city_id="kyiv", name="Жовтень", url="https://zhovten.example/afisha", source="config"
        )
        return replace(cinema, **changes)

    def film(self, film_id: str = "dovbush-2023", **changes: Any) -> Film:
        """A film of 2 h 4 min."""
        film = Film(
            id=film_id, titles=Titles(original="Довбуш", uk="Довбуш", en="Dovbush"), year=2023, duration_minutes=124
        )
        return replace(film, **changes)

    def showtime(self, local: str, **changes: Any) -> Showtime:
        """A showing at ``local`` ("21 18:40": day of November 2026 and the clock in Kyiv)."""
        start = datetime.strptime(f"2026-11-{local}", "%Y-%m-%d %H:%M").replace(tzinfo=KYIV)
        showtime = Showtime(
            id=f"zhovten-dovbush-{local.replace(' ', '-').replace(':', '')}",
            city_id="kyiv",
            cinema_id="zhovten",
            film_id="dovbush-2023",
            start_time=start.astimezone(UTC),
            business_day=start.date(),
            raw_title="Довбуш",
            evidence=Evidence(
                url="https://zhovten.example/afisha",
                quote=f"Довбуш — {local[3:]}",
                fetched_at=self.now - timedelta(minutes=5),
            ),
            reader="schema.org",
            run_id="run-1",
            created_at=self.now,
        )
        return replace(showtime, **changes)

    async def lease(self, city_id: str = "kyiv", *, at: datetime | None = None) -> Lease:
        """Make a city known and take its lease."""
        await self.store.add_location(self.location(city_id))
        lease = await self.store.acquire_lease(city_id, owner="test", now=at or self.now, seconds=300)
        assert lease is not None
        return lease

    async def publish(
        self,
        *showtimes: Showtime,
        cinemas: Sequence[Cinema] = (),
        films: Sequence[Film] = (),
        ago: timedelta = timedelta(minutes=5),
    ) -> None:
        """Publish Kyiv's listing as a run did that ended ``ago``."""
        at = self.now - ago
        lease = await self.lease(at=at)
        run = Run(id="run-1", city_id="kyiv", owner="test", trigger="visitor", started_at=at)
        await self.store.begin_run(lease, run)
        cinemas = cinemas or [self.cinema()]
        listings = [
            Listing(cinema_id=cinema.id, showtimes=tuple(row for row in showtimes if row.cinema_id == cinema.id))
            for cinema in cinemas
        ]
        publication = Publication(
            cinemas=tuple(cinemas),
            films=tuple(films or [self.film()]),
            listings=tuple(listings),
            run=replace(run, finished_at=at, outcome="published", done=1, total=1),
        )
        await self.store.publish(lease, publication, now=at)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A site with an empty store."""
    path = tmp_path / "site.sqlite"
    store = new_store(path)
    yield World(store)
    await store.close()


@pytest.fixture
def start(world: World, aiohttp_client: Any) -> Callable[[], Awaitable[TestClient[Any, Any]]]:
    """Serves the world as it is now; a client that follows no redirects by itself is the caller's choice."""

    async def serve() -> TestClient[Any, Any]:
        client: TestClient[Any, Any] = await aiohttp_client(create_app(world.resources(), FEATURES))
        return client

    return serve


@pytest.fixture
async def client(start: Callable[[], Awaitable[TestClient[Any, Any]]]) -> TestClient[Any, Any]:
    """A client of the world."""
    return await start()


@pytest.fixture
def page(client: TestClient[Any, Any]) -> Callable[..., Awaitable[LexborHTMLParser]]:
    """Gets a path and gives its page, parsed; ``status`` is the one it must have."""

    async def get(path: str, *, status: int = 200, **options: Any) -> LexborHTMLParser:
        response = await client.get(path, **options)
        assert (response.status, response.content_type) == (status, "text/html")
        return LexborHTMLParser(await response.text())

    return get
