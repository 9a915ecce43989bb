"""When which city is read anew, as functions of the moment: the daily refresh in the site's own timezone.

The refresh of a day is due at one local time. A city that was read since then, or shortly before, is fresh; any other
is due, also when the daemon was not running at that time. So downtime is caught up by the same rule.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

FRESH_BEFORE: Final = timedelta(hours=3)
"""A city read this shortly before the refresh is not read again by it."""

FIRST_PAUSE: Final = timedelta(minutes=10)
LONGEST_PAUSE: Final = timedelta(hours=3)


class Attempts(Struct, frozen=True):
    """How often the refresh has begun a city since it was last read, and when it did so last."""

    count: int = 0
    last: datetime | None = None


def due_on(day_of: datetime, timezone: ZoneInfo, at: time) -> datetime:
    """The UTC moment of local time ``at`` on the local day of ``day_of``.

    A time that the clocks skip on that day counts by the offset before the change, so it comes an hour later by the
    new one; a time that comes twice counts the first time. Every local day has exactly one such moment.
    """
    local = day_of.astimezone(timezone)
    return datetime.combine(local.date(), at, tzinfo=timezone).astimezone(UTC)


def last_due(now: datetime, timezone: ZoneInfo, at: time) -> datetime:
    """The latest refresh moment that is not after ``now``."""
    due = due_on(now, timezone, at)
    return due if due <= now else due_on(_noon(now, timezone, days=-1), timezone, at)


def next_due(now: datetime, timezone: ZoneInfo, at: time) -> datetime:
    """The first refresh moment after ``now``."""
    due = due_on(now, timezone, at)
    return due if due > now else due_on(_noon(now, timezone, days=1), timezone, at)


def _noon(now: datetime, timezone: ZoneInfo, *, days: int) -> datetime:
    """Noon of a local day near ``now``: far from midnight, where a change of clocks could move the date."""
    local = now.astimezone(timezone)
    return datetime.combine(local.date() + timedelta(days=days), time(12), tzinfo=timezone)


def is_due(last_read: datetime, due: datetime) -> bool:
    """Whether a city last read (or, never read, first known) at ``last_read`` belongs to the refresh of ``due``."""
    return last_read < due - FRESH_BEFORE


def may_try(now: datetime, attempts: Attempts) -> bool:
    """Whether a city that did not succeed is tried again: after 10 minutes, then 20, 40… up to 3 hours."""
    if attempts.last is None:
        return True
    pause = min(FIRST_PAUSE * 2.0 ** min(attempts.count - 1, 10), LONGEST_PAUSE)
    return now - attempts.last >= pause


def in_order(cities: Iterable[str], views: Mapping[str, int]) -> list[str]:
    """Each city once, most viewed first; cities viewed alike keep their order."""
    return sorted(dict.fromkeys(cities), key=lambda city_id: -views.get(city_id, 0))
