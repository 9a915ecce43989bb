"""Days that a page tells of something else than its programme, and days printed in pieces."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers.dates import DateReading, find_dates

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
FILMS = ("Paper Crane", "Glass Garden", "Long Acre", "Under the Viaduct")
CLOCKS = ("14:30", "17:15", "20:45", "21:00")
BAR = "<ul class=days>" + "".join(
    f'<li{" class=active" if day == 22 else ""}><a href="/whats-on?date=2026-11-{day}">{weekday} {day} Nov</a></li>'
    for weekday, day in (("Sat", 21), ("Sun", 22), ("Mon", 23), ("Tue", 24))
) + "</ul>"  # fmt: skip


def read(body: str, path: str) -> list[str]:
    text = f"<html><head><title>Ritz Cinema</title></head><body>{body}</body></html>"
    page = Page(url=f"https://ritz.example/{path}", content_type="text/html", text=text, fetched_at=NOW)
    report = extract_page(page, ReadContext(now=NOW, timezone=ZoneInfo("Europe/London")))
    return [f"{row.start[5:16]} {row.title}" for row in report.rows]


def films(fact: str = "") -> str:
    return "".join(
        f'<div class=film><h3>{film}</h3>{fact}<a href="/b/{at}">{CLOCKS[at]}</a></div>'
        for at, film in enumerate(FILMS)
    )


EXPECTED = [f"11-22T{CLOCKS[at]} {film}" for at, film in enumerate(FILMS)]


@pytest.mark.parametrize(
    ("notice", "path"),
    [
        ("<p>On 24 and 31 December we close early.</p>", "whats-on?date=2026-11-22"),
        ("<p>Closed on 24 December</p>", "whats-on"),
        ("<div>Saturday, 21 November 2026</div>", "whats-on?date=2026-11-22"),
    ],
    ids=["holidays", "holiday", "today"],
)
def test_a_notice_above_does_not_date_what_address_and_chosen_tab_do(notice: str, path: str) -> None:
    assert read(notice + BAR + films(), path) == EXPECTED


def test_the_day_chosen_in_a_list_is_believed_against_the_day_of_today() -> None:
    options = "".join(
        f'<option value="2026-11-{day}"{" selected" if day == 22 else ""}>{day} November</option>'
        for day in (21, 22, 23)
    )
    body = f"<p>Saturday, 21 November 2026</p><select>{options}</select>{films()}"
    assert read(body, "whats-on") == EXPECTED


def test_days_on_which_films_came_out_do_not_date_what_the_address_does() -> None:
    assert read(BAR + films("<p>12/11/2026</p>"), "whats-on?date=2026-11-22") == EXPECTED


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("21\nNov\nSat\n22\nNov\nSun\n23\nNov\nMon", (21, 22, 23)),
        ("Sat\n21\nNov\nSun\n22\nNov\nMon\n23\nNov", (21, 22, 23)),
        ("21\nSat\n22\nSun\n23\nMon", (21, 22, 23)),
        ("Sat\n21\nSun\n22\nMon\n23", (21, 22, 23)),
        ("Dim. 22\nLun. 23\nMar. 24\nMer. 25", (22, 23, 24, 25)),
        ("Lun. 23\nMar. 24", (23, 24)),
        ("Mar. 24\nMer. 25", (24, 25)),
    ],
)
def test_days_in_pieces_below_each_other_have_each_its_own_weekday(text: str, days: tuple[int, ...]) -> None:
    found = find_dates(text, DateReading(today=date(2026, 11, 20)))
    assert [hit.day for hit in found] == [date(2026, 11, day) for day in days]
