"""The kit alone: create_app without features, over a store that only has figures."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from known_cities import CITIES

from cinestreamd.config import Daemon, Settings
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import Stats
from cinestreamd.web.app import Resources, create_app
from cinestreamd.web.keys import Load

NO_FIGURES = Stats(visits_total=0, visits_today=0, cities=0, cinemas=0, films=0, upcoming_showtimes=0, days=())


class FiguresOnly:
    """The one operation of a store that the kit itself uses."""

    async def stats(self, **_: Any) -> Stats:
        """No figures."""
        return NO_FIGURES


class NoDesk:
    """A desk that nobody may come to."""

    async def request(self, city_id: str) -> Literal["accepted", "full"]:
        """Never asked in these tests."""
        raise AssertionError(city_id)

    async def recheck(self, city_id: str, cinema_id: str) -> Literal["accepted", "full"]:
        """Never asked in these tests."""
        raise AssertionError(city_id, cinema_id)


@pytest.fixture
def load() -> Load:
    """The worker's counters."""
    return Load()


@pytest.fixture
def resources(load: Load) -> Callable[..., Resources]:
    """Makes what create_app takes; the keywords are settings of the site, ``trusted`` are proxies' networks."""

    def make(*, trusted: tuple[str, ...] = ("127.0.0.0/8",), **site: Any) -> Resources:
        return Resources(
            settings=Settings(daemon=Daemon(trusted_proxies=trusted)),
            site=Site(name="main", settings=SiteSettings(**site), directory="/nowhere"),
            secret_key="a secret of this test only",
            store=FiguresOnly(),  # type: ignore[arg-type]  # the kit uses no more of it
            gazetteer=CITIES,
            scrapes=NoDesk(),
            clock=lambda: datetime(2026, 11, 21, 16, 0, tzinfo=UTC),
            load=load,
        )

    return make


@pytest.fixture
def start(resources: Callable[..., Resources], aiohttp_client: Any) -> Callable[..., Awaitable[TestClient[Any, Any]]]:
    """Serves the kit with further routes; the keywords are those of ``resources``."""

    async def serve(*routes: web.RouteDef, **options: Any) -> TestClient[Any, Any]:
        app = create_app(resources(**options), ())
        app.add_routes(list(routes))
        client: TestClient[Any, Any] = await aiohttp_client(app)
        return client

    return serve
