"""What operators did, in order and for good; and attempts to become one, counted by all processes together."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from cinestreamd.store.base import CinemaCorrection, Store
from cinestreamd.store.journal import JournalEntry

if TYPE_CHECKING:
    from conftest import Records


def entry(records: "Records", entry_id: str, **changes: Any) -> JournalEntry:
    one = JournalEntry(id=entry_id, at=records.now, action="login", who="5f0c")
    return replace(one, **changes)


async def test_lines_come_newest_first_and_stay_as_they_are(store: Store, records: "Records") -> None:
    assert await store.journal() == []
    assert await store.noted("a") is None
    first = entry(records, "a", at=records.now - timedelta(hours=1))
    full = entry(
        records,
        "c",
        action="cinema_pause",
        city_id="kyiv",
        cinema_id="zhovten",
        subject="run-1",
        detail={"state": "пауза"},
    )
    for each in (full, first, entry(records, "b")):
        await store.note(each)
    await store.note(replace(first, who="another"))
    assert await store.journal() == [full, entry(records, "b"), first]
    assert [each.id for each in await store.journal(limit=1)] == ["c"]
    assert await store.journal(limit=0) == []
    assert await store.noted("a") == first


async def test_moments_of_lines_are_kept_to_the_millisecond(store: Store, records: "Records") -> None:
    await store.note(entry(records, "a", at=records.now + timedelta(microseconds=1_999)))
    assert (await store.journal())[0].at == records.now + timedelta(milliseconds=1)


async def test_pruning_leaves_the_journal_alone(store: Store, records: "Records") -> None:
    await store.note(entry(records, "a"))
    later = records.now + timedelta(days=4000)
    await store.prune(showtimes_before=later, runs_before=later, calls_before=later)
    assert [each.id for each in await store.journal()] == ["a"]


async def test_attempts_count_within_their_period_alone(store: Store) -> None:
    assert await store.count_attempts("100", ["all", "one"]) == {"all": 1, "one": 1}
    assert await store.count_attempts("100", ["all", "two"]) == {"all": 2, "two": 1}
    assert await store.count_attempts("101", ["all"]) == {"all": 1}
    assert await store.count_attempts("100", ["one"]) == {"one": 1}


async def test_no_attempt_is_lost_among_processes(store_factory: Callable[[], Store]) -> None:
    stores = [store_factory() for _ in range(3)]
    counts = await asyncio.gather(*(store.count_attempts("7", ["all"]) for store in stores * 5))
    assert sorted(each["all"] for each in counts) == list(range(1, 16))


@pytest.mark.usefixtures("kyiv")
async def test_cinemas_and_corrections_of_all_cities(store: Store, records: "Records") -> None:
    await store.add_location(records.location("lviv"))
    await records.publish(store, listed=(), cinemas=[records.cinema("b"), records.cinema("a")])
    lease = await store.acquire_lease("lviv", owner="agent-1", now=records.now, seconds=300)
    assert lease is not None
    lviv = records.cinema("0", city_id="lviv")
    run = records.run("run-2", city_id="lviv", outcome="published")
    await store.publish(lease, records.publication(listed=(), cinemas=[lviv], run=run), now=records.now)
    assert [cinema.id for cinema in await store.cinemas()] == ["a", "b", "0"]
    for cinema_id, city_id in (("0", "lviv"), ("b", "kyiv"), ("a", "kyiv")):
        await store.correct_cinema(CinemaCorrection(cinema_id=cinema_id, city_id=city_id), now=records.now)
    assert [correction.cinema_id for correction in await store.corrections()] == ["a", "b", "0"]
