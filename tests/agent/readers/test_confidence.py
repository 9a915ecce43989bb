"""What lowers and raises the confidence in a page's rows."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.model import Candidate, Page, ReadContext
from cinestreamd.agent.readers.film_words import speaks_of_films
from cinestreamd.agent.readers.miner.confidence import LINE, Signs, booked, page_confidence, reads_like_prose

SIGNS = Signs(source="heading", title_strength=0.5, about_one_film=False)


def row(title: str, hour: int, link: str | None = None, venue: str | None = None) -> Candidate:
    return Candidate(
        title=title, day=date(2026, 11, 21), clock=time(hour, 10), quote=f"{hour}:10", link=link, venue=venue
    )


GOOD = [row("Тихий берег", 14), row("Остання зміна", 17), row("Скляний сад", 20)]
TOLD = [row("Please arrive early. The doors close at eight", 14), row("bring your own cup", 17), row("Queue here:", 20)]


def test_plain_titles_are_believed_and_sentences_are_not() -> None:
    assert page_confidence(GOOD, SIGNS) >= LINE + 0.2
    assert page_confidence(TOLD, SIGNS) < LINE


def test_titles_that_are_sentences_are_told_from_titles() -> None:
    assert not any(map(reads_like_prose, ("Вартові Галактики. Том 3", "Where is the friend's house?", "1917", "F/X")))
    assert all(map(reads_like_prose, ("We are closed today. Come again tomorrow", "members only", "Tickets:")))


def test_links_of_their_own_speak_for_showings() -> None:
    linked = [row(one.title, one.clock.hour, f"https://k.example/{n}") for n, one in enumerate(GOOD)]
    assert booked(linked) == 1.0
    assert page_confidence(linked, SIGNS) > page_confidence(GOOD, SIGNS)


def test_a_page_that_never_speaks_of_films_and_one_left_mostly_unexplained_are_doubted() -> None:
    silent = Signs(source="heading", title_strength=0.2, about_one_film=False, speaks_of_films=False, explained=0.3)
    assert page_confidence(GOOD, silent) < LINE
    assert speaks_of_films("Розклад сеансів")
    assert not speaks_of_films("Yoga, pilates, spinning")


def test_one_film_in_two_cinemas_does_not_overlap_itself() -> None:
    places = ("Кінотеатр А", "Кінотеатр Б")
    rows = [row("Тихий берег", hour, venue=place) for hour in (14, 17, 20) for place in places]
    apart = page_confidence(rows, Signs(source="heading", title_strength=0.5, about_one_film=True))
    assert apart >= LINE + 0.2


def block(title: str, text: str) -> str:
    return f"<div class=c><h3>{title}</h3><p>{text}</p></div>"


NO_PROGRAMMES = {
    "classes of an hour": "<h1>Classes at the film house</h1>"
    + block("Yoga for beginners", "Monday 18:00-19:00, Thursday 18:00-19:00")
    + block("Pilates", "Monday 17:00-18:00, Thursday 17:00-18:00")
    + block("Life drawing", "Tuesday 19:00-20:00"),
    "halls for hire": "<h1>Hire the cinema</h1><ul><li>Morning hire 9:00 - 13:00 £200</li>"
    "<li>Afternoon hire 13:30 - 17:30 £250</li><li>Evening hire 18:00 - 23:00 £400</li></ul>",
    "meals": "<h1>Cinema café</h1>" + block("Breakfast", "Served 8:30–11:00") + block("Dinner", "Served 18:00–21:30"),
    "buses": "<h1>Bus to the cinema</h1><table>"
    + "".join(f"<tr><td>{stop}</td><td>{6 + n}:10 {7 + n}:40 {17 + n}:10</td></tr>" for n, stop in enumerate("ABCDE"))
    + "</table>",
    "news": "<h1>Cinema news</h1>"
    + "".join(
        f'<article><h2>{title}</h2><time datetime="2026-11-{day}T09:30">{day} November, 09:30</time></article>'
        for title, day in (("New seats", 20), ("Volunteers wanted", 18), ("Festival announced", 15))
    ),
}


@pytest.mark.parametrize("kind", NO_PROGRAMMES)
def test_what_is_no_programme_is_held_back(kind: str) -> None:
    """Rows of days that are over are printed as past, and published nowhere."""
    now = datetime(2026, 11, 26, 8, tzinfo=UTC)
    body = f"<html lang=en><title>Ritz Cinema</title><body><main>{NO_PROGRAMMES[kind]}</main></body></html>"
    page = Page(url="https://ritz.example/page", content_type="text/html", text=body, fetched_at=now)
    report = extract_page(page, ReadContext(now=now, timezone=ZoneInfo("Europe/London")))
    assert [row for row in report.rows if not row.past] == []
