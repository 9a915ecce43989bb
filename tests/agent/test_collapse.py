"""When a reading has shrunk too much to be believed at once."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from cinestreamd.agent.collapse import has_collapsed
from cinestreamd.agent.verify import Showing
from cinestreamd.store.base import Evidence, Showtime
from cinestreamd.store.business_day import business_day_of

KYIV = ZoneInfo("Europe/Kyiv")
# A Saturday, noon in Kyiv.
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
EVIDENCE = Evidence(url="https://zirka.example/", quote="19:30", fetched_at=NOW)


def showing(start: datetime) -> Showing:
    return Showing(
        title="Дюна",
        raw_title="Дюна",
        start_time=start,
        business_day=business_day_of(start, KYIV),
        evidence=EVIDENCE,
        reader="test",
    )


def known(start: datetime) -> Showtime:
    return Showtime(
        id=start.isoformat(),
        city_id="kyiv",
        cinema_id="kyiv-zirka",
        film_id="dune",
        start_time=start,
        business_day=business_day_of(start, KYIV),
        raw_title="Дюна",
        evidence=EVIDENCE,
        reader="test",
        run_id="run-0",
        created_at=start,
    )


def evening(count: int, weeks_ago: int = 0) -> list[datetime]:
    """So many starts from 15:00 on of a Saturday, a quarter of an hour apart."""
    first = datetime(2026, 11, 21, 15, 0, tzinfo=KYIV) - timedelta(weeks=weeks_ago)
    return [(first + timedelta(minutes=15 * i)).astimezone(UTC) for i in range(count)]


def collapsed(new: int, past: dict[int, int], upcoming: int = 0, now: datetime = NOW) -> bool:
    """Whether ``new`` showings tonight have collapsed, given past Saturdays (weeks ago → showings)."""
    history = [known(start) for weeks, count in past.items() for start in evening(count, weeks)]
    history += [known(start) for start in evening(upcoming)]
    return has_collapsed([showing(start) for start in evening(new)], history, now=now, zone=KYIV)


def test_less_than_half_of_the_weekdays_median_is_a_collapse() -> None:
    assert collapsed(4, {1: 10, 2: 10, 3: 10})
    assert not collapsed(5, {1: 10, 2: 10, 3: 10})
    assert not collapsed(20, {1: 10, 2: 10, 3: 10})


def test_the_median_counts_not_the_mean() -> None:
    assert not collapsed(5, {1: 10, 2: 8, 3: 24})
    assert collapsed(4, {1: 10, 2: 24, 3: 9})


def test_other_weekdays_do_not_count() -> None:
    """Fridays are full; nothing is known of Saturdays, and nothing is published for tonight."""
    fridays = [known(start - timedelta(days=1)) for weeks in (1, 2, 3) for start in evening(20, weeks)]
    assert not has_collapsed([showing(start) for start in evening(2)], fridays, now=NOW, zone=KYIV)


def test_only_the_rest_of_the_day_is_compared() -> None:
    """At 17:00 eight of the usual sixteen of a Saturday are over: four or more of the other eight are enough."""
    at_five = datetime(2026, 11, 21, 14, 59, tzinfo=UTC)
    past = {1: 16, 2: 16}
    later = evening(16)[8:]
    history = [known(start) for weeks, count in past.items() for start in evening(count, weeks)]
    assert not has_collapsed([showing(start) for start in later[:4]], history, now=at_five, zone=KYIV)
    assert has_collapsed([showing(start) for start in later[:3]], history, now=at_five, zone=KYIV)


def test_a_change_of_the_clock_between_does_not_matter() -> None:
    """Four weeks ago was summer time: 15:00 was 12:00 UTC, and is later than noon all the same."""
    assert collapsed(2, {4: 6, 5: 6}, now=datetime(2026, 11, 21, 12, 59, tzinfo=UTC))
    assert not collapsed(3, {4: 6, 5: 6}, now=datetime(2026, 11, 21, 12, 59, tzinfo=UTC))


def test_without_history_what_is_published_is_the_measure() -> None:
    assert collapsed(3, {}, upcoming=8)
    assert not collapsed(4, {}, upcoming=8)
    assert not collapsed(1, {1: 10}, upcoming=0)


def test_small_numbers_say_nothing() -> None:
    assert not collapsed(0, {1: 3, 2: 3}, upcoming=3)


def test_a_showing_after_midnight_counts_to_its_evening() -> None:
    late = datetime(2026, 11, 22, 0, 30, tzinfo=KYIV).astimezone(UTC)
    assert showing(late).business_day == date(2026, 11, 21)
    history = [known(start) for weeks in (1, 2) for start in evening(4, weeks)]
    new = [showing(late), showing(msgspec.structs.replace(showing(late)).start_time - timedelta(hours=2))]
    assert not has_collapsed(new, history, now=NOW, zone=KYIV)
