"""Lists of cinemas, films and showtimes: what is in them, and in which order."""

from datetime import timedelta, timezone
from typing import TYPE_CHECKING

import pytest

from cinestreamd.store.base import ShowingDay, Store

if TYPE_CHECKING:
    from conftest import Records

HOUR = timedelta(hours=1)
MILLISECOND = timedelta(milliseconds=1)
MICROSECOND = timedelta(microseconds=1)


@pytest.mark.usefixtures("kyiv")
async def test_nothing_is_known_of_unknown_ids(store: Store, records: "Records") -> None:
    assert await store.cinema("nowhere") is None
    assert await store.cinemas("nowhere") == []
    assert await store.cinemas("kyiv") == []
    assert await store.film("never-shot") is None
    assert await store.films(["never-shot"]) == []
    assert await store.showtimes("nowhere", since=records.now) == []
    assert await store.showing_days("nowhere", since=records.now) == []
    assert await store.showtimes("kyiv", since=records.now, film_id="never-shot") == []
    assert await store.showtimes("kyiv", since=records.now, cinema_id="nowhere") == []


@pytest.mark.usefixtures("kyiv")
async def test_cinemas_are_listed_by_name(store: Store, records: "Records") -> None:
    names = {"c": "Аврора", "a": "Жовтень", "b": "Аврора", "d": "Boomer"}
    await records.publish(store, listed=[], cinemas=[records.cinema(key, name=name) for key, name in names.items()])
    assert [cinema.id for cinema in await store.cinemas("kyiv")] == ["d", "b", "c", "a"]


@pytest.mark.usefixtures("kyiv")
async def test_films_come_once_each_and_unknown_ones_not_at_all(store: Store, records: "Records") -> None:
    films = [records.film(f"film-{number}") for number in range(150)]
    await records.publish(store, listed=[], films=films)
    assert await store.films([]) == []
    wanted = ["film-3", "never-shot", "film-3", "\ud800", "film-149"]
    assert sorted(film.id for film in await store.films(wanted)) == ["film-149", "film-3"]
    everything = await store.films([film.id for film in films])
    assert sorted(film.id for film in everything) == sorted(film.id for film in films)


