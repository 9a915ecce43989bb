"""Only what a visitor can come to see may carry a showing: panels that a tab opens, and no text kept hidden."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers.miner.reader import read_structure

CONTEXT = ReadContext(now=datetime(2026, 11, 20, 9, tzinfo=UTC), timezone=ZoneInfo("Europe/Kyiv"))
FILMS = ("Тихий берег", "Остання зміна", "Дорога на Яворів", "Скляний сад")


def cards(first_hour: int, *, films: tuple[str, ...] = FILMS) -> str:
    return "".join(
        f'<div class="film"><h3><a href="/film/{n}">{film}</a></h3><b>{first_hour + n}:15</b></div>'
        for n, film in enumerate(films)
    )


def rows(body: str, style: str = "") -> list[tuple[str, str, str]]:
    page = Page(
        url="https://kino.example/rozklad",
        content_type="text/html",
        text=f"<html><head><title>Кіно</title><style>{style}</style></head><body>{body}</body></html>",
        fetched_at=CONTEXT.now,
    )
    reading = read_structure(page, CONTEXT)
    found = reading.candidates if reading is not None else ()
    return sorted((one.title, str(one.day), one.clock.strftime("%H:%M")) for one in found)


SHOWN = "<h2>Субота, 21 листопада</h2>" + cards(14)
FOUR = [
    ("Дорога на Яворів", "2026-11-21", "16:15"),
    ("Остання зміна", "2026-11-21", "15:15"),
    ("Скляний сад", "2026-11-21", "17:15"),
    ("Тихий берег", "2026-11-21", "14:15"),
]
HIDING = {
    "display": ('style="display: none"', ""),
    "visibility": ('style="visibility:hidden;"', ""),
    "off the screen": ('style="position:absolute;left:-9999px"', ""),
    "attribute": ("hidden", ""),
    "class": ('class="visually-hidden"', ""),
    "style sheet": ('class="archive"', "b{color:red} .archive { display: none }"),
}


@pytest.mark.parametrize("how", HIDING)
def test_hidden_films_are_no_showings(how: str) -> None:
    attribute, style = HIDING[how]
    ghosts = cards(18, films=("Привид перший", "Привид другий", "Привид третій", "Привид четвертий"))
    assert rows(f"<main>{SHOWN}</main><div {attribute}>{ghosts}</div>", style) == FOUR


@pytest.mark.parametrize("how", HIDING)
def test_a_page_of_hidden_films_alone_gives_none(how: str) -> None:
    attribute, style = HIDING[how]
    assert rows(f"<p>Скоро відкриття</p><section {attribute}>{SHOWN}</section>", style) == []


def test_hidden_rows_among_shown_ones_are_no_showings() -> None:
    ghost = '<div class="film" style="display:none"><h3><a href="/film/9">Привид</a></h3><b>19:15</b></div>'
    assert rows(f"<main><h2>Субота, 21 листопада</h2>{cards(14)}{ghost * 3}</main>") == FOUR


def test_comments_and_hidden_fields_are_no_showings() -> None:
    fields = '<input type="hidden" value="Привид 19:15">' * 3
    assert rows(f"<main>{SHOWN}<!-- {cards(18)} -->{fields}</main>") == FOUR


def panel(attributes: str, day: str = "") -> str:
    return f"<div {attributes}>{day and f'<h2>{day} листопада</h2>'}{{}}</div>"


AWAY = 'style="display:none"'
PANELS = {
    "opened by a link": (
        '<a href="#d21">сб 21.11</a><a href="#d22">нд 22.11</a><a href="#d23">пн 23.11</a>',
        [panel('id="d21"'), panel(f'id="d22" {AWAY}'), panel(f'id="d23" {AWAY}')],
    ),
    "opened by a button": (
        "".join(f'<button aria-controls="p{day}">{day}.11</button>' for day in (21, 22, 23)),
        [panel('id="p21"'), panel('id="p22" hidden'), panel('id="p23" hidden')],
    ),
    "days of their own": (
        "",
        [panel(f'data-date="2026-11-{day}" {hidden}') for day, hidden in ((21, ""), (22, "hidden"), (23, "hidden"))],
    ),
    "taking turns": (
        "",
        [panel('class="x"', "21"), panel(f'class="x" {AWAY}', "22"), panel(f'class="x" {AWAY}', "23")],
    ),
    "shown by a rule": (
        "<style>.part{display:none}.part.active{display:block}</style>",
        [panel('class="part active"', "21"), panel('class="part"', "22"), panel('class="part"', "23")],
    ),
}


@pytest.mark.parametrize("how", PANELS)
def test_panels_of_other_days_are_read(how: str) -> None:
    tabs, panels = PANELS[how]
    found = rows(f"<nav>{tabs}</nav><main>{''.join(panels).format(cards(14), cards(15), cards(16))}</main>")
    assert len(found) == 12
    assert {(day, clock) for title, day, clock in found if title == "Тихий берег"} == {
        ("2026-11-21", "14:15"),
        ("2026-11-22", "15:15"),
        ("2026-11-23", "16:15"),
    }


def test_what_is_hidden_on_small_screens_only_is_read() -> None:
    assert rows(f'<main class="d-none d-md-block">{SHOWN}</main>') == FOUR
    assert rows(f'<main class="wide">{SHOWN}</main>', "@media (min-width: 9em) { .wide { display: block } }") == FOUR
