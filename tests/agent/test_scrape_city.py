"""A whole scrape over real HTTP into a real store: what is published, kept and recorded, whatever happens."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from msgspec.structs import replace
from product_store import ON_MONGO, new_store

from cinestreamd import config
from cinestreamd.agent.fetch import Fetcher
from cinestreamd.agent.memory import Forgetful
from cinestreamd.agent.run import scrape_city
from cinestreamd.agent.task import ScrapeTask, Tools
from cinestreamd.agent.tenure import cooldown_after
from cinestreamd.config import DiscoverySettings
from cinestreamd.gazetteer.model import City
from cinestreamd.sites.model import CinemaEntry
from cinestreamd.store.base import (
    CinemaCorrection,
    Film,
    Location,
    Names,
    Publication,
    Run,
    RunOutcome,
    Showtime,
    StaleLeaseError,
    Store,
    StoreBusyError,
    Titles,
)
from cinestreamd.store.memory import PageMemory

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
KYIV = City(
    id="kyiv",
    geonameid=703448,
    names=Names(uk="Київ", en="Kyiv", ru="Киев"),
    country="UA",
    lat=50.45,
    lon=30.52,
    timezone="Europe/Kyiv",
    population=2_797_553,
)


def event(title: str, start: str, **extra: str) -> str:
    more = "".join(f',"{name}":"{value}"' for name, value in extra.items())
    return f'{{"@type":"ScreeningEvent","name":"{title}","startDate":"{start}"{more}}}'


def html(*events: str) -> str:
    return f'<!doctype html><html lang="uk"><script type="application/ld+json">[{",".join(events)}]</script></html>'


class Notes(Forgetful):
    """A memory for one test."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[PageMemory, ...]] = {}

    async def pages(self, cinema_id: str) -> list[PageMemory]:
        """The notes."""
        return list(self.kept.get(cinema_id, ()))

    async def remember_pages(self, cinema_id: str, pages: Sequence[PageMemory]) -> None:
        """Take notes."""
        self.kept[cinema_id] = tuple(pages)


class Kino:
    """Cinemas' web pages by path, a store, and the means to scrape them at a moment that the test sets."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.pages: dict[str, str | Callable[[], Awaitable[web.StreamResponse]]] = {}
        self.hosts: dict[str, str] = {}
        self.asked: list[str] = []
        self.now = NOW
        self.memory = Notes()
        self.overpass: DiscoverySettings | None = None
        self.map_takes = 0.0
        self.patience = 5.0
        self.runs = 0
        app = web.Application()
        app.router.add_post("/overpass", self._map)
        app.router.add_get("/{path:.*}", self._answer)
        self.server = TestServer(app)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        page = self.pages.get(request.path)
        if page is None:
            raise web.HTTPNotFound
        return web.Response(text=page, content_type="text/html") if isinstance(page, str) else await page()

    async def _map(self, _: web.Request) -> web.Response:
        self.asked.append("/overpass")
        await asyncio.sleep(self.map_takes)
        tags = {"amenity": "cinema", "name": "Маяк", "website": str(self.server.make_url("/mayak"))}
        return web.json_response({"elements": [{"type": "node", "id": 1, "lat": 50.4, "lon": 30.5, "tags": tags}]})

    def entries(self) -> tuple[CinemaEntry, ...]:
        """One configured cinema for each page."""
        return tuple(
            CinemaEntry(
                city="kyiv",
                name=path.strip("/"),
                url=f"http://{self.hosts.get(path, '127.0.0.1')}:{self.server.port}{path}",
            )
            for path in self.pages
        )

    def task(self, cinema_id: str | None = None) -> ScrapeTask:
        """The next run's task."""
        self.runs += 1
        run_id = f"run-{self.runs}"
        return ScrapeTask(
            city=KYIV,
            owner=f"m:{run_id}",
            run_id=run_id,
            trigger="visitor" if cinema_id is None else "recheck",
            cinemas=self.entries(),
            cinema_id=cinema_id,
        )

    async def scrape(self, cinema_id: str | None = None, **settings: int) -> RunOutcome:
        """Scrape Kyiv, or one of its cinemas."""
        allowed = frozenset({("127.0.0.1", self.server.port or 0)})
        async with Fetcher(config.Fetch(host_interval=0, timeout=self.patience), allowed=allowed) as fetcher:
            tools = Tools(
                store=self.store,
                fetcher=fetcher,
                clock=lambda: self.now,
                memory=self.memory,
                discovery=self.overpass,
            )
            return await scrape_city(self.task(cinema_id), tools, settings=config.Scrape(**settings))

    async def showtimes(self) -> list[Showtime]:
        """What is published and to come."""
        return await self.store.showtimes("kyiv", since=self.now)

    async def titles(self) -> list[str]:
        """The titles of what is published and to come."""
        return [showtime.raw_title for showtime in await self.showtimes()]


