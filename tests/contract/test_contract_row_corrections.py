"""What operators say of single showings: it counts at once, outlives publications, and can be taken back."""

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from cinestreamd.store.base import CinemaCorrection, Showtime, Store, UnknownShowtimeError
from cinestreamd.store.row_corrections import RowChange, RowCorrection

if TYPE_CHECKING:
    from conftest import Records

HOUR = timedelta(hours=1)
pytestmark = pytest.mark.usefixtures("kyiv")


def word(records: "Records", name: str = "w1", **change: Any) -> RowCorrection:
    return RowCorrection(
        id=name,
        at=records.now + timedelta(seconds=int(name[1:])),
        who="5f0c",
        city_id="kyiv",
        cinema_id="zhovten",
        showtime_id="a",
        title="Довбуш",
        start_time=records.now + 7 * HOUR,
        change=RowChange(**change) if change else None,
    )


async def shown(store: Store, records: "Records") -> list[Showtime]:
    return await store.showtimes("kyiv", since=records.now - HOUR)


async def test_a_word_counts_at_once_and_for_every_publication_after_it(store: Store, records: "Records") -> None:
    first, other = records.showtime("a"), records.showtime("b", hours=8)
    revision = await records.publish(store, first, other)
    later = records.now + 9 * HOUR
    change: dict[str, Any] = {
        "start_time": later,
        "business_day": later.date(),
        "film_id": "мавка-2023",
        "room": "7",
        "format": "",
        "availability": "sold_out",
    }
    await store.correct_showtime(word(records, **change), now=records.now)
    corrected = replace(
        first,
        start_time=later,
        business_day=later.date(),
        film_id="мавка-2023",
        room="7",
        availability="sold_out",
        reader="operator",
    )
    assert await shown(store, records) == [other, corrected]
    location = await store.location("kyiv")
    assert location is not None
    assert location.revision == revision + 1
    assert await store.showtimes("kyiv", since=records.now, film_id="мавка-2023") == [corrected]
    assert await store.found_showtime("a") == first
    again = replace(first, room="1", format="3D", raw_title="ДОВБУШ")
    await records.publish(store, again, other, now=records.now + HOUR)
    assert await shown(store, records) == [other, replace(corrected, raw_title="ДОВБУШ")]
    assert await store.found_showtime("a") == again
    assert await store.row_corrections("kyiv") == [word(records, **change)]
    assert await store.row_corrections("lviv") == []


async def test_what_is_hidden_comes_back_as_the_page_has_it_by_then(store: Store, records: "Records") -> None:
    first = records.showtime("a")
    await records.publish(store, first)
    await store.correct_showtime(word(records, hidden=True), now=records.now)
    assert await shown(store, records) == []
    again = replace(first, room="5")
    await records.publish(store, again, records.showtime("b"), now=records.now + HOUR)
    assert [row.id for row in await shown(store, records)] == ["b"]
    await store.correct_showtime(word(records, "w2"), now=records.now + HOUR)
    assert await shown(store, records) == [again, records.showtime("b")]
    assert await store.found_showtime("a") is None
    assert [each.change for each in await store.row_corrections("kyiv")] == [RowChange(hidden=True), None]
    once_more = replace(first, room="6")
    await records.publish(store, once_more, now=records.now + HOUR)
    assert await shown(store, records) == [once_more]


async def test_what_all_is_hidden_of_a_cinema_is_not_forgotten(store: Store, records: "Records") -> None:
    await records.publish(store, records.showtime("a"))
    await store.correct_showtime(word(records, hidden=True), now=records.now)
    await records.publish(store, now=records.now)
    await store.correct_showtime(word(records, "w2"), now=records.now)
    assert await shown(store, records) == [records.showtime("a")]


async def test_what_the_page_lists_no_more_does_not_come_back(store: Store, records: "Records") -> None:
    await records.publish(store, records.showtime("a"), records.showtime("b"))
    await store.correct_showtime(word(records, room="7"), now=records.now)
    await records.publish(store, records.showtime("b"), now=records.now)
    assert [row.id for row in await shown(store, records)] == ["b"]
    await store.correct_showtime(word(records, "w2"), now=records.now)
    assert [row.id for row in await shown(store, records)] == ["b"]
    assert len(await store.row_corrections("kyiv")) == 2


