"""Data as scripts, attributes and feeds of events carry them, where they have been read in part or wrongly."""

import html
import json
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from cinestreamd.agent.model import Candidate, Page, ReadContext
from cinestreamd.agent.readers import read_page
from cinestreamd.agent.readers.local_time import local_start

CONTEXT = ReadContext(now=datetime(2026, 11, 20, 9, tzinfo=UTC), timezone=ZoneInfo("Europe/London"))
KITE, LANTERN = "The Glass Kite", "Lantern Weather"


def candidates_of(text: str) -> list[Candidate]:
    kind = "text/html" if text.startswith("<!doctype") else "text/xml" if text.startswith("<") else "application/json"
    page = Page(url="https://kino.example/", content_type=kind, text=text, fetched_at=CONTEXT.now)
    reading = read_page(page, CONTEXT)
    return [] if reading is None else list(reading.candidates)


def rows_of(text: str) -> list[tuple[str, date | None, time]]:
    return [(candidate.title, *local_start(candidate, CONTEXT)) for candidate in candidates_of(text)]


def test_a_list_in_a_string_is_read_from_its_first_row_on() -> None:
    shows = [
        {"id": f"30{number}", "title": KITE if number % 2 else LANTERN, "show_time": f"2026-11-{21 + number} 18:15:00"}
        for number in range(4)
    ]
    text = f"<!doctype html><html><body><h1>Films</h1><script>var shows ='{json.dumps(shows)}';</script></body></html>"
    assert rows_of(text) == [
        (LANTERN, date(2026, 11, 21), time(18, 15)),
        (KITE, date(2026, 11, 22), time(18, 15)),
        (LANTERN, date(2026, 11, 23), time(18, 15)),
        (KITE, date(2026, 11, 24), time(18, 15)),
    ]


def test_data_that_each_button_has_are_read_to_the_last() -> None:
    buttons = [
        {
            "EventTitle": KITE,
            "Showtime": f"2026-11-{21 + number // 12}T{10 + number % 12}:05:00",
            "Venue": f"Hall {number}",
        }
        for number in range(96)
    ]
    marked = "".join(f'<a class="ticket" data-show="{html.escape(json.dumps(each))}"></a>' for each in buttons)
    rows = rows_of(f"<!doctype html><html><body><h1>Tickets</h1>{marked}</body></html>")
    assert len(rows) == 96
    assert rows[-1] == (KITE, date(2026, 11, 28), time(21, 5))


def test_a_former_event_beside_those_to_come_gives_them_no_title() -> None:
    def event(number: int, name: str, start: str) -> dict[str, object]:
        return {"id": f"90{number}", "name": {"text": name}, "start": {"local": start}}

    events = {
        "future_events": [event(1, KITE, "2026-11-21T19:00:00"), event(2, LANTERN, "2026-11-23T18:30:00")],
        "past_events": [event(3, "Last Summer", "2026-10-31T20:00:00")],
    }
    assert {row for row in rows_of(json.dumps({"events": events})) if row[1] is None or row[1].month == 11} == {
        (KITE, date(2026, 11, 21), time(19)),
        (LANTERN, date(2026, 11, 23), time(18, 30)),
    }


def test_a_feed_of_events_says_when_they_begin_at_the_head_of_their_text() -> None:
    """Not when they were published, when the doors open, or when they end."""

    def item(title: str, day: str, clocks: str) -> str:
        told = f"<p>Date(s) - {day}<br />{clocks}</p><p>A kite is lost. Doors open at 6:00 pm. Bring a coat.</p>"
        return (
            f"<item><title>{title}</title><pubDate>Sun, 01 Nov 2026 09:12:00 +0000</pubDate>"
            f"<description>{html.escape(told)}</description></item>"
        )

    items = item(KITE, "22/11/2026", "3:00 pm - 4:52 pm") + item(LANTERN, "25/11/2026", "7:30 pm - 9:16 pm")
    feed = f'<?xml version="1.0"?><rss version="2.0"><channel><title>Events</title>{items}</channel></rss>'
    assert rows_of(feed) == [
        (KITE, date(2026, 11, 22), time(15)),
        (LANTERN, date(2026, 11, 25), time(19, 30)),
    ]


def test_the_excerpt_of_a_clock_is_not_that_of_a_longer_one() -> None:
    shows = [
        {"title": KITE, "day": "2026-11-21", "start_time": "12:05 PM"},
        {"title": LANTERN, "day": "2026-11-21", "start_time": "2:05 PM"},
    ]
    quotes = {candidate.title: candidate.quote for candidate in candidates_of(json.dumps({"shows": shows}))}
    assert LANTERN in quotes[LANTERN]
    assert KITE in quotes[KITE]