@pytest.fixture
async def kino(tmp_path: Path) -> AsyncIterator[Kino]:
    path = tmp_path / "cinestreamd.sqlite"
    kino = Kino(new_store(path))
    await kino.server.start_server()
    yield kino
    await kino.server.close()
    await kino.store.close()


async def test_a_city_is_read_and_published(kino: Kino) -> None:
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"), event("Чужий", "2026-11-22T00:15", videoFormat="3D"))
    kino.pages["/mayak"] = html(event("Дюна", "2026-11-21T18:00"))
    assert await kino.scrape() == "published"
    showtimes = await kino.showtimes()
    assert [(s.cinema_id, s.raw_title, s.start_time.isoformat()) for s in showtimes] == [
        ("kyiv-mayak", "Дюна", "2026-11-21T16:00:00+00:00"),
        ("kyiv-zirka", "Дюна", "2026-11-21T17:30:00+00:00"),
        ("kyiv-zirka", "Чужий", "2026-11-21T22:15:00+00:00"),
    ]
    assert showtimes[0].film_id == showtimes[1].film_id
    assert showtimes[2].business_day.isoformat() == "2026-11-21"
    assert showtimes[1].evidence.quote in str(kino.pages["/zirka"])
    location = await kino.store.location("kyiv")
    assert location is not None
    assert (location.lease, location.failures, location.revision) == (None, 0, 1)
    assert location.last_updated == NOW
    run = await kino.store.run("run-1")
    assert run is not None
    assert (run.outcome, run.done, run.total, run.finished_at) == ("published", 2, 2, NOW)
    assert [(source.cinema_id, source.outcome, source.kept) for source in run.sources] == [
        ("kyiv-mayak", "published", 1),
        ("kyiv-zirka", "published", 2),
    ]


async def test_a_second_run_replaces_what_the_first_found_and_keeps_ids(kino: Kino) -> None:
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"), event("Чужий", "2026-11-21T21:00"))
    await kino.scrape()
    before = {s.raw_title: s for s in await kino.showtimes()}
    kino.now += timedelta(hours=1)
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"), event("Матриця", "2026-11-21T21:00"))
    await kino.scrape()
    after = {s.raw_title: s for s in await kino.showtimes()}
    assert set(after) == {"Дюна", "Матриця"}
    assert after["Дюна"].id == before["Дюна"].id
    assert after["Дюна"].created_at == before["Дюна"].created_at


async def test_a_held_city_is_left_alone(kino: Kino) -> None:
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"))
    await kino.scrape()
    lease = await kino.store.acquire_lease("kyiv", owner="other", now=NOW, seconds=300)
    assert lease is not None
    kino.asked.clear()
    assert await kino.scrape() == "lost"
    assert kino.asked == []
    assert await kino.store.run("run-2") is None
    location = await kino.store.location("kyiv")
    assert location is not None
    assert location.lease == lease


async def test_a_cinema_that_fails_keeps_its_old_data_and_does_not_fail_the_others(kino: Kino) -> None:
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"))
    kino.pages["/mayak"] = html(event("Чужий", "2026-11-21T18:00"))
    await kino.scrape()

    async def broken() -> web.StreamResponse:
        return web.Response(status=500)

    kino.pages["/zirka"] = broken
    kino.pages["/mayak"] = html(event("Матриця", "2026-11-21T18:00"))
    assert await kino.scrape() == "published"
    assert await kino.titles() == ["Матриця", "Дюна"]
    run = await kino.store.run("run-2")
    assert run is not None
    assert {source.cinema_id: (source.outcome, source.detail) for source in run.sources} == {
        "kyiv-mayak": ("published", ""),
        "kyiv-zirka": ("unreachable", "http_status"),
    }


