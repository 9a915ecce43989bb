"""The many spellings of a ``startDate`` as a wall clock with, perhaps, an offset."""

import re
from datetime import date, time, timedelta
from typing import Final

from msgspec import Struct

_OFFSET: Final = r"(?P<z>Z)?\s?(?:(?:GMT|UTC)?(?P<sign>[+-])(?P<oh>\d{2}):?(?P<om>\d{2})?)?"
_CLOCK: Final = r"(?P<h>\d{1,2})[:.](?P<m>\d{2})(?::\d{2}(?:[.,]\d{1,9})?)?\s?(?P<half>[AaPp]\.?[Mm]\.?)?"
_TIME: Final = rf"{_CLOCK}\s?{_OFFSET}"
_WEEKDAY: Final = r"(?:[A-Z][a-z]{2},? )?"
_MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_SPELLINGS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?P<y>\d{{4}})[-/.](?P<mo>\d{{1,2}})[-/.](?P<d>\d{{1,2}})(?:\s?T\s?|[ ,]+){_TIME}(?:\[[\w/]+\])?",
        rf"(?P<y>\d{{4}})(?P<mo>\d{{2}})(?P<d>\d{{2}})T(?P<h>\d{{2}})(?P<m>\d{{2}})(?:\d{{2}})?{_OFFSET}",
        rf"(?P<d>\d{{1,2}})\.(?P<mo>\d{{1,2}})\.(?P<y>\d{{4}})[T ,]+{_TIME}",
        rf"{_WEEKDAY}(?P<name>[A-Z][a-z]{{2}}) (?P<d>\d{{1,2}}),? (?P<y>\d{{4}}) {_TIME}(?: \([^)]*\))?",
        rf"{_WEEKDAY}(?P<d>\d{{1,2}}) (?P<name>[A-Z][a-z]{{2}}) (?P<y>\d{{4}}) {_TIME}(?:GMT|UTC)?",
    )
)
_DAY: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


class Moment(Struct, frozen=True, kw_only=True):
    """A wall-clock time as printed; ``offset`` is None where none is printed."""

    day: date
    clock: time
    offset: timedelta | None = None


def parse_moment(text: str) -> Moment | None:
    """The moment that ``text`` spells, None when it spells none: a date alone is no moment."""
    cleaned = text.strip()
    if len(cleaned) > 80:
        return None
    match = next((found for pattern in _SPELLINGS if (found := pattern.fullmatch(cleaned))), None)
    return _moment(match.groupdict()) if match else None


def parse_day(text: str) -> date | None:
    """The day of a date-only text ("2026-11-21"), else None."""
    match = _DAY.fullmatch(text.strip()[:20])
    try:
        return date(int(match[1]), int(match[2]), int(match[3])) if match else None
    except ValueError:
        return None


def _moment(parts: dict[str, str | None]) -> Moment | None:
    month = parts.get("mo") or _month(parts.get("name") or "")
    hour = int(parts["h"] or 0)
    half = (parts.get("half") or "").lower()[:1]
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        return Moment(
            day=date(int(parts["y"] or 0), int(month), int(parts["d"] or 0)),
            clock=time(hour, int(parts["m"] or 0)),
            offset=_offset(parts),
        )
    except ValueError:
        return None


def _month(name: str) -> int:
    return _MONTHS.index(name.lower()) + 1 if name.lower() in _MONTHS else 0


def _offset(parts: dict[str, str | None]) -> timedelta | None:
    """The offset; in "…000Z-03:00" the number is what its writer meant."""
    if parts.get("sign"):
        minutes = int(parts["oh"] or 0) * 60 + int(parts.get("om") or 0)
        return timedelta(minutes=minutes if parts["sign"] == "+" else -minutes)
    return timedelta(0) if parts.get("z") else None
