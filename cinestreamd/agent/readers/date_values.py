"""What a date found in text is, and how its year is settled."""

from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

DateOrder = Literal["dmy", "mdy", "ymd"]

DateKind = Literal["full", "month_word", "numeric", "weekday_day", "weekday", "relative"]

_PAST_REACH = timedelta(days=120)


class DateHit(Struct, frozen=True, kw_only=True):
    """A date found at ``text[start:end]``.

    ``kind`` is how it was printed; ``certain`` is false for two bare numbers such as "19.11", which may be a clock
    time or a price; ``in_range`` marks the ends of "from … to …", which name a period and not a day.
    """

    start: int
    end: int
    day: date
    kind: DateKind
    certain: bool = True
    in_range: bool = False


class DateReading(Struct, frozen=True, kw_only=True):
    """What reading a date depends on: the day of reading, and whether the month or the day is printed first.

    ``order`` "mdy" says so of dates with slashes, "ymd" of all that print no year.
    """

    today: date
    order: DateOrder = "dmy"


def settle_year(day: int, month: int, reading: DateReading, weekdays: tuple[int, ...] = ()) -> date | None:
    """The date of ``day`` and ``month`` nearest to the day of reading; on one of ``weekdays`` where that is possible.

    None where no such date exists (31 June).
    """
    options = []
    for year in range(reading.today.year - 1, reading.today.year + 2):
        try:
            options.append(date(year, month, day))
        except ValueError:
            continue
    matching = [option for option in options if option.weekday() in weekdays] or options
    ahead = reading.today - _PAST_REACH
    return min(matching, key=lambda option: (option < ahead, abs((option - reading.today).days)), default=None)


def valid_date(year: int, month: int, day: int) -> date | None:
    """That date, or None where it does not exist. Two-digit years are of this century."""
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None


def ordered_date(first: int, second: int, year: int, reading: DateReading) -> date | None:
    """The date of two numbers and a year, in the order that the page or the numbers themselves require."""
    month_first = reading.order == "mdy" and first <= 12
    if second > 12 or month_first:
        return valid_date(year, first, second)
    return valid_date(year, second, first)
