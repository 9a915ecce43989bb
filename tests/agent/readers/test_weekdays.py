"""Days that a page gives by weekday within a period."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers.miner.reader import read_structure
from cinestreamd.agent.readers.miner.weekdays import excepted_weekdays, weekday_sets

MON, TUE, WED, THU, FRI, SAT, SUN = range(7)
# A Friday.
CONTEXT = ReadContext(now=datetime(2026, 11, 27, 9, tzinfo=UTC), timezone=ZoneInfo("Europe/Kyiv"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Fri, Sat", [{FRI, SAT}]),
        ("Fri - Mon", [{FRI, SAT, SUN, MON}]),
        ("пт, сб, нд", [{FRI, SAT, SUN}]),
        ("sobota i niedziela godz.", [{SAT, SUN}]),
        ("poniedziałku", [{MON}]),
        ("Sat & Sun 14:00 / Wed", [{SAT, SUN}, {WED}]),
        ("Montag bis Mittwoch", [{MON, TUE, WED}]),
        ("so do on me die", []),
        ("A day at the races", []),
    ],
)
def test_lists_and_ranges_of_weekdays(text: str, expected: list[set[int]]) -> None:
    assert [set(one.weekdays) for one in weekday_sets(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(oprócz poniedziałku)", {MON}),
        ("щодня, крім пн, вт", {MON, TUE}),
        ("daily except Sunday", {SUN}),
        ("daily", set()),
    ],
)
def test_exceptions(text: str, expected: set[int]) -> None:
    assert set(excepted_weekdays(text)) == expected


def rows(body: str) -> set[tuple[str, str, str]]:
    page = Page(url="https://kino.example/rozklad", content_type="text/html", text=body, fetched_at=CONTEXT.now)
    reading = read_structure(page, CONTEXT)
    found = reading.candidates if reading is not None else ()
    return {(one.title, str(one.day), one.clock.strftime("%H:%M")) for one in found}


def test_a_table_of_films_with_the_days_of_a_week() -> None:
    table = "".join(
        f"<tr><td><b>{film}</b></td><td>{days}</td><td>{clocks}</td></tr>"
        for film, days, clocks in (
            ("Тихий берег", "щодня, крім понеділка", "12:00"),
            ("Скляний сад", "пт – нд", "18:40, 21:00"),
            ("Остання зміна", "ср", "16:30"),
        )
    )
    head = "<tr><th>Фільм</th><th>Дні</th><th>Час</th></tr>"
    found = rows(f"<html><body><h1>Кіно: розклад 27.11 – 03.12.2026</h1><table>{head}{table}</table></body></html>")
    daily = {("Тихий берег", f"2026-{day}", "12:00") for day in ("11-27", "11-28", "11-29", "12-01", "12-02", "12-03")}
    weekend = {("Скляний сад", f"2026-11-{day}", clock) for day in (27, 28, 29) for clock in ("18:40", "21:00")}
    assert found == daily | weekend | {("Остання зміна", "2026-12-02", "16:30")}


def test_preformatted_text_in_columns() -> None:
    text = """<html><body><h1>Ritz Cinema</h1><pre>
  FILMS  Friday 27 November - Thursday 3 December 2026

  THE GLASS GARDEN                  (12A)   1h 44m
     Fri, Sat    20:30
     Sun         17:00

  PAPER CRANE                       (PG)    1h 31m
     Sat &amp; Sun   14:00   16:15
     Wed, Thu    19:00

  Adults 9.50   Children 6.00
</pre></body></html>"""
    garden = {("THE GLASS GARDEN", f"2026-11-{day}", "20:30") for day in (27, 28)}
    crane = {("PAPER CRANE", f"2026-11-{day}", clock) for day in (28, 29) for clock in ("14:00", "16:15")}
    late = {("PAPER CRANE", f"2026-12-0{day}", "19:00") for day in (2, 3)}
    assert rows(text) == garden | crane | late | {("THE GLASS GARDEN", "2026-11-29", "17:00")}


def test_without_a_period_weekdays_are_those_of_the_coming_week() -> None:
    films = "".join(
        f"<div class=f><h3>{film}</h3><p>{days} 19:{minute}</p></div>"
        for film, days, minute in (("The Glass Garden", "Sat, Sun", "15"), ("Paper Crane", "Friday", "45"))
    )
    assert rows(f"<html><body><h1>Ritz Cinema: films</h1>{films}</body></html>") == {
        ("The Glass Garden", "2026-11-28", "19:15"),
        ("The Glass Garden", "2026-11-29", "19:15"),
        ("Paper Crane", "2026-11-27", "19:45"),
    }


def test_working_days_and_weekends_within_a_period() -> None:
    text = (
        "<html><head><title>Cinema Rex</title></head><body><p><strong>IL GIARDINO</strong><br>"
        "da giovedì 26 novembre a mercoledì 2 dicembre<br>Feriali: 20.00<br>"
        "Sabato e domenica: 16.00 - 18.00 - 20.00</p><p><strong>LA GRU DI CARTA</strong><br>Weekend: 15.00</p>"
    )
    working = {("IL GIARDINO", f"2026-{day}", "20:00") for day in ("11-26", "11-27", "11-30", "12-01", "12-02")}
    weekend = {("IL GIARDINO", f"2026-11-{day}", clock) for day in (28, 29) for clock in ("16:00", "18:00", "20:00")}
    assert rows(text) == working | weekend | {("LA GRU DI CARTA", f"2026-11-{day}", "15:00") for day in (28, 29)}
