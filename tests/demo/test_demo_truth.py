"""The hand-written truth, spelled out: literal rows and counts, worked out by hand from the programme."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.demo.truth import ExpectedRow, expected_rows

SATURDAY_EARLY = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
SATURDAY_LATE = datetime(2026, 11, 21, 21, 55, tzinfo=UTC)


def test_a_whole_week_lies_ahead_in_the_morning() -> None:
    assert Counter(row.cinema for row in expected_rows(SATURDAY_EARLY)) == {
        "zirka-podil": 51,
        "mayak": 23,
        "levandia": 49,
        "pid-cytadelliu": 17,
        "pidzamche": 9,
        "lantern": 25,
        "heron-dock": 49,
    }


def test_what_has_begun_is_left_out_and_the_night_still_belongs_to_the_evening() -> None:
    """Saturday 23:55 in Kyiv: the cinemas of Ukraine have only their late show left, London two showings and that."""
    tonight = [row for row in expected_rows(SATURDAY_LATE) if row.day == date(2026, 11, 21)]
    assert [(row.cinema, row.title, row.start.strftime("%d %H:%M")) for row in tonight] == [
        ("heron-dock", "The Salt Road", "21 22:10"),
        ("zirka-podil", "Шепіт у ліфті", "21 22:15"),
        ("levandia", "Шепіт у ліфті", "21 22:20"),
        ("lantern", "Whisper in the Lift", "21 23:20"),
        ("heron-dock", "Whisper in the Lift", "22 00:15"),
    ]


def test_a_showing_that_begins_now_has_begun() -> None:
    starts = {row.start for row in expected_rows(datetime(2026, 11, 21, 22, 15, tzinfo=UTC)) if row.city == "kyiv"}
    assert min(starts) == datetime(2026, 11, 22, 8, 20, tzinfo=UTC)


def test_one_row_in_full() -> None:
    rows = [row for row in expected_rows(SATURDAY_EARLY) if row.booking == "/levandia/seansy/20261122-0020-3/kupyty"]
    assert rows == [
        ExpectedRow(
            cinema="levandia",
            cinema_name="Кінопалац «Левандія»",
            city="lviv",
            title="Шепіт у ліфті",
            original_title="Whisper in the Lift",
            year=2025,
            start=datetime(2026, 11, 21, 22, 20, tzinfo=UTC),
            day=date(2026, 11, 21),
            page="/levandia/seansy/",
            booking="/levandia/seansy/20261122-0020-3/kupyty",
            format="2D",
            language="en",
            original_language=True,
            subtitles="uk",
            room="Червона зала",
            price_min=15000,
            price_max=17000,
            currency="UAH",
        )
    ]


def test_the_clocks_of_london_change_within_a_week() -> None:
    """18:15 is 17:15 UTC on the last Saturday of summer time, 18:15 UTC on the Sunday after."""
    friday = datetime(2026, 10, 23, 9, 0, tzinfo=UTC)
    starts = [row.start for row in expected_rows(friday) if row.title == "Hazel & Flint"]
    assert starts[1:3] == [datetime(2026, 10, 24, 17, 15, tzinfo=UTC), datetime(2026, 10, 25, 18, 15, tzinfo=UTC)]


def test_what_is_no_film_is_never_expected() -> None:
    """The lecture, the quiz and the concert of a week are in the file and in no answer."""
    monday = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    titles = {row.title for row in expected_rows(monday)}
    assert titles.isdisjoint({"Лекція: як дивитися поетичне кіно", "Picture Quiz in the Foyer", "Dockside Jazz Brunch"})


def test_the_week_shows_every_case() -> None:
    rows = expected_rows(SATURDAY_EARLY)
    assert {row.availability for row in rows} == {"available", "sold_out", "cancelled"}
    assert {row.currency for row in rows} == {"UAH", "GBP", None}
    assert any(row.price_max == 0 for row in rows)
    assert {row.year for row in rows if row.title == "Прилив"} == {1971, 2025}
    assert {row.year for row in rows if row.title == "The Lighthouse Letters"} == {1948, 2026}
    assert {row.cinema for row in rows if row.title == "Соляна дорога"} == {
        "zirka-podil", "mayak", "levandia", "pid-cytadelliu",
    }  # fmt: skip
    twins = [row for row in rows if row.cinema == "levandia" and row.start == datetime(2026, 11, 21, 17, tzinfo=UTC)]
    assert [(row.title, row.room, row.availability) for row in twins] == [
        ("Останній трамвай до Пущі", "Зелена зала", "available"),
        ("Останній трамвай до Пущі", "Червона зала", "sold_out"),
    ]


@pytest.mark.parametrize("first", [datetime(2026, 10, 21, tzinfo=UTC), datetime(2027, 3, 24, tzinfo=UTC)])
def test_something_is_always_on(first: datetime) -> None:
    """Hour by hour through a week in which clocks change: three showings a cinema ahead, one tonight in each city."""
    zones = {"kyiv": "Europe/Kyiv", "lviv": "Europe/Kyiv", "london": "Europe/London"}
    for hours in range(7 * 24):
        now = first + timedelta(hours=hours, minutes=55)
        rows = [row for row in expected_rows(now) if row.availability == "available"]
        ahead = Counter(row.cinema for row in rows)
        assert len(ahead) == 7
        assert min(ahead.values()) >= 3
        for city, zone in zones.items():
            local = now.astimezone(ZoneInfo(zone))
            if local.hour >= 4:
                assert any(row.city == city and row.day == local.date() for row in rows), (city, now)
