"""Read the markup that an answer carries inside its strings: {"html": "<div>…19:30…"}."""

import re
from collections.abc import Iterator
from itertools import islice

from msgspec.structs import replace

from cinestreamd.agent.html import parse_html
from cinestreamd.agent.model import Candidate, Page, ReadContext, Reading
from cinestreamd.agent.readers.clock import find_clocks
from cinestreamd.agent.readers.dates import date_in_attribute
from cinestreamd.agent.readers.json_records.moments import ValueReading
from cinestreamd.agent.readers.json_records.starts import inherited_day, own_day
from cinestreamd.agent.readers.json_records.tree import Spot, walk
from cinestreamd.agent.readers.miner.reader import mine
from cinestreamd.agent.readers.quotes import SourceQuotes

MAX_FRAGMENTS = 200
MAX_LENGTH = 1_500_000
_LEAST_LENGTH = 40
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,2000}>")


def read_fragments(data: object, page: Page, context: ReadContext) -> Reading | None:
    """The showings in the strings of markup of parsed data; None where there is no such string with a time."""
    reading = ValueReading(today=context.now.astimezone(context.timezone).date(), timezone=context.timezone)
    pieces = list(islice(_pieces(data, reading), MAX_FRAGMENTS))
    body = "\n".join(pieces)
    if not pieces or len(body) > MAX_LENGTH:
        return None
    parser = parse_html(f"<html><body>{body}</body></html>")
    mined = mine(parser, page, context)
    if mined is None:
        return None
    quotes = SourceQuotes(page.text)
    return Reading(
        reader="json_records",
        candidates=tuple(_quoted(candidate, quotes) for candidate in mined.candidates),
        confidence=mined.confidence,
    )


def _pieces(data: object, reading: ValueReading) -> Iterator[str]:
    """The strings of markup with times, each under the day that the data give it."""
    for spot in walk(data):
        for key, value in spot.value.items():
            for text in value if isinstance(value, list) else (value,):
                if not isinstance(text, str) or len(text) < _LEAST_LENGTH or not _TAG.search(text):
                    continue
                if find_clocks(text[:20_000]):
                    yield _dated(text, spot, key, reading)


def _dated(text: str, spot: Spot, key: str, reading: ValueReading) -> str:
    day = date_in_attribute(key, reading) or own_day(spot.value, reading) or inherited_day(spot, reading)
    return f'<section data-date="{day.isoformat()}">{text}</section>' if day else f"<section>{text}</section>"


def _quoted(candidate: Candidate, quotes: SourceQuotes) -> Candidate:
    """The candidate with its excerpt cut from the answer's source, where the markup is escaped."""
    hit = next((hit for hit in find_clocks(candidate.quote) if hit.clock() == candidate.clock), None)
    return replace(candidate, quote=quotes.around(candidate.quote[hit.start : hit.end])) if hit else candidate
