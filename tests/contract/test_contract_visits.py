"""Visits, views and the public figures."""

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from cinestreamd.store.base import DayStats, Stats, Store

if TYPE_CHECKING:
    from conftest import Records

DAY = timedelta(days=1)


async def test_an_empty_store_has_zeros(store: Store, records: "Records") -> None:
    assert await store.viewed_cities(records.today) == {}
    assert await store.stats(now=records.now) == Stats(
        visits_total=0, visits_today=0, cities=0, cinemas=0, films=0, upcoming_showtimes=0, days=()
    )


async def test_batches_add_up(store: Store, records: "Records") -> None:
    await store.count_visits(records.today, visits=2, views={"kyiv": 3, "lviv": 1})
    await store.count_visits(records.today, visits=1, views={"kyiv": 1})
    await store.count_visits(records.today, visits=0, views={})
    await store.count_visits(records.today - DAY, visits=4, views={})
    stats = await store.stats(now=records.now)
    assert (stats.visits_total, stats.visits_today) == (7, 3)
    assert stats.days == (
        DayStats(day=date(2026, 11, 21), visits=3, views=5, runs=0),
        DayStats(day=date(2026, 11, 20), visits=4, views=0, runs=0),
    )


async def test_a_batch_that_is_given_again_counts_once(store: Store, backend_name: str, records: "Records") -> None:
    """Its fate may be unknown over a network; to a file it never is, and nobody gives one again."""
    for name in ("first", *(["first"] if backend_name != "sqlite" else []), "second"):
        await store.count_visits(records.today, visits=2, views={"kyiv": 3, "lviv": 1}, batch=name)
    stats = await store.stats(now=records.now)
    assert (stats.visits_total, stats.days[0].views) == (4, 8)
    assert await store.viewed_cities(records.today) == {"kyiv": 6, "lviv": 2}


async def test_nothing_to_count_makes_no_day(store: Store, records: "Records") -> None:
    await store.count_visits(records.today, visits=0, views={})
    assert (await store.stats(now=records.now)).days == ()


async def test_cities_are_listed_by_their_views_since_a_day(store: Store, records: "Records") -> None:
    await store.count_visits(records.today - 2 * DAY, visits=0, views={"odesa": 100, "kyiv": 100})
    await store.count_visits(records.today - DAY, visits=0, views={"kyiv": 1, "lviv": 2})
    await store.count_visits(records.today, visits=0, views={"kyiv": 1, "dnipro": 5, "unseen": 0})
    viewed = await store.viewed_cities(records.today - DAY)
    assert list(viewed.items()) == [("dnipro", 5), ("kyiv", 2), ("lviv", 2)]


async def test_the_last_days_that_have_any_figures_come_newest_first(store: Store, records: "Records") -> None:
    for ago in (0, 3, 40, 41):
        await store.count_visits(records.today - ago * DAY, visits=1, views={})
    stats = await store.stats(now=records.now, days=3)
    assert [day.day.isoformat() for day in stats.days] == ["2026-11-21", "2026-11-18", "2026-10-12"]
    assert stats.visits_total == 4
    assert (await store.stats(now=records.now, days=0)).days == ()


async def test_the_day_is_that_of_utc(store: Store, records: "Records") -> None:
    await store.count_visits(date(2026, 11, 22), visits=5, views={})
    late = records.now.replace(hour=23, minute=59, second=59)
    assert (await store.stats(now=late)).visits_today == 0
    assert (await store.stats(now=late + timedelta(seconds=1))).visits_today == 5


@pytest.mark.usefixtures("kyiv")
async def test_runs_count_on_the_day_they_began_and_once(store: Store, records: "Records") -> None:
    lease = await records.lease(store)
    await store.begin_run(lease, records.run())
    await store.report_progress(lease, "run-1", done=1, total=1, now=records.now)
    await store.publish(lease, records.publication(run=records.full_run()), now=records.now)
    await store.finish_run(records.run("run-2", started_at=records.now - DAY, outcome="failed"))
    await store.prune(showtimes_before=records.now, runs_before=records.now + DAY)
    assert (await store.stats(now=records.now)).days == (
        DayStats(day=date(2026, 11, 21), visits=0, views=0, runs=1),
        DayStats(day=date(2026, 11, 20), visits=0, views=0, runs=1),
    )


@pytest.mark.usefixtures("kyiv")
async def test_figures_count_what_is_kept_and_what_is_yet_to_come(store: Store, records: "Records") -> None:
    await store.add_location(records.location("lviv"))
    await records.publish(
        store,
        *[records.showtime(str(hour), hours=hour) for hour in (1, 2, 3)],
        cinemas=[records.cinema(), records.cinema("kinomir"), records.cinema("planeta")],
        films=[records.film(), records.film("mavka-2023")],
    )
    stats = await store.stats(now=records.now + timedelta(hours=2))
    assert (stats.cities, stats.cinemas, stats.films, stats.upcoming_showtimes) == (2, 3, 2, 2)
