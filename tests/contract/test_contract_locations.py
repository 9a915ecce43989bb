"""Cities become known, stay known, and keep their state."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from cinestreamd.store.base import Names, Store

if TYPE_CHECKING:
    from conftest import Records


async def test_a_city_is_read_back_as_it_was_added(store: Store, records: "Records") -> None:
    await store.add_location(records.location())
    assert await store.location("kyiv") == records.location()


async def test_an_unknown_city_is_none(store: Store) -> None:
    assert await store.location("atlantis") is None
    assert await store.locations() == []


async def test_cities_are_listed_by_id(store: Store, records: "Records") -> None:
    for city_id in ("odesa", "kyiv", "lviv"):
        await store.add_location(records.location(city_id))
    assert [city.id for city in await store.locations()] == ["kyiv", "lviv", "odesa"]


async def test_a_new_city_starts_with_the_state_it_carries(store: Store, records: "Records") -> None:
    city = records.location(
        last_updated=records.now,
        revision=7,
        failures=2,
        cooldown_until=records.now + timedelta(minutes=30),
    )
    await store.add_location(city)
    assert await store.location("kyiv") == city


async def test_adding_a_known_city_brings_its_names_up_to_date_and_keeps_its_state(
    store: Store, records: "Records"
) -> None:
    await store.add_location(records.location())
    await records.publish(store)
    lease = await records.lease(store)
    names = Names(uk="Місто", en="City", ru="Город")
    await store.add_location(records.location(names=names, lat=1.5, lon=-2.5, country="GB", timezone="Europe/London"))

    assert await store.location("kyiv") == records.location(
        names=names,
        lat=1.5,
        lon=-2.5,
        country="GB",
        timezone="Europe/London",
        last_updated=records.now,
        revision=1,
        lease=lease,
    )


async def test_a_lease_cannot_be_brought_along(store: Store, records: "Records") -> None:
    await store.add_location(records.location())
    lease = await records.lease(store)
    await store.add_location(records.location("lviv", lease=lease))
    lviv = await store.location("lviv")
    assert lviv is not None
    assert lviv.lease is None


async def test_moments_are_kept_to_the_millisecond_in_utc(store: Store, records: "Records") -> None:
    moment = records.now.replace(microsecond=123_999)
    await store.add_location(records.location(last_updated=moment))
    city = await store.location("kyiv")
    assert city is not None
    assert city.last_updated is not None
    assert city.last_updated.isoformat() == "2026-11-21T12:00:00.123000+00:00"


async def test_another_connection_sees_what_was_acknowledged(
    store_factory: Callable[[], Store], records: "Records"
) -> None:
    await store_factory().add_location(records.location())
    assert await store_factory().location("kyiv") == records.location()
