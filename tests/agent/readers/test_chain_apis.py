"""The chains' own APIs and feeds, recognised by their shape."""

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers.planeta_kino import read_planeta_kino
from cinestreamd.agent.readers.quickbook import read_quickbook
from cinestreamd.agent.readers.vista_ocapi import read_vista_ocapi

CONTEXT = ReadContext(now=datetime(2026, 11, 20, 9, tzinfo=UTC), timezone=ZoneInfo("Europe/London"))


def page(text: str) -> Page:
    return Page(url="https://api.example/x", content_type="application/json", text=text, fetched_at=CONTEXT.now)


def test_ocapi_starts_at_is_the_start_even_after_midnight_of_the_business_day() -> None:
    show = {
        "filmId": "F1",
        "screenId": "S2",
        "isSoldOut": True,
        "attributeIds": ["A1"],
        "schedule": {
            "businessDate": "2026-11-20",
            "startsAt": "2026-11-21T00:15:00+00:00",
            "filmStartsAt": "2026-11-21T00:40:00+00:00",
        },
    }
    related = {
        "films": [{"id": "F1", "title": {"text": "The Quiet Shore"}, "runtimeInMinutes": 112}],
        "screens": [{"id": "S2", "name": {"text": "Screen 2"}}],
        "attributes": [{"id": "A1", "name": {"text": "IMAX"}}],
    }
    reading = read_vista_ocapi(page(json.dumps({"showtimes": [show], "relatedData": related})), CONTEXT)
    assert reading is not None
    (row,) = reading.candidates
    assert (row.title, row.day, row.clock, row.utc_offset) == (
        "The Quiet Shore",
        date(2026, 11, 21),
        time(0, 15),
        timedelta(0),
    )
    assert (row.room, row.format, row.availability, row.duration_minutes) == ("Screen 2", "IMAX", "sold_out", 112)
    assert "2026-11-21T00:15:00+00:00" in row.quote


def test_quickbook_joins_events_to_films() -> None:
    body = {
        "films": [{"id": "f1", "name": "Neighbour", "length": 95}],
        "events": [
            {"filmId": "f1", "eventDateTime": "2026-11-20T19:30:00", "bookingLink": "https://t.example/1",
             "auditorium": "Screen 1",
             "attributeIds": ["3d"], "soldOut": False},
            {"filmId": "unknown", "eventDateTime": "2026-11-20T20:00:00"},
        ],
    }  # fmt: skip
    reading = read_quickbook(page(json.dumps({"body": body})), CONTEXT)
    assert reading is not None
    (row,) = reading.candidates
    assert (row.title, row.day, row.clock) == ("Neighbour", date(2026, 11, 20), time(19, 30))
    assert (row.link, row.room, row.format) == ("https://t.example/1", "Screen 1", "3D")


def test_planeta_kino_joins_shows_to_movies() -> None:
    feed = (
        '<?xml version="1.0" encoding="UTF-8"?><planeta-kino>'
        '<movies><movie id="7">'
        "<title>Тихий берег (12+)</title></movie></movies>"
        '<showtimes><day date="2026-11-20"><show full-date="2026-11-20 10:15:00" movie-id="7" hall-id="1" '
        'technology="IMAX+3D" '
        'order-url="https://t.example/?a=1&amp;b=2"/></day></showtimes></planeta-kino>'
    )
    reading = read_planeta_kino(page(feed), CONTEXT)
    assert reading is not None
    (row,) = reading.candidates
    assert (row.title, row.day, row.clock) == ("Тихий берег (12+)", date(2026, 11, 20), time(10, 15))
    assert (row.format, row.link) == ("IMAX 3D", "https://t.example/?a=1&b=2")


def test_other_json_is_none_of_theirs() -> None:
    for text in ("{}", "[]", '{"showtimes": [], "startsAt": 1}', '{"eventDateTime": 1}', "<html></html>", "{"):
        assert read_vista_ocapi(page(text), CONTEXT) is None
        assert read_quickbook(page(text), CONTEXT) is None
        assert read_planeta_kino(page(text), CONTEXT) is None
