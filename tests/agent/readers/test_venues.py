"""A page that lists several cinemas says of each showing whose it is, and a cinema takes its own alone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.html import parse_html
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.miner.cinema_names import leads_to_cinema
from cinestreamd.agent.readers.miner.reader import read_structure
from cinestreamd.agent.readers.miner.title_texts import TitleNode
from cinestreamd.agent.verify import verify
from cinestreamd.store.base import Cinema

CONTEXT = ReadContext(now=datetime(2026, 11, 20, 9, tzinfo=UTC), timezone=ZoneInfo("Europe/Kyiv"))


def film_page(*cinemas: str) -> Page:
    listed = "".join(
        f'<div class="place"><h3><a href="/kinoteatry/{n}">{name}</a></h3>'
        f"<p><b>{12 + n}:10</b><b>{16 + n}:30</b></p></div>"
        for n, name in enumerate(cinemas)
    )
    return Page(
        url="https://afisha.example/film/tykhyi-bereg",
        content_type="text/html",
        text=(
            "<html lang=uk><head><title>Тихий берег — сеанси</title></head><body><h1>Тихий берег</h1>"
            f"<h2>21 листопада</h2>{listed}</body></html>"
        ),
        fetched_at=CONTEXT.now,
    )


def cinema(name: str) -> Cinema:
    return Cinema(id="poltava-x", city_id="poltava", name=name, url="https://afisha.example/", source="config")


def test_each_showing_of_one_film_in_several_cinemas_has_its_cinema() -> None:
    reading = read_structure(film_page("Кінотеатр Злата", "Кінотеатр Колос", "Wizoria"), CONTEXT)
    assert reading is not None
    assert [(one.venue, one.clock.strftime("%H:%M")) for one in reading.candidates] == [
        ("Кінотеатр Злата", "12:10"),
        ("Кінотеатр Злата", "16:30"),
        ("Кінотеатр Колос", "13:10"),
        ("Кінотеатр Колос", "17:30"),
        ("Wizoria", "14:10"),
        ("Wizoria", "18:30"),
    ]


def test_a_cinema_takes_its_own_showings() -> None:
    page = film_page("Кінотеатр Злата", "Кінотеатр Колос", "Wizoria")
    reading = read_structure(page, CONTEXT)
    assert reading is not None
    verified = verify(page, reading, cinema("Колос"), CONTEXT)
    assert [showing.start_time.strftime("%H:%M") for showing in verified.showings] == ["11:10", "15:30"]
    assert [refusal.reason for refusal in verified.refusals] == ["other_venue"] * 4


def test_halls_are_no_cinemas() -> None:
    reading = read_structure(film_page("Зал 1", "Зал 2", "Cinema 3"), CONTEXT)
    assert reading is not None
    assert {one.venue for one in reading.candidates} == {None}


@pytest.mark.parametrize(
    ("text", "address", "expected"),
    [
        ("Cinema Odeon", "/sale/odeon", True),
        ("Cinema Sivori - Sala 1", "/sale/sivori-1", True),
        ("Wizoria", "/kinoteatry/wizoria", True),
        ("Elisa", "/sale/elisa", False),
        ("Nuovo Cinema Paradiso", "/film/nuovo-cinema-paradiso", False),
    ],
)
def test_a_link_is_a_cinemas_by_its_address_or_its_name(text: str, address: str, *, expected: bool) -> None:
    """A circuit's heading leads to its hall under any address; a film's leads to the film."""
    document = Document(parse_html(f'<body><h3><a href="{address}">{text}</a></h3></body>'))
    assert leads_to_cinema(TitleNode(document.runs[0], text)) is expected
