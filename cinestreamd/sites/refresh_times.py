"""When a city is due to be read anew: the daily refresh in the site's own timezone, as functions of the moment.

The refresh of a day is due at one local time. A city that was read since then, or shortly before, is fresh; any other
is due, also when the daemon was not running at that time. So downtime is caught up by the same rule.
"""

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

FRESH_BEFORE: Final = timedelta(hours=3)
"""A city read this shortly before the refresh is not read again by it."""


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
