"""Data for search engines that are a part of the programme, and programmes that a page tells twice."""

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.model import Page, ReadContext

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
DAYS = ("Monday 23 November", "Tuesday 24 November", "Wednesday 25 November")
FILMS = (("Paper Crane", "18:00"), ("Long Acre", "20:30"))


def rows(body: str, head: str = "") -> list[str]:
    text = f"<html><head>{head}</head><body><h1>What is on</h1>{body}</body></html>"
    page = Page(url="https://ritz.example/whats-on", content_type="text/html", text=text, fetched_at=NOW)
    report = extract_page(page, ReadContext(now=NOW, timezone=ZoneInfo("Europe/London")))
    return sorted(f"{row.start[8:16]} {row.title}" for row in report.rows)


EVERY_ROW = sorted(f"{day}T{clock} {film}" for day in (23, 24, 25) for film, clock in FILMS)
PROGRAMME = "".join(
    f"<section><h2>{day}</h2>"
    + "".join(f'<div><h3><a href="/film/{film[0]}">{film}</a></h3><p>{clock}</p></div>' for film, clock in FILMS)
    + "</section>"
    for day in DAYS
)


def events(*starts: tuple[str, str]) -> str:
    found = [
        {"@type": "ScreeningEvent", "name": film, "startDate": start, "workPresented": {"@type": "Movie", "name": film}}
        for film, start in starts
    ]
    return (
        f'<script type="application/ld+json">{json.dumps({"@context": "https://schema.org", "@graph": found})}</script>'
    )


def test_what_the_page_shows_completes_data_that_have_a_part_of_it() -> None:
    assert rows(PROGRAMME, events(("Paper Crane", "2026-11-23T18:00"), ("Long Acre", "2026-11-23T20:30"))) == EVERY_ROW


def test_data_that_say_otherwise_are_believed() -> None:
    stated = events(("Paper Crane", "2026-11-23T18:15"), ("Long Acre", "2026-11-23T20:30"))
    assert rows(PROGRAMME, stated) == ["23T18:15 Paper Crane", "23T20:30 Long Acre"]


def test_a_programme_by_films_and_again_by_days_is_read_once() -> None:
    by_film = "".join(
        f"<div class=film><h3>{film}</h3>"
        + "".join(
            f'<h4>{day}</h4><ul><li><a href="/book/{at}{clock[:2]}">{clock}</a></li></ul>'
            for at, day in enumerate(DAYS)
        )
        + "</div>"
        for film, clock in FILMS
    )
    by_day = "".join(
        f"<div class=day><h3>{day}</h3>"
        + "".join(
            f'<div class=film><h4>{film}</h4><ul><li><a href="/book/{at}{clock[:2]}">{clock}</a></li></ul></div>'
            for film, clock in FILMS
        )
        + "</div>"
        for at, day in enumerate(DAYS)
    )
    assert rows(f'<div>{by_film}</div><div style="display:none">{by_day}</div>') == EVERY_ROW
