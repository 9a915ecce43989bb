"""What would be read from one page, with the evidence: the agent's reading laid open for an operator."""

from typing import Final

import msgspec
from msgspec import Struct

from cinestreamd.agent.model import Page, ReadContext, RefusalReason
from cinestreamd.agent.readers import read_page
from cinestreamd.agent.verify import LEAST_CONFIDENCE, Assessment, Assessor, Showing, other_venues
from cinestreamd.agent.verify.assess import LONGEST_QUOTE
from cinestreamd.agent.verify.duplicates import merge_duplicates
from cinestreamd.store.base import Availability, Cinema, Evidence, Price

# Reasons under which a candidate still makes a row; None: nothing speaks against it.
_WITH_ROW: Final[tuple[RefusalReason | None, ...]] = (None, "in_the_past", "date_assumed", "too_far_ahead")


class ExtractRow(Struct, frozen=True, kw_only=True):
    """One row as it is printed. ``start`` is ISO 8601 with the cinema's offset; ``reason`` says why it is held back.

    ``past`` rows have begun at the time of reading; ``date_assumed`` rows stand under no day on the page and are given
    the day of reading. Neither is published; both are shown.
    """

    title: str
    start: str
    format: str | None
    language: str | None
    original_language: bool
    subtitles: str | None
    price: Price | None
    buy_link: str | None
    room: str | None
    availability: Availability
    confidence: float
    evidence: Evidence
    past: bool
    date_assumed: bool
    raw_title: str
    reason: RefusalReason | None = None


class Held(Struct, frozen=True, kw_only=True):
    """A candidate of which no row could be made, and why."""

    title: str
    clock: str
    quote: str
    reason: RefusalReason


class ExtractReport(Struct, frozen=True, kw_only=True):
    """Everything that one page gave. ``rows`` are publishable, past or of an assumed day; ``held_back`` are the rest.

    Cancelled showings are rows as in the guide, their ``availability`` says so.

    ``reader`` is None when nothing on the page is understood.
    """

    url: str
    reader: str | None
    confidence: float
    rows: tuple[ExtractRow, ...]
    held_back: tuple[ExtractRow, ...]
    refused: tuple[Held, ...]


def extract_page(page: Page, context: ReadContext, cinema: Cinema | None = None) -> ExtractReport:
    """Read ``page`` as a scrape would. ``cinema``, where given, decides between the cinemas of a common page."""
    reading = read_page(page, context)
    if reading is None:
        return ExtractReport(url=page.url, reader=None, confidence=0.0, rows=(), held_back=(), refused=())
    assessor = Assessor(page, context, reader=reading.reader, cinema_url=cinema.url if cinema else None)
    today = context.now.astimezone(context.timezone).date()
    elsewhere = other_venues(reading, cinema)
    understood = reading.confidence >= LEAST_CONFIDENCE
    assessments = [
        Assessment(candidate=candidate, reason="other_venue")
        if candidate.venue in elsewhere
        else assessor.assess(candidate, assumed_day=today)
        for candidate in reading.candidates
    ]
    rows: list[ExtractRow] = []
    held_back: list[ExtractRow] = []
    for reason in _WITH_ROW:
        alike = [item.showing for item in assessments if item.showing is not None and item.reason == reason]
        for showing in merge_duplicates(alike)[0]:
            row = _row(showing, reason, confidence=reading.confidence, context=context)
            against = _against(row, understood=understood)
            if against is None:
                rows.append(row)
            else:
                held_back.append(msgspec.structs.replace(row, reason=against))
    return ExtractReport(
        url=page.url,
        reader=reading.reader,
        confidence=reading.confidence,
        rows=tuple(sorted(rows, key=lambda row: (row.start, row.title))),
        held_back=tuple(sorted(held_back, key=lambda row: (row.start, row.title))),
        refused=tuple(_held(item) for item in assessments if item.showing is None),
    )


def _against(row: ExtractRow, *, understood: bool) -> RefusalReason | None:
    """Why a row is not among those that are printed."""
    if not understood:
        return "low_confidence"
    return row.reason if row.reason == "too_far_ahead" else None


def _row(showing: Showing, reason: RefusalReason | None, *, confidence: float, context: ReadContext) -> ExtractRow:
    return ExtractRow(
        title=showing.title,
        start=showing.start_time.astimezone(context.timezone).isoformat(timespec="minutes"),
        format=showing.format,
        language=showing.language,
        original_language=showing.original_language,
        subtitles=showing.subtitles,
        price=showing.price,
        buy_link=showing.link,
        room=showing.room,
        availability=showing.availability,
        confidence=confidence,
        evidence=showing.evidence,
        past=showing.start_time <= context.now,
        date_assumed=reason == "date_assumed",
        raw_title=showing.raw_title,
        reason=reason,
    )


def _held(item: Assessment) -> Held:
    candidate = item.candidate
    return Held(
        title=candidate.title,
        clock=candidate.clock.isoformat(timespec="minutes"),
        quote=candidate.quote[:LONGEST_QUOTE],
        reason=item.reason or "date_assumed",
    )
