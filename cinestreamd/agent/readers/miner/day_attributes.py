"""Days that a page names for machines: in attributes, ids and addresses."""

import re
from datetime import date, datetime, time
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cinestreamd.agent.readers.clock import find_clocks
from cinestreamd.agent.readers.dates import DateReading, date_in_attribute, date_of_timestamp, find_dates
from cinestreamd.agent.readers.elements import Element

_NOT_THE_DAY = re.compile(
    r"release|premi|publish|modif|creat|updat|expire|birth|src|style|poster|image|canonical|(?<!cal)end|until|stop",
    re.IGNORECASE,
)


_NEVER_DAYS = frozenset(["class", "src", "srcset", "style", "alt", "data-src", "poster"])
_CLOCK_AFTER_DAY = re.compile(r"\d[T _]+(\d\d):?(\d\d)")
_FARTHEST = 450
_LONGEST_LABEL = 200


def day_of_attributes(
    element: Element, reading: DateReading, timezone: ZoneInfo, clock: time | None = None
) -> date | None:
    """The day in an element's own attributes.

    With ``clock``, an attribute that names another time of day is none of this showing's (when sales end, say).
    """
    named = " ".join(element.attributes.get(name) or "" for name in ("itemprop", "property", "name"))
    if _NOT_THE_DAY.search(named):
        return None
    for name, value in element.attributes.items():
        if not value or name in _NEVER_DAYS or _NOT_THE_DAY.search(name):
            continue
        day = date_in_attribute(value, reading)
        if day is not None and abs((day - reading.today).days) < _FARTHEST:
            moment = _utc_moment(value, timezone)
            printed = _CLOCK_AFTER_DAY.search(value)
            clocks = {moment.time().replace(tzinfo=None)} if moment is not None else set()
            if printed is not None:
                clocks.add(time(int(printed[1]) % 24, int(printed[2])))
            if clock is None or not clocks or clock in clocks:
                literal = printed is not None and clock == time(int(printed[1]) % 24, int(printed[2]))
                return day if moment is None or (literal and moment.time() != clock) else moment.date()
        local = _moment_of_digits(name, value.strip(), timezone)
        agrees = local is not None and (clock is None or local.time().replace(tzinfo=None) == clock)
        if local is not None and agrees and abs((local.date() - reading.today).days) < _FARTHEST:
            return local.date()
    return None


def moment_day(element: Element, reading: DateReading, clock: time) -> date | None:
    """The day of an attribute that prints a whole moment with this very clock: ``datetime="2026-11-20T19:30"``."""
    for name, value in element.attributes.items():
        printed = _CLOCK_AFTER_DAY.search(value) if value and name not in _NEVER_DAYS else None
        if printed is not None and int(printed[1]) < 24 and time(int(printed[1]), int(printed[2])) == clock:
            return date_in_attribute(value, reading)
    return None


def day_in_label(element: Element, reading: DateReading, clock: time) -> date | None:
    """The one day that an element's label names beside this very clock: "Book for Friday 27 November, 18:40"."""
    for name in ("aria-label", "title"):
        label = element.attributes.get(name, "")[:_LONGEST_LABEL]
        if label and any(hit.clock() == clock for hit in find_clocks(label)):
            days = {hit.day for hit in find_dates(label, reading) if hit.certain}
            if len(days) == 1:
                return days.pop()
    return None


def day_in_attributes(element: Element, reading: DateReading) -> date | None:
    """The day that one of an element's own attributes spells out, whatever its time zone."""
    values = (value for name, value in element.attributes.items() if value and name not in _NEVER_DAYS)
    days = (date_in_attribute(value, reading) for value in values)
    return next((day for day in days if day is not None and abs((day - reading.today).days) < _FARTHEST), None)


def _moment_of_digits(name: str, digits: str, timezone: ZoneInfo) -> datetime | None:
    if digits.isdecimal() and len(digits) in (10, 13) and name.startswith("data-"):
        return date_of_timestamp(float(digits), timezone)
    return None


def _utc_moment(value: str, timezone: ZoneInfo) -> datetime | None:
    stripped = value.strip()
    if len(stripped) < 16 or not (stripped.endswith("Z") or "+" in stripped[16:] or "-" in stripped[16:]):
        return None
    try:
        moment = datetime.fromisoformat(stripped)
    except ValueError:
        return None
    return moment.astimezone(timezone) if moment.tzinfo is not None else None


def day_in_address(url: str, reading: DateReading) -> date | None:
    """The day that the page's own address names."""
    parts = urlsplit(url)
    day = date_in_attribute(f"{parts.path}?{parts.query}", reading)
    if day is not None and abs((day - reading.today).days) <= 400:
        return day
    return None