async def test_a_page_that_empties_does_not_wipe_out_what_is_to_come(kino: Kino) -> None:
    """Rows that are all past are an empty reading of a readable page."""
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"))
    kino.pages["/mayak"] = html(event("Чужий", "2026-11-21T18:00"))
    await kino.scrape()
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-01T19:30"))
    assert await kino.scrape() == "published"
    assert await kino.titles() == ["Чужий", "Дюна"]
    run = await kino.store.run("run-2")
    assert run is not None
    assert {source.cinema_id: source.outcome for source in run.sources}["kyiv-zirka"] == "empty"


async def test_a_readable_page_without_showings_is_an_answer_when_there_is_nothing_to_lose(kino: Kino) -> None:
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-01T19:30"))
    assert await kino.scrape() == "empty"
    location = await kino.store.location("kyiv")
    assert location is not None
    assert (location.lease, location.failures, location.last_updated) == (None, 0, NOW)


async def test_a_city_without_cinemas_is_an_answer_too(kino: Kino) -> None:
    assert await kino.scrape() == "empty"
    location = await kino.store.location("kyiv")
    assert location is not None
    assert location.status(NOW, stale_after_seconds=86_400) == "fresh"


async def test_failures_give_the_lease_back_and_cool_down_longer_each_time(kino: Kino) -> None:
    kino.pages["/zirka"] = "<p>Сторінка, яку ніхто не розуміє"
    pauses = []
    for _ in range(3):
        assert await kino.scrape() == "failed"
        location = await kino.store.location("kyiv")
        assert location is not None
        assert location.lease is None
        pauses.append(location.cooldown_until and (location.cooldown_until - kino.now).total_seconds())
    assert pauses == [None, 60, 120]
    run = await kino.store.run("run-1")
    assert run is not None
    assert (run.outcome, run.error) == ("failed", "no_cinema_read")
    assert [(source.outcome, source.detail) for source in run.sources] == [("unreadable", "no_reader")]


def test_cooldowns_double_up_to_an_hour() -> None:
    seconds = [pause and pause.total_seconds() for pause in map(cooldown_after, (1, 2, 3, 4, 5, 7, 8, 9, 1000))]
    assert seconds == [None, 60, 120, 240, 480, 1920, 3600, 3600, 3600]


async def test_robots_are_recorded_as_what_they_are(kino: Kino) -> None:
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"))
    task = kino.entries()
    kino.pages["/robots.txt"] = "User-agent: *\nDisallow: /zirka"
    kino.entries = lambda: task  # type: ignore[method-assign]  # robots.txt is no cinema
    assert await kino.scrape() == "failed"
    run = await kino.store.run("run-1")
    assert run is not None
    assert [source.outcome for source in run.sources] == ["refused_by_robots"]
    assert "/zirka" not in kino.asked


@pytest.mark.parametrize("map_takes", [0.0, 0.2])
async def test_the_deadline_publishes_what_was_read_in_time(kino: Kino, map_takes: float) -> None:
    """Also where a part of it went by before anything was read: before the map had answered."""

    async def hangs() -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"))
    kino.pages["/mayak"] = hangs
    kino.hosts["/zirka"] = "localhost"
    # A tenth of the deadline is kept for publishing, which takes the test server of MongoDB a second or two.
    deadline = 20 if ON_MONGO else 4
    kino.overpass = DiscoverySettings(overpass_endpoints=(str(kino.server.make_url("/overpass")),))
    kino.map_takes, kino.patience = map_takes * deadline, 60.0
    assert await kino.scrape(deadline_seconds=deadline) == "published"
    assert await kino.titles() == ["Дюна"]
    run = await kino.store.run("run-1")
    assert run is not None
    assert {source.cinema_id: (source.outcome, source.detail) for source in run.sources} == {
        "kyiv-mayak": ("unreachable", "deadline"),
        "kyiv-zirka": ("published", ""),
    }


