"""What stands around a programme on real pages, hours, prices, posts, is none of it and hides none of it."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.agent.extract import extract_page
from cinestreamd.agent.model import Page, ReadContext
from cinestreamd.agent.readers import read_page

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOURS = (
    "<div class=v><h3>Opening hours</h3><table><tr><td>Monday</td><td>14:00 – 22:00</td></tr>"
    "<tr><td>Tuesday</td><td>14:00 – 22:00</td></tr><tr><td>Sunday</td><td>10:30 – 21:00</td></tr></table></div>"
)
PRICES = (
    "<div><h3>Prices</h3><table><tr><td>Adult</td><td>12.50</td></tr><tr><td>Child</td><td>8.00</td></tr>"
    "<tr><td>Before 17:00</td><td>9.50</td></tr></table></div>"
)
POST = "<div class=feed><p>Posted 3 hours ago</p><p>12:45 · 3 Jan · 18 likes</p></div>"
LIST = "<ul>" + "".join(
    f"<li>{when} Nov, {clock} – {film}</li>"
    for when, clock, film in (
        ("Fri 20", "18:00", "Paper Crane"), ("Sat 21", "20:30", "Glass Garden"), ("Sun 22", "16:15", "Long Acre"),
    )
) + "</ul>"  # fmt: skip
FILM = "<h1>Paper Crane</h1><p>98 min</p>" + "".join(
    f"<div class=day><h3>{day} November</h3><p class=times>"
    f"<a href='/b/{at}'>16:1{at}</a> <a href='/c/{at}'>19:30</a></p></div>"
    for at, day in enumerate(("Friday 20", "Saturday 21", "Sunday 22"))
)
STATE = "<script>window.__DATA__ = {shows: [%s]}</script>" % ",".join(  # noqa: UP031 - braces
    f'{{film: "{film}", start: "2026-11-2{at}T18:30:00"}}'
    for at, film in enumerate(("Paper Crane", "Glass Garden", "Long Acre", "Under the Viaduct") * 2)
)


def read(body: str, path: str = "") -> list[str]:
    text = f"<html><head><title>{'Paper Crane' if path else 'Ritz Cinema'}</title></head><body>{body}</body></html>"
    page = Page(url=f"https://ritz.example/{path}", content_type="text/html", text=text, fetched_at=NOW)
    return [
        f"{row.start[8:16]} {row.title}"
        for row in extract_page(page, ReadContext(now=NOW, timezone=ZoneInfo("Europe/London"))).rows
    ]


@pytest.mark.parametrize(
    ("body", "path"), [(LIST, ""), (FILM, "film/paper-crane"), (STATE, "")], ids=["list", "film", "data"]
)
@pytest.mark.parametrize("beside", [HOURS, PRICES, POST], ids=["hours", "prices", "post"])
def test_it_changes_nothing_before_and_behind_the_programme(body: str, path: str, beside: str) -> None:
    alone = read(body, path)
    assert len(alone) in (3, 6, 8)
    assert read(body + beside, path) == alone
    assert read(beside + body, path) == alone


def test_days_of_opening_hours_choose_no_panels() -> None:
    """Three lists of films and three days of opening hours have nothing to do with each other."""
    films = "<div><h2>Paper Crane</h2><i>18:30</i></div><div><h2>Glass Garden</h2><i>20:45</i></div>"
    days = "".join(
        f"<section><h4>{day} November</h4>{films}</section>" for day in ("Friday 20", "Saturday 21", "Sunday 22")
    )
    assert read(f"<h1>Cinema</h1>{days}{HOURS}") == read(f"<h1>Cinema</h1>{days}")


def test_a_heading_that_tells_opening_hours_itself_heads_no_list_of_them() -> None:
    """The same words without the hour would."""
    rows = "".join(
        f'<div class="f"><a href="/f/{at}">{title}</a><ul><li>{clock}</li><li>21:40</li></ul></div>'
        for at, (title, clock) in enumerate(
            (("Снежный Порт", "18:10"), ("Стеклянный змей", "19:25"), ("Поздние пчёлы", "17:05"))
        )
    )
    notice = "<header><div><h2>С 1 декабря кассы работают до 22:30</h2><a href='/n'>Подробнее</a></div></header>"
    text = f"<!doctype html><html lang='ru'><body>{notice}<p>Сегодня, 22 ноября</p>{rows}</body></html>"
    context = ReadContext(now=datetime(2026, 11, 22, 6, tzinfo=UTC), timezone=ZoneInfo("Europe/Moscow"))
    page = Page(url="https://kino.example/", content_type="text/html", text=text, fetched_at=context.now)
    reading = read_page(page, context)
    assert reading is not None
    assert len(reading.candidates) == 6


@pytest.mark.parametrize(
    "told",
    [
        "The night ferry breaks down. A small-town judge reopens the case that made her career.",
        "Une veuve laisse son atelier ouvert la nuit ; un village entier y trouve un accueil sans paroles.",
    ],
)
def test_a_story_in_which_people_open_something_is_no_notice_of_opening(told: str) -> None:
    films = "".join(
        f'<div class="f"><h3><a href="/f/{at}">{title}</a></h3><p>{told}</p><p><i>{clock}</i> <i>21:40</i></p></div>'
        for at, (title, clock) in enumerate(
            (("Paper Crane", "18:10"), ("Glass Garden", "19:25"), ("Long Acre", "17:05"))
        )
    )
    text = f"<!doctype html><html lang='en'><body><h2>Friday 20 November</h2>{films}</body></html>"
    context = ReadContext(now=NOW, timezone=ZoneInfo("Europe/London"))
    reading = read_page(Page(url="https://kino.example/", content_type="text/html", text=text, fetched_at=NOW), context)
    assert reading is not None
    assert len(reading.candidates) == 6
