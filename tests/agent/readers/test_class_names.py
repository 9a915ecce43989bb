"""Names of classes that lay out or wrap say nothing of what stands in an element; those of a footer or of news do."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers.elements import class_words

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
ROWS = (
    ("23.11.2026", "18:00", "Paper Crane"),
    ("23.11.2026", "20:30", "Long Acre"),
    ("24.11.2026", "17:15", "Glass Garden"),
    ("25.11.2026", "19:30", "Paper Crane"),
    ("26.11.2026", "16:45", "Long Acre"),
)


def count(around: str, *, body: str = "<body>", page: str = "{cards}") -> int:
    """How many of the rows are read, each a card with its day and time in an element of these classes."""
    cards = "".join(
        f'<div class="card"><div class="card-body"><h5><a href="/film/{number}">{film}</a></h5><p>Drama, 105 min</p>'
        f"</div>{around.format(when=f'<span>{day}</span> <span>{clock}</span>')}</div>"
        for number, (day, clock, film) in enumerate(ROWS)
    )
    text = f"<html>{body}{page.format(cards=f'<h1>Programme</h1>{cards}')}</body></html>"
    whole = Page(url="https://kino.example/programme", content_type="text/html", text=text, fetched_at=NOW)
    return len(extract_page(whole, ReadContext(now=NOW, timezone=ZoneInfo("Europe/Bratislava"))).rows)


@pytest.mark.parametrize(
    "around",
    [
        '<div class="col-md-3 text-end">{when}</div>',
        '<div class="d-flex justify-content-lg-end">{when}</div>',
        '<div class="flex md:items-end">{when}</div>',
        '<div class="card-footer">{when}</div>',
        '<div class="movie__footer">{when}</div>',
        '<div class="transition duration-300 ease-in">{when}</div>',
        '<div class="filter-item">{when}</div>',
        '<a class="btn add-to-cart" href="/book/1">{when}</a>',
    ],
)
def test_what_lays_out_says_nothing(around: str) -> None:
    assert count(around) == len(ROWS)


@pytest.mark.parametrize(
    "around",
    [
        '<div class="footer">{when}</div>',
        '<div class="session-end">{when}</div>',
        '<div class="news-teaser">{when}</div>',
        '<div class="film-duration">{when}</div>',
    ],
)
def test_what_names_something_else_is_no_showing(around: str) -> None:
    assert count(around) == 0


@pytest.mark.parametrize(
    "body",
    [
        '<body class="active-footer-widgets-3 comments-closed">',
        '<body class="page has-cookie-notice woocommerce-cart">',
        '<body id="newsletter-open">',
    ],
)
def test_parts_of_names_of_what_wraps_the_page_say_nothing(body: str) -> None:
    assert count("<p>{when}</p>", body=body) == len(ROWS)


def test_nor_do_those_around_its_main_part_or_its_navigation_with_its_heading() -> None:
    main = '<div id="page" class="site sticky-footer"><main>{cards}</main></div>'
    assert count("<p>{when}</p>", page=main) == len(ROWS)
    whole = '<div class="site sticky-footer"><nav><a href="/">Home</a></nav>{cards}</div>'
    assert count("<p>{when}</p>", page=whole) == len(ROWS)


def test_a_whole_name_of_what_wraps_the_page_does() -> None:
    assert count("<p>{when}</p>", body='<body class="news">') == 0


def test_words_of_a_name() -> None:
    assert class_words("filmTitle film-title") == {"film", "title"}
    assert class_words("text-end site-footer duration-200") == {"site", "footer"}
