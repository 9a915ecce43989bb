"""The master's look at a site: money, the breaker, cities, and what it does not know."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from product_store import new_store

from cinestreamd.config import AlertSettings, ClaudeSettings, Settings
from cinestreamd.master.account import Account, Held
from cinestreamd.master.alert_conditions import Lookout
from cinestreamd.master.purse import Purse
from cinestreamd.sites.env import write_env
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import Location, Names, Store, StoreUnavailableError
from cinestreamd.store.spending import Caps, ClaudeState, ModelCall, Spent

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WIDE = Caps(call=10**9, city_day=10**9, day=10**9, month=10**9)
QUIET = AlertSettings(disk_free=0.0, https_port=0)
STATE = ClaudeState(checked_at=NOW, has_key=True, model="claude-haiku-5-5", priced=True)


class House:
    """One site with a key, as the master holds it, and the lookout over it."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.now = NOW
        self.settings = Settings(claude=ClaudeSettings(day_usd=0.001, month_usd=1.0), alerts=QUIET)
        self.store = store
        site = Site(name="kino", settings=SiteSettings(), directory=str(folder))
        write_env(folder / "agent.env", {"ANTHROPIC_API_KEY": "a-key-of-this-test"})
        os.utime(folder / "agent.env", (NOW.timestamp() - 60, NOW.timestamp() - 60))
        self.account = Account(folder, lambda: self.now)
        self.port: Any = SimpleNamespace(current=SimpleNamespace(state="ready", child=SimpleNamespace(cause="")))
        posting = SimpleNamespace(site=site, settings=self.settings)
        self.tenant: Any = SimpleNamespace(
            name="kino",
            has_refresh_duty=True,
            store=store,
            purse=Purse(store, self.account, lambda: self.now),
            workers=SimpleNamespace(posting=posting, ports={8001: self.port}),
        )
        self.fleet: Any = SimpleNamespace(tenants={"kino": self.tenant}, refused={})
        self.lookout = Lookout(self.fleet, self.account, lambda: self.settings, folder, lambda: self.now)

    async def kinds(self) -> list[tuple[str, str]]:
        """Kind and subject of what is wrong."""
        conditions, _ = await self.lookout.look()
        return [(each.kind, each.subject) for each in conditions]

    async def spend(self, amount: int) -> None:
        """Have the site spend so many millionths of a dollar."""
        call = ModelCall(
            id=f"call-{amount}",
            run_id="run",
            city_id="kyiv",
            stage="extraction",
            model="claude-haiku-5-5",
            started_at=self.now,
            reserved=amount,
        )
        assert await self.store.reserve_call(call, WIDE) is None


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    store = new_store(tmp_path / "data.sqlite")
    names = Names(uk="Київ", en="Kyiv", ru="Киев")
    await store.add_location(Location(id="kyiv", names=names, lat=50.4, lon=30.5, country="UA", timezone="Europe/Kyiv"))
    await store.set_claude_state(STATE)
    yield House(tmp_path, store)
    await store.close()


async def test_where_all_is_well_nothing_is_told(house: House) -> None:
    assert await house.lookout.look() == ([], frozenset())


async def test_money_is_told_at_four_fifths_and_when_it_is_gone(house: House) -> None:
    await house.spend(799)
    assert await house.kinds() == []
    await house.spend(1)
    assert await house.kinds() == [("budget_nearly_spent", "day")]
    await house.spend(200)
    assert await house.kinds() == [("budget_nearly_spent", "day"), ("budget_spent", "day")]


async def test_the_account_of_all_sites_is_told_as_well(house: House) -> None:
    caps = Spent(day=5_000_000, month=50_000_000)
    house.account.hold("run", Held(site="kino", owner="me", amount=4_000_000, since=NOW), least=1, caps=caps)
    house.account.settle("run", 4_000_000)
    conditions, _ = await house.lookout.look()
    assert [(each.kind, each.site, each.subject) for each in conditions] == [("budget_nearly_spent", "", "day")]
    assert conditions[0].text == "all sites: 80% of what Claude may cost this day is spent or held ($5.0000)"


async def test_an_open_breaker_is_told_for_as_long_as_it_is_open(house: House) -> None:
    open_until = msgspec.structs.replace(STATE, breaker="spend_limit", retry_at=NOW + timedelta(hours=1))
    await house.store.set_claude_state(open_until)
    conditions, _ = await house.lookout.look()
    assert [each.text for each in conditions] == ["kino: no calls of Claude are made (spend_limit) until 13:00 UTC"]
    house.now += timedelta(hours=2)
    assert await house.kinds() == []


async def test_workers_that_were_given_up_and_a_full_disk_are_told(house: House) -> None:
    house.port.current.state, house.port.current.child.cause = "fatal", "exit code 78"
    house.settings = msgspec.structs.replace(house.settings, alerts=AlertSettings(disk_free=1.0, https_port=0))
    conditions, _ = await house.lookout.look()
    assert [each.kind for each in conditions] == ["worker_given_up", "disk_nearly_full"]
    assert conditions[0].text == "kino: 1 of 1 workers were given up (exit code 78)"


async def test_another_daemon_tells_of_a_store_that_it_looks_after(house: House) -> None:
    await house.spend(1000)
    house.tenant.has_refresh_duty = False
    assert await house.kinds() == []


async def test_of_a_store_that_does_not_answer_nothing_is_known(house: House) -> None:
    class Silent:
        async def locations(self) -> list[Location]:
            """No answer."""
            raise StoreUnavailableError(retry_after=2, reason="gone")

    house.tenant.store = Silent()
    assert await house.lookout.look() == ([], frozenset({"kino"}))


async def test_a_city_is_looked_at_again_when_it_has_changed_and_after_an_hour(house: House) -> None:
    looked: list[str] = []
    corrections = house.store.corrections

    async def count(city_id: str) -> Any:
        looked.append(city_id)
        return await corrections(city_id)

    house.tenant.store = SimpleNamespace(
        locations=house.store.locations, corrections=count, cinemas=house.store.cinemas
    )
    for _ in range(3):
        await house.kinds()
    assert looked == ["kyiv"]
    lease = await house.store.acquire_lease("kyiv", owner="me", now=NOW, seconds=60)
    assert lease is not None
    await house.store.release_lease(lease, now=NOW, cooldown_until=None)
    await house.kinds()
    assert looked == ["kyiv"] * 2
    house.now += timedelta(hours=1)
    await house.kinds()
    assert looked == ["kyiv"] * 3


async def test_a_site_that_is_not_served_is_told(house: House) -> None:
    house.fleet.refused = {"film": "/state/sites/film/data: must be a real folder, not a link", "kino": "goes on"}
    conditions, _ = await house.lookout.look()
    assert [(each.kind, each.site, each.text) for each in conditions] == [
        ("worker_given_up", "film", "film is not served: /state/sites/film/data: must be a real folder, not a link")
    ]
