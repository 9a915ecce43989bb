"""Read the Cineworld group's quickbook answer (Cineworld, Cinema City, Yes Planet): films and events joined by id."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import urljoin

from cinestreamd.agent.model import Candidate, Page, ReadContext, Reading
from cinestreamd.agent.readers.details import format_in
from cinestreamd.agent.readers.quotes import SourceQuotes


def read_quickbook(page: Page, context: ReadContext) -> Reading | None:
    """The showings of a quickbook ``film-events`` answer: ``eventDateTime`` is the cinema's wall clock."""
    del context
    text = page.text.lstrip("\ufeff \t\r\n")
    if '"eventDateTime"' not in text or not text.startswith("{"):
        return None
    try:
        data = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    body = data.get("body", data)
    if not isinstance(body, dict):
        return None
    films = {str(film.get("id")): film for film in _objects(body.get("films"))}
    quotes = SourceQuotes(page.text)
    made = (_candidate(event, films, page.url, quotes) for event in _objects(body.get("events")))
    candidates = tuple(candidate for candidate in made if candidate is not None)
    return Reading(reader="quickbook", candidates=candidates, confidence=0.99) if candidates else None


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _candidate(event: dict[str, Any], films: dict[str, Any], base: str, quotes: SourceQuotes) -> Candidate | None:
    film = films.get(str(event.get("filmId")))
    title = film.get("name") if film else None
    printed = event.get("eventDateTime")
    if film is None or not isinstance(title, str) or not isinstance(printed, str):
        return None
    try:
        moment = datetime.fromisoformat(printed)
    except ValueError:
        return None
    marks = event.get("attributeIds")
    words = " | ".join(str(mark) for mark in marks) if isinstance(marks, list) else ""
    link, room, minutes = event.get("bookingLink"), event.get("auditorium"), film.get("length")
    return Candidate(
        title=title,
        day=moment.date(),
        clock=moment.time(),
        quote=quotes.around(printed),
        utc_offset=moment.utcoffset(),
        format=format_in(words),
        room=room if isinstance(room, str) else None,
        link=urljoin(base, link) if isinstance(link, str) and link else None,
        availability="sold_out" if event.get("soldOut") is True else "available",
        duration_minutes=minutes if isinstance(minutes, int) else None,
    )