async def test_a_run_that_loses_its_lease_midway_ends_as_lost_and_writes_nothing(kino: Kino) -> None:
    reached, opened = asyncio.Event(), asyncio.Event()

    async def waits() -> web.StreamResponse:
        reached.set()
        await opened.wait()
        return web.Response(text=html(event("Дюна", "2026-11-21T19:30")), content_type="text/html")

    kino.pages["/zirka"] = waits
    running = asyncio.create_task(kino.scrape())
    await asyncio.wait_for(reached.wait(), 10)
    assert await kino.store.free_leases("m:") == ["kyiv"]
    other = await kino.store.acquire_lease("kyiv", owner="other", now=NOW, seconds=300)
    opened.set()
    assert await running == "lost"
    assert await kino.showtimes() == []
    location = await kino.store.location("kyiv")
    assert location is not None
    assert location.lease == other


async def test_a_run_that_is_stopped_gives_its_lease_back(kino: Kino) -> None:
    reached = asyncio.Event()

    async def hangs() -> web.StreamResponse:
        reached.set()
        await asyncio.sleep(60)
        return web.Response()

    kino.pages["/zirka"] = hangs
    running = asyncio.create_task(kino.scrape())
    await asyncio.wait_for(reached.wait(), 10)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    location = await kino.store.location("kyiv")
    assert location is not None
    assert location.lease is None
    run = await kino.store.run("run-1")
    assert run is not None
    assert (run.outcome, run.error) == ("failed", "stopped")


async def test_of_two_runs_at_once_one_reads_and_the_other_leaves(kino: Kino) -> None:
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"))
    outcomes = await asyncio.gather(kino.scrape(), kino.scrape())
    assert sorted(outcomes) == ["lost", "published"]
    assert kino.asked.count("/zirka") == 1


async def test_a_page_that_breaks_a_reader_breaks_nothing_else(kino: Kino) -> None:
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"))
    kino.pages["/mayak"] = '<script type="application/ld+json">' + "[" * 400_000
    kino.pages["/surrogates"] = html(event("Фільм \\ud800", "2026-11-21T19:30"))
    assert await kino.scrape() == "published"
    assert "Дюна" in await kino.titles()


async def test_an_error_of_the_store_is_not_swallowed_as_a_lost_lease(kino: Kino) -> None:
    """The counterpart: a stale lease is an answer, raised for whoever holds an old one."""
    await kino.scrape()
    lease = await kino.store.acquire_lease("kyiv", owner="a", now=NOW, seconds=300)
    assert lease is not None
    await kino.store.release_lease(lease, now=NOW, cooldown_until=None)
    with pytest.raises(StaleLeaseError):
        await kino.store.release_lease(lease, now=NOW, cooldown_until=None)


async def test_unchanged_pages_keep_the_city_fresh_without_being_read(kino: Kino) -> None:
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"))
    await kino.scrape()
    kino.now += timedelta(hours=1)
    assert await kino.scrape() == "published"
    run = await kino.store.run("run-2")
    assert run is not None
    assert [(source.outcome, source.detail) for source in run.sources] == [("published", "unchanged")]
    assert [showtime.run_id for showtime in await kino.showtimes()] == ["run-1"]
    location = await kino.store.location("kyiv")
    assert location is not None
    assert location.last_updated == kino.now


async def test_a_collapse_is_set_aside_three_times_and_then_believed(kino: Kino) -> None:
    kino.pages["/zirka"] = html(*(event("Дюна", f"2026-11-21T{hour}:00") for hour in range(13, 23)))
    kino.pages["/mayak"] = html(event("Чужий", "2026-11-21T18:00"))
    await kino.scrape()
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:00"))
    counts = []
    for _ in range(4):
        await kino.scrape()
        counts.append(len(await kino.titles()))
    assert counts == [11, 11, 11, 2]


async def test_a_collapse_that_an_operator_believes_is_published_at_once(kino: Kino) -> None:
    kino.pages["/zirka"] = html(*(event("Дюна", f"2026-11-21T{hour}:00") for hour in range(13, 23)))
    await kino.scrape()
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:00"))
    believed = CinemaCorrection(cinema_id="kyiv-zirka", city_id="kyiv", believed_until=NOW)
    await kino.store.correct_cinema(believed, now=NOW)
    await kino.scrape()
    assert len(await kino.titles()) == 10, "the time is over"
    believed = replace(believed, believed_until=NOW + timedelta(hours=2))
    await kino.store.correct_cinema(believed, now=NOW)
    await kino.scrape("kyiv-zirka")
    assert len(await kino.titles()) == 1


