"""Reads showings from schema.org data: JSON-LD blocks, microdata, and JSON documents of that vocabulary."""

import re
from datetime import date, time
from typing import Final

from msgspec.structs import replace

from cinestreamd.agent.html import parse_html
from cinestreamd.agent.model import Candidate, Page, ReadContext, Reading
from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.local_time import local_start
from cinestreamd.agent.readers.miner.reader import mine
from cinestreamd.agent.schema_org.blocks import json_ld_values
from cinestreamd.agent.schema_org.graph import Graph
from cinestreamd.agent.schema_org.microdata import microdata_values
from cinestreamd.agent.schema_org.showings import Certainty, Showings, screenings

_FAR_MORE: Final = 2
_CLOCK: Final = re.compile(r"\d[:.hH]\d\d")

# Events that nothing marks as film showings stay below the line at which a reading is published.
CONFIDENCE: Final[dict[Certainty, float]] = {"certain": 0.95, "likely": 0.6, "doubtful": 0.4}


def read_json_ld(page: Page, context: ReadContext) -> Reading | None:
    """The showings that a page's JSON-LD says are there, or else its microdata; None when neither names any."""
    if "startdate" not in page.text.lower():
        return None
    for values in (json_ld_values, microdata_values):
        graph = Graph(values(page))
        events, certainty = screenings(graph)
        candidates = Showings(page, context, graph).candidates(events) if events else []
        if candidates:
            reading = Reading(reader="json_ld", candidates=tuple(candidates), confidence=CONFIDENCE[certainty])
            return _whole(reading, page, context)
    return None


def _whole(reading: Reading, page: Page, context: ReadContext) -> Reading:
    """The reading, or what the page shows, where that has all the reading has and far more.

    Sites keep such data for search engines: often of the next few showings alone.
    """
    stated = {_said(row, context) for row in reading.candidates}
    if len(_CLOCK.findall(page.text)) < _FAR_MORE * len(stated):
        return reading
    mined = mine(parse_html(page.text), page, context)
    if mined is None or len(mined.candidates) < _FAR_MORE * len(stated):
        return reading
    shown = {_said(row, context) for row in mined.candidates}
    return replace(mined, confidence=max(mined.confidence, reading.confidence)) if stated <= shown else reading


def _said(row: Candidate, context: ReadContext) -> tuple[str, date | None, time]:
    return (fold(row.title), *local_start(row, context))
