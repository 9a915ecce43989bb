"""When a city is due, with clocks that change. Moments are written by hand from the IANA rules."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinestreamd.master.schedule import Attempts, in_order, may_try
from cinestreamd.sites.refresh_times import is_due, last_due, next_due

KYIV = ZoneInfo("Europe/Kyiv")
SIX = time(6)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "last", "following"),
    [
        # Winter, UTC+2: six o'clock is 04:00.
        ("2026-11-21T03:59:59", "2026-11-20T04:00:00", "2026-11-21T04:00:00"),
        ("2026-11-21T04:00:00", "2026-11-21T04:00:00", "2026-11-22T04:00:00"),
        ("2026-11-21T23:30:00", "2026-11-21T04:00:00", "2026-11-22T04:00:00"),
        # Summer, UTC+3.
        ("2026-07-01T02:59:00", "2026-06-30T03:00:00", "2026-07-01T03:00:00"),
        # 29 March 2026: clocks go from 03:00 to 04:00, so this day's refresh comes 23 hours after the last.
        ("2026-03-28T12:00:00", "2026-03-28T04:00:00", "2026-03-29T03:00:00"),
        # 25 October 2026: clocks go from 04:00 back to 03:00, so it comes 25 hours after the last.
        ("2026-10-24T12:00:00", "2026-10-24T03:00:00", "2026-10-25T04:00:00"),
    ],
)
def test_six_in_kyiv(now: str, last: str, following: str) -> None:
    assert last_due(utc(now), KYIV, SIX) == utc(last)
    assert next_due(utc(now), KYIV, SIX) == utc(following)


def test_time_that_the_clocks_skip_comes_once() -> None:
    """03:30 does not exist on 29 March 2026 in Kyiv: by the old offset it is 01:30 UTC, 04:30 on the new clock."""
    half_past_three = time(3, 30)
    assert next_due(utc("2026-03-28T12:00:00"), KYIV, half_past_three) == utc("2026-03-29T01:30:00")
    assert next_due(utc("2026-03-29T01:30:00"), KYIV, half_past_three) == utc("2026-03-30T00:30:00")


def test_time_that_comes_twice_counts_once() -> None:
    """03:30 comes twice on 25 October 2026 in Kyiv: the first is 00:30 UTC."""
    half_past_three = time(3, 30)
    assert next_due(utc("2026-10-24T12:00:00"), KYIV, half_past_three) == utc("2026-10-25T00:30:00")
    assert next_due(utc("2026-10-25T00:30:00"), KYIV, half_past_three) == utc("2026-10-26T01:30:00")


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)),  # noqa: DTZ001 - hypothesis wants naive bounds
    st.sampled_from(["Europe/Kyiv", "Europe/London", "America/New_York", "Asia/Kathmandu", "Pacific/Apia", "UTC"]),
    st.times().map(lambda moment: moment.replace(second=0, microsecond=0, tzinfo=None)),
)
def test_every_moment_lies_between_its_two_refreshes(naive: datetime, zone: str, at: time) -> None:
    """At most a day and the change of clocks apart; never none, never two."""
    now = naive.replace(tzinfo=UTC)
    before, after = last_due(now, ZoneInfo(zone), at), next_due(now, ZoneInfo(zone), at)
    assert before <= now < after
    assert timedelta(hours=22) < after - before < timedelta(hours=26)
    assert last_due(after, ZoneInfo(zone), at) == after


@pytest.mark.parametrize(
    ("read", "due"),
    [
        ("2026-11-20T04:30:00", True),  # yesterday, after yesterday's refresh
        ("2026-11-21T00:59:00", True),  # more than three hours before
        ("2026-11-21T01:00:00", False),  # three hours before: fresh
        ("2026-11-21T04:00:30", False),  # by this refresh
        ("2026-11-01T04:00:30", True),  # the daemon was down for weeks
    ],
)
def test_who_belongs_to_a_refresh(read: str, due: bool) -> None:
    assert is_due(utc(read), utc("2026-11-21T04:00:00")) is due


@pytest.mark.parametrize(
    ("count", "minutes", "allowed"),
    [(1, 9, False), (1, 10, True), (2, 19, False), (2, 20, True), (3, 40, True), (6, 179, False), (60, 180, True)],
)
def test_failed_city_is_tried_again_less_and_less_often(count: int, minutes: int, allowed: bool) -> None:
    now = utc("2026-11-21T12:00:00")
    assert may_try(now, Attempts(count, now - timedelta(minutes=minutes))) is allowed
    assert may_try(now, Attempts())


def test_most_viewed_come_first_and_nobody_twice() -> None:
    views = {"lviv": 7, "odesa": 40}
    assert in_order(["kyiv", "lviv", "kyiv", "odesa", "dnipro"], views) == ["odesa", "lviv", "kyiv", "dnipro"]
