"""What content systems, templates and editors put around and into a programme changes nothing of what it says."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.model import Page, ReadContext

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
FILMS = ("Paper Crane", "Glass Garden", "Long Acre", "Under the Viaduct")
DAYS = (("Friday", 20), ("Saturday", 21), ("Sunday", 22))
CLOCKS = ("14:30", "17:15", "20:45", "21:00")
ENDS = ("16:05", "19:20", "22:15", "23:10")
EXPECTED = [f"{day}T{CLOCKS[at]} {film}" for _, day in DAYS for at, film in enumerate(FILMS)]


def read(body: str, *, zone: str = "Europe/London") -> list[str]:
    text = f"<html><head><title>Ritz Cinema</title></head><body>{body}</body></html>"
    page = Page(url="https://ritz.example/whats-on", content_type="text/html", text=text, fetched_at=NOW)
    report = extract_page(page, ReadContext(now=NOW, timezone=ZoneInfo(zone)))
    return [f"{row.start[8:16]} {row.title}" for row in report.rows]


def programme(card: str, heading: str = "<h2>{weekday} {day} November</h2>") -> str:
    """Three days with four films each; ``card`` is one film's, with {film}, {clock}, {end}."""
    return "".join(
        f"<section>{heading.format(weekday=weekday, day=day)}"
        + "".join(
            card.format(
                film=film, clock=CLOCKS[at], hour=CLOCKS[at][:2], minute=CLOCKS[at][3:], end=ENDS[at], at=f"{day}{at}"
            )
            for at, film in enumerate(FILMS)
        )
        + "</section>"
        for weekday, day in DAYS
    )


CARD = '<div class="film"><h3>{film}</h3><ul class="times"><li><a href="/b/{at}">{clock}</a></li></ul></div>'


@pytest.mark.parametrize(
    "body",
    [
        "<table><tr><td><a href='/'>Home</a><br><a href='/contact'>Contact</a></td><td>{}</td></tr></table>",
        "<table><tr><td>Ritz Cinema</td></tr><tr><td><table><tr><td>{}</td></tr></table></td></tr></table>",
        "<p>Last updated: 20.11.2026 08:15</p>{}",
    ],
    ids=["layout table", "nested layout tables", "date of writing"],
)
def test_what_is_around_a_programme(body: str) -> None:
    assert read(body.format(programme(CARD))) == EXPECTED


@pytest.mark.parametrize(
    "card",
    [
        CARD.replace("{clock}", "{hour}<wbr>:{minute}"),
        CARD.replace("{clock}", "&lrm;{clock}&lrm;"),
        CARD.replace("{clock}", "<span>{hour}</span>.<span>{minute}</span>"),
        CARD.replace("{clock}", "{clock} to {end}"),
        CARD.replace("</a>", "</a> <small>Doors open 30 min before</small>"),
        CARD.replace("</a>", "</a> | 8.50"),
        CARD.replace("</a>", "</a> <b>112 seats</b>").replace("<ul", "<b>8 seats left</b><ul"),
        CARD.replace("{film}", "<span class=r><span class=c>{film}</span></span>").replace(
            "<ul", "<p><span class=r><span class=c>Thời lượng: 108 phút · Khởi chiếu: 05/02/2027</span></span></p><ul"
        ),
        CARD.replace("<ul", "<p>Tickets 8.50 – 12.00 €</p><p>9.50/11.00 €</p><ul"),
        CARD.replace("<ul", "<p>Last showing 25 Nov</p><ul"),
        CARD.replace(
            "<h3>{film}</h3>",
            '<div><a class="l" href="/film/{at}">{film}</a><a class="l" href="#">Adventure, 12</a></div>',
        ).replace("<a href", '<a class="l" href'),
        CARD.replace("<ul", "<p>Next showing: Thu 26 Nov</p><ul"),
        CARD.replace("<ul", "<p>A clerk finds a letter. On 21 December she must decide. With Ana Torres.</p><ul"),
    ],
    ids=[
        "break",
        "marks of direction",
        "spans",
        "end",
        "doors",
        "price",
        "seats",
        "wrapped texts",
        "prices",
        "last day",
        "classes of layout alone",
        "next day",
        "day in a story",
    ],
)
def test_what_is_in_a_card(card: str) -> None:
    assert read(programme(card)) == EXPECTED


