"""When answers to handed-over pages are looked after, and that their cities wait for them, over a real store."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from product_store import new_store

from cinestreamd.config import Scrape, Settings
from cinestreamd.master.refresh import Refresh
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import Store, Trigger
from cinestreamd.store.spending import PendingBatch

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


class Hands:
    """Stands where a site's agents stand."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.settings = Settings(scrape=Scrape())
        self.free = True
        self.taken: list[tuple[str, Trigger]] = []

    def has_free_hands(self) -> bool:
        """Whether one more city is taken."""
        return self.free

    def request(self, city_id: str, trigger: Trigger) -> str:
        """Take a city."""
        self.taken.append((city_id, trigger))
        return "accepted"


class Night:
    """A site with one city, and the refresh that looks after it at moments that the test sets."""

    def __init__(self, store: Store, folder: Path) -> None:
        env = folder / ".env"
        env.touch()
        os.utime(env, ((NOW - timedelta(days=3)).timestamp(),) * 2)
        site = Site(name="one", settings=SiteSettings(cities=("kyiv",)), directory=str(folder))
        self.store, self.hands, self.now = store, Hands(site), NOW
        self.refresh = Refresh(self.hands, store, lambda: self.now)

    async def look(self, **after: float) -> list[tuple[str, Trigger]]:
        """What is begun so long after the beginning."""
        self.now = NOW + timedelta(**after)
        self.hands.taken.clear()
        await self.refresh.look()
        return list(self.hands.taken)


@pytest.fixture
async def night(tmp_path: Path) -> AsyncIterator[Night]:
    path = tmp_path / "data" / "cinestreamd.sqlite"
    night = Night(new_store(path), tmp_path)
    yield night
    await night.store.close()


async def test_a_batch_is_looked_after_ever_more_rarely_and_its_city_waits(night: Night) -> None:
    await night.store.remember_batch(PendingBatch(id="b", city_id="kyiv", submitted_at=NOW, pages=()))
    assert await night.look(minutes=9) == []
    assert await night.look(minutes=10) == [("kyiv", "batch")]
    assert await night.look(minutes=29) == []
    assert await night.look(minutes=30) == [("kyiv", "batch")]
    assert await night.look(minutes=69) == []
    assert await night.look(minutes=70) == [("kyiv", "batch")]


async def test_when_the_answers_are_in_the_city_is_refreshed(night: Night) -> None:
    await night.store.remember_batch(PendingBatch(id="b", city_id="kyiv", submitted_at=NOW, pages=()))
    assert await night.look(minutes=1) == []
    await night.store.forget_batch("b")
    assert await night.look(minutes=2) == [("kyiv", "refresh")]


async def test_a_city_waits_no_longer_than_a_batch_can_take(night: Night) -> None:
    await night.store.remember_batch(PendingBatch(id="b", city_id="kyiv", submitted_at=NOW, pages=()))
    assert ("kyiv", "refresh") in await night.look(hours=27)


async def test_nothing_is_looked_after_while_no_hands_are_free(night: Night) -> None:
    await night.store.remember_batch(PendingBatch(id="b", city_id="kyiv", submitted_at=NOW, pages=()))
    night.hands.free = False
    assert await night.look(minutes=10) == []
    night.hands.free = True
    assert await night.look(minutes=11) == [("kyiv", "batch")]


async def test_a_daemon_that_was_started_again_looks_after_what_its_forerunner_handed_over(night: Night) -> None:
    await night.store.remember_batch(PendingBatch(id="b", city_id="lviv", submitted_at=NOW, pages=()))
    await night.look(minutes=10)
    night.refresh = Refresh(night.hands, night.store, lambda: night.now)
    assert ("lviv", "batch") in await night.look(minutes=11)
