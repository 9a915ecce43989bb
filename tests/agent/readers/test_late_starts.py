"""Starts after midnight in the list of an evening are on the next calendar day."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers import read_page
from cinestreamd.agent.readers.late_starts import Listed, after_midnight

DAY = date(2026, 11, 21)
CONTEXT = ReadContext(now=datetime(2026, 11, 20, 9, tzinfo=UTC), timezone=ZoneInfo("Europe/Madrid"))


def clocks(*texts: str) -> list[bool]:
    return after_midnight([Listed("A", DAY, time.fromisoformat(text)) for text in texts])


@pytest.mark.parametrize(
    ("listed", "late"),
    [
        (("18:00", "22:15", "00:20"), [False, False, True]),
        (("22:15", "00:20", "02:10"), [False, True, True]),
        (("00:20", "18:00", "22:15"), [False, False, False]),
        (("00:20",), [False]),
        (("10:00", "00:20"), [False, False]),
        (("18:00", "05:30"), [False, False]),
    ],
)
def test_the_order_of_a_films_starts_tells(listed: tuple[str, ...], late: list[bool]) -> None:
    assert clocks(*listed) == late


def test_a_days_list_in_order_of_time_tells_for_all_films() -> None:
    listed = [Listed("A", DAY, time(20)), Listed("B", DAY, time(22)), Listed("C", DAY, time(0, 10))]
    assert after_midnight(listed) == [False, False, True]
    assert after_midnight([listed[1], listed[0], listed[2]]) == [False, False, False]


def test_what_prints_its_own_day_stays() -> None:
    assert after_midnight([Listed("A", DAY, time(22)), Listed("A", DAY, time(0, 20), movable=False)]) == [False, False]


def starts(text: str, content_type: str) -> list[tuple[str, str]]:
    page = Page(url="https://cine.example/hoy", content_type=content_type, text=text, fetched_at=CONTEXT.now)
    reading = read_page(page, CONTEXT)
    return [(str(one.day), one.clock.strftime("%H:%M")) for one in reading.candidates] if reading else []


def test_a_page_with_starts_past_midnight() -> None:
    body = "<html><body><h1>Cine</h1><h2>21 de noviembre de 2026</h2>" + "".join(
        f"<div><h3>{film}</h3><ul><li>17:30</li><li>22:00</li><li>{late}</li></ul></div>"
        for film, late in (("La orilla", "00:15"), ("El turno", "24:30"), ("Vidrio", "00:40"))
    )
    assert starts(body, "text/html")[2::3] == [
        ("2026-11-22", "00:15"),
        ("2026-11-22", "00:30"),
        ("2026-11-22", "00:40"),
    ]


def test_data_with_starts_past_midnight() -> None:
    text = (
        '{"date": "2026-11-21", "films": [{"title": "La orilla", "shows": [{"time": "22:00"}, {"time": "00:20"}]},'
        ' {"title": "El turno", "shows": [{"time": "23:00"}, {"time": "24:10"}]}]}'
    )
    assert starts(text, "application/json") == [
        ("2026-11-21", "22:00"),
        ("2026-11-22", "00:20"),
        ("2026-11-21", "23:00"),
        ("2026-11-22", "00:10"),
    ]
