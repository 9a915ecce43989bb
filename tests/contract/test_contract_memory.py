"""What operators correct, and what one run leaves for the next."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from cinestreamd.store.base import CinemaCorrection, Store
from cinestreamd.store.memory import Discovery, PageMemory, Venue

if TYPE_CHECKING:
    from conftest import Records


def page(records: "Records", url: str) -> PageMemory:
    return PageMemory(
        cinema_id="zhovten",
        url=url,
        digest="9f86d081",
        read_at=records.now,
        run_id="run-1",
        showtimes=12,
        day_bound=True,
        reader_version="0.1.0",
        one_day=True,
        etag='W/"5"',
        last_modified="Sat, 21 Nov 2026 10:00:00 GMT",
    )


async def test_pages_come_back_in_their_order_until_they_are_replaced(store: Store, records: "Records") -> None:
    first, second = page(records, "https://zhovten.example/b"), page(records, "https://zhovten.example/a")
    assert await store.pages("zhovten") == []
    await store.remember_pages("zhovten", [first, second])
    await store.remember_pages("mayak", [replace(first, cinema_id="mayak")])
    assert await store.pages("zhovten") == [first, second]
    await store.remember_pages("zhovten", [second])
    assert await store.pages("zhovten") == [second]
    await store.remember_pages("zhovten", [])
    assert await store.pages("zhovten") == []
    assert len(await store.pages("mayak")) == 1


async def test_discovery_of_a_city_is_the_last_one(store: Store, records: "Records") -> None:
    venue = Venue(
        ref="node/1",
        name="Жовтень",
        lat=50.4693,
        lon=30.5111,
        names={"uk": "Жовтень", "en": "Zhovten"},
        website="https://zhovten.example/",
        brand="Жовтень",
        wheelchair="limited",
        screens=6,
    )
    assert await store.discovery("kyiv") is None
    await store.remember_discovery(Discovery(city_id="kyiv", asked_at=records.now, venues=(venue,)))
    assert await store.discovery("kyiv") == Discovery(city_id="kyiv", asked_at=records.now, venues=(venue,))
    later = Discovery(city_id="kyiv", asked_at=records.now + timedelta(days=30), venues=())
    await store.remember_discovery(later)
    assert await store.discovery("kyiv") == later
    assert await store.discovery("lviv") is None


async def test_pause_of_a_server_is_shared(store: Store, records: "Records") -> None:
    until = records.now + timedelta(seconds=45)
    assert await store.paused_until("https://map.example/api") is None
    await store.pause("https://map.example/api", until)
    assert await store.paused_until("https://map.example/api") == until
    await store.pause("https://map.example/api", until + timedelta(seconds=1))
    assert await store.paused_until("https://map.example/api") == until + timedelta(seconds=1)
    assert await store.paused_until("https://other.example/api") is None


async def test_corrections_are_kept_by_city(store: Store, records: "Records") -> None:
    mayak = CinemaCorrection(cinema_id="mayak", city_id="kyiv", name="Маяк", url="https://mayak.example/")
    paused = CinemaCorrection(cinema_id="kinomir", city_id="kyiv", state="paused")
    await store.correct_cinema(mayak, now=records.now)
    await store.correct_cinema(paused, now=records.now)
    await store.correct_cinema(CinemaCorrection(cinema_id="lviv-kino", city_id="lviv"), now=records.now)
    assert await store.corrections("kyiv") == [paused, mayak]
    await store.correct_cinema(replace(paused, state="active"), now=records.now)
    assert await store.corrections("kyiv") == [replace(paused, state="active"), mayak]


@pytest.mark.usefixtures("kyiv")
async def test_correction_changes_a_known_cinema_at_once(store: Store, records: "Records") -> None:
    revision = await records.publish(store, records.showtime("a"), cinemas=[records.cinema(address="вул. Стара, 1")])
    await store.correct_cinema(
        CinemaCorrection(cinema_id="zhovten", city_id="kyiv", name="Жовтень", address="вул. Нова, 2"), now=records.now
    )
    cinema = await store.cinema("zhovten")
    assert cinema == records.cinema(name="Жовтень", address="вул. Нова, 2")
    assert [row.name for row in await store.cinemas("kyiv")] == ["Жовтень"]
    location = await store.location("kyiv")
    assert location is not None
    assert location.revision == revision + 1


@pytest.mark.usefixtures("kyiv")
async def test_blocked_cinema_loses_its_future_and_gets_no_other(store: Store, records: "Records") -> None:
    past, future = records.showtime("past", hours=-1), records.showtime("future")
    await records.publish(store, past, future, now=records.now - timedelta(hours=2))
    blocked = CinemaCorrection(cinema_id="zhovten", city_id="kyiv", state="blocked")
    await store.correct_cinema(blocked, now=records.now)
    beginning = records.now - timedelta(days=1)
    assert [row.id for row in await store.showtimes("kyiv", since=beginning)] == ["past"]
    await records.publish(store, future)
    assert [row.id for row in await store.showtimes("kyiv", since=beginning)] == ["past"]
    await store.correct_cinema(replace(blocked, state="active"), now=records.now)
    await records.publish(store, future)
    assert [row.id for row in await store.showtimes("kyiv", since=beginning)] == ["past", "future"]


@pytest.mark.usefixtures("kyiv")
async def test_paused_cinema_keeps_what_is_known(store: Store, records: "Records") -> None:
    await records.publish(store, records.showtime("future"))
    await store.correct_cinema(CinemaCorrection(cinema_id="zhovten", city_id="kyiv", state="paused"), now=records.now)
    assert [row.id for row in await store.showtimes("kyiv", since=records.now)] == ["future"]


async def test_how_long_a_cinema_is_believed_is_kept_to_the_millisecond(store: Store, records: "Records") -> None:
    until = records.now + timedelta(hours=2, microseconds=1_999)
    correction = CinemaCorrection(cinema_id="zhovten", city_id="kyiv", believed_until=until)
    await store.correct_cinema(correction, now=records.now)
    [kept] = await store.corrections("kyiv")
    assert kept.believed_until == records.now + timedelta(hours=2, milliseconds=1)
