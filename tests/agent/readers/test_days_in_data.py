"""Pages that show one day of a programme and carry the other days as data for their scripts."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.model import Page, ReadContext

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
FILMS = ("Paper Crane", "Glass Garden", "Long Acre", "Under the Viaduct")
CLOCKS = ("14:30", "17:15", "20:45")
SHOWN = "<h2>Saturday 21 November</h2>" + "".join(
    f'<div><h3>{film}</h3><a href="/b/{at}">{clock}</a></div>'
    for at, film in enumerate(FILMS)
    for clock in [CLOCKS[at % 3]]
)


def data(*others: tuple[str, str]) -> str:
    """The day shown, and three further ones, with whatever else the site knows."""
    shows = [
        {"film": film, "start": f"2026-11-{day}T{CLOCKS[at % 3]}:00"} for day in range(21, 25)
        for at, film in enumerate(FILMS)
    ]  # fmt: skip
    shows += [{"film": film, "start": start} for film, start in others]
    return f"<script>window.__DATA__ = {json.dumps({'shows': shows})};</script>"


def read(body: str) -> list[str]:
    text = f"<html><head><title>Ritz Cinema</title></head><body>{body}</body></html>"
    page = Page(url="https://ritz.example/whats-on", content_type="text/html", text=text, fetched_at=NOW)
    report = extract_page(page, ReadContext(now=NOW, timezone=ZoneInfo("Europe/London")))
    return sorted(f"{row.start[8:16]} {row.title}" for row in report.rows)


def of_days(*days: int) -> list[str]:
    return sorted(f"{day}T{CLOCKS[at % 3]} {film}" for day in days for at, film in enumerate(FILMS))


def test_days_that_the_page_shows_when_they_are_chosen_are_read_from_its_data() -> None:
    assert read(SHOWN + data()) == of_days(21, 22, 23, 24)


def test_titles_may_be_printed_with_more_than_the_data_have() -> None:
    shown = SHOWN
    for film in FILMS:
        shown = shown.replace(film, f"{film} (2026)")
    assert read(shown + data()) == of_days(21, 22, 23, 24)


def test_showings_of_the_day_shown_that_have_begun_need_not_be_shown() -> None:
    begun = data(("Paper Crane", "2026-11-21T10:00:00"), ("Long Acre", "2026-11-21T11:30:00"))
    assert read(SHOWN + begun) == of_days(21, 22, 23, 24)


def test_data_that_know_more_of_the_day_shown_are_of_other_cinemas_as_well() -> None:
    elsewhere = [(film, f"2026-11-21T{clock}:00") for film in FILMS for clock in ("13:00", "16:00", "19:15", "21:30")]
    assert read(SHOWN + data(*elsewhere)) == of_days(21)


def test_a_clock_that_is_no_showing_silences_no_data() -> None:
    films = "".join(f"<div><h3>{film}</h3><p>98 min</p></div>" for film in FILMS)
    for notice in ("<p>Last updated: 21.11.2026 08:15</p>", "<p>On 24 and 31 December we close at 18:00.</p>"):
        assert read(notice + films + data()) == of_days(21, 22, 23, 24)


@pytest.mark.parametrize("name", [":sesiones", "data-showtimes", "x-data"])
def test_sessions_in_an_attribute_are_of_the_film_at_the_head_of_their_card(name: str) -> None:
    cards = "".join(
        f"<div class=card><div><h2>{film}</h2><p>98 min</p></div><session-list {name}='"
        + json.dumps(
            [{"id": 1000 + day, "fecha": f"{day}/11/2026", "hora": CLOCKS[at % 3], "sala": "2"} for day in (22, 23, 24)]
        )
        + "'></session-list></div>"
        for at, film in enumerate(FILMS)
    )
    assert read(f"<h1>What is on</h1>{cards}") == of_days(22, 23, 24)
