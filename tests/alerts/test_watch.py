"""When something wrong is told: once, seldom again, and once when it is over."""

from datetime import UTC, datetime, timedelta

from cinestreamd.alerts.model import Condition, Notice, headline, lines
from cinestreamd.alerts.watch import Watch, decode_known, encode_known

START = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DISK = Condition("disk_nearly_full", "", "", "5 % is free")
CITY = Condition("city_failing", "kino", "kyiv", "kyiv could not be read")
HOLD_OFF = timedelta(minutes=10)
DAY = timedelta(hours=24)


def told(watch: Watch, minutes: float, *conditions: Condition, blind: frozenset[str] = frozenset()) -> list[str]:
    now = START + timedelta(minutes=minutes)
    notices = watch.look(now, conditions, hold_off=HOLD_OFF, remind=DAY, blind=blind)
    return [f"{each.state} {each.condition.kind}" for each in notices]


def test_what_goes_on_is_told_once_and_its_end_after_the_hold_off() -> None:
    watch = Watch()
    assert told(watch, 0, DISK) == ["raised disk_nearly_full"]
    assert told(watch, 1, DISK) == []
    assert told(watch, 2) == []
    assert told(watch, 10.9) == []
    assert told(watch, 11) == ["over disk_nearly_full"]
    assert told(watch, 12) == []
    assert told(watch, 13, DISK) == ["raised disk_nearly_full"]


def test_what_comes_and_goes_is_told_once() -> None:
    watch = Watch()
    heard = [told(watch, minute, *([DISK] if minute % 9 == 0 else [])) for minute in range(100)]
    assert [each for each in heard if each] == [["raised disk_nearly_full"]]


def test_what_lasts_is_told_again_each_day() -> None:
    watch = Watch()
    heard = [told(watch, 60 * hour, DISK) for hour in range(73)]
    assert [(hour, each) for hour, each in enumerate(heard) if each] == [
        (0, ["raised disk_nearly_full"]),
        *((24 * day, ["still disk_nearly_full"]) for day in (1, 2, 3)),
    ]


def test_nothing_is_told_again_where_nothing_is_wanted() -> None:
    watch = Watch()
    for day in range(5):
        notices = watch.look(START + timedelta(days=day), [DISK], hold_off=HOLD_OFF, remind=None)
        assert len(notices) == (1 if day == 0 else 0)


def test_other_words_for_the_same_condition_are_no_news() -> None:
    watch = Watch()
    told(watch, 0, DISK)
    assert told(watch, 1, Condition("disk_nearly_full", "", "", "4 % is free")) == []
    assert [each.condition.text for each in watch.known] == ["4 % is free"]


def test_a_store_that_does_not_answer_ends_nothing() -> None:
    watch = Watch()
    told(watch, 0, CITY, DISK)
    for minute in range(1, 40):
        told(watch, minute, DISK, blind=frozenset({"kino"}))
    assert told(watch, 41, DISK) == []
    assert told(watch, 51, DISK) == ["over city_failing"]


def test_a_restart_tells_nothing_twice_and_waits_before_it_says_that_it_is_over() -> None:
    before = Watch()
    told(before, 0, CITY)
    kept = encode_known(before.known)
    after = Watch(decode_known(kept, now=START + timedelta(minutes=60)))
    assert told(after, 60) == []
    assert told(after, 61, CITY) == []
    assert told(after, 71) == ["over city_failing"]


def test_notices_are_one_line_each_whatever_a_cinema_is_called() -> None:
    hostile = Condition("cinema_failing", "kino", "x", "Kino\r\nBcc: all@example.org\x1b[2J\u202e fails")
    notice = Notice(hostile, "over", START, START + timedelta(minutes=90))
    [line] = lines((notice,))
    assert line == "2026-11-21 13:30 UTC  over: Kino  Bcc: all@example.org [2J  fails (since 11-21 12:00)"
    assert headline((notice, notice)) == "over: Kino  Bcc: all@example.org [2J  fails (and 1 more)"
