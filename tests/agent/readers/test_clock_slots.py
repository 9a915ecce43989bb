"""Times in unusual spellings, told by the places in which they stand."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.model import Page, ReadContext

NOW = datetime(2026, 11, 21, 8, tzinfo=UTC)


def starts(times: list[list[str]], zone: str = "Europe/Kyiv") -> list[str]:
    films = ("Тихий берег", "Скляний сад", "Лис і ліс")
    cards = "".join(
        f'<div class="card"><h3><a href="/film/{n}">{film}</a></h3><ul>'
        + "".join(f"<li>{clock}</li>" for clock in times[n])
        + "</ul></div>"
        for n, film in enumerate(films)
    )
    text = (
        f"<html><body><h1>Кінотеатр</h1><h2>Неділя, 22 листопада</h2>{cards}<p>Каса: 11-00 до 21-00</p></body></html>"
    )
    page = Page(url="https://brama.example/", content_type="text/html", text=text, fetched_at=NOW)
    report = extract_page(page, ReadContext(now=NOW, timezone=ZoneInfo(zone)))
    return [f"{row.start[8:16]} {row.title}" for row in report.rows]


@pytest.mark.parametrize("form", ["{}-{}", "{},{}", "{}'{}", "{}{}", "{} {}", "<b>{}</b><sup>{}</sup>", "{}·{}"])
def test_hours_and_minutes_alone_in_places_that_recur_are_times(form: str) -> None:
    times = [[form.format(*clock.split(":")) for clock in row] for row in (["12:30", "19:00"], ["15:10"], ["21:45"])]
    assert starts(times) == [
        "22T12:30 Тихий берег",
        "22T15:10 Скляний сад",
        "22T19:00 Тихий берег",
        "22T21:45 Лис і ліс",
    ]


@pytest.mark.parametrize(
    "times",
    [
        [["120", "150"], ["180"], ["200"]],
        [["1200", "1500"], ["1800"], ["2000"]],
        [["12,50 €", "19,00 €"], ["15,50 €"], ["21,50 €"]],
        [["12-17", "19-23"], ["15-41"], ["21-58"]],
    ],
    ids=["lengths", "prices", "money", "scores"],
)
def test_other_numbers_in_places_that_recur_are_none(times: list[list[str]]) -> None:
    assert starts(times) == []


@pytest.mark.parametrize("form", ["午後{}時{:02}分", "下午{}點{:02}分", "오후 {}시 {:02}분"])
def test_east_asian_clocks_are_read(form: str) -> None:
    times = [[form.format(1, 30), form.format(7, 5)], [form.format(3, 10)], [form.format(9, 45)]]
    assert [one[:8] for one in starts(times)] == ["22T13:30", "22T15:10", "22T19:05", "22T21:45"]


def test_digits_of_arabic_and_persian_pages_are_read() -> None:
    times = [["١٢:٣٠", "١٩:٠٠"], ["۱۵:۱۰"], ["۲۱:۴۵"]]
    assert [one[:8] for one in starts(times)] == ["22T12:30", "22T15:10", "22T19:00", "22T21:45"]
