from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.features.guide.programme import DayCounter, DayCounts, business_day, day_bounds
from cinestreamd.store.business_day import business_day_of

KYIV = ZoneInfo("Europe/Kyiv")


@pytest.mark.parametrize(
    ("local", "day"),
    [
        ("2026-11-21 18:00", date(2026, 11, 21)),
        ("2026-11-22 00:30", date(2026, 11, 21)),
        ("2026-11-22 04:59", date(2026, 11, 21)),
        ("2026-11-22 05:00", date(2026, 11, 22)),
        ("2027-03-28 04:30", date(2027, 3, 27)),
        ("2026-10-25 04:30", date(2026, 10, 24)),
    ],
)
def test_a_business_day_ends_at_five_in_the_morning(local: str, day: date) -> None:
    """The last two are the nights on which the clock is changed."""
    moment = datetime.strptime(local, "%Y-%m-%d %H:%M").replace(tzinfo=KYIV).astimezone(UTC)
    assert business_day(moment, KYIV) == day


def test_the_guide_and_the_agent_agree_on_it() -> None:
    for zone in (KYIV, ZoneInfo("Europe/London"), ZoneInfo("Asia/Kathmandu"), ZoneInfo("America/St_Johns")):
        moment = datetime(2026, 10, 24, tzinfo=UTC)
        for _ in range(4 * 36):
            moment += timedelta(minutes=15)
            assert business_day(moment, zone) == business_day_of(moment, zone), (moment, zone)


def test_the_bounds_of_a_day_hold_all_its_showings() -> None:
    since, until = day_bounds(date(2026, 11, 21), KYIV)
    assert since == datetime(2026, 11, 20, 22, 0, tzinfo=UTC)
    assert until == datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def test_counts_are_of_what_has_not_begun(world: Any) -> None:
    rows = [
        world.showtime("21 17:59"),
        world.showtime("21 18:00"),
        world.showtime("21 18:01"),
        world.showtime("22 12:00", availability="cancelled"),
        world.showtime("23 12:00", availability="sold_out"),
    ]
    assert DayCounts(reversed(rows)).upcoming(world.now) == {date(2026, 11, 21): 1, date(2026, 11, 23): 1}


async def test_counts_are_kept_until_the_citys_revision_or_day_changes(world: Any) -> None:
    await world.publish(world.showtime("21 20:00"), ago=timedelta(minutes=5))
    asked = []

    class Counted:
        """The store, with a note of each reading."""

        async def showing_days(self, *arguments: Any, **options: Any) -> Any:
            asked.append(options["since"])
            return await world.store.showing_days(*arguments, **options)

    counter, store = DayCounter(), Counted()

    async def count() -> dict[date, int]:
        location = await world.store.location("kyiv")
        return await counter.count(store, location, world.now)  # type: ignore[arg-type]  # all that it uses

    assert await count() == {date(2026, 11, 21): 1}
    world.now += timedelta(minutes=119)
    assert await count() == {date(2026, 11, 21): 1}
    world.now += timedelta(minutes=1)
    assert await count() == {}
    assert len(asked) == 1
    await world.publish(world.showtime("21 23:00"), ago=timedelta(seconds=1))
    assert await count() == {date(2026, 11, 21): 1}
    world.now += timedelta(days=1)
    assert await count() == {}
    assert asked == [
        datetime(2026, 11, 20, 22, 0, tzinfo=UTC),
        datetime(2026, 11, 20, 22, 0, tzinfo=UTC),
        datetime(2026, 11, 21, 22, 0, tzinfo=UTC),
    ]


async def test_a_city_that_was_never_read_is_not_counted(world: Any) -> None:
    assert await DayCounter().count(world.store, world.location(), world.now) == {}
