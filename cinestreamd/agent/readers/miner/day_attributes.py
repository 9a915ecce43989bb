"""Days that a page names for machines: in attributes, ids and addresses."""

import re
from datetime import date, datetime
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from cinestreamd.agent.readers.dates import DateReading, date_in_attribute, date_of_timestamp
from cinestreamd.agent.readers.document import Element

_NOT_THE_DAY = re.compile(
    r"release|premi|publish|modif|creat|updat|expire|birth|src|style|poster|image|canonical|end|until|stop",
    re.IGNORECASE,
)


def day_of_attributes(element: Element, reading: DateReading, timezone: ZoneInfo) -> date | None:
    for name, value in element.attributes.items():
        if name in ("class", "src", "srcset", "style", "alt", "content", "data-src") or _NOT_THE_DAY.search(name):
            continue
        day = date_in_attribute(value, reading)
        if day is not None and abs((day - reading.today).days) < 500:
            moment = _utc_moment(value, timezone)
            return moment.date() if moment is not None else day
        digits = value.strip()
        if digits.isdecimal() and len(digits) in (10, 13) and name.startswith("data-"):
            local = date_of_timestamp(float(digits), timezone)
            if local is not None and abs((local.date() - reading.today).days) < 400:
                return local.date()
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
