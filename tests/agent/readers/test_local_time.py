"""Whether moments marked as UTC are the wall clock after all."""

from datetime import date, time
from zoneinfo import ZoneInfo

from cinestreamd.agent.readers.local_time import utc_is_local

DAY = date(2026, 11, 20)
CHICAGO = ZoneInfo("America/Chicago")


def test_moments_that_would_begin_at_dawn_are_the_wall_clock() -> None:
    assert utc_is_local([(DAY, time(13, 15)), (DAY, time(16, 0)), (DAY, time(20, 30))], CHICAGO)


def test_moments_that_fit_as_utc_are_utc() -> None:
    assert not utc_is_local([(DAY, time(19, 15)), (DAY, time(22, 0)), (DAY, time(2, 30))], CHICAGO)
    assert not utc_is_local([(DAY, time(19, 15))], ZoneInfo("Europe/London"))


def test_clocks_printed_elsewhere_decide() -> None:
    moments = [(DAY, time(18, 0)), (DAY, time(19, 0))]
    assert utc_is_local(moments, ZoneInfo("Europe/Kyiv"), frozenset({time(18, 0), time(19, 0)}))
    assert not utc_is_local(moments, ZoneInfo("Europe/Kyiv"), frozenset({time(20, 0), time(21, 0)}))
