"""Tells a cinema with little on from a page that broke: a reading that shrank too much is not believed at once."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from cinestreamd.agent.verify import Showing
from cinestreamd.store.base import Showtime
from cinestreamd.store.business_day import business_day_of

# Fewer than this share of what is usual is a collapse.
LEAST_SHARE: Final = 0.5
# So few showings say nothing either way.
FEWEST: Final = 4
FEWEST_WEEKS: Final = 2
WEEKS: Final = 8
HORIZON: Final = timedelta(hours=36)
# A reading that stays collapsed in this many runs in a row is the truth.
BELIEVED_AFTER: Final = 3


def has_collapsed(showings: Sequence[Showing], known: Sequence[Showtime], *, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a cinema's new reading is far below what is usual.

    ``known`` are its showtimes of the last weeks and to come. Usual is the median of today's weekday in these weeks,
    counted from this time of day on; where there is no such history, what is published already for the next day and a
    half is the measure.
    """
    usual = _usual_today(known, now=now, zone=zone)
    if usual is not None and usual >= FEWEST:
        today = business_day_of(now, zone)
        return sum(showing.business_day == today for showing in showings) < LEAST_SHARE * usual
    until = now + HORIZON
    expected = sum(now < showtime.start_time <= until for showtime in known)
    return expected >= FEWEST and sum(now < s.start_time <= until for s in showings) < LEAST_SHARE * expected


def _usual_today(known: Sequence[Showtime], *, now: datetime, zone: ZoneInfo) -> float | None:
    """The median number of showings on this weekday from this time of day on, None without enough weeks."""
    today = business_day_of(now, zone)
    wall = now.astimezone(zone).replace(tzinfo=None)
    counts = []
    for week in range(1, WEEKS + 1):
        day = today - timedelta(weeks=week)
        if not any(showtime.business_day == day for showtime in known):
            continue
        counts.append(_later_than(known, day, wall - timedelta(weeks=week), zone))
    return median(counts) if len(counts) >= FEWEST_WEEKS else None


def _later_than(known: Sequence[Showtime], day: date, wall: datetime, zone: ZoneInfo) -> int:
    """Showings of a day that began after a wall-clock time."""
    return sum(
        showtime.business_day == day and showtime.start_time.astimezone(zone).replace(tzinfo=None) > wall
        for showtime in known
    )
