"""Text is data: whatever it says, it is stored and found as it is, and does nothing else."""

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from cinestreamd.store.base import Names, Store, Titles, UnstorableTextError

if TYPE_CHECKING:
    from conftest import Records

TEXTS = {
    "empty": "",
    "sql": "'; DROP TABLE showtime; --",
    "operator": '{"$ne": 1}',
    "path": "$where.../..",
    "nul": "before\0after",
    "right to left": "\u202eקולנוע\u202c السينما",
    "ukrainian": "Ґанок під’їзду №5 «Їжак»",
    "emoji": "👩\u200d👩\u200d👧 🎬",
    "combining": "e\u0301 versus \u00e9",
    "quotes": "\"'`\\",
    "controls": "\x01\x1f\x7f\u2028\ufeff",
    "beyond": "\U0010ffff",
    "long": "щ" * 10_000,
}


@pytest.mark.usefixtures("kyiv")
@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
async def test_any_text_finds_nothing_in_a_store_without_it(store: Store, records: "Records", text: str) -> None:
    await records.publish(store, records.showtime("a"), cinemas=[records.cinema()], films=[records.film()])
    assert await store.location(text) is None
    assert await store.cinema(text) is None
    assert await store.cinemas(text) == []
    assert await store.film(text) is None
    assert await store.films([text]) == []
    assert await store.run(text) is None
    assert await store.runs(text) == []
    assert await store.showtimes(text, since=records.now) == []
    assert await store.showtimes("kyiv", since=records.now, film_id=text) == []
    assert await store.showtimes("kyiv", since=records.now, cinema_id=text) == []
    assert await store.showtimes("kyiv", since=records.now) == [records.showtime("a")]


@pytest.mark.parametrize("text", TEXTS.values(), ids=list(TEXTS))
async def test_any_text_is_kept_as_id_and_as_content(store: Store, records: "Records", text: str) -> None:
    city = records.location(text, names=Names(uk=text, en=text, ru=text))
    cinema = records.cinema(text, city_id=text, name=text, url=text, address=text)
    film = records.film(text, titles=Titles(original=text, uk=text))
    whole = records.full_showtime()
    showtime = replace(
        whole,
        id=text,
        city_id=text,
        cinema_id=text,
        film_id=text,
        raw_title=text,
        room=text,
        evidence=replace(whole.evidence, quote=text),
    )
    run = replace(records.full_run(), id=text, city_id=text, owner=text, error=text)
    await store.add_location(city)
    lease = await store.acquire_lease(text, owner=text, now=records.now, seconds=300)
    assert lease is not None
    assert lease.owner == text
    publication = records.publication(showtime, listed=[text], cinemas=[cinema], films=[film], run=run)
    await store.publish(lease, publication, now=records.now)
    await store.count_visits(records.today, visits=1, views={text: 1})

    assert await store.location(text) == replace(city, revision=1, last_updated=records.now)
    assert await store.cinemas(text) == [cinema]
    assert await store.films([text]) == [film]
    assert await store.showtimes(text, since=records.now, film_id=text, cinema_id=text) == [showtime]
    assert await store.run(text) == run
    assert await store.viewed_cities(records.today) == {text: 1}


async def test_texts_that_look_alike_are_told_apart(store: Store, records: "Records") -> None:
    """By code points: case, composition and what follows a NUL all count."""
    alike = ["kyiv", "Kyiv", "kyiv ", "kyiv\0", "kyiv\0a", "\u00e9", "e\u0301"]
    for number, city_id in enumerate(alike):
        await store.add_location(records.location(city_id, lat=float(number)))
    found = [await store.location(city_id) for city_id in alike]
    assert [city.lat if city else None for city in found] == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.usefixtures("kyiv")
async def test_a_lone_surrogate_finds_nothing(store: Store, records: "Records") -> None:
    assert await store.location("\ud800") is None
    assert await store.showtimes("\udfff", since=records.now) == []


@pytest.mark.usefixtures("kyiv")
async def test_a_lone_surrogate_is_refused_and_nothing_is_written(store: Store, records: "Records") -> None:
    lease = await records.lease(store)
    bad = records.showtime("b", raw_title="\ud83d")
    with pytest.raises(UnstorableTextError):
        await store.publish(lease, records.publication(records.showtime("a"), bad), now=records.now)
    assert await store.showtimes("kyiv", since=records.now) == []
    assert await store.publish(lease, records.publication(records.showtime("a")), now=records.now) == 1
