"""Readings held against each other: a right one leaves nothing on the page unexplained."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from cinestreamd.agent.model import Candidate, Page, ReadContext
from cinestreamd.agent.readers.miner.coherence import disorder, faults
from cinestreamd.agent.readers.miner.reader import read_structure
from cinestreamd.agent.readers.miner.title_figures import are_templated

TODAY = date(2026, 11, 21)
FIRST, SECOND = date(2026, 11, 22), date(2026, 11, 23)


def row(title: str, day: date | None, clock: str, room: str | None = None) -> Candidate:
    return Candidate(title=title, day=day, clock=time.fromisoformat(clock), quote=clock, room=room)


ORDERLY = [row("Shore", FIRST, "14:00"), row("Shore", FIRST, "19:30"), row("Shore", SECOND, "14:00")]


def test_a_reading_that_explains_everything_has_no_fault() -> None:
    assert disorder(ORDERLY) == 0
    assert faults(ORDERLY, 3, {FIRST, SECOND}, TODAY) == 0


def test_a_clock_that_goes_back_with_nothing_else_changed_is_a_fault() -> None:
    one_day = [row(one.title, FIRST, one.clock.isoformat()) for one in ORDERLY]
    assert disorder(one_day) > 0.3
    assert disorder([*ORDERLY, row("Harbour", SECOND, "11:00")]) == 0
    assert disorder([row("Shore", FIRST, "14:00", "Hall 1"), row("Shore", FIRST, "13:00", "Hall 2")]) == 0


def test_days_named_for_nothing_times_without_a_title_and_programmes_that_are_over_are_faults() -> None:
    assert 0 < faults(ORDERLY[:2], 2, {FIRST, SECOND}, TODAY) < 0.5
    assert faults(ORDERLY, 6, {FIRST, SECOND}, TODAY) == 0.5
    assert faults(ORDERLY, 3, {FIRST, SECOND}, date(2026, 12, 24)) >= 1
    assert faults([row("Shore", None, "14:00")], 1, set(), TODAY) == 1
    assert faults([], 4, {FIRST}, TODAY) == 3


def test_a_start_after_midnight_follows_the_evening() -> None:
    late = Candidate(title="Shore", day=SECOND, clock=time(0, 20), quote="0:20", business_day=FIRST)
    assert disorder([row("Shore", FIRST, "21:30"), late]) == 0


def test_facts_and_rooms_in_one_pattern_are_told_from_titles() -> None:
    assert are_templated(["Running length 113 min", "Running length 98 min", "Running length 87 min"])
    assert are_templated(["Great Ballroom", "Small Ballroom"])
    assert are_templated(["event-501", "event-502", "event-503"])
    assert not are_templated(["The Shore", "The Harbour", "The Mill"])
    assert not are_templated(["Shore"])
    assert not are_templated(
        [f"Captain Marrow and the {end}" for end in ("Tin Sea", "Glass Key", "Last Lamp", "Salt Road")]
    )
    assert not are_templated(["Quiet Harbour", "Glass Garden", "Quiet Winter", "Long Acre"])


def test_weekday_words_beside_rooms_do_not_date_the_rows_of_a_dated_table() -> None:
    """Every row names its day; "Sunday" beside a film is a series, not the day of the times below it."""
    films = ("Sunday Matinee Club", "The Glass Mill", "Long Acre")
    days = ("Monday 23 November", "Tuesday 24 November", "Wednesday 25 November", "Thursday 26 November")
    body = "".join(
        f"<section><h3>{day}</h3>"
        + "".join(f'<p><a href="/film/{n}">{film}</a> <i>1{n + 4}:30</i></p>' for n, film in enumerate(films))
        + "</section>"
        for day in days
    )
    page = Page(
        url="https://ritz.example/", content_type="text/html",
        text=f"<html><body><h1>Ritz Cinema</h1>{body}</body></html>", fetched_at=datetime(2026, 11, 21, 9, tzinfo=UTC),
    )  # fmt: skip
    context = ReadContext(now=datetime(2026, 11, 21, 9, tzinfo=UTC), timezone=ZoneInfo("Europe/London"))
    reading = read_structure(page, context)
    assert reading is not None
    assert [(one.title, one.day, one.clock.hour) for one in reading.candidates] == [
        (film, date(2026, 11, 23 + at), 14 + n) for at in range(4) for n, film in enumerate(films)
    ]


def test_as_many_films_as_days_to_choose_are_not_each_on_a_day_of_its_own() -> None:
    """A bar of days without links above a row of as many cards: the day is the chosen one's."""
    days = "".join(
        f"<li class='{state}'><span>{day}</span></li>"
        for day, state in (("Saturday", "active"), ("Sunday", ""), ("Monday", ""), ("Tuesday", ""))
    )
    cards = "".join(
        f"<div class=item><h3>{film}</h3><p><i>1{n}:15</i> <i>2{n}:30</i></p></div>"
        for n, film in enumerate(("Shore", "Harbour", "Mill", "Long Acre"))
    )
    now = datetime(2026, 11, 21, 8, tzinfo=UTC)
    text = f"<html><body><h1>Cinema</h1><div><ul class=bar>{days}</ul><div class=list>{cards}</div></div></body></html>"
    page = Page(url="https://ritz.example/", content_type="text/html", text=text, fetched_at=now)
    reading = read_structure(page, ReadContext(now=now, timezone=ZoneInfo("Europe/London")))
    assert reading is not None
    assert {candidate.day for candidate in reading.candidates} == {date(2026, 11, 21)}
