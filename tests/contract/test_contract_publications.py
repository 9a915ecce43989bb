"""A publication is put in place whole, under its lease, or not at all."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from cinestreamd.store.base import InvalidPublicationError, Listing, StaleLeaseError, Store

if TYPE_CHECKING:
    from conftest import Records

HOUR = timedelta(hours=1)
MILLISECOND = timedelta(milliseconds=1)
BEGINNING = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


async def contents(store: Store) -> list[object]:
    """Everything that the store holds of these tests."""
    found: list[object] = [*await store.locations(), *await store.runs()]
    for city in await store.locations():
        found += await store.cinemas(city.id)
        found += await store.showtimes(city.id, since=BEGINNING)
    return [*found, *await store.films(["dovbush-2023", "mavka-2023"])]


async def ids(store: Store, cinema_id: str | None = None) -> list[str]:
    return [row.id for row in await store.showtimes("kyiv", since=BEGINNING, cinema_id=cinema_id)]


@pytest.mark.usefixtures("kyiv")
async def test_everything_published_is_read_back(store: Store, records: "Records") -> None:
    cinema = records.cinema(
        names={"uk": "Жовтень", "en": "Zhovten"},
        address="вул. Костянтинівська, 26",
        lat=50.4693,
        lon=30.5111,
        last_read=records.now,
        last_outcome="published",
        failures=1,
    )
    film = records.film(duration_minutes=124, poster_url="https://zhovten.example/dovbush.jpg")
    lease = await records.lease(store)
    publication = records.publication(records.full_showtime(), cinemas=[cinema], films=[film], run=records.full_run())
    assert await store.publish(lease, publication, now=records.now) == 1

    assert await store.cinema("zhovten") == cinema
    assert await store.cinemas("kyiv") == [cinema]
    assert await store.film("dovbush-2023") == film
    assert await store.showtimes("kyiv", since=records.now) == [records.full_showtime()]
    assert await store.run("run-1") == records.full_run()


async def test_publishing_makes_the_city_fresh_and_ends_the_lease(store: Store, records: "Records") -> None:
    await store.add_location(
        records.location(revision=41, failures=3, cooldown_until=records.now + HOUR, last_updated=records.now - HOUR)
    )
    assert await records.publish(store) == 42
    assert await store.location("kyiv") == records.location(revision=42, last_updated=records.now)


async def test_a_partial_publication_raises_the_revision_but_not_the_last_update(
    store: Store, records: "Records"
) -> None:
    before = records.location(revision=41, failures=3, last_updated=records.now - HOUR)
    await store.add_location(before)
    lease = await records.lease(store)
    publication = replace(records.publication(records.showtime("new")), partial=True)
    assert await store.publish(lease, publication, now=records.now) == 42
    assert await store.location("kyiv") == records.location(revision=42, last_updated=records.now - HOUR)
    assert await ids(store) == ["new"]


@pytest.mark.usefixtures("kyiv")
async def test_the_revision_rises_with_every_publication(store: Store, records: "Records") -> None:
    assert [await records.publish(store) for _ in range(3)] == [1, 2, 3]


@pytest.mark.usefixtures("kyiv")
async def test_a_cinemas_future_becomes_exactly_what_is_given(store: Store, records: "Records") -> None:
    await records.publish(store, records.showtime("kept"), records.showtime("gone"))
    await records.publish(store, records.showtime("kept"), records.showtime("new"))
    assert await ids(store) == ["kept", "new"]
    await records.publish(store)
    assert await ids(store) == []


@pytest.mark.usefixtures("kyiv")
async def test_the_past_stays_as_it_is(store: Store, records: "Records") -> None:
    first = [records.showtime("a", hours=1), records.showtime("b", hours=2), records.showtime("c", hours=3)]
    await records.publish(store, *first)
    later = records.now + 2 * HOUR
    changed = records.showtime("a", hours=1, raw_title="changed")
    await records.publish(store, changed, records.showtime("d", hours=4), now=later)

    # "a" had begun and is untouched; "b" begins this very moment, which is future, and was not given again.
    assert await store.showtimes("kyiv", since=BEGINNING) == [first[0], records.showtime("d", hours=4)]


@pytest.mark.usefixtures("kyiv")
async def test_what_has_begun_by_now_is_not_added(store: Store, records: "Records") -> None:
    begun = records.showtime("begun", start_time=records.now - MILLISECOND)
    begins = records.showtime("begins", start_time=records.now)
    await records.publish(store, begun, begins)
    assert await ids(store) == ["begins"]


@pytest.mark.usefixtures("kyiv")
async def test_cinemas_without_a_listing_stay_as_they_are(store: Store, records: "Records") -> None:
    other = records.showtime("other", cinema_id="kinomir")
    await records.publish(store, records.showtime("a"), other, listed=["zhovten", "kinomir"])
    await records.publish(store, records.showtime("b"), listed=["zhovten"])
    assert await ids(store, "zhovten") == ["b"]
    assert await store.showtimes("kyiv", since=BEGINNING, cinema_id="kinomir") == [other]


@pytest.mark.usefixtures("kyiv")
async def test_an_empty_listing_clears_its_cinema_only(store: Store, records: "Records") -> None:
    other = records.showtime("other", cinema_id="kinomir")
    await records.publish(store, records.showtime("a"), other, listed=["zhovten", "kinomir"])
    await records.publish(store, listed=["kinomir"])
    assert await ids(store) == ["a"]


@pytest.mark.usefixtures("kyiv")
async def test_two_listings_of_one_cinema_count_as_one(store: Store, records: "Records") -> None:
    parts = tuple(Listing(cinema_id="zhovten", showtimes=(records.showtime(name),)) for name in ("a", "b"))
    lease = await records.lease(store)
    await store.publish(lease, replace(records.publication(), listings=parts), now=records.now)
    assert await ids(store) == ["a", "b"]


@pytest.mark.usefixtures("kyiv")
async def test_a_showtime_that_was_there_keeps_the_moment_it_was_first_seen(store: Store, records: "Records") -> None:
    await records.publish(store, records.showtime("a", created_at=records.now))
    later = records.now + HOUR
    again = records.showtime("a", created_at=later, run_id="run-2", availability="sold_out")
    await records.publish(store, again, records.showtime("b", created_at=later), now=later)
    assert await store.showtimes("kyiv", since=later) == [
        replace(again, created_at=records.now),
        records.showtime("b", created_at=later),
    ]


@pytest.mark.usefixtures("kyiv")
async def test_a_showtime_moved_to_another_time_film_and_cinema_is_found_there_only(
    store: Store, records: "Records"
) -> None:
    await records.publish(store, records.showtime("a", hours=5))
    moved = records.showtime("a", hours=9, film_id="mavka-2023", cinema_id="kinomir")
    await records.publish(store, moved, listed=["kinomir", "zhovten"])
    for found in (
        await store.showtimes("kyiv", since=BEGINNING),
        await store.showtimes("kyiv", since=BEGINNING, film_id="mavka-2023"),
        await store.showtimes("kyiv", since=BEGINNING, cinema_id="kinomir"),
    ):
        assert found == [moved]
    assert await store.showtimes("kyiv", since=BEGINNING, film_id="dovbush-2023") == []
    assert await ids(store, "zhovten") == []


@pytest.mark.usefixtures("kyiv")
async def test_cinemas_and_films_are_replaced_by_id(store: Store, records: "Records") -> None:
    await records.publish(store, cinemas=[records.cinema()], films=[records.film()])
    renamed, longer = records.cinema(name="Новий Жовтень"), records.film(duration_minutes=120)
    await records.publish(store, cinemas=[renamed], films=[longer])
    assert await store.cinemas("kyiv") == [renamed]
    assert await store.film("dovbush-2023") == longer


@pytest.mark.usefixtures("kyiv")
async def test_a_publication_of_nothing_is_one_too(store: Store, records: "Records") -> None:
    assert await records.publish(store, listed=[]) == 1
    assert await ids(store) == []


@pytest.mark.usefixtures("kyiv")
async def test_a_stale_lease_writes_nothing_of_a_publication(store: Store, records: "Records") -> None:
    await records.publish(store, records.showtime("a"), cinemas=[records.cinema()], films=[records.film()])
    late = await records.lease(store)
    await store.free_leases("agent-1")
    before = await contents(store)
    publication = records.publication(
        records.showtime("b"),
        cinemas=[records.cinema(name="Інша назва"), records.cinema("kinomir")],
        films=[records.film(year=1999), records.film("mavka-2023")],
        run=records.full_run(),
    )
    with pytest.raises(StaleLeaseError):
        await store.publish(late, publication, now=records.now)
    assert await contents(store) == before


@pytest.mark.usefixtures("kyiv")
@pytest.mark.parametrize("flaw", ["run", "cinema", "showtime", "listing", "cinema id", "showtime id"])
async def test_what_belongs_elsewhere_is_refused_and_nothing_is_written(
    store: Store, records: "Records", flaw: str
) -> None:
    """The last two are found only while writing, when part of the publication is already there."""
    await store.add_location(records.location("lviv"))
    lviv = await store.acquire_lease("lviv", owner="agent-2", now=records.now, seconds=300)
    assert lviv is not None
    theirs = records.publication(
        records.showtime("theirs", city_id="lviv", cinema_id="planeta"),
        listed=["planeta"],
        cinemas=[records.cinema("planeta", city_id="lviv")],
        run=records.run("run-lviv", city_id="lviv", outcome="published"),
    )
    await store.publish(lviv, theirs, now=records.now)
    lease = await records.lease(store)
    before = await contents(store)

    good = records.publication(records.showtime("ours"), cinemas=[records.cinema()], films=[records.film()])
    foreign = {
        "run": replace(good, run=records.run(city_id="lviv")),
        "cinema": replace(good, cinemas=(records.cinema("new", city_id="lviv"),)),
        "showtime": records.publication(records.showtime("x", city_id="lviv")),
        "listing": replace(good, listings=(Listing(cinema_id="kinomir", showtimes=(records.showtime("x"),)),)),
        "cinema id": replace(good, cinemas=(*good.cinemas, records.cinema("planeta"))),
        "showtime id": replace(
            good, listings=(*good.listings, Listing(cinema_id="zhovten", showtimes=(records.showtime("theirs"),)))
        ),
    }
    with pytest.raises(InvalidPublicationError):
        await store.publish(lease, foreign[flaw], now=records.now)
    assert await contents(store) == before
    assert await store.publish(lease, good, now=records.now) == 1, "the lease is still in force"


@pytest.mark.usefixtures("kyiv")
async def test_a_large_publication_goes_through_whole(store: Store, backend_name: str, records: "Records") -> None:
    """Over MongoDB several messages' worth; the test server takes its time for more."""
    rows = [
        records.showtime(f"s{number:04d}", hours=1 + number / 60, cinema_id=f"cinema-{number % 20}")
        for number in range(5000 if backend_name == "sqlite" else 1100)
    ]
    listed = [f"cinema-{number}" for number in range(20)]
    await records.publish(store, *rows, listed=listed)
    found = await store.showtimes("kyiv", since=records.now)
    assert found == rows
    assert await records.publish(store, *rows[:10], listed=listed) == 2
    assert await ids(store) == [f"s{number:04d}" for number in range(10)]


@pytest.mark.usefixtures("kyiv")
async def test_readers_see_the_old_or_the_new_never_a_mix(
    store: Store, store_factory: Callable[[], Store], records: "Records"
) -> None:
    """Of twelve publications, or of as many as a slow server takes in twenty seconds, of which two must be seen."""
    reader, enough = store_factory(), monotonic() + 20
    seen: set[str] = set()

    async def publish_generations() -> None:
        for generation in range(12):
            if len(seen) > 1 and monotonic() > enough:
                return
            rows = [records.showtime(f"g{generation}-{number}", raw_title=str(generation)) for number in range(200)]
            await records.publish(store, *rows)

    publishing = asyncio.create_task(publish_generations())
    while not publishing.done():
        rows = await reader.showtimes("kyiv", since=records.now)
        generations = {row.raw_title for row in rows}
        assert (len(rows), len(generations)) in {(0, 0), (200, 1)}
        seen |= generations
        await asyncio.sleep(0)
    await publishing
    assert len(seen) > 1, "the reader looked between publications"
