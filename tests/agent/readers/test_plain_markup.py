"""Pages whose markup says nothing: no class, heading, link or attribute tells a title from what stands around it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers.labels import could_be_title, without_price

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
FILMS = ("Paper Crane", "Glass Garden", "Long Acre", "Under the Viaduct")


def rows(body: str, *, head: str = "<title>What is on at the Ritz Cinema</title>", url: str = "") -> list[str]:
    page = Page(
        url=f"https://ritz.example/{url}", content_type="text/html",
        text=f"<html><head>{head}</head><body>{body}</body></html>", fetched_at=NOW,
    )  # fmt: skip
    report = extract_page(page, ReadContext(now=NOW, timezone=ZoneInfo("Europe/London")))
    return [f"{row.start[8:16]} {row.title}" for row in report.rows]


def programme(beside: list[str], *, before: bool = True) -> str:
    """Days with one time for each film, and the same kind of text beside each film."""
    texts = [(text, film) if before else (film, text) for film, text in zip(FILMS, beside, strict=True)]
    cards = "".join(
        f"<div><div>1{4 + n}:30</div><div>{first}</div><div>{second}</div></div>"
        for n, (first, second) in enumerate(texts)
    )
    days = "".join(f"<div><div>{day} November</div>{cards}</div>" for day in ("Friday 20", "Saturday 21"))
    return f"<div>Programme</div>{days}"


EXPECTED = [f"{day}T1{4 + n}:30 {film}" for day in (20, 21) for n, film in enumerate(FILMS)]


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize(
    "beside",
    [
        ["Red Ballroom", "Blue Ballroom", "Red Ballroom", "Grey Ballroom"],
        ["Running length 98 min", "Running length 87 min", "Running length 113 min", "Running length 104 min"],
        ["from 8 €", "from 9 €", "from 8 €", "from 12 €"],
        ["(captioned)", "(dubbed version)", "(parent and baby)", "(relaxed)"],
        [
            "A clerk finds a letter that was never meant for her.",
            "Two brothers inherit a garden nobody wants to keep.",
            "An old farmer counts the winters he has left.",
            "A town learns what the engineers left behind them.",
        ],
    ],
    ids=["rooms", "lengths", "prices", "remarks", "sentences"],
)
def test_what_stands_beside_films_again_and_again_is_not_taken_for_them(beside: list[str], *, before: bool) -> None:
    assert rows(programme(beside, before=before)) == EXPECTED


def test_times_in_pairs_of_which_the_second_is_to_the_minute_are_a_start_and_its_end() -> None:
    pairs = (("14:30", "16:07"), ("17:00", "18:52"), ("19:30", "21:13"), ("20:15", "22:41"))
    blocks = "".join(
        f"<div><div>{film}</div><div><span>{a}</span> <span>{b}</span></div></div>"
        for film, (a, b) in zip(FILMS, pairs, strict=True)
    )
    assert rows(f"<div>Friday 20 November</div><div>{blocks}</div>") == [
        f"20T{a} {film}" for film, (a, _) in zip(FILMS, pairs, strict=True)
    ]


def test_two_round_times_in_each_block_are_two_showings() -> None:
    blocks = "".join(
        f"<div><div>{film}</div><div><b>15:10</b> <b>19:{n}5</b></div></div>" for n, film in enumerate(FILMS)
    )
    assert len(rows(f"<div>Friday 20 November</div><div>{blocks}</div>")) == 8


def test_the_film_of_a_page_without_a_main_heading_is_the_text_with_which_its_title_begins() -> None:
    body = (
        "<div><a href='/'>Ritz</a></div><div>Paper Crane</div><div>Friday 20 November</div>"
        "<div><span>14:30</span> <i>Quiet screening</i></div><div><span>19:30</span> <i>Quiet screening</i></div>"
        "<div><span>21:45</span> <i>Quiet screening</i></div>"
    )
    found = rows(body, head="<title>Paper Crane – Ritz Cinema</title>", url="film/paper-crane")
    assert found == ["20T14:30 Paper Crane", "20T19:30 Paper Crane", "20T21:45 Paper Crane"]


def test_a_price_is_no_part_of_a_title_and_a_number_is() -> None:
    assert without_price("Paper Crane (drama) – 150 руб.") == "Paper Crane (drama)"
    assert without_price("Paper Crane 2") == "Paper Crane 2"
    assert not could_be_title("Blue hall · from 130 грн")
    assert not could_be_title("101 min, from 12 years, a prize at the festival")
    assert not could_be_title("（月・祝）")
    assert could_be_title("(500) Days of Summer")
    assert could_be_title("District 9")


def test_a_day_broken_over_two_lines_dates_the_times_behind_it() -> None:
    days = (("Fri", "20.11."), ("Sat", "21.11."), ("Sun", "22.11."))
    cards = "".join(
        f"<h3>{film}</h3><div>"
        + "".join(f"<span><span>{a}<br>{b}</span><a href='/t/{n}{b}'>1{4 + n}:30</a></span>" for a, b in days)
        + "</div>"
        for n, film in enumerate(FILMS)
    )
    assert rows(cards) == [f"{day}T1{4 + n}:30 {film}" for day in (20, 21, 22) for n, film in enumerate(FILMS)]


def test_a_day_that_heads_times_among_days_without_any_is_no_bar_to_choose_from() -> None:
    days = ("Friday 20", "Saturday 21", "Sunday 22", "Monday 23", "Tuesday 24", "Wednesday 25")
    cards = "".join(
        f"<h2>{film}</h2><section>"
        + "".join(
            f"<div><b>{day}</b>{'<p><a>16:30</a></p><p><a>20:45</a></p>' if at == 2 + n else ''}</div>"
            for at, day in enumerate(days)
        )
        + "</section>"
        for n, film in enumerate(FILMS[:3])
    )
    assert rows(cards) == [
        f"2{2 + n}T{clock} {film}" for n, film in enumerate(FILMS[:3]) for clock in ("16:30", "20:45")
    ]


def test_a_front_page_of_a_blog_system_is_no_blog_post() -> None:
    body = f'<div class="home">{programme(["from 8 €"] * 4)}</div>'
    page = Page(
        url="https://ritz.example/", content_type="text/html",
        text=f'<html><body class="home blog">{body}</body></html>', fetched_at=NOW,
    )  # fmt: skip
    assert len(extract_page(page, ReadContext(now=NOW, timezone=ZoneInfo("Europe/London"))).rows) == 8


def test_genres_are_not_taken_for_titles_that_lead_to_pages_of_their_own() -> None:
    genres = ("drama, 16+", "comedy, 12+", "animation, 0+", "thriller, 18+")
    cards = "".join(
        f'<div><div><a class="link" href="/kino/{n}2/">{film}</a><a class="dscr" href="#">{genre}</a></div>'
        f"<p><i>1{4 + n}:30</i></p></div>"
        for n, (film, genre) in enumerate(zip(FILMS, genres, strict=True))
    )
    assert rows(f"<h5>Friday 20 November</h5>{cards}") == [f"20T1{4 + n}:30 {film}" for n, film in enumerate(FILMS)]


def test_of_a_line_of_facts_the_words_in_quotation_marks_at_its_head_are_the_title() -> None:
    lines = "".join(
        f"<p>1{4 + n}:30 – «{film}» (12+), 2D, {'blue' if n % 2 else 'red'} hall, 100 грн</p>"
        for n, film in enumerate(FILMS)
    )
    assert rows(f"<p><b>Friday 20 November</b></p>{lines}") == [
        f"20T1{4 + n}:30 {film}" for n, film in enumerate(FILMS)
    ]
