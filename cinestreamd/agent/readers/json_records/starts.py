"""Choose, for one type of object, which of its fields say when the showing begins."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from typing import Any

from msgspec import Struct

from cinestreamd.agent.readers.dates import DateOrder, DateReading, date_in_attribute, find_dates, valid_date
from cinestreamd.agent.readers.json_records.keys import DAY_WORDS, key_words, start_score
from cinestreamd.agent.readers.json_records.moments import (
    Moment,
    ValueReading,
    day_of,
    digit_clock,
    is_midnight,
    moment_of,
)
from cinestreamd.agent.readers.json_records.tree import MAX_FIELDS, Spot, is_data_key, own_title

_SAMPLE = 400
_MINUTES_A_DAY = 24 * 60
# Within so many days a programme lies.
_NEAR, _FAR = -7, 60
_PRINTED = r"\d{1,2}[:.hH]\d\d(?:[ ]?[aApP]\.?[mM]\.?)?"
_CLOCK = re.compile(_PRINTED)
_CLOCK_LIST = re.compile(rf"\s*{_PRINTED}(?:[\s,;|/&+·•]{{1,4}}{_PRINTED})+\s*")
_LONGEST_CLOCK_LIST = 300
# Of two fields alike the one whose name says less besides.
_A_WORD = 0.02
_LONGEST_DAY_KEY = 40
ENVELOPES = frozenset(
    ["attributes", "fields", "schedule", "acf", "timing", "beginning", "start", "datetime", "date", "time", "starttime"]
)


class Start(Struct, frozen=True, eq=False):
    """When one showing begins as the data print it: ``printed`` is the value that holds the clock."""

    spot: Spot
    moment: Moment
    day: date | None
    printed: str
    key: str


class FieldStatistics(Struct, frozen=True, kw_only=True):
    """What the values of one field are, over the objects of one type."""

    key: str
    moments: int
    days: int
    clocks: int
    midnights: int
    seconds: int
    stamps: int
    inexact: int
    soon: int
    variety: int
    mean: float

    @property
    def real_moments(self) -> int:
        """Full moments that are more than a day written with a midnight."""
        return 0 if self.midnights * 10 >= self.moments * 8 else self.moments


def flat_fields(item: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """An object's own fields and those of the plain envelopes that records come in."""
    for key, value in item.items():
        if isinstance(value, dict) and key.casefold() in ENVELOPES:
            yield from ((f"{key}.{name}", inner) for name, inner in value.items() if not isinstance(inner, dict | list))
        else:
            yield key, value


def scalar_values(value: object) -> list[object]:
    """A scalar, the scalars of a list of scalars, or the clocks of a text that lists them: "17:30, 20:00"."""
    if isinstance(value, str) and _CLOCK_LIST.fullmatch(value[:_LONGEST_CLOCK_LIST]):
        return [found[0] for found in _CLOCK.finditer(value)]
    if isinstance(value, str | int | float):
        return [value]
    if isinstance(value, list) and value and len(value) <= 200 and all(isinstance(one, str | int) for one in value[:3]):
        return [one for one in value if isinstance(one, str | int)]
    return []


def _moment_in(key: str, value: object, reading: ValueReading) -> Moment | None:
    """What a value says of time under the name of its field."""
    found = moment_of(value, reading)
    named = start_score(key) >= 2 or _DAY_KEY.fullmatch(key) is not None
    if found is None and named and not set(key_words(key)) & _NO_CLOCKS:
        return digit_clock(value)
    return found


_DAY_KEY = re.compile(r"20\d\d[-/.]\d\d[-/.]\d\d|\d\d[-/.]\d\d[-/.]20\d\d")
_NO_CLOCKS = DAY_WORDS | {"year", "month", "id", "code", "number", "no", "count", "total", "price"}


