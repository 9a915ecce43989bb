"""All sites as the master tells them: what of each, in which parts, and what a silent store leaves of it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from known_cities import CITIES
from msgspec.structs import replace
from product_store import new_store

from cinestreamd.all_sites import CityAge, SiteBooks
from cinestreamd.channel import PACKET_BYTES, SitesAnswer
from cinestreamd.config import ClaudeSettings, ConsoleSettings, Settings
from cinestreamd.master.account import Account, Held
from cinestreamd.master.overview import SITES_AT_ONCE, Overview
from cinestreamd.master.purse import Purse
from cinestreamd.master.sums import Sums
from cinestreamd.metering import RESTARTS, Entry
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import Run, Store, StoreUnavailableError
from cinestreamd.store.spending import Caps, ModelCall, Spent
from cinestreamd.web.places import location_of

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CAPS = Caps(call=10**9, city_day=10**9, day=10**9, month=10**9)


class Silent:
    """A store that never answers a question for cities."""

    def __getattr__(self, _: str) -> Callable[..., Any]:
        async def wait(*_: object, **__: object) -> None:
            await asyncio.sleep(3600)

        return wait


class Gone(Silent):
    """A store that says at once that it is not there."""

    def __getattr__(self, _: str) -> Callable[..., Any]:
        async def refuse(*_: object, **__: object) -> None:
            raise StoreUnavailableError(retry_after=1, reason="it is gone")

        return refuse


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = new_store(tmp_path / "site.sqlite")
    yield opened
    await opened.close()


@pytest.fixture
def overview(tmp_path: Path) -> Overview:
    return Overview(tenants={}, sums=Sums(), account=Account(tmp_path, lambda: NOW), wall=lambda: NOW, patience=60.0)


def add(overview: Overview, name: str, store: Any, **settings: Any) -> Any:
    """One more site, as the master holds it."""
    site = Site(name=name, settings=SiteSettings(**settings), directory="/nowhere")
    posting = SimpleNamespace(site=site, settings=Settings())
    ports = {number: SimpleNamespace(current=SimpleNamespace(state=state)) for number, state in STATES}
    tenant = SimpleNamespace(
        name=name,
        state="serving",
        store=store,
        purse=Purse(store, overview.account, overview.wall),
        agents=SimpleNamespace(running={"kyiv": None}, queue={"odesa": None, "lviv": None}),
        workers=SimpleNamespace(posting=posting, ports=ports),
    )
    overview.tenants[name] = tenant  # type: ignore[index]  # what the fleet does as sites come and go
    return tenant


STATES = ((8001, "ready"), (8002, "ready"), (8003, "starting"))


async def live(store: Store) -> None:
    """Kyiv was read in time, Lviv not since yesterday, Odesa fails, Sumy is old and nobody's, Kharkiv is unread."""
    read = {"kyiv": NOW - timedelta(hours=2), "lviv": NOW - timedelta(days=1, hours=9), "sumy": NOW - timedelta(days=9)}
    for city_id in ("kyiv", "lviv", "odesa", "sumy"):
        city = CITIES.get(city_id)
        assert city is not None
        await store.add_location(replace(location_of(city), last_updated=read.get(city_id)))
    lease = await store.acquire_lease("odesa", owner="me", now=NOW, seconds=60)
    assert lease is not None
    for number, hours in ((1, 30), (2, 1)):
        at = NOW - timedelta(hours=hours)
        run = Run(id=f"r{number}", city_id="odesa", owner="me", trigger="refresh", started_at=at, finished_at=at)
        await store.finish_run(replace(run, outcome="failed"))
    await store.release_lease(lease, now=NOW, cooldown_until=NOW + timedelta(minutes=4))
    call = ModelCall(
        id="c", run_id="r2", city_id="odesa", stage="extraction", model="m", started_at=NOW, reserved=12_300
    )
    assert await store.reserve_call(call, CAPS) is None


