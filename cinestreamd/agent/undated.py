"""Times without a day on one page, confirmed by another page of the same cinema that dates them."""

from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from cinestreamd.agent.model import Candidate, ReadContext, Reading
from cinestreamd.agent.verify import Showing
from cinestreamd.agent.verify.titles import clean_title, fold_title

# So many showings must stand on both pages, and so many of those that could be compared.
_FEWEST_AGREED, _AGREED_SHARE = 2, 0.8


def dated_today(reading: Reading, elsewhere: Sequence[Showing], context: ReadContext) -> Reading | None:
    """``reading`` with its undated rows on today, where what other pages say of today agrees; else None.

    ``elsewhere`` are the showings to come that the cinema's other pages date. Only films that they show today can be
    compared, and of those only the starts that are still to come.
    """
    now = context.now.astimezone(context.timezone)
    known = {(fold_title(one.title), clock) for one in elsewhere for clock in _clock_today(one, now, context.timezone)}
    films = {title for title, _ in known}
    undated = {(_folded(row), row.clock) for row in reading.candidates if row.day is None}
    compared = {(title, clock) for title, clock in undated if title in films and clock > now.time()}
    agreed = len(compared & known)
    if agreed < _FEWEST_AGREED or agreed < _AGREED_SHARE * len(compared):
        return None
    rows = (msgspec.structs.replace(row, day=now.date()) if row.day is None else row for row in reading.candidates)
    return msgspec.structs.replace(reading, candidates=tuple(rows))


def _folded(row: Candidate) -> str:
    return fold_title(clean_title(row.title).title)


def _clock_today(showing: Showing, now: datetime, zone: ZoneInfo) -> list[object]:
    start = showing.start_time.astimezone(zone)
    return [start.time()] if start.date() == now.date() else []
