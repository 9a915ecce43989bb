"""Wall clocks and moments: clock changes, year ends, business days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinestreamd.agent.schema_org.start_dates import parse_moment
from cinestreamd.agent.verify.moments import NoSuchLocalTimeError, start_of
from cinestreamd.store.business_day import business_day_of

KYIV = ZoneInfo("Europe/Kyiv")
ZONES = st.sampled_from(
    ["Europe/Kyiv", "Europe/London", "America/New_York", "America/Sao_Paulo", "Asia/Jerusalem", "Australia/Lord_Howe"]
)
# Around the clock changes of both hemispheres and the turn of the year.
CHANGES = [
    date(2026, 3, 29),
    date(2026, 10, 25),
    date(2026, 11, 1),
    date(2027, 3, 14),
    date(2026, 4, 5),
    date(2027, 1, 1),
]
NEAR_CHANGES = st.builds(lambda day, shift: day + timedelta(days=shift), st.sampled_from(CHANGES), st.integers(-2, 2))
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))


@pytest.mark.parametrize(
    ("day", "clock", "zone", "offset", "expected"),
    [
        (date(2026, 11, 21), time(19, 30), "Europe/Kyiv", None, datetime(2026, 11, 21, 17, 30, tzinfo=UTC)),
        (date(2026, 7, 1), time(19, 30), "Europe/Kyiv", None, datetime(2026, 7, 1, 16, 30, tzinfo=UTC)),
        (date(2026, 12, 31), time(23, 50), "Europe/Kyiv", None, datetime(2026, 12, 31, 21, 50, tzinfo=UTC)),
        (date(2027, 1, 1), time(0, 15), "Europe/Kyiv", None, datetime(2026, 12, 31, 22, 15, tzinfo=UTC)),
        # Kyiv puts the clock back at 04:00 on 25 October 2026: 03:30 comes twice, the first time in summer time.
        (date(2026, 10, 25), time(3, 30), "Europe/Kyiv", None, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(3, 30), "Europe/Kyiv", timedelta(hours=2), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        (date(2026, 10, 25), time(4, 30), "Europe/Kyiv", None, datetime(2026, 10, 25, 2, 30, tzinfo=UTC)),
        # A page may state another offset than its cinema's.
        (date(2026, 11, 21), time(19, 30), "Europe/Kyiv", timedelta(0), datetime(2026, 11, 21, 19, 30, tzinfo=UTC)),
        (date(2026, 11, 21), time(19, 30), "Asia/Kolkata", None, datetime(2026, 11, 21, 14, 0, tzinfo=UTC)),
    ],
)
def test_a_wall_clock_is_a_moment(
    day: date, clock: time, zone: str, offset: timedelta | None, expected: datetime
) -> None:
    assert start_of(day, clock, ZoneInfo(zone), offset) == expected


@pytest.mark.parametrize(
    ("day", "clock", "zone", "offset"),
    [
        # The clock is put forward over these.
        (date(2027, 3, 28), time(3, 30), "Europe/Kyiv", None),
        (date(2027, 3, 28), time(1, 30), "Europe/London", None),
        (date(2027, 3, 14), time(2, 30), "America/New_York", None),
        (date.max, time(23, 0), "America/New_York", None),
        (date.min, time(1, 0), "Asia/Tokyo", None),
        (date(2026, 11, 21), time(19, 30), "Europe/Kyiv", timedelta(hours=24)),
    ],
)
def test_a_time_that_does_not_exist_is_refused(day: date, clock: time, zone: str, offset: timedelta | None) -> None:
    with pytest.raises(NoSuchLocalTimeError):
        start_of(day, clock, ZoneInfo(zone), offset)


def test_a_given_offset_makes_any_time_exist() -> None:
    assert start_of(date(2027, 3, 28), time(3, 30), KYIV, timedelta(hours=3)) == datetime(
        2027, 3, 28, 0, 30, tzinfo=UTC
    )


@pytest.mark.parametrize(
    ("start", "day"),
    [
        (datetime(2026, 11, 21, 17, 30, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(2026, 11, 21, 22, 30, tzinfo=UTC), date(2026, 11, 21)),  # 00:30 on the 22nd
        (datetime(2026, 11, 22, 2, 59, tzinfo=UTC), date(2026, 11, 21)),  # 04:59
        (datetime(2026, 11, 22, 3, 0, tzinfo=UTC), date(2026, 11, 22)),  # 05:00
        (datetime(2026, 12, 31, 22, 30, tzinfo=UTC), date(2026, 12, 31)),  # 00:30 on New Year's Day
    ],
)
def test_a_late_showing_belongs_to_the_evening_before(start: datetime, day: date) -> None:
    assert business_day_of(start, KYIV) == day


@given(NEAR_CHANGES, CLOCKS, ZONES)
def test_every_local_time_either_comes_back_as_it_was_or_is_refused(day: date, clock: time, zone: str) -> None:
    try:
        start = start_of(day, clock, ZoneInfo(zone))
    except NoSuchLocalTimeError:
        # Only within the hour that is skipped: the same time an hour or so later exists.
        assert any(
            datetime.combine(day, clock).replace(tzinfo=ZoneInfo(zone)).utcoffset()
            != (datetime.combine(day, clock) + timedelta(hours=h)).replace(tzinfo=ZoneInfo(zone)).utcoffset()
            for h in (-2, -1, 1, 2)
        )
        return
    local = start.astimezone(ZoneInfo(zone))
    assert (local.date(), local.time()) == (day, clock)
    assert business_day_of(start, ZoneInfo(zone)) in {day, day - timedelta(days=1)}


@given(NEAR_CHANGES, CLOCKS, ZONES, st.booleans())
def test_printing_and_reading_a_start_is_stable(day: date, clock: time, zone: str, with_offset: bool) -> None:
    """Moment → ISO text → moment → ISO text, with the offset and without."""
    try:
        start = start_of(day, clock, ZoneInfo(zone))
    except NoSuchLocalTimeError:
        return
    local = start.astimezone(ZoneInfo(zone))
    printed = local.isoformat(timespec="minutes") if with_offset else local.strftime("%Y-%m-%dT%H:%M")
    moment = parse_moment(printed)
    assert moment is not None
    again = start_of(moment.day, moment.clock, ZoneInfo(zone), moment.offset)
    assert again == start
    assert again.astimezone(ZoneInfo(zone)).isoformat(timespec="minutes") == local.isoformat(timespec="minutes")