async def test_a_site_as_it_is(overview: Overview, store: Store) -> None:
    await live(store)
    add(
        overview,
        "kino",
        store,
        domains=("kino.example",),
        cities=("kyiv", "lviv", "odesa", "kharkiv"),
        refresh_at="06:00",
    )
    for port, restarts in ((8001, 2.0), (8002, 1.0)):
        overview.sums.add([Entry(RESTARTS.name, (), restarts)], site="kino", role="worker", port=port)
    overview.sums.add([Entry(RESTARTS.name, (), 9.0)], site="other", role="worker", port=9001)
    held = Held(site="kino", owner="me", amount=40_000, since=NOW)
    overview.account.hold("r3", held, least=1, caps=Spent(day=10**9, month=10**9))
    part = await overview.part("", ClaudeSettings())
    [site] = part.sites
    assert (part.more, part.spent, part.cap) == (False, 40_000, 5_000_000)
    assert (site.name, site.state, site.address) == ("kino", "serving", "https://kino.example")
    assert (site.workers, site.restarts) == ({"ready": 2, "starting": 1}, 3)
    assert (site.running, site.queued) == (1, 2)
    assert site.next_refresh == datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
    assert site.books == SiteBooks(
        cities={"fresh": 1, "stale": 4},
        named=(
            CityAge("odesa", "stale", None, 1),
            CityAge("kharkiv", "stale"),
            CityAge("lviv", "stale", NOW - timedelta(days=1, hours=9)),
            CityAge("kyiv", "fresh", NOW - timedelta(hours=2)),
            CityAge("sumy", "stale", NOW - timedelta(days=9)),
        ),
        due=1,
        failed_runs=1,
        spent=12_300,
        cap=2_000_000,
    )


async def test_sites_come_in_parts_and_none_twice(overview: Overview) -> None:
    names = sorted(f"site-{number}" for number in range(2 * SITES_AT_ONCE + 1))
    for name in names:
        add(overview, name, Gone())
    told, more, after = [], True, ""
    while more:
        part = await overview.part(after, ClaudeSettings())
        told += [site.name for site in part.sites]
        assert all(site.books is None for site in part.sites)
        more, after = part.more, told[-1]
    assert told == names


async def test_a_store_that_says_nothing_keeps_nobody_waiting(overview: Overview) -> None:
    impatient = replace(overview, patience=0.1)
    for number in range(SITES_AT_ONCE):
        add(impatient, f"silent-{number}", Silent())
    async with asyncio.timeout(60):
        told = (await impatient.part("", ClaudeSettings())).sites
    assert [site.books for site in told] == [None] * SITES_AT_ONCE


async def test_the_longest_names_fit_into_a_message(overview: Overview, tmp_path: Path) -> None:
    """Ids of 80 characters, names of 32, a domain of 253."""
    domain = ".".join(["a" * 62] * 4)
    city = CITIES.get("kyiv")
    assert city is not None
    store = new_store(tmp_path / "long.sqlite")
    for number in range(20):
        await store.add_location(replace(location_of(city), id=f"{number:02}-{'x' * 77}", last_updated=NOW))
    for number in range(SITES_AT_ONCE + 1):
        add(overview, f"{number:02}".join(["a" * 15] * 2), store, domains=(domain,))
    part = await overview.part("", ClaudeSettings())
    await store.close()
    assert (len(part.sites), part.more) == (SITES_AT_ONCE, True)
    assert len(msgspec.msgpack.encode(SitesAnswer(2**31, part))) < PACKET_BYTES


async def test_an_account_that_cannot_be_read_is_left_out(overview: Overview, tmp_path: Path) -> None:
    (tmp_path / "claude-account.json").write_text("nonsense")
    part = await overview.part("", ClaudeSettings())
    assert (part.sites, part.spent) == ((), None)


def test_a_site_knows_no_other_name_than_its_own() -> None:
    settings = Settings(console=ConsoleSettings(overview_on=("kino", "afisha")))
    assert settings.for_site("kino").console.overview_on == ("kino",)
    assert settings.for_site("other").console.overview_on == ()
