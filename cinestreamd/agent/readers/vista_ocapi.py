"""Read the answer of Vista's OCAPI to ``showtimes/by-business-date``: recognised by its shape, whoever serves it."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cinestreamd.agent.model import Candidate, Page, ReadContext, Reading
from cinestreamd.agent.readers.details import format_in
from cinestreamd.agent.readers.json_records.tree import text_of
from cinestreamd.agent.readers.quotes import SourceQuotes


def read_vista_ocapi(page: Page, context: ReadContext) -> Reading | None:
    """The showings of an OCAPI answer.

    The day and clock are those of ``startsAt``: shows after midnight of a business day keep their own day.
    """
    del context
    text = page.text.lstrip("\ufeff \t\r\n")
    if '"startsAt"' not in text or '"showtimes"' not in text or not text.startswith("{"):
        return None
    try:
        data = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    related = data.get("relatedData")
    related = related if isinstance(related, dict) else {}
    films = {film["id"]: film for film in _objects(related.get("films")) if isinstance(film.get("id"), str)}
    rooms = {
        room["id"]: text_of(room.get("name"))
        for room in _objects(related.get("screens"))
        if isinstance(room.get("id"), str)
    }
    attributes = {
        one["id"]: text_of(one.get("name"))
        for one in _objects(related.get("attributes"))
        if isinstance(one.get("id"), str)
    }
    quotes = SourceQuotes(page.text)
    candidates = []
    for show in _objects(data.get("showtimes")):
        candidate = _candidate(show, films, rooms, attributes, quotes)
        if candidate is not None:
            candidates.append(candidate)
    return Reading(reader="vista_ocapi", candidates=tuple(candidates), confidence=0.99) if candidates else None


def _objects(value: object) -> Iterable[dict[str, Any]]:
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else ()


def _candidate(
    show: dict[str, Any],
    films: dict[str, dict[str, Any]],
    rooms: dict[str, str | None],
    attributes: dict[str, str | None],
    quotes: SourceQuotes,
) -> Candidate | None:
    schedule = show.get("schedule")
    film = films.get(str(show.get("filmId")))
    title = text_of(film.get("title")) if film else None
    if not isinstance(schedule, dict) or film is None or title is None:
        return None
    printed = schedule.get("startsAt")
    try:
        moment = datetime.fromisoformat(printed) if isinstance(printed, str) else None
    except ValueError:
        return None
    if moment is None or not isinstance(printed, str):
        return None
    marks = show.get("attributeIds")
    names = [attributes.get(str(mark)) or "" for mark in marks] if isinstance(marks, list) else []
    minutes = film.get("runtimeInMinutes")
    return Candidate(
        title=title,
        day=moment.date(),
        clock=moment.time(),
        quote=quotes.around(printed),
        utc_offset=moment.utcoffset(),
        format=format_in(" | ".join(names)),
        room=rooms.get(str(show.get("screenId"))),
        availability="sold_out" if show.get("isSoldOut") is True else "available",
        duration_minutes=minutes if isinstance(minutes, int) else None,
    )
