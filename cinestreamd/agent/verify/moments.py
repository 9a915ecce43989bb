"""From a cinema's wall clock to a moment."""

from datetime import UTC, date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo


class NoSuchLocalTimeError(ValueError):
    """The clock was put forward over this time: it did not exist on that day."""


def start_of(day: date, clock: time, zone: ZoneInfo, offset: timedelta | None = None) -> datetime:
    """The UTC moment of a wall-clock time in ``zone``, or in the page's own ``offset`` where it gives one.

    A time that comes twice (the clock is put back) is its first one.

    Raises:
        NoSuchLocalTimeError: the time does not exist on that day, or no calendar holds it.
    """
    wall = datetime.combine(day, clock.replace(tzinfo=None))
    try:
        if offset is not None:
            return wall.replace(tzinfo=timezone(offset)).astimezone(UTC)
        moment = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        back = moment.astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise NoSuchLocalTimeError from None
    if back != wall:
        raise NoSuchLocalTimeError
    return moment
