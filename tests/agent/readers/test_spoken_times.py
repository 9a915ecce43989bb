"""Times that only labels and data of links say, and places of days and titles on cards of many sites."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.extract import ExtractReport, extract_page
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers.labels import without_length
from cinestreamd.agent.readers.spoken_times import spoken_clock

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
FILMS = ("Paper Crane", "Glass Garden", "Long Acre")


def read(body: str) -> ExtractReport:
    text = f"<html><head><title>Ritz Cinema</title></head><body><h1>Cinema programme</h1>{body}</body></html>"
    page = Page(url="https://ritz.example/", content_type="text/html", text=text, fetched_at=NOW)
    return extract_page(page, ReadContext(now=NOW, timezone=ZoneInfo("Europe/London")))


def rows(body: str) -> list[str]:
    return [f"{row.start[8:16]} {row.title}" for row in read(body).rows]


@pytest.mark.parametrize(
    ("attributes", "clock"),
    [
        ({"title": "Paper Crane - 2026-11-20 18:00"}, "18:00"),
        ({"aria-label": "Book for Friday 20 November, 18:00"}, "18:00"),
        ({"data-start-time": "2026-11-20T18:00:00"}, "18:00"),
        ({"data-time": "2026-11-20T18:00:00Z"}, None),
        ({"data-range": "18:00"}, None),
        ({"title": "from 18:00 to 20:00"}, None),
        ({"href": "/2026-11-20/18:00"}, None),
    ],
)
def test_a_label_says_a_clock(attributes: dict[str, str], clock: str | None) -> None:
    assert (spoken_clock(attributes) or ("", None))[1] == clock


def test_times_in_labels_of_links_are_read_where_the_page_shows_none() -> None:
    cards = "".join(
        f'<div><h3>{film}</h3><a href="/b/{n}" title="Film: {film} - 2026-11-2{n} 18:00 - Town">buy tickets</a>'
        f' <a href="/c/{n}" title="Film: {film} - 2026-11-2{n + 2} 20:30 - Town">buy tickets</a></div>'
        for n, film in enumerate(FILMS)
    )
    report = read(cards)
    assert [f"{row.start[8:16]} {row.title}" for row in report.rows] == [
        "20T18:00 Paper Crane", "21T18:00 Glass Garden", "22T18:00 Long Acre", "22T20:30 Paper Crane",
        "23T20:30 Glass Garden", "24T20:30 Long Acre",
    ]  # fmt: skip
    assert report.rows[0].evidence.quote == "Film: Paper Crane - 2026-11-20 18:00 - Town"


def test_a_card_that_is_a_link_as_a_whole_has_its_own_day() -> None:
    cards = "".join(
        f"<div role=listitem><a href='/e/{n}'><div class=d><div>{day}</div><div>2{n}</div><div>Nov</div></div>"
        f"<div><h4>{film}</h4><div>7:{n}5 PM</div></div></a></div>"
        for n, (day, film) in enumerate(zip(("Fri", "Sat", "Sun"), FILMS, strict=True))
    )
    assert rows(f"<div role=list>{cards}</div>") == [
        "20T19:05 Paper Crane",
        "21T19:15 Glass Garden",
        "22T19:25 Long Acre",
    ]


def test_the_day_may_stand_behind_the_time_in_a_row() -> None:
    head = "<tr><th>Film</th><th>Screen</th><th>Time</th><th>Date</th></tr>"
    body = "".join(
        f"<tr><td>{film}</td><td>Screen 1</td><td>1{n + 6}:20</td><td>2{n}.11.2026</td></tr>"
        for n, film in enumerate(FILMS)
    )
    assert rows(f"<table>{head}{body}</table>") == [
        "20T16:20 Paper Crane",
        "21T17:20 Glass Garden",
        "22T18:20 Long Acre",
    ]


def test_a_length_behind_a_title_in_a_heading_is_no_part_of_it() -> None:
    assert without_length("Paper Crane – 98 min") == "Paper Crane"
    assert without_length("comedy, drama, 98 min") == "comedy, drama, 98 min"
    shows = "".join(
        f"<details><summary>{film} – 1{n}3 min</summary><p>Story about a lake.</p><ul>"
        f"<li>20/11/2026 at 18:00</li><li>21/11/2026 at 20:3{n}</li></ul></details>" for n, film in enumerate(FILMS)
    )  # fmt: skip
    assert {row.title for row in read(shows).rows} == set(FILMS)
