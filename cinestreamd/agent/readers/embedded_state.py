"""Read the showings that a page carries as data for its scripts, and hold them against what the page shows.

Where the page shows showings of its own, the data confirm and date them; where both tell the same programme, the data
tell its further days too, which the page shows when their day is chosen. Where the page shows none, the data speak.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time

from msgspec.structs import replace

from cinestreamd.agent.html import parse_html
from cinestreamd.agent.model import Candidate, Page, ReadContext, Reading
from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.clock import find_clocks
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.embedded_data import embedded_data
from cinestreamd.agent.readers.json_records.reader import records_confidence, records_in
from cinestreamd.agent.readers.local_time import local_start
from cinestreamd.agent.readers.miner.confidence import LINE
from cinestreamd.agent.readers.miner.reader import mine

_FEW, _SEVERAL, _MANY_TIMES, _NEARLY_ALL = 3, 2, 4, 5


def read_embedded_state(page: Page, context: ReadContext) -> Reading | None:
    """The showings in a page's embedded data; None where there are none or the visible page knows better."""
    if not any(sign in page.text for sign in ("<script", "='{", "='[", '="')):
        return None
    parser = parse_html(page.text)
    trees = embedded_data(parser)
    if not trees:
        return None
    starts = [hit.clock() for hit in find_clocks(Document(parser).text) if hit.role == "start"]
    shown = [clock for clock in starts if clock is not None]
    stated = records_in(trees, page, context, source=page.text, shown=frozenset(shown))
    if not stated:
        return None
    mined = mine(parser, page, context)
    alone = Reading(reader="embedded_state", candidates=stated, confidence=min(0.9, records_confidence(stated)))
    if mined is None or min(len(shown), len(mined.candidates)) < _FEW or mined.confidence < LINE:
        return alone
    return _confirmed(stated, mined, context) or _shown(alone, mined, context) or _alone(alone, mined, context)


def _alone(alone: Reading, mined: Reading, context: ReadContext) -> Reading | None:
    """The data's rows, where the page shows a few times only that none of them has: prices, hours, a notice."""
    days = _days(alone.candidates, context)
    agreed = any((fold(row.title), row.clock) in days for row in mined.candidates)
    return None if agreed or len(mined.candidates) * _MANY_TIMES > len(alone.candidates) else alone


def _days(stated: Sequence[Candidate], context: ReadContext) -> dict[tuple[str, time], set[date]]:
    """(title, clock) → the days on which the data have it; under "" for any title."""
    days: dict[tuple[str, time], set[date]] = {}
    for candidate in stated:
        day, clock = local_start(candidate, context)
        if day is not None:
            days.setdefault((fold(candidate.title), clock), set()).add(day)
            days.setdefault(("", clock), set()).add(day)
    return days


def _confirmed(stated: Sequence[Candidate], mined: Reading, context: ReadContext) -> Reading | None:
    """The visible rows, dated by the data, where most of them stand in the data too."""
    days = _days(stated, context)
    rows, agreed = [], 0
    for row in mined.candidates:
        known = days.get((fold(row.title), row.clock), set())
        agreed += bool(known)
        rows.append(replace(row, day=next(iter(known))) if len(known) == 1 and row.day not in known else row)
    if agreed * 5 < len(rows) * 3:
        return None
    rows += _of_further_days(stated, rows, context)
    return Reading(reader="embedded_state", candidates=tuple(rows), confidence=0.95)


def _of_further_days(stated: Sequence[Candidate], rows: Sequence[Candidate], context: ReadContext) -> list[Candidate]:
    """The data's rows of days to come that the page does not show, where it shows nearly all they say of its own days.

    Where it shows less, the data are of other cinemas or halls as well, or of all that the site knows.
    """
    now = context.now.astimezone(context.timezone).replace(tzinfo=None)
    shown = Counter((row.day, row.clock) for row in rows)
    days = {row.day for row in rows}
    told: Counter[tuple[date | None, time]] = Counter()
    more: list[Candidate] = []
    for row in stated:
        day, clock = local_start(row, context)
        if day is None or datetime.combine(day, clock) <= now:
            continue
        if day in days:
            told[day, clock] += 1
        else:
            more.append(row)
    missing = (told - shown).total()
    return more if told and missing * _NEARLY_ALL <= told.total() else []


def _shown(alone: Reading, mined: Reading, context: ReadContext) -> Reading | None:
    """The data's own rows of the days shown, where page and data agree on the starts and not on the titles.

    A title's place in the data has a name; its place on the page was only learnt.
    """
    days = _days(alone.candidates, context)
    agreed = sum(
        bool(known) and (row.day is None or row.day in known)
        for row in mined.candidates
        for known in [days.get(("", row.clock), set())]
    )
    if agreed * 10 < len(mined.candidates) * 9:
        return None
    seen = {(row.day, row.clock) for row in mined.candidates}
    clocks = {row.clock for row in mined.candidates if row.day is None}
    rows = tuple(
        candidate
        for candidate in alone.candidates
        for day, clock in [local_start(candidate, context)]
        if (day, clock) in seen or clock in clocks
    )
    if len({row.title for row in rows}) < _SEVERAL:
        return None
    return replace(alone, candidates=(*rows, *_of_further_days(alone.candidates, mined.candidates, context)))
