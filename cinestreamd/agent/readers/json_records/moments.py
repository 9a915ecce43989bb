"""What a JSON value says of time: a full moment, a day, or a clock."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from cinestreamd.agent.readers.clock import ClockHit, find_clocks
from cinestreamd.agent.readers.date_values import ordered_date
from cinestreamd.agent.readers.dates import DateOrder, DateReading, date_in_attribute, find_dates, valid_date

MomentKind = Literal["moment", "day", "clock"]

_ISO = re.compile(
    r"\s*(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)(?:[T _]+|T)(\d\d)[:.]?(\d\d)(?:[:.]?(\d\d)(?:[.,]\d{1,9})?)?\s*"
    r"(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?|Z?[+-]\d\d:\d\d)?(?:\[[\w/]{1,40}\])?\s*"
)
_ISO_DAY = re.compile(r"\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\s*")
_COMPACT_DAY = re.compile(r"(20\d\d)(\d\d)(\d\d)")
_COMPACT_MOMENT = re.compile(r"(20\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:\d\d)?")
_YEAR_LAST_DAY = re.compile(r"(\d\d)(\d\d)(20[2-9]\d)")
_NET = re.compile(r"\s*\\?/Date\((-?\d{9,14})([+-]\d{4})?\)\\?/\s*")
_DIGITS = re.compile(r"\d{10}|\d{13}")
_PLAIN_CLOCK = re.compile(r"\s*\d{1,2}[:.hH]\d\d(?::\d\d)?\s*(?:[aApP]\.?[mM]\.?)?\s*(?:Uhr)?\s*")


class ProseBudget:
    """How many texts of a document may still be read as prose for the days and times in them: that is slow."""

    def __init__(self, texts: int) -> None:
        self.left = texts

    def spend(self) -> bool:
        """Whether one more may be read."""
        self.left -= 1
        return self.left >= 0


MAX_PROSE = 500


class ValueReading(DateReading, frozen=True, kw_only=True):
    """What reading a value depends on: how dates are printed, the cinema's time zone, what may be spent on prose."""

    timezone: ZoneInfo
    prose: ProseBudget = field(default_factory=lambda: ProseBudget(MAX_PROSE))


class Moment(Struct, frozen=True, kw_only=True):
    """A value read as time.

    ``next_day``: the clock is printed as 24:30 or 25:10, and so belongs to the night after ``day``.
    ``offset`` is the printed distance from UTC, None where the value names none. ``stamp`` marks a unix timestamp.
    ``seconds`` are the printed seconds: showings begin on whole minutes, records of work seldom. ``exact`` is false for
    prose, which may leave out the day.
    """

    kind: MomentKind
    day: date | None = None
    clock: time | None = None
    offset: timedelta | None = None
    stamp: bool = False
    seconds: int = 0
    exact: bool = True
    next_day: bool = False


def day_of(moment: Moment, timezone: ZoneInfo) -> date | None:
    """The day that a value names; a UTC moment that is midnight on the cinema's wall is that wall's day."""
    local = _local(moment, timezone)
    return local.date() if local is not None and local.time() == time(0, 0) else moment.day


def is_midnight(moment: Moment, timezone: ZoneInfo) -> bool:
    """Whether a full moment is only a day written with a midnight, UTC's or the cinema's."""
    if moment.kind != "moment":
        return False
    local = _local(moment, timezone)
    return moment.clock == time(0, 0) or (local is not None and local.time() == time(0, 0))


def _local(moment: Moment, timezone: ZoneInfo) -> datetime | None:
    if moment.kind != "moment" or moment.offset != timedelta(0) or moment.day is None or moment.clock is None:
        return None
    return datetime.combine(moment.day, moment.clock, UTC).astimezone(timezone)


_DIGIT_CLOCK = re.compile(r"([01]\d|2[0-7])([0-5]\d)(?:00)?")


def digit_clock(value: object) -> Moment | None:
    """A clock written as bare digits, 1930 or "0915"; only for fields whose name speaks of a start."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    found = _DIGIT_CLOCK.fullmatch(str(value))
    if found is None:
        return None
    hour = int(found[1])
    return Moment(kind="clock", clock=time(hour % 24, int(found[2])), next_day=hour >= 24)


def moment_of(value: object, reading: DateReading) -> Moment | None:
    """What a scalar says of time, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _stamp(float(value))
    if not isinstance(value, str) or not 2 < len(value) <= 80 or not any(letter.isdecimal() for letter in value):
        return None
    return _of_text(value, reading)