def field_statistics(spots: list[Spot], reading: ValueReading, *, any_name: bool = False) -> list[FieldStatistics]:
    """The fields of one type of object that hold moments, days or clocks; bare numbers by ``any_name`` as well."""
    counts: dict[str, Counter[str]] = {}
    distinct: dict[str, set[object]] = {}
    step = max(1, len(spots) // _SAMPLE)
    for spot in spots[::step]:
        for key, value in flat_fields(spot.value):
            name = "#" if is_data_key(key) and isinstance(value, list) else key
            for one in scalar_values(value)[:12]:
                if isinstance(one, int | float) and start_score(key) <= 0 and not any_name:
                    continue
                moment = _moment_in(key, one, reading)
                if moment is None:
                    continue
                count = counts.setdefault(name, Counter())
                count[moment.kind] += 1
                count["midnight"] += is_midnight(moment, reading.timezone)
                count["seconds"] += moment.seconds != 0
                count["stamp"] += moment.stamp
                count["inexact"] += not moment.exact
                count["soon"] += moment.day is not None and _NEAR <= (moment.day - reading.today).days <= _FAR
                count["sum"] += (moment.day - reading.today).days if moment.day is not None else 0
                count["minutes"] += moment.clock.hour * 60 + moment.clock.minute if moment.clock is not None else 0
                distinct.setdefault(name, set()).add((moment.day, moment.clock))
    return [
        FieldStatistics(
            key=key, moments=count["moment"], days=count["day"], clocks=count["clock"], midnights=count["midnight"],
            seconds=count["seconds"], stamps=count["stamp"], inexact=count["inexact"], soon=count["soon"],
            variety=len(distinct[key]),
            mean=(count["sum"] + count["minutes"] / _MINUTES_A_DAY) / max(1, count["moment"]),
        )
        for key, count in counts.items()
    ]  # fmt: skip


def choose_starts(fields: list[FieldStatistics], *, objects: int) -> list[FieldStatistics]:
    """The fields that may say when a showing begins, best first: full moments before clocks.

    The later ones are of the same kind as the first; they speak for objects that leave the first empty.
    """
    ranked: list[tuple[float, FieldStatistics]] = []
    for field in fields:
        count = field.real_moments or field.clocks
        if not count or field.seconds * 3 > count or (field.stamps and start_score(field.key) <= 0):
            continue
        score = (1.0 if field.key == "#" else start_score(field.key)) + (1.5 if field.real_moments else 0)
        score -= 1.0 if field.inexact * 2 > count else 0.0
        score += min(1.0, count / max(1, objects)) - _A_WORD * len(key_words(field.key))
        if score > 0.9:
            ranked.append((score, field))
    order = [field for _, field in sorted(ranked, key=lambda one: -one[0])]
    return [field for field in order if bool(field.real_moments) == bool(order[0].real_moments)]


def starts_by_value(fields: list[FieldStatistics], *, objects: int) -> list[FieldStatistics]:
    """The field of any name whose timestamps are such as showings have: in days to come, several, without seconds.

    Of two such fields the earlier one: a showing begins before it ends.
    """
    likely = [
        field
        for field in fields
        if field.stamps * 10 >= objects * 9
        and field.variety > 1
        and not field.seconds
        and field.midnights * 2 < field.moments
        and start_score(field.key) >= 0
        and _NEAR <= field.mean <= _FAR
    ]
    return sorted(likely, key=lambda field: field.mean)[:1]


def choose_day(fields: list[FieldStatistics]) -> str | None:
    """The field that holds the day of the clock in another field."""
    best: tuple[float, str] | None = None
    for field in fields:
        if not (field.days or field.midnights):
            continue
        words = key_words(field.key)
        score = (
            start_score(field.key)
            + (2 if set(words) & DAY_WORDS else 0)
            + ("show" in words)
            - 2 * ("business" in words)
        )
        if score > 0 and (best is None or score > best[0]):
            best = (score, field.key)
    if best is not None:
        return best[1]
    unnamed = [field.key for field in fields if field.days > 1 and start_score(field.key) == 0]
    # Of days to come, several: when films came out lies behind, and "premiere" and "embargo" say what they are.
    soon = {field.key for field in fields if field.soon * 10 >= field.days * 9 and field.variety > 1}
    return unnamed[0] if len(unnamed) == 1 and (len(unnamed[0]) <= _LONGEST_CODE or unnamed[0] in soon) else None


# A field named "d" may be the day.
_LONGEST_CODE = 3


_PARTS = ("year", "month", "day", "Year", "Month", "Day", "YEAR", "MONTH", "DAY")


def _split_day(item: dict[str, Any]) -> date | None:
    """The day of an object that keeps year, month and day in fields of their own, or of its date."""
    parts = {name.casefold(): item[name] for name in _PARTS if name in item}
    numbers = {name: int(str(value)) for name, value in parts.items() if str(value).isdecimal() and len(str(value)) < 5}
    if len(numbers) == 3:
        return valid_date(numbers["year"], numbers["month"], numbers["day"])
    fields = item.items() if len(item) <= MAX_FIELDS else ()
    inner = (value for key, value in fields if isinstance(value, dict) and set(key_words(key)) & DAY_WORDS)
    return next((day for value in inner if (day := _split_day(value)) is not None), None)


def day_of_key(key: str, reading: ValueReading) -> date | None:
    """The day that a key is: 2026-11-27, 27.11.2026, "Friday 27 November"."""
    return _day_of_key(key, reading.today, reading.order) if 5 < len(key) <= _LONGEST_DAY_KEY else None


@lru_cache(maxsize=1_000)
def _day_of_key(key: str, today: date, order: DateOrder) -> date | None:
    reading = DateReading(today=today, order=order)
    day = date_in_attribute(key, reading)
    if day is not None or " " not in key:
        return day
    named = [hit for hit in find_dates(key, reading) if hit.certain]
    return named[0].day if len(named) == 1 else None


def inherited_days(spot: Spot, reading: ValueReading) -> list[date] | list[None]:
    """The day that a clock inherits, or every day of the period of an object above: {"start": …, "end": …}."""
    day = inherited_day(spot, reading)
    if day is not None:
        return [day]
    at = spot.parent
    while at is not None:
        ends = _period_of(at.value, reading)
        if ends is not None:
            return [ends[0] + timedelta(days=step) for step in range((ends[1] - ends[0]).days + 1)]
        at = at.parent
    return [None]


_FIRST_WORDS = frozenset(
    ["start", "from", "begin", "first", "von", "od", "dal", "desde", "since", "du", "vid", "з", "с"]
)
_LAST_WORDS = frozenset(["end", "to", "until", "till", "last", "bis", "do", "al", "hasta", "au", "fin", "по", "до"])
_LONGEST_PERIOD = 14


def _period_of(item: dict[str, Any], reading: ValueReading) -> tuple[date, date] | None:
    """The first and the last day of an object that names both, if they are two weeks apart at most."""
    ends: list[date] = []
    for words in (_FIRST_WORDS, _LAST_WORDS):
        for key, value in islice(item.items(), MAX_FIELDS):
            named = set(key_words(key))
            moment = moment_of(value, reading) if isinstance(value, str) and named & words else None
            if moment is not None and moment.day is not None and moment.kind == "day":
                ends.append(moment.day)
                break
    if len(ends) != 2 or not 0 <= (ends[1] - ends[0]).days <= _LONGEST_PERIOD:
        return None
    return ends[0], ends[1]


def inherited_day(spot: Spot, reading: ValueReading) -> date | None:
    """The day of the nearest object above that has one, or of a key above that is a date."""
    at: Spot | None = spot
    while at is not None:
        day = day_of_key(at.key, reading)
        if day is not None:
            return day
        if at is not spot:
            day = own_day(at.value, reading)
            if day is not None:
                return day
        at = at.parent
    for key in reversed(spot.data_keys):
        day = day_of_key(key, reading)
        if day is not None:
            return day
    return None


def own_day(item: dict[str, Any], reading: ValueReading) -> date | None:
    """The day that an object names for itself."""
    split = _split_day(item)
    if split is not None:
        return split
    best: tuple[float, date] | None = None
    for key, value in islice(item.items(), MAX_FIELDS):
        if not isinstance(value, str):
            continue
        words = set(key_words(key))
        score = start_score(key)
        if not words & DAY_WORDS or score < 0:
            continue
        moment = moment_of(value, reading)
        if (
            moment is not None
            and moment.day is not None
            and moment.kind != "clock"
            and (best is None or score > best[0])
        ):
            best = (score, day_of(moment, reading.timezone) or moment.day)
    return best[1] if best else _only_day(item, reading)


_LONGEST_NUMERIC = 12


def _only_day(item: dict[str, Any], reading: ValueReading) -> date | None:
    """The one day soon that an object without a title names in any field: {"x": "2026-11-27", "films": […]}."""
    values = list(islice(item.values(), MAX_FIELDS))
    if not any(isinstance(value, list) for value in values) or own_title(item) is not None:
        return None
    days = {
        moment.day
        for value in values
        if isinstance(value, str) and len(value) <= _LONGEST_NUMERIC
        for moment in [moment_of(value, reading)]
        if moment is not None and moment.kind == "day" and moment.day is not None
    }
    soon = [day for day in days if _NEAR <= (day - reading.today).days <= _FAR]
    return soon[0] if len(soon) == len(days) == 1 else None


def starts_of(spot: Spot, field: FieldStatistics, day_key: str | None, reading: ValueReading) -> Iterator[Start]:
    """The showings that one object holds in its start field."""
    fields = dict(flat_fields(spot.value))
    keys = [key for key in fields if is_data_key(key)] if field.key == "#" else [field.key]
    for key in keys:
        for one in scalar_values(fields.get(key)):
            moment = _moment_in(key, one, reading)
            if moment is None or moment.clock is None:
                continue
            day = moment.day if moment.kind == "moment" else None
            if day is None and field.key == "#":
                day = date_in_attribute(key, reading)
            if day is None and day_key is not None:
                own = moment_of(fields.get(day_key), reading)
                day = day_of(own, reading.timezone) if own is not None else None
            if day is None:
                day = _split_day(spot.value)
            for any_day in [day] if day is not None else inherited_days(spot, reading):
                moved = any_day + timedelta(days=1) if any_day is not None and moment.next_day else any_day
                yield Start(spot, moment, moved, str(one), key)