async def test_cinemas_on_the_map_are_read_too(kino: Kino) -> None:
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"))
    configured = kino.entries()
    kino.entries = lambda: configured  # type: ignore[method-assign]  # the other one is on the map only
    kino.pages["/mayak"] = html(event("Чужий", "2026-11-21T18:00"))
    kino.overpass = DiscoverySettings(overpass_endpoints=(str(kino.server.make_url("/overpass")),))
    assert await kino.scrape() == "published"
    assert await kino.titles() == ["Чужий", "Дюна"]
    cinemas = await kino.store.cinemas("kyiv")
    assert {cinema.name: cinema.source for cinema in cinemas} == {"zirka": "config", "Маяк": "openstreetmap"}


async def test_a_map_that_does_not_answer_stops_nothing(kino: Kino) -> None:
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"))
    kino.overpass = DiscoverySettings(overpass_endpoints=(str(kino.server.make_url("/nowhere")),))
    assert await kino.scrape() == "published"


class Busy:
    """A store that is busy for the first few writes of some kinds."""

    def __init__(self, store: Store, busy: dict[str, int]) -> None:
        self._store, self._busy = store, busy

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._store, name)

        async def call(*arguments: Any, **options: Any) -> Any:
            if self._busy.get(name, 0) > 0:
                self._busy[name] -= 1
                raise StoreBusyError(retry_after=1)
            return await operation(*arguments, **options)

        return call


