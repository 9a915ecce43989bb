"""Dates in the languages and forms that cinemas print, read on Saturday 21 November 2026."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinestreamd.agent.readers.calendar_words import month_words, weekday_words
from cinestreamd.agent.readers.dates import (
    DateReading,
    date_in_attribute,
    date_order,
    day_named,
    find_dates,
    settle_year,
)

READING = DateReading(today=date(2026, 11, 21))
AMERICAN = DateReading(today=date(2026, 11, 21), order="mdy")


def days(text: str, reading: DateReading = READING) -> list[str]:
    return [hit.day.isoformat() for hit in find_dates(text, reading)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("21 листопада", "2026-11-21"), ("Пт, 27 листопада 2026", "2026-11-27"),
        ("понеділок 7 грудня", "2026-12-07"),
        ("21 ноября", "2026-11-21"), ("вс 22 ноя", "2026-11-22"), ("1 мая", "2027-05-01"),
        ("21 November", "2026-11-21"), ("Nov 21st, 2026", "2026-11-21"),
        ("Saturday, November 21", "2026-11-21"),
        ("Fri 27 Nov", "2026-11-27"), ("21st of November", "2026-11-21"), ("Sun\n22 Nov", "2026-11-22"),
        ("21 listopada", "2026-11-21"), ("sob. 21 lis", "2026-11-21"),
        ("niedziela, 22 listopada", "2026-11-22"),
        ("Samstag, 21. November", "2026-11-21"), ("So 22.11.", "2026-11-22"), ("1. März", "2027-03-01"),
        ("samedi 21 novembre", "2026-11-21"), ("mar. 1er déc.", "2026-12-01"), ("jeu. 26 nov.", "2026-11-26"),
        ("sábado, 21 de noviembre de 2026", "2026-11-21"), ("lun 23 nov", "2026-11-23"),
        ("יום ראשון, 22.11.26", "2026-11-22"), ("21 בנובמבר", "2026-11-21"),
        ("So 21. listopadu", "2026-11-21"), ("neděle 22. 11. 2026", "2026-11-22"),
        ("Pátek 18. 12.", "2026-12-18"),
        ("sâmbătă, 21 noiembrie", "2026-11-21"), ("sabato 21 novembre", "2026-11-21"),
        ("21 de novembro", "2026-11-21"),
        ("zaterdag 21 november", "2026-11-21"), ("lördag 21 november", "2026-11-21"),
        ("la 21. marraskuuta", "2026-11-21"),
        ("lørdag 21. november", "2026-11-21"), ("2026. november 21.", "2026-11-21"),
        ("21 Kasım Cumartesi", "2026-11-21"),
        ("Σάββατο 21 Νοεμβρίου", "2026-11-21"), ("11月21日", "2026-11-21"), ("2026年11月21日", "2026-11-21"),
        ("2026-11-21", "2026-11-21"), ("21.11.2026", "2026-11-21"), ("21/11/26", "2026-11-21"),
        ("21.11.", "2026-11-21"),
        ("Sat 28", "2026-11-28"), ("3 January", "2027-01-03"), ("Tue 5 Jan", "2027-01-05"),
    ],
)  # fmt: skip
def test_a_day_is_read_from(text: str, expected: str) -> None:
    assert days(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "on 22 people",
        "dès 3 ans",
        "20:30 DUB",
        "31 June",
        "S2\nSat",
        "1234",
        "19:30",
        "Screen 1",
        "2 hours ago",
        "may 5:30",
        "99.99.2026",
    ],
)
def test_no_day_is_read_from(text: str) -> None:
    assert days(text) == []


def test_the_month_comes_first_where_the_page_is_american() -> None:
    assert days("11/12/2026", AMERICAN) == ["2026-11-12"]
    assert days("11/12/2026") == ["2026-12-11"]


def test_a_page_shows_its_order_by_the_days_that_allow_one_only() -> None:
    assert date_order("11/25 and 11/26", ZoneInfo("Europe/London"), "en") == "mdy"
    assert date_order("25/11 and 26/11", ZoneInfo("America/New_York"), "en") == "dmy"
    assert date_order("1/2", ZoneInfo("America/New_York"), "en") == "mdy"


def test_two_bare_numbers_are_doubtful() -> None:
    assert [hit.certain for hit in find_dates("19.11 So 22.11 22.11.", READING)] == [False, True, True]


def test_the_ends_of_a_period_are_marked() -> None:
    assert [hit.in_range for hit in find_dates("20 November – 26 November", READING)] == [True, True]
    assert [hit.in_range for hit in find_dates("20 November & 21 November", READING)] == [False, False]


def test_the_weekday_chooses_the_year() -> None:
    assert settle_year(14, 3, DateReading(today=date(2026, 1, 10)), (5,)) == date(2026, 3, 14)
    assert days("Saturday 14 March", DateReading(today=date(2015, 3, 14))) == ["2015-03-14"]
    assert days("Mon 12 March 1934") == ["1934-03-12"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Сьогодні", "2026-11-21"), ("завтра", "2026-11-22"), ("Heute", "2026-11-21"),
        ("demain", "2026-11-22"), ("Friday", "2026-11-27"),
     ("Субота", "2026-11-21"), ("היום", "2026-11-21"), ("zítra", "2026-11-22"), ("mâine", "2026-11-22")],
)  # fmt: skip
def test_a_day_is_named_by_a_word(text: str, expected: str) -> None:
    named = day_named(text, READING)
    assert named is not None
    assert named.day.isoformat() == expected


def test_a_sentence_names_no_day_by_a_word() -> None:
    assert day_named("Come and see us today or tomorrow", READING) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("2026-11-21T19:30", date(2026, 11, 21)), ("day-20261121", date(2026, 11, 21)),
        ("/book/2026/11/21/x", date(2026, 11, 21)),
     ("t=09.01.2027", date(2027, 1, 9)), ("12345678", None), ("x", None)],
)  # fmt: skip
def test_a_day_is_read_from_an_attribute(value: str, expected: date | None) -> None:
    assert date_in_attribute(value, READING) == expected


def test_the_tables_know_the_inflected_names() -> None:
    assert month_words()["листопада"] == 11
    assert month_words()["zari"] == 9
    assert weekday_words()["среду"] == (2,)


@given(st.dates(min_value=date(2026, 9, 1), max_value=date(2027, 8, 31)))
def test_print_and_read_again_gives_the_same_day(day: date) -> None:
    """Printed without a year but with its weekday, a day near the day of reading is read as itself."""
    assert days(day.strftime("%A %d %B")) == [day.isoformat()]
    assert days(day.strftime("%d.%m.%Y")) == [day.isoformat()]


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading(text: str) -> None:
    for hit in find_dates(text, READING):
        assert 0 <= hit.start < hit.end <= len(text)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Sat & Sun Nov 28-29 7:00 PM", ["2026-11-28", "2026-11-29"]),
        ("28-29 November 19:00", ["2026-11-28", "2026-11-29"]),
        ("21, 22 e 23 novembre ore 20", ["2026-11-21", "2026-11-22", "2026-11-23"]),
        ("20.–23.11. 20:00", ["2026-11-20", "2026-11-23"]),
        ("Nov 28 & 29 at 7pm", ["2026-11-28", "2026-11-29"]),
        ("November 21, 22 & 24: 7:00 PM", ["2026-11-21", "2026-11-22", "2026-11-24"]),
        ("Nov 28, 12 Angry Men 7:30", ["2026-11-28"]),
        ("Sala 5, 21 novembre", ["2026-11-21"]),
        ("Nov 28 - 7:30 pm", ["2026-11-28"]),
        ("Следваща прожекция: днес, 13:55 ч.", ["2026-11-20"]),
        ("heute um 20:30 Uhr", ["2026-11-20"]),
    ],
)
def test_days_that_share_a_month_are_all_read(text: str, days: list[str]) -> None:
    reading = DateReading(today=date(2026, 11, 20))
    assert [hit.day.isoformat() for hit in find_dates(text, reading)] == days
