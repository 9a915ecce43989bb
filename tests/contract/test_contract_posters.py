"""Posters: looked up without their pictures, replaced whole, and gone when nobody asks for them any more."""

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cinestreamd.store.base import Store
from cinestreamd.store.posters import POSTERS_LONGER, FilmPoster, PosterMark

if TYPE_CHECKING:
    from conftest import Records

DAY = timedelta(days=1)


def poster(records: "Records", film_id: str = "dovbush-2023", **changes: object) -> FilmPoster:
    made = FilmPoster(
        film_id=film_id,
        url="https://zhovten.example/довбуш.jpg",
        tried_at=records.now,
        digest="00112233445566ff",
        small=b"RIFF\x00\xff\x80small",
        large=bytes(range(256)) * 40,
    )
    return replace(made, **changes)


async def test_a_poster_comes_back_as_it_was_put(store: Store, records: "Records") -> None:
    await store.add_location(records.location())
    assert await store.poster("dovbush-2023") is None
    assert await store.poster_marks(["dovbush-2023"]) == []
    assert await store.poster_marks([]) == []
    given = poster(records)
    tried = FilmPoster(film_id="мавка", url="https://zhovten.example/m", tried_at=records.now)
    await store.put_posters("kyiv", [given, tried])
    assert await store.poster("dovbush-2023") == given
    assert await store.poster("мавка") == tried
    marks = await store.poster_marks(["мавка", "dovbush-2023", "dovbush-2023", "nobody"])
    assert sorted(marks, key=lambda mark: mark.film_id) == [
        PosterMark(film_id="dovbush-2023", url=given.url, tried_at=records.now, digest="00112233445566ff"),
        PosterMark(film_id="мавка", url=tried.url, tried_at=records.now, digest=""),
    ]


async def test_a_new_poster_takes_the_place_of_the_former_one(store: Store, records: "Records") -> None:
    await store.add_location(records.location())
    await store.put_posters("kyiv", [poster(records)])
    later = poster(records, url="https://other.example/1.png", tried_at=records.now + DAY, digest="ff" * 8, small=b"s")
    await store.put_posters("kyiv", [later])
    assert await store.poster("dovbush-2023") == later
    assert [mark.digest for mark in await store.poster_marks(["dovbush-2023"])] == ["ff" * 8]


async def test_posters_raise_the_revision_of_their_city_alone(store: Store, records: "Records") -> None:
    for city_id in ("kyiv", "lviv"):
        await store.add_location(records.location(city_id))
    await store.put_posters("kyiv", [poster(records), poster(records, "pamfir")])
    await store.put_posters("lviv", [])
    revisions = [location.revision for location in await store.locations()]
    assert revisions == [1, 0]


async def test_hundreds_of_films_are_asked_about_at_once(store: Store, records: "Records") -> None:
    await store.add_location(records.location())
    posters = [poster(records, f"film-{number}", large=b"") for number in range(150)]
    await store.put_posters("kyiv", posters)
    marks = await store.poster_marks([f"film-{number}" for number in range(0, 300, 2)])
    assert {mark.film_id for mark in marks} == {f"film-{number}" for number in range(0, 150, 2)}


async def test_a_publication_leaves_posters_alone(store: Store, records: "Records") -> None:
    await store.add_location(records.location())
    await store.put_posters("kyiv", [poster(records)])
    await records.publish(store, records.showtime("s1"))
    assert await store.poster("dovbush-2023") == poster(records)


async def test_posters_that_nobody_asks_for_any_more_go(store: Store, records: "Records") -> None:
    await store.add_location(records.location())
    old = poster(records, "old", tried_at=records.now - POSTERS_LONGER - 2 * DAY)
    await store.put_posters("kyiv", [old, poster(records, "young", tried_at=records.now - POSTERS_LONGER)])
    assert await store.prune(showtimes_before=records.now - DAY, runs_before=records.now - DAY) == 0
    assert await store.poster("old") is None
    assert await store.poster("young") is not None