class Late:
    """A store that has made a publication, and does not say so before the run's time is up."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def publish(self, *arguments: Any, **options: Any) -> int:
        """Publish, and be cancelled: a cancelled write is either not made or complete."""
        await self._store.publish(*arguments, **options)
        await asyncio.sleep(60)
        raise AssertionError


async def test_a_publication_that_was_made_at_the_deadline_counts(kino: Kino) -> None:
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T19:30"))
    quiet = kino.store
    kino.store = Late(quiet)  # type: ignore[assignment]  # all that a scrape asks of a store
    assert await kino.scrape(deadline_seconds=10 if ON_MONGO else 5) == "published"
    run = await quiet.run("run-1")
    assert run is not None
    assert (run.outcome, run.error) == ("published", None)


@pytest.mark.parametrize(
    ("busy", "page", "outcome"),
    [
        ({"add_location": 4, "acquire_lease": 3}, html(event("Дюна", "2026-11-21T19:30")), "published"),
        ({"report_progress": 9}, html(event("Дюна", "2026-11-21T19:30")), "published"),
        ({"publish": 2}, html(event("Дюна", "2026-11-21T19:30")), "published"),
        ({"publish": 3}, html(event("Дюна", "2026-11-21T19:30")), "failed"),
        ({"finish_run": 1, "release_lease": 2}, "<p>нічого", "failed"),
    ],
)
async def test_a_busy_store_never_keeps_the_lease(kino: Kino, busy: dict[str, int], page: str, outcome: str) -> None:
    quiet = kino.store
    kino.store = Busy(quiet, busy)  # type: ignore[assignment]  # all that a scrape asks of a store
    kino.pages["/zirka"] = page
    assert await kino.scrape() == outcome
    kino.store = quiet
    location = await quiet.location("kyiv")
    assert location is not None
    assert location.lease is None


async def test_a_recheck_reads_one_cinema_and_leaves_the_city_as_old_as_it_was(kino: Kino) -> None:
    kino.pages["/zhovten"] = html(event("Довбуш", "2026-11-21T18:40:00+02:00"))
    kino.pages["/planeta"] = html(event("Мавка", "2026-11-21T19:00:00+02:00"))
    assert await kino.scrape() == "published"
    zhovten = next(cinema for cinema in await kino.store.cinemas("kyiv") if cinema.name == "zhovten")
    kino.pages["/zhovten"] = html(event("Довбуш", "2026-11-21T20:10:00+02:00"))
    kino.pages["/planeta"] = html(event("Мавка", "2026-11-21T22:00:00+02:00"))
    kino.asked.clear()
    kino.now += timedelta(minutes=30)
    assert await kino.scrape(zhovten.id) == "published"
    assert "/planeta" not in kino.asked
    starts = {(row.raw_title, row.start_time.hour, row.start_time.minute) for row in await kino.showtimes()}
    assert starts == {("Довбуш", 18, 10), ("Мавка", 17, 0)}
    location = await kino.store.location("kyiv")
    assert location is not None
    assert location.last_updated == NOW
    assert location.lease is None
    [run, _] = await kino.store.runs("kyiv")
    assert (run.trigger, run.outcome, [source.cinema_id for source in run.sources]) == (
        "recheck",
        "published",
        [zhovten.id],
    )


async def test_a_recheck_that_fails_costs_nothing_but_its_run(kino: Kino) -> None:
    kino.pages["/zhovten"] = html(event("Довбуш", "2026-11-21T18:40:00+02:00"))
    assert await kino.scrape() == "published"
    [zhovten] = await kino.store.cinemas("kyiv")

    async def broken() -> web.StreamResponse:
        raise web.HTTPInternalServerError

    kino.pages["/zhovten"] = broken
    assert await kino.scrape(zhovten.id) == "failed"
    assert await kino.titles() == ["Довбуш"]
    location = await kino.store.location("kyiv")
    assert location is not None
    assert (location.failures, location.cooldown_until, location.lease) == (0, None, None)


async def test_a_run_reports_what_it_kept_and_refused_with_the_excerpts(kino: Kino) -> None:
    kino.pages["/zirka"] = html(event("Дюна", "2026-11-21T18:40:00+02:00"), event("Мавка", "2026-11-20T18:40:00+02:00"))
    kino.pages["/mayak"] = "<html><body>nothing to read</body></html>"
    assert await kino.scrape() == "published"
    report = await kino.store.report("run-1")
    assert report is not None
    assert (report.city_id, report.started_at) == ("kyiv", NOW)
    assert [stage.stage for stage in report.stages] == ["discover", "read", "titles", "publish"]
    mayak, zirka = report.cinemas
    assert (mayak.cinema_id, mayak.kept, mayak.refused) == ("kyiv-mayak", (), ())
    [published] = await kino.showtimes()
    [kept] = zirka.kept
    assert kept.showtime_id == published.id
    assert (kept.title, kept.start_time, kept.reader) == ("Дюна", published.start_time, "json_ld")
    assert "2026-11-21T18:40:00+02:00" in kept.quote
    [refused] = zirka.refused
    assert (refused.title, refused.when, refused.reason) == ("Мавка", "2026-11-20 18:40", "in_the_past")
    assert "2026-11-20T18:40:00+02:00" in refused.quote


async def test_a_run_reports_what_it_held_back_and_that_it_failed(kino: Kino) -> None:
    full = html(*(event(f"Фільм {n}", f"2026-11-21T{12 + n}:00:00+02:00") for n in range(1, 9)))
    kino.pages["/zirka"] = full
    assert await kino.scrape() == "published"
    kino.now += timedelta(minutes=10)
    kino.pages["/zirka"] = html(event("Фільм 8", "2026-11-21T20:00:00+02:00"))
    assert await kino.scrape() == "failed"
    report = await kino.store.report("run-2")
    assert report is not None
    [zirka] = report.cinemas
    assert [(row.showtime_id, row.title) for row in zirka.kept] == [("", "Фільм 8")]
    assert [stage.stage for stage in report.stages] == ["discover", "read"]


async def test_a_films_titles_from_another_city_outlive_a_run(kino: Kino) -> None:
    """Lviv has told the Russian title and the length of a film that Kyiv's page names in one language."""
    lviv = Location(id="lviv", names=KYIV.names, lat=49.8, lon=24.0, country="UA", timezone="Europe/Kyiv")
    await kino.store.add_location(lviv)
    lease = await kino.store.acquire_lease("lviv", owner="m:other", now=NOW, seconds=300)
    assert lease is not None
    run = Run(id="other", city_id="lviv", owner="m:other", trigger="visitor", started_at=NOW, outcome="published")
    await kino.store.begin_run(lease, run)
    film = Film(id="arrival", titles=Titles(original="Arrival", ru="Прибытие"), duration_minutes=116)
    publication = Publication(cinemas=(), films=(film,), listings=(), run=run)
    await kino.store.publish(lease, publication, now=NOW)
    kino.pages["/zirka"] = html(event("Arrival", "2026-11-21T19:30"))
    assert await kino.scrape() == "published"
    (row,) = await kino.showtimes()
    told = await kino.store.film(row.film_id)
    assert told is not None
    assert (told.id, told.titles.ru, told.duration_minutes) == ("arrival", "Прибытие", 116)