@pytest.mark.parametrize("seam", ["<wbr>", "&shy;", "&#8203;"])
def test_a_word_that_may_be_broken_is_one_word(seam: str) -> None:
    card = CARD.replace("{film}", f"{{film}}s{seam}tory")
    assert read(programme(card)) == [f"{row}story" for row in EXPECTED]


def test_a_title_in_two_lines_is_one() -> None:
    films = [f"A {film}" for film in FILMS]
    card = '<div><a href="/f/{at}">{film}</a><p><a href="/d">Ana Torres</a></p><ul><li>{clock}</li></ul></div>'
    broken = programme(card)
    for film in FILMS:
        broken = broken.replace(film, f"A<br>{film}")
    assert read(broken) == [f"{day}T{CLOCKS[at]} {film}" for _, day in DAYS for at, film in enumerate(films)]


def test_a_weekday_above_clocks_with_dots_makes_no_days_of_them() -> None:
    """18.10 was a Sunday in another year."""
    heading = "<h2><span>{day}</span><div>November</div><div>{weekday}</div></h2>"
    starts = ("18.10", "20.30", "10.15", "14.45")
    sections = [
        f"<section>{heading.format(weekday=weekday, day=day)}<ul>"
        + "".join(f"<li><a href='/b/{day}{at}'>{starts[at]}</a> {FILMS[at]}</li>" for at in order)
        + "</ul></section>"
        for (weekday, day), order in zip(DAYS, ((0, 1), (1, 0), (2, 0, 3)), strict=True)
    ]
    assert sorted(read("".join(sections))) == sorted(
        f"{day}T{starts[at].replace('.', ':')} {FILMS[at]}"
        for (_, day), order in zip(DAYS, ((0, 1), (1, 0), (2, 0, 3)), strict=True)
        for at in order
    )


def test_a_calendar_shown_twice_is_of_the_same_month() -> None:
    """Once for wide and once for narrow screens."""
    days = "".join(
        f'<td><b class="n">{day}</b>'
        + (f'<p><i class="f">{FILMS[day % 4]}</i> <i class="t">20:{day}</i></p>' if day % 5 == 0 else "")
        + "</td>"
        for day in range(1, 31)
    )
    month = f"<h2>November 2026</h2><table><tr>{days}</tr></table>"
    assert read(f"<div class=wide>{month}</div><div class=narrow>{month}</div>") == [
        "10T20:10 Long Acre",
        "15T20:15 Under the Viaduct",
        "20T20:20 Paper Crane",
        "25T20:25 Glass Garden",
        "30T20:30 Long Acre",
    ]


def test_a_film_named_like_a_month_is_a_film_where_films_stand() -> None:
    text = programme(CARD)
    for film, month in (("Long Acre", "Август"), ("Glass Garden", "October")):
        text = text.replace(film, month)
    names = {"Long Acre": "Август", "Glass Garden": "October"}
    assert read(text) == [
        f"{day}T{CLOCKS[at]} {names.get(film, film)}" for _, day in DAYS for at, film in enumerate(FILMS)
    ]


def test_when_the_film_itself_begins_behind_the_start_is_no_other_showing() -> None:
    """After a quarter of an hour of adverts and trailers."""
    starts = {"14:30": "14:45", "17:15": "17:30", "20:45": "21:00", "21:00": "21:15"}
    card = "<li><b>{clock}</b> <i>(film à {film_at})</i> <a href='/f/{at}'>{film}</a></li>"
    body = "".join(
        f"<section><h2>{weekday} {day} November</h2><ul>"
        + "".join(
            card.format(clock=clock, film_at=starts[clock], film=film, at=f"{day}{at}")
            for at, (clock, film) in enumerate(zip(CLOCKS, FILMS, strict=True))
        )
        + "</ul></section>"
        for weekday, day in DAYS
    )
    assert read(body) == EXPECTED


def test_tabs_may_name_their_days_by_weekdays_alone() -> None:
    week = ("FRI", "SAT", "SUN", "MON", "TUE", "WED", "THU")
    tabs = "".join(f'<li class="{name.lower()}"><a href="#t{at}">{name}</a></li>' for at, name in enumerate(week))
    panels = "".join(
        f'<div id="t{at}">'
        + "".join(f'<p><a href="/film/{n}">{film}</a><br><span>{CLOCKS[n]}</span></p>' for n, film in enumerate(FILMS))
        + "</div>"
        for at in range(len(week))
    )
    assert read(f"<ul>{tabs}</ul>{panels}") == [
        f"{day}T{CLOCKS[at]} {film}" for day in range(20, 27) for at, film in enumerate(FILMS)
    ]
