"""Moments on the cinema's wall: those of candidates, and those that claim to be UTC and may be its wall clock."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timezone
from zoneinfo import ZoneInfo

from cinestreamd.agent.model import Candidate, ReadContext

# Cinemas begin between nine in the morning and half past midnight; a few late shows and early ones fall outside.
_EARLIEST = time(9, 0)
_LATEST_AFTER_MIDNIGHT = time(0, 45)


def in_zone(day: date, clock: time, timezone: ZoneInfo) -> datetime:
    """The local moment of a UTC day and clock."""
    return datetime.combine(day, clock, UTC).astimezone(timezone)


def odd_hours(clocks: Iterable[time]) -> int:
    """How many of the clocks no cinema would begin at."""
    return sum(_LATEST_AFTER_MIDNIGHT < clock < _EARLIEST for clock in clocks)


def utc_is_local(
    moments: Sequence[tuple[date, time]], timezone: ZoneInfo, shown: frozenset[time] = frozenset()
) -> bool:
    """Whether moments marked as UTC hold the wall clock after all.

    Evidence first: ``shown`` are wall clocks printed elsewhere (a sibling field, the visible page). Else the reading
    under which fewer begin at hours at which no cinema plays; when both fit, the label is believed.
    """
    literal = [clock for _, clock in moments]
    converted = [in_zone(day, clock, timezone).time() for day, clock in moments]
    if shown:
        agree_literal = sum(clock in shown for clock in literal)
        agree_converted = sum(clock in shown for clock in converted)
        if agree_literal != agree_converted:
            return agree_literal > agree_converted
    return odd_hours(literal) < odd_hours(converted)


def local_start(candidate: Candidate, context: ReadContext) -> tuple[date | None, time]:
    """A candidate's day and clock on the cinema's wall."""
    if candidate.utc_offset is None or candidate.day is None:
        return candidate.day, candidate.clock
    moment = datetime.combine(candidate.day, candidate.clock, timezone(candidate.utc_offset)).astimezone(UTC)
    local = moment.astimezone(context.timezone)
    return local.date(), local.time().replace(tzinfo=None)
