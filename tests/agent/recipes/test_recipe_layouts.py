"""A recipe learned on one page reads the next week's page of the same build, and leaves any other page alone."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from time import process_time
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.claude.reduce import reduce_page
from cinestreamd.agent.model import Candidate, Page, ReadContext, Reading
from cinestreamd.agent.recipes.compiler import compile_rules
from cinestreamd.agent.recipes.replay import read_by_recipe, shape_of
from cinestreamd.agent.recipes.rules import Rules, decode_rules, encode_rules
from cinestreamd.agent.verify import Showing, verify
from cinestreamd.store.base import Cinema

KYIV = ZoneInfo("Europe/Kyiv")
NOW = ReadContext(now=datetime(2026, 11, 21, 10, tzinfo=UTC), timezone=KYIV, country="UA")
LATER = ReadContext(now=datetime(2026, 11, 28, 10, tzinfo=UTC), timezone=KYIV, country="UA")
CINEMA = Cinema(id="kyiv-mayak", city_id="kyiv", name="Маяк", url="https://mayak.example/", source="config")

# title, day, clock, path of the link, price as printed
Row = tuple[str, str, str, str | None, str | None]


def page_of(body: str) -> Page:
    return Page(
        url="https://mayak.example/afisha",
        content_type="text/html",
        text=f'<!doctype html><html lang="uk"><body>{body}</body></html>',
        fetched_at=NOW.now,
    )


def claimed(page: Page, rows: Sequence[Row]) -> tuple[Showing, ...]:
    """The rows as a model would claim them, verified."""
    candidates = tuple(
        Candidate(
            title=title,
            day=date.fromisoformat(day),
            clock=time.fromisoformat(clock),
            quote=clock,
            link=f"https://mayak.example{link}" if link else None,
            price_text=price,
        )
        for title, day, clock, link, price in rows
    )
    reading = Reading(reader="claude", candidates=candidates, confidence=0.9)
    verified = verify(reduce_page(page).as_page(page), reading, CINEMA, NOW)
    assert [refusal.reason for refusal in verified.refusals] == []
    return verified.showings


def learned(body: str, rows: Sequence[Row]) -> Rules:
    page = page_of(body)
    rules = compile_rules(page, claimed(page, rows), CINEMA, NOW)
    assert rules is not None
    return rules


def reread(rules: Rules, body: str, *, rows: int) -> list[Row] | None:
    """What the rules make of another page a week later."""
    read = read_by_recipe(rules, page_of(body), CINEMA, LATER, rows=rows)
    if read is None:
        return None
    found = []
    for showing in read[1].showings:
        local = showing.start_time.astimezone(KYIV)
        link = showing.link.removeprefix("https://mayak.example") if showing.link else None
        price = showing.price.text if showing.price else None
        found.append((showing.title, f"{local:%Y-%m-%d}", f"{local:%H:%M}", link, price))
    return sorted(found, key=lambda row: (row[1], row[2], row[0]))


LAYOUTS: dict[str, tuple[str, list[Row], str, list[Row]]] = {
    "a sentence with titles in quotes": (
        "<div>У неділю, 22.11.2026, о 19:30 покажемо «Довбуш», а 23.11.2026 о 21:10 — «Мавка».</div>",
        [("Довбуш", "2026-11-22", "19:30", None, None), ("Мавка", "2026-11-23", "21:10", None, None)],
        (
            "<div>У неділю, 29.11.2026, о 18:00 покажемо «Тіні», 30.11.2026 о 20:45 — «Земля», а 01.12.2026 о 12:15 — "
            "«Захар Беркут».</div>"
        ),
        [
            ("Тіні", "2026-11-29", "18:00", None, None),
            ("Земля", "2026-11-30", "20:45", None, None),
            ("Захар Беркут", "2026-12-01", "12:15", None, None),
        ],
    ),
    "lines under a day, with price and link": (
        (
            '<h3>22.11.2026</h3><p>19:30 — Довбуш, 120 грн <a href="/b/1">квиток</a><br>21:10 — Мавка, 150 грн '
            '<a href="/b/2">квиток</a></p>'
        ),
        [
            ("Довбуш", "2026-11-22", "19:30", "/b/1", "120 грн"),
            ("Мавка", "2026-11-22", "21:10", "/b/2", "150 грн"),
        ],
        (
            '<h3>29.11.2026</h3><p>10:00 — Тіні, 90 грн <a href="/b/7">квиток</a><br>12:20 — Земля, 110 грн '
            '<a href="/b/8">квиток</a></p><h3>30.11.2026</h3><p>22:05 — Земля, 200 грн <a href="/b/9">квиток</a></p>'
        ),
        [
            ("Тіні", "2026-11-29", "10:00", "/b/7", "90 грн"),
            ("Земля", "2026-11-29", "12:20", "/b/8", "110 грн"),
            ("Земля", "2026-11-30", "22:05", "/b/9", "200 грн"),
        ],
    ),
    "cards with a title over several times": (
        (
            '<div class="card"><b class="name">Довбуш</b><i>22 листопада</i><a href="/t/1">19:30</a> '
            '<a href="/t/2">21:40</a></div><div class="card"><b class="name">Мавка</b><i>23 листопада</i>'
            '<a href="/t/3">18:00</a></div>'
        ),
        [
            ("Довбуш", "2026-11-22", "19:30", "/t/1", None),
            ("Довбуш", "2026-11-22", "21:40", "/t/2", None),
            ("Мавка", "2026-11-23", "18:00", "/t/3", None),
        ],
        (
            '<div class="card"><b class="name">Земля</b><i>29 листопада</i><a href="/t/9">11:30</a></div>'
            '<div class="card"><b class="name">Тіні</b><i>1 грудня</i>'
            '<a href="/t/10">13:00</a> '
            '<a href="/t/11">15:20</a></div>'
        ),
        [
            ("Земля", "2026-11-29", "11:30", "/t/9", None),
            ("Тіні", "2026-12-01", "13:00", "/t/10", None),
            ("Тіні", "2026-12-01", "15:20", "/t/11", None),
        ],
    ),
    "a table with a day over each column": (
        (
            "<table><tr><th></th><th>22.11.2026</th><th>23.11.2026</th></tr><tr><td>Довбуш</td><td>19:30</td>"
            "<td>18:10</td></tr><tr><td>Мавка</td><td></td><td>21:00</td></tr></table>"
        ),
        [
            ("Довбуш", "2026-11-22", "19:30", None, None),
            ("Довбуш", "2026-11-23", "18:10", None, None),
            ("Мавка", "2026-11-23", "21:00", None, None),
        ],
        (
            "<table><tr><th></th><th>29.11.2026</th><th>30.11.2026</th><th>01.12.2026</th></tr><tr><td>Тіні</td>"
            "<td></td><td>12:00</td><td>13:00</td></tr><tr><td>Земля</td><td>14:00</td><td></td><td>15:00</td></tr>"
            "</table>"
        ),
        [
            ("Земля", "2026-11-29", "14:00", None, None),
            ("Тіні", "2026-11-30", "12:00", None, None),
            ("Тіні", "2026-12-01", "13:00", None, None),
            ("Земля", "2026-12-01", "15:00", None, None),
        ],
    ),
    "the title before its times in a line, the day behind": (
        "<ul><li>Довбуш: 19:30, 21:40 (22.11.2026)</li><li>Мавка: 18:00 (23.11.2026)</li></ul>",
        [
            ("Довбуш", "2026-11-22", "19:30", None, None),
            ("Довбуш", "2026-11-22", "21:40", None, None),
            ("Мавка", "2026-11-23", "18:00", None, None),
        ],
        "<ul><li>Тіні: 11:30 (29.11.2026)</li><li>Земля: 12:00, 14:10, 16:20 (30.11.2026)</li></ul>",
        [
            ("Тіні", "2026-11-29", "11:30", None, None),
            ("Земля", "2026-11-30", "12:00", None, None),
            ("Земля", "2026-11-30", "14:10", None, None),
            ("Земля", "2026-11-30", "16:20", None, None),
        ],
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_recipe_reads_the_next_page_of_the_same_build(name: str) -> None:
    body, rows, later, expected = LAYOUTS[name]
    rules = learned(body, rows)
    assert decode_rules(encode_rules(rules)) == rules
    assert reread(rules, later, rows=len(rows)) == expected


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("other", LAYOUTS)
def test_a_page_of_another_build_is_not_read(name: str, other: str) -> None:
    rules = learned(*LAYOUTS[name][:2])
    body, expected = LAYOUTS[other][2:]
    found = reread(rules, body, rows=len(LAYOUTS[name][1]))
    assert found == (expected if other == name else None)


CARDS = "cards with a title over several times"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # a title in other markup: its times would stand under the title before it
        ('<b class="name">Тіні</b>', "<strong>Тіні</strong>"),
        # half of the page is built anew
        ('<a href="/t/10">13:00</a> <a href="/t/11">15:20</a>', "<u>13:00</u> <u>15:20</u> <u>17:00</u>"),
        # titles without times
        ("</div>", '<b class="name">Скоро</b><b class="name">Далі</b></div>'),
        # times that no cinema has for one film
        ("13:00</a>", "15:00</a> <a>15:10</a> <a>15:15</a>"),
    ],
)
def test_a_page_that_has_drifted_is_not_read_in_part(old: str, new: str) -> None:
    body, rows, later, _ = LAYOUTS[CARDS]
    rules = learned(body, rows)
    assert old in later
    found = reread(rules, later.replace(old, new), rows=len(rows))
    assert found is None or {row[0] for row in found} == {"Земля"}


def test_what_a_page_hides_is_not_read() -> None:
    body, rows, later, expected = LAYOUTS[CARDS]
    card = '<div class="card" style="display:none"><b class="name">Зло</b><i>29 листопада</i><a>23:00</a></div>'
    comment = f"<!-- {card} -->"
    assert reread(learned(body, rows), card + comment + later, rows=len(rows)) == expected


def test_rows_that_no_structure_gives_make_no_recipe() -> None:
    page = page_of("<p>22.11.2026 19:30</p><p>23.11.2026 21:10</p><p>Мавка, потім Довбуш</p>")
    rows: list[Row] = [("Довбуш", "2026-11-22", "19:30", None, None), ("Мавка", "2026-11-23", "21:10", None, None)]
    assert compile_rules(page, claimed(page, rows), CINEMA, NOW) is None


def test_a_recipe_gives_all_rows_of_the_answer_and_no_other() -> None:
    body, rows, _, _ = LAYOUTS[CARDS]
    page = page_of(body)
    assert compile_rules(page, claimed(page, rows[:1] + rows[2:]), CINEMA, NOW) is None


def test_one_row_makes_no_recipe() -> None:
    page = page_of("<p>22.11.2026 о 19:30 «Довбуш»</p>")
    rows: list[Row] = [("Довбуш", "2026-11-22", "19:30", None, None)]
    assert compile_rules(page, claimed(page, rows), CINEMA, NOW) is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"version": 2, "clocks": []}', "null"])
def test_rules_that_cannot_be_understood_are_none(text: str) -> None:
    assert decode_rules(text) is None


def test_the_shape_of_a_price_is_its_words() -> None:
    assert shape_of("від  120 грн") == "від 0 грн"


def test_learning_from_a_page_that_fits_badly_stays_cheap() -> None:
    """Titles, dates and quotes stand everywhere, so that many rules nearly fit."""
    clocks = [f"{hour:02}:{minute:02}" for hour in range(10, 24) for minute in range(0, 60, 6)]
    cards = "".join(
        f"<div><b>Фільм {number * 7 % len(clocks)}</b> [«„Фільм {number}“»] <i>{clock}</i> 23.11.2026</div>"
        for number, clock in enumerate(clocks)
    )
    page = page_of(f"<div>22.11.2026{cards}{'<p>x 11:11 23.11.2026 «Фільм 1»</p>' * 1_000}</div>")
    rows: list[Row] = [(f"Фільм {number}", "2026-11-23", clock, None, None) for number, clock in enumerate(clocks)]
    showings = claimed(page, rows)
    spent = []
    for _ in range(3):
        began = process_time()
        compile_rules(page, showings, CINEMA, NOW)
        spent.append(process_time() - began)
    assert min(spent) < 15  # of the 120 that an agent has
