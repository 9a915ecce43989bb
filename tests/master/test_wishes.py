"""What becomes of a wish that was accepted while the store does not answer."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cinestreamd.config import Scrape, Settings
from cinestreamd.master.agents import Agents
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import StoreUnavailableError

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Returning:
    """Stands where a store stands that does not answer so many times, and then knows nothing of any city."""

    def __init__(self, *, silent: int) -> None:
        self.silent = silent

    async def location(self, _: str) -> None:
        """Fail, or know nothing."""
        if self.silent:
            self.silent -= 1
            raise StoreUnavailableError(retry_after=0, reason="it is just coming back")


class Shut:
    """Stands where a purse stands that lets nothing begin: whoever comes so far has passed the store."""

    def __init__(self) -> None:
        self.held: list[str] = []

    async def hold(self, _site: object, _settings: object, city_id: str, **_: object) -> int:
        """Note who comes so far, and go no further."""
        self.held.append(city_id)
        raise StoreUnavailableError(retry_after=0, reason="as far as the test goes")

    async def closed_to(self, *_: object) -> Any:
        """Say no."""
        return SimpleNamespace(reason="day")


@pytest.mark.parametrize(("silent", "outcomes"), [(0, {"unpaid": 1}), (4, {"unpaid": 1}), (5, {"not_started": 1})])
async def test_a_wish_outlives_a_short_silence_of_the_store(
    tmp_path: Path, silent: int, outcomes: dict[str, int]
) -> None:
    site = Site(name="one", settings=SiteSettings(), directory=str(tmp_path))
    means: Any = SimpleNamespace(knows_city=lambda _: True, next_owner=lambda: "owner", wall=lambda: NOW)
    store: Any = Returning(silent=silent)
    purse: Any = Shut()
    agents = Agents(site, Settings(), store, means, purse)
    assert agents.request("kyiv", "visitor") == "accepted"
    async with asyncio.timeout(20):
        while not agents.outcomes:
            agents.changed.clear()
            await agents.changed.wait()
    assert agents.outcomes == outcomes


async def test_an_operators_wish_is_run_although_the_city_rests_and_cannot_be_paid(tmp_path: Path) -> None:
    """It passes the store and the purse, and comes as far as the account."""
    site = Site(name="one", settings=SiteSettings(), directory=str(tmp_path))
    means: Any = SimpleNamespace(knows_city=lambda _: True, next_owner=lambda: "owner", wall=lambda: NOW)
    store: Any = Returning(silent=1000)
    purse: Any = Shut()
    agents = Agents(site, Settings(), store, means, purse)
    assert agents.request("kyiv", "recheck", cinema_id="zhovten", insists=True) == "accepted"
    async with asyncio.timeout(20):
        while not agents.outcomes:
            agents.changed.clear()
            await agents.changed.wait()
    assert purse.held == ["kyiv"]


async def test_a_wish_that_waits_is_insisted_on(tmp_path: Path) -> None:
    site = Site(name="one", settings=SiteSettings(), directory=str(tmp_path))
    means: Any = SimpleNamespace(knows_city=lambda _: True)
    nothing: Any = None
    agents = Agents(site, Settings(scrape=Scrape(agents_per_site=1)), nothing, means, nothing)
    agents._busy["lviv"] = asyncio.create_task(asyncio.sleep(0))
    assert agents.request("kyiv", "visitor") == "accepted"
    assert agents.request("kyiv", "operator", insists=True) == "accepted"
    assert [(name, wish.insists) for name, wish in agents.queue.items()] == [("kyiv", True)]
    await agents._busy["lviv"]
