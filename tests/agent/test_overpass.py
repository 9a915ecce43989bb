"""Asking Overpass servers over real HTTP: once a month, identified, never in a hurry."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from cinestreamd import config
from cinestreamd.agent.fetch import Fetcher
from cinestreamd.agent.map_cache import MapCache
from cinestreamd.agent.memory import Forgetful
from cinestreamd.agent.overpass import Overpass, OverpassError, query_of
from cinestreamd.config import DiscoverySettings
from cinestreamd.gazetteer.model import City
from cinestreamd.store.base import Names
from cinestreamd.store.memory import Discovery

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
KYIV = City(
    id="kyiv",
    geonameid=703448,
    names=Names(uk="Київ", en="Kyiv", ru="Киев"),
    country="UA",
    lat=50.45466,
    lon=30.5238,
    timezone="Europe/Kyiv",
    population=2_797_553,
)
CINEMA = {"type": "node", "id": 1, "lat": 50.4, "lon": 30.5, "tags": {"amenity": "cinema", "name": "Зірка"}}
GOOD = json.dumps({"elements": [CINEMA]})


class Notes(Forgetful):
    """A memory for one test."""

    def __init__(self) -> None:
        self.kept: Discovery | None = None
        self.paused: dict[str, datetime] = {}

    async def discovery(self, city_id: str) -> Discovery | None:
        """The note."""
        return self.kept if self.kept and self.kept.city_id == city_id else None

    async def remember_discovery(self, discovery: Discovery) -> None:
        """Take the note."""
        self.kept = discovery

    async def paused_until(self, server: str) -> datetime | None:
        """The note."""
        return self.paused.get(server)

    async def pause(self, server: str, until: datetime) -> None:
        """Take the note."""
        self.paused[server] = until


class Servers:
    """Two Overpass servers with set answers, and an Overpass client whose waiting is written down."""

    def __init__(self) -> None:
        self.answers = {"/a": (200, GOOD), "/b": (200, GOOD)}
        self.asked: list[tuple[str, str, str]] = []
        self.slept: list[float] = []
        self.memory = Notes()
        app = web.Application()
        app.router.add_post("/{server}", self._answer)
        self.server = TestServer(app)
        self.fetcher: Fetcher | None = None

    async def _answer(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.asked.append((request.path, str(form["data"]), request.headers["User-Agent"]))
        status, text = self.answers[request.path]
        return web.Response(status=status, text=text, content_type="application/json")

    def client(self, *paths: str, shared: MapCache | None = None) -> Overpass:
        """A client of the servers at ``paths``."""

        async def sleep(seconds: float) -> None:
            self.slept.append(seconds)

        assert self.fetcher is not None
        settings = DiscoverySettings(overpass_endpoints=tuple(str(self.server.make_url(path)) for path in paths))
        return Overpass(settings, fetcher=self.fetcher, memory=self.memory, shared=shared, sleep=sleep)

    def asked_paths(self) -> list[str]:
        """Which servers were asked, in order."""
        return [path for path, _, _ in self.asked]


@pytest.fixture
async def servers() -> AsyncIterator[Servers]:
    servers = Servers()
    await servers.server.start_server()
    allowed = frozenset({("127.0.0.1", servers.server.port or 0)})
    async with Fetcher(config.Fetch(host_interval=0), allowed=allowed) as fetcher:
        servers.fetcher = fetcher
        yield servers
    await servers.server.close()


def test_the_query_names_the_point_and_the_radius() -> None:
    assert query_of(KYIV, radius_metres=15_000) == (
        '[out:json][timeout:60];nwr["amenity"="cinema"](around:15000,50.45466,30.52380);out center;'
    )


async def test_sites_of_one_daemon_ask_for_a_city_once(servers: Servers, tmp_path: Path) -> None:
    """Each site has a memory of its own; what they share is the folder of the daemon's agents."""
    shared = MapCache(tmp_path)
    names = []
    for day in (0, 1, 29, 31):
        servers.memory = Notes()
        client = servers.client("/a", shared=shared)
        names.append([venue.name for venue in await client.venues(KYIV, now=NOW + timedelta(days=day))])
        assert servers.memory.kept is not None
    assert names == [["Зірка"]] * 4
    assert servers.asked_paths() == ["/a", "/a"]


async def test_a_server_that_is_busy_is_left_alone_by_all_sites(servers: Servers, tmp_path: Path) -> None:
    servers.answers["/a"] = (429, "")
    for _ in range(2):
        servers.memory = Notes()
        with pytest.raises(OverpassError):
            await servers.client("/a", shared=MapCache(tmp_path)).venues(KYIV, now=NOW)
    assert servers.asked_paths() == ["/a"]


async def test_a_city_is_asked_for_once_a_month(servers: Servers) -> None:
    client = servers.client("/a", "/b")
    assert [venue.name for venue in await client.venues(KYIV, now=NOW)] == ["Зірка"]
    assert [venue.name for venue in await client.venues(KYIV, now=NOW + timedelta(days=29))] == ["Зірка"]
    assert servers.asked_paths() == ["/a"]
    await client.venues(KYIV, now=NOW + timedelta(days=31))
    assert servers.asked_paths() == ["/a", "/a"]
    _, query, agent = servers.asked[0]
    assert query == query_of(KYIV, radius_metres=15_000)
    assert agent == "cinestreamd (+https://github.com/cinestreamd/cinestreamd)"


@pytest.mark.parametrize(
    "answer", [(500, ""), (406, ""), (200, "<html>"), (200, '{"elements": [], "remark": "runtime error: timeout"}')]
)
async def test_a_server_that_fails_is_followed_by_the_next(servers: Servers, answer: tuple[int, str]) -> None:
    servers.answers["/a"] = answer
    assert len(await servers.client("/a", "/b").venues(KYIV, now=NOW)) == 1
    assert servers.asked_paths() == ["/a", "/b"]
    assert servers.slept == []


@pytest.mark.parametrize("status", [429, 503, 504])
async def test_a_busy_server_is_left_alone_by_everybody_for_a_while(servers: Servers, status: int) -> None:
    servers.answers["/a"] = (status, "")
    await servers.client("/a", "/b").venues(KYIV, now=NOW)
    assert servers.slept == [30.0]
    assert servers.asked_paths() == ["/a", "/b"]
    servers.memory.kept = None
    await servers.client("/a", "/b").venues(KYIV, now=NOW + timedelta(minutes=1))
    assert servers.asked_paths() == ["/a", "/b", "/b"]


async def test_when_all_fail_an_old_memory_is_better_than_none(servers: Servers) -> None:
    client = servers.client("/a")
    await client.venues(KYIV, now=NOW)
    servers.answers["/a"] = (500, "")
    assert len(await client.venues(KYIV, now=NOW + timedelta(days=90))) == 1


async def test_when_all_fail_and_nothing_is_known_it_is_an_error(servers: Servers) -> None:
    servers.answers["/a"] = (500, "")
    with pytest.raises(OverpassError) as refused:
        await servers.client("/a").venues(KYIV, now=NOW)
    assert refused.value.code == "overpass"
    assert servers.memory.kept is None


async def test_an_empty_answer_is_remembered_too(servers: Servers) -> None:
    servers.answers["/a"] = (200, '{"elements": []}')
    client = servers.client("/a")
    assert await client.venues(KYIV, now=NOW) == ()
    assert await client.venues(KYIV, now=NOW) == ()
    assert servers.asked_paths() == ["/a"]


async def test_without_servers_nobody_is_asked(servers: Servers) -> None:
    assert await servers.client().venues(KYIV, now=NOW) == ()
