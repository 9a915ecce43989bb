"""The day to which a cinema counts a showing."""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

# A showing that begins before this hour belongs to the evening before.
BUSINESS_DAY_BEGINS: Final = time(5)


def business_day_of(start: datetime, zone: ZoneInfo) -> date:
    """The cinema's day of a showing that starts at ``start``: before 05:00 it is the evening before."""
    local = start.astimezone(zone)
    return local.date() - timedelta(days=1) if local.time() < BUSINESS_DAY_BEGINS else local.date()