async def test_a_row_that_is_carried_over_is_not_taken_for_the_pages_word(store: Store, records: "Records") -> None:
    first = records.showtime("a")
    await records.publish(store, first)
    await store.correct_showtime(word(records, room="7"), now=records.now)
    [corrected] = await shown(store, records)
    await records.publish(store, corrected)
    assert await shown(store, records) == [corrected]
    await store.correct_showtime(word(records, "w2"), now=records.now)
    assert await shown(store, records) == [first]


async def test_the_last_word_counts(store: Store, records: "Records") -> None:
    await records.publish(store, records.showtime("a"))
    await store.correct_showtime(word(records, room="7"), now=records.now)
    await store.correct_showtime(word(records, "w2", format="IMAX"), now=records.now)
    [row] = await shown(store, records)
    assert (row.room, row.format) == (None, "IMAX")
    await store.correct_showtime(word(records, "w2", format="2D"), now=records.now)
    assert [each.id for each in await store.row_corrections("kyiv")] == ["w1", "w2"], "the same word is kept once"


async def test_a_showing_put_later_stays_when_its_page_takes_it_for_begun(store: Store, records: "Records") -> None:
    await records.publish(store, records.showtime("a"), records.showtime("b", hours=20))
    late = records.now + 9 * HOUR
    await store.correct_showtime(word(records, start_time=late, business_day=late.date()), now=records.now)
    await records.publish(store, records.showtime("b", hours=20), now=records.now + 8 * HOUR)
    assert next(row.start_time for row in await shown(store, records)) == late


async def test_on_what_is_not_there_no_word_is_kept(store: Store, records: "Records") -> None:
    with pytest.raises(UnknownShowtimeError):
        await store.correct_showtime(word(records, room="7"), now=records.now)
    await store.correct_showtime(word(records, "w2"), now=records.now)
    assert [each.id for each in await store.row_corrections("kyiv")] == ["w2"]
    assert await shown(store, records) == []


async def test_a_blocked_cinema_stays_so(store: Store, records: "Records") -> None:
    await records.publish(store, records.showtime("a"))
    await store.correct_showtime(word(records, room="7"), now=records.now)
    await store.correct_cinema(CinemaCorrection(cinema_id="zhovten", city_id="kyiv", state="blocked"), now=records.now)
    await records.publish(store, records.showtime("a"), now=records.now)
    assert await shown(store, records) == []


async def test_a_word_and_a_publication_at_once_lose_neither(store: Store, records: "Records") -> None:
    rows = [records.showtime("a"), records.showtime("b")]
    await records.publish(store, *rows)
    for number in range(1, 4):
        fresh = [replace(row, format=f"{number}D") for row in rows]
        await asyncio.gather(
            records.publish(store, *fresh),
            store.correct_showtime(word(records, f"w{number}", room=str(number)), now=records.now),
        )
        found = {row.id: (row.room, row.format) for row in await shown(store, records)}
        assert found == {"a": (str(number), f"{number}D"), "b": (None, f"{number}D")}


async def test_moments_are_kept_to_the_millisecond_and_old_rows_go(store: Store, records: "Records") -> None:
    fine = timedelta(microseconds=1_999)
    await records.publish(store, records.showtime("a"))
    later = records.now + 9 * HOUR
    said = word(records, start_time=later + fine, business_day=later.date())
    await store.correct_showtime(replace(said, at=said.at + fine), now=records.now)
    [kept] = await store.row_corrections("kyiv")
    assert kept.change is not None
    assert kept.at - said.at == timedelta(milliseconds=1)
    assert kept.change.start_time == later + timedelta(milliseconds=1)
    await store.prune(showtimes_before=records.now + 8 * HOUR, runs_before=records.now)
    assert await store.found_showtime("a") is None
    assert len(await store.row_corrections("kyiv")) == 1, "words are kept for good"