@pytest.mark.usefixtures("kyiv")
async def test_showtimes_are_ordered_by_start_cinema_and_id(store: Store, records: "Records") -> None:
    rows = [
        records.showtime("1", hours=3, cinema_id="a"),
        records.showtime("2", hours=1, cinema_id="b"),
        records.showtime("4", hours=2, cinema_id="a"),
        records.showtime("3", hours=2, cinema_id="a"),
        records.showtime("0", hours=2, cinema_id="b"),
    ]
    await records.publish(store, *rows, listed=["a", "b"])
    assert [row.id for row in await store.showtimes("kyiv", since=records.now)] == ["2", "3", "4", "0", "1"]
    days = await store.showing_days("kyiv", since=records.now)
    assert days == [
        ShowingDay(start_time=row.start_time, business_day=row.business_day, availability=row.availability)
        for row in await store.showtimes("kyiv", since=records.now)
    ]
    assert [(day.start_time - records.now) // HOUR for day in days] == [1, 2, 2, 2, 3]
    film = await store.showtimes("kyiv", since=records.now, film_id="dovbush-2023")
    assert [row.id for row in film] == ["2", "3", "4", "0", "1"]
    cinema = await store.showtimes("kyiv", since=records.now, cinema_id="a")
    assert [row.id for row in cinema] == ["3", "4", "1"]


@pytest.mark.usefixtures("kyiv")
async def test_since_is_inclusive_and_until_exclusive(store: Store, records: "Records") -> None:
    await records.publish(store, *[records.showtime(str(hour), hours=hour) for hour in (1, 2, 3)])
    one, three = records.now + HOUR, records.now + 3 * HOUR

    async def between(since: timedelta, until: timedelta) -> list[str]:
        rows = await store.showtimes("kyiv", since=one + since, until=three + until)
        return [row.id for row in rows]

    zero = timedelta()
    assert await between(zero, zero) == ["1", "2"]
    assert await between(MILLISECOND, zero) == ["2"]
    assert await between(zero, MILLISECOND) == ["1", "2", "3"]
    assert await store.showtimes("kyiv", since=three, until=three) == []
    assert await store.showtimes("kyiv", since=three, until=one) == []


@pytest.mark.usefixtures("kyiv")
async def test_showtimes_are_chosen_by_film_and_cinema(store: Store, records: "Records") -> None:
    await store.add_location(records.location("lviv"))
    rows = [
        records.showtime("az", hours=1, film_id="a", cinema_id="z"),
        records.showtime("bz", hours=2, film_id="b", cinema_id="z"),
        records.showtime("ay", hours=3, film_id="a", cinema_id="y"),
        records.showtime("az2", hours=4, film_id="a", cinema_id="z"),
    ]
    await records.publish(store, *rows, listed=["y", "z"])

    async def chosen(city_id: str = "kyiv", **by: str) -> list[str]:
        rows = await store.showtimes(
            city_id, since=records.now + HOUR, until=records.now + 4 * HOUR, film_id=by.get("film"),
            cinema_id=by.get("cinema"),
        )  # fmt: skip
        return [row.id for row in rows]

    assert await chosen() == ["az", "bz", "ay"]
    assert await chosen(film="a") == ["az", "ay"]
    assert await chosen(cinema="z") == ["az", "bz"]
    assert await chosen(film="a", cinema="z") == ["az"]
    assert await chosen(film="b", cinema="y") == []
    assert await chosen("lviv", film="a") == []
    assert await chosen("lviv", cinema="z") == []


@pytest.mark.usefixtures("kyiv")
async def test_moments_are_kept_to_the_millisecond(store: Store, records: "Records") -> None:
    """Finer parts are cut off, in records and in arguments alike, so that a record is found by its own moment."""
    start = records.now + HOUR + timedelta(microseconds=5_678_999)
    fine = records.showtime("fine", start_time=start, created_at=records.now + 999 * MICROSECOND)
    await records.publish(store, fine)
    (found,) = await store.showtimes("kyiv", since=start)
    assert found.start_time.isoformat() == "2026-11-21T13:00:05.678000+00:00"
    assert found.created_at == records.now
    assert await store.showtimes("kyiv", since=records.now, until=start) == []
    assert await store.showtimes("kyiv", since=start + MILLISECOND) == []


@pytest.mark.usefixtures("kyiv")
async def test_moments_of_any_offset_come_back_in_utc(store: Store, records: "Records") -> None:
    kyiv_time = timezone(timedelta(hours=2))
    start = (records.now + HOUR).astimezone(kyiv_time)
    await records.publish(store, records.showtime("a", start_time=start))
    (found,) = await store.showtimes("kyiv", since=start, until=start + MILLISECOND)
    assert found.start_time.isoformat() == "2026-11-21T13:00:00+00:00"


@pytest.mark.usefixtures("kyiv")
async def test_a_moment_without_an_offset_is_refused(store: Store, records: "Records") -> None:
    with pytest.raises(TypeError):
        await store.showtimes("kyiv", since=records.now.replace(tzinfo=None))


@pytest.mark.usefixtures("kyiv")
async def test_the_business_day_is_kept_apart_from_the_start(store: Store, records: "Records") -> None:
    night = records.showtime("night", hours=11, business_day=records.today)
    await records.publish(store, night)
    (found,) = await store.showtimes("kyiv", since=records.now)
    assert (found.start_time.isoformat(), found.business_day.isoformat()) == (
        "2026-11-21T23:00:00+00:00",
        "2026-11-21",
    )


@pytest.mark.usefixtures("kyiv")
async def test_pruning_goes_by_start_and_leaves_the_rest(store: Store, records: "Records") -> None:
    rows = [records.showtime(str(hour), hours=hour) for hour in (1, 2, 3)]
    await records.publish(store, *rows, cinemas=[records.cinema()], films=[records.film()])
    far = records.now - 1000 * HOUR
    assert await store.prune(showtimes_before=records.now + 2 * HOUR, runs_before=far) == 1
    assert await store.showtimes("kyiv", since=far) == rows[1:]
    assert await store.prune(showtimes_before=records.now + 2 * HOUR, runs_before=far) == 0
    assert await store.cinemas("kyiv") == [records.cinema()]
    assert await store.film("dovbush-2023") == records.film()


@pytest.mark.usefixtures("kyiv")
async def test_pruning_many_rows_takes_all_of_them(store: Store, backend_name: str, records: "Records") -> None:
    many = 4500 if backend_name == "sqlite" else 700
    await records.publish(store, *[records.showtime(f"s{number}", hours=1 + number / 1000) for number in range(many)])
    gone = await store.prune(showtimes_before=records.now + 24 * HOUR, runs_before=records.now - HOUR)
    assert gone == many
    assert await store.showtimes("kyiv", since=records.now) == []
