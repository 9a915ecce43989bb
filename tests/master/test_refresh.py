"""Which cities the refresh takes up, over a real store."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from product_store import new_store

from cinestreamd.config import Scrape, Settings
from cinestreamd.master.refresh import Refresh
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import Location, Names, Store, Trigger

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)  # eight hours after six o'clock in Kyiv
READ_TODAY = datetime(2026, 11, 21, 4, 5, tzinfo=UTC)
READ_YESTERDAY = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


class Hands:
    """Stands where a site's agents stand: takes so many cities at once."""

    def __init__(self, site: Site, *, free: int) -> None:
        self.site = site
        self.settings = Settings(scrape=Scrape(viewed_within_days=14))
        self.taken: list[str] = []
        self._free = free

    def has_free_hands(self) -> bool:
        """Whether one more city is taken."""
        return len(self.taken) < self._free

    def request(self, city_id: str, trigger: Trigger) -> str:
        """Take a city."""
        assert trigger == "refresh"
        self.taken.append(city_id)
        return "accepted"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    path = tmp_path / "data" / "cinestreamd.sqlite"
    store = new_store(path)
    yield store
    await store.close()


def location(city_id: str, **state: object) -> Location:
    names = Names(uk=city_id, en=city_id, ru=city_id)
    made = Location(id=city_id, names=names, lat=50.0, lon=30.0, country="UA", timezone="Europe/Kyiv")
    return replace(made, **state)


def hands(tmp_path: Path, *cities: str, free: int = 10, known_for: timedelta = timedelta(days=3)) -> Hands:
    """A site with these configured cities, that has been there for some time."""
    env = tmp_path / ".env"
    env.touch()
    moment = (NOW - known_for).timestamp()
    os.utime(env, (moment, moment))
    site = Site(name="one", settings=SiteSettings(cities=cities), directory=str(tmp_path))
    return Hands(site, free=free)


async def test_stale_cities_are_read_fresh_ones_are_not(store: Store, tmp_path: Path) -> None:
    await store.add_location(location("kyiv", last_updated=READ_YESTERDAY))
    await store.add_location(location("lviv", last_updated=READ_TODAY))
    agents = hands(tmp_path, "kyiv", "lviv")
    await Refresh(agents, store, lambda: NOW).look()
    assert agents.taken == ["kyiv"]


async def test_viewed_cities_count_for_a_fortnight_most_viewed_first(store: Store, tmp_path: Path) -> None:
    for city_id in ("kyiv", "odesa", "dnipro", "rivne"):
        await store.add_location(location(city_id, last_updated=READ_YESTERDAY))
    await store.count_visits((NOW - timedelta(days=14)).date(), visits=1, views={"odesa": 9})
    await store.count_visits((NOW - timedelta(days=15)).date(), visits=1, views={"dnipro": 99})
    await store.count_visits(NOW.date(), visits=1, views={"rivne": 3})
    agents = hands(tmp_path, "kyiv")
    await Refresh(agents, store, lambda: NOW).look()
    assert agents.taken == ["odesa", "rivne", "kyiv"]


async def test_no_more_than_agents_can_take(store: Store, tmp_path: Path) -> None:
    for city_id in ("kyiv", "lviv", "odesa"):
        await store.add_location(location(city_id, last_updated=READ_YESTERDAY))
    agents = hands(tmp_path, "kyiv", "lviv", "odesa", free=2)
    await Refresh(agents, store, lambda: NOW).look()
    assert agents.taken == ["kyiv", "lviv"]


async def test_never_read_city_waits_for_the_first_refresh_of_its_site(store: Store, tmp_path: Path) -> None:
    new = hands(tmp_path, "kyiv", known_for=timedelta(hours=2))
    await Refresh(new, store, lambda: NOW).look()
    assert new.taken == []
    await Refresh(new, store, lambda: NOW + timedelta(days=1)).look()
    assert new.taken == ["kyiv"]


async def test_city_under_way_or_cooling_is_left_alone(store: Store, tmp_path: Path) -> None:
    await store.add_location(location("kyiv", last_updated=READ_YESTERDAY))
    await store.add_location(location("lviv", last_updated=READ_YESTERDAY, cooldown_until=NOW + timedelta(minutes=1)))
    await store.acquire_lease("kyiv", owner="someone", now=NOW, seconds=300)
    agents = hands(tmp_path, "kyiv", "lviv")
    await Refresh(agents, store, lambda: NOW).look()
    assert agents.taken == []
    await Refresh(agents, store, lambda: NOW + timedelta(minutes=6)).look()
    assert sorted(agents.taken) == ["kyiv", "lviv"]


async def test_city_that_fails_is_not_hammered(store: Store, tmp_path: Path) -> None:
    """Agents that die leave no trace of success; each try waits longer than the one before."""
    await store.add_location(location("kyiv", last_updated=READ_YESTERDAY))
    agents = hands(tmp_path, "kyiv", free=100)
    moment = [NOW]
    refresh = Refresh(agents, store, lambda: moment[0])
    for _ in range(60):
        await refresh.look()
        moment[0] += timedelta(minutes=1)
    assert len(agents.taken) == 3  # at 12:00, 12:10 and 12:30


async def test_of_two_daemons_one_refreshes_until_it_is_gone(store: Store, tmp_path: Path) -> None:
    await store.add_location(location("kyiv", last_updated=READ_YESTERDAY))
    moment = [NOW]
    here, there = hands(tmp_path, "kyiv", free=100), hands(tmp_path, "kyiv", free=100)
    first = Refresh(here, store, lambda: moment[0], owner="here")
    second = Refresh(there, store, lambda: moment[0], owner="there")
    for _ in range(2):
        await second.look_on_duty()
        await first.look_on_duty()
        moment[0] += timedelta(seconds=30)
    assert (here.taken, there.taken) == ([], ["kyiv"])
    moment[0] += timedelta(minutes=10)  # the second is gone: its duty has run out
    await first.look_on_duty()
    await second.look_on_duty()
    assert (here.taken, there.taken) == (["kyiv"], ["kyiv"])
    await first.lay_down()
    await second.look_on_duty()
    assert there.taken == ["kyiv", "kyiv"]
