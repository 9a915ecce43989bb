"""Pages about one film are told from lists of films by where it stands how long something lasts."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.extract import ExtractReport, extract_page
from cinestreamd.agent.model import Page, ReadContext

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)


def read(body: str, *, title: str = "", path: str = "", host: str = "ritz.example") -> ExtractReport:
    head = f"<title>{title}</title>" if title else ""
    text = f"<html><head>{head}</head><body>{body}</body></html>"
    page = Page(url=f"https://{host}/{path}", content_type="text/html", text=text, fetched_at=NOW)
    return extract_page(page, ReadContext(now=NOW, timezone=ZoneInfo("Europe/London")))


def places(facts: str = "", *, heading: str = "Paper Crane", amid: str = "") -> str:
    lists = "".join(
        f'<li data-name="{name}"><a><strong>{name}</strong></a><i>{amid}</i>'
        f"<a class=t>1{n}:15</a> <a class=t>2{n}:15</a></li>"
        for n, name in enumerate(("Regal: Fort", "Galaxy: Malad", "Eros Gold: Bandra"))
    )
    return f"<h1>{heading}</h1><p>{facts}</p><ul class=days><li>Fri 20 November</li></ul><ul>{lists}</ul>"


@pytest.mark.parametrize(
    "facts", ["2h 22m | UA", "118 min", "1h58, drama", "Durata: 108 minuti", "片長：2時27分", "151'"]
)
def test_places_under_a_film_and_its_length_are_no_titles(facts: str) -> None:
    report = read(places(facts), title="Paper Crane Movie Times")
    assert {row.title for row in (*report.rows, *report.held_back)} == {"Paper Crane"}


def test_films_with_their_lengths_amid_the_times_keep_their_titles() -> None:
    report = read(places("Hindi", heading="Fort Weekend", amid="118 min"), title="Fort Weekend")
    assert {row.title for row in report.rows} == {"Regal: Fort", "Galaxy: Malad", "Eros Gold: Bandra"}


def test_a_page_without_a_heading_is_about_what_its_title_and_address_name() -> None:
    days = "".join(
        f"<p>{day} November<br>16:30-18:45-21:00<br>tickets € 9.00, reduced € 7.00</p>"
        for day in ("Friday 20", "Saturday 21")
    )
    report = read(
        f"<h5>Story</h5><p>108 minutes of sea.</p><h5>Times</h5>{days}",
        title="Paper Crane - Odeon",
        path="paper-crane/",
    )
    expected = [f"11-{day}T{clock} Paper Crane" for day in (20, 21) for clock in ("16:30", "18:45", "21:00")]
    assert [f"{row.start[5:16]} {row.title}" for row in report.rows] == expected


def test_one_title_that_the_page_and_its_address_name_is_believed() -> None:
    days = "".join(f"<h4>Friday {day} November</h4><ul><li>{clock} h</li><li>Hall</li></ul>"
                   for day, clock in ((20, "20:00"), (27, "17:00"))).replace("Friday 27", "Friday 27")  # fmt: skip
    more = "".join(f"<h4>Saturday {day} November</h4><ul><li>18:30 h</li><li>Hall</li></ul>" for day in (21, 28))
    body = f"<div><h2>Paper Crane</h2></div><div>{days}{more}</div>"
    assert len(read(body, title="Paper Crane | Film House", path="activity/paper-crane").rows) == 4


def test_hours_of_opening_before_a_list_that_are_said_in_full_do_not_reach_into_it() -> None:
    cards = "".join(
        f"<div><h2>{film}</h2><p>12 Harbour Road, open from 9:30</p>"
        f"<ul><li>{first} (ends 18:53)</li><li>20:45 (ends 23:38)</li></ul></div>"
        for film, first in (("Paper Crane", "16:00"), ("Glass Garden", "16:15"), ("Long Acre", "15:30"))
    )
    assert len(read(f"<h1>Cinema</h1><p>Friday 20 November</p>{cards}").rows) == 6


def test_what_a_story_tells_and_open_from_to_is_no_showing() -> None:
    cards = "".join(
        f"<tr><td><a href='/movies/{n}'><b>{film}</b></a><br>Synopsis: It begins at 9:00 AM sharp.<br>"
        f"<a href='/s/{n}'>{n}:30 PM</a></td></tr>"
        for n, film in enumerate(("Paper Crane", "Glass Garden", "Long Acre"), 4)
    )
    visit = "<p>1 Pond Way. Open Mon–Thu 4:00 pm – 11:00 pm, Fri–Sun 12:00 pm – midnight.</p>"
    report = read(f"<table>{cards}</table>{visit}", path="sessions?date=2026-11-20")
    assert [row.start[11:16] for row in report.rows] == ["16:30", "17:30", "18:30"]


def test_the_cinemas_own_name_above_one_length_is_no_film() -> None:
    """Only what is shown big has its length; the heading is what the host is called."""
    films = "".join(
        f"<li><b>{film}</b> <i>1{n}:30</i></li>" for n, film in enumerate(("Paper Crane", "Glass Garden", "Long Acre"))
    )
    hero = "<h1>The Ritz</h1><p>Now: Paper Crane, 98 min</p><h2>Friday 20 November</h2>"
    report = read(f"{hero}<ul>{films}</ul>", title="The Ritz", host="the-ritz.example")
    assert {row.title for row in (*report.rows, *report.held_back)} == {"Paper Crane", "Glass Garden", "Long Acre"}