def _stamp(number: float) -> Moment | None:
    seconds = number / 1000 if number >= 1e11 else number
    if not 1_000_000_000 <= seconds < 4_102_444_800:
        return None
    instant = datetime.fromtimestamp(int(seconds), UTC)
    return Moment(
        kind="moment",
        day=instant.date(),
        clock=time(instant.hour, instant.minute),
        offset=timedelta(0),
        stamp=True,
        seconds=instant.second,
    )


def _of_text(value: str, reading: DateReading) -> Moment | None:  # noqa: PLR0911 - one way out for each form
    found = _ISO.fullmatch(value)
    if found:
        return _iso(found)
    found = _ISO_DAY.fullmatch(value) or _COMPACT_DAY.fullmatch(value)
    if found:
        day = valid_date(int(found[1]), int(found[2]), int(found[3]))
        return Moment(kind="day", day=day) if day else None
    found = _YEAR_LAST_DAY.fullmatch(value)
    if found:
        day = ordered_date(int(found[1]), int(found[2]), int(found[3]), reading)
        return Moment(kind="day", day=day) if day else None
    found = _COMPACT_MOMENT.fullmatch(value)
    if found:
        return _iso_parts(found[1], found[2], found[3], found[4], found[5])
    found = _NET.fullmatch(value)
    if found:
        return _stamp(float(found[1]))
    if _DIGITS.fullmatch(value):
        return _stamp(float(value))
    if _PLAIN_CLOCK.fullmatch(value):
        return _clock_only(value)
    return _prose(value, reading)


def _iso_parts(year: str, month: str, day: str, hour: str, minute: str) -> Moment | None:
    found = valid_date(int(year), int(month), int(day))
    if found is None or int(hour) > 23 or int(minute) > 59 or not 1990 < found.year < 2100:
        return None
    return Moment(kind="moment", day=found, clock=time(int(hour), int(minute)))


def _iso(found: re.Match[str]) -> Moment | None:
    plain = _iso_parts(found[1], found[2], found[3], found[4], found[5])
    if plain is None:
        return None
    return Moment(kind="moment", day=plain.day, clock=plain.clock, offset=_offset(found[7]), seconds=int(found[6] or 0))


def _offset(printed: str | None) -> timedelta | None:
    if not printed:
        return None
    if printed in ("Z", "UTC", "GMT"):
        return timedelta(0)
    digits = printed.lstrip("Z")
    sign = -1 if digits[0] == "-" else 1
    bare = digits[1:].replace(":", "").ljust(4, "0")
    return sign * timedelta(hours=int(bare[:2]), minutes=int(bare[2:4]))


def _clock_only(value: str) -> Moment | None:
    hits = find_clocks(value)
    clock = hits[0].clock() if len(hits) == 1 else None
    return Moment(kind="clock", clock=clock, next_day=hits[0].hour >= 24) if clock is not None else None


_LONGEST_FILM = timedelta(hours=5, minutes=30)


def _is_period(hits: Sequence[ClockHit]) -> bool:
    """Whether two clocks are further apart than a film lasts: opening hours, "09:30–02:00"."""
    clocks = [clock for hit in hits if (clock := hit.clock()) is not None]
    if len(hits) != 2 or len(clocks) != 2 or hits[1].role != "end":
        return False
    opens, closes = (timedelta(hours=clock.hour, minutes=clock.minute) for clock in clocks)
    return (closes - opens) % timedelta(days=1) > _LONGEST_FILM


def _prose(value: str, reading: DateReading) -> Moment | None:
    """Of words: "Fri 21 November 2026, 7:30pm", "21.11.2026 19:30"."""
    return _prose_read(value, reading.today, reading.order)


@lru_cache(maxsize=2_000)
def _prose_read(value: str, today: date, order: DateOrder) -> Moment | None:
    reading = DateReading(today=today, order=order)
    dates = find_dates(value, reading)
    rest = value
    for hit in reversed(dates):
        rest = rest[: hit.start] + " " + rest[hit.end :]
    hits = find_clocks(rest)
    clocks = [hit for hit in hits if hit.role == "start"]
    if not dates and _is_period(hits):
        return None
    words = sum(letter.isalpha() for letter in rest)
    if len(dates) > 1 or words > 24 or (not dates and not clocks):
        return None
    day = dates[0].day if dates and dates[0].certain else date_in_attribute(value, reading)
    clock = clocks[0].clock() if clocks else None
    if day and clock:
        return Moment(kind="moment", day=day, clock=clock, exact=False)
    if day:
        return Moment(kind="day", day=day, exact=False)
    led = bool(clocks) and not dates and not value[: clocks[0].start].strip()
    return Moment(kind="clock", clock=clock, exact=False) if clock and (words <= 6 or led) else None
