"""What becomes of a wish that was accepted while the store does not answer."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cinestreamd.config import Settings
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
