"""Which links of a cinema's pages lead to showtimes."""

from datetime import UTC, date, datetime

import pytest

from cinestreamd.agent.model import Page
from cinestreamd.agent.schedule_pages import Lead, days_missing, judge, leads_in_sitemap, leads_of

BASE = "https://www.zirka.example/"
TODAY = date(2026, 11, 21)


def page(body: str, url: str = BASE) -> Page:
    moment = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    return Page(url=url, content_type="text/html", text=body, fetched_at=moment)


def found(body: str, url: str = BASE) -> list[str]:
    return [lead.url.removeprefix("https://www.zirka.example") for lead in leads_of(page(body, url), today=TODAY)]


@pytest.mark.parametrize(
    "text",
    [
        "Розклад", "Розклад сеансів", "Сеанси", "Афіша", "Зараз у кіно",
        "Расписание", "Сеансы на сегодня", "Киноафиша",
        "Showtimes", "What's On", "What’s on", "WHAT'S ON", "Now showing", "Schedule", "Timetable", "Programme",
        "Repertuar", "Program kina", "Spielplan", "Kinoprogramm", "Programm", "Horaires", "Séances", "À l'affiche",
        "Cartelera", "Horarios", "הקרנות", "לוח הקרנות", "Hrajeme", "Programul", "Program cinema",
    ],
)  # fmt: skip
def test_links_are_known_by_their_words(text: str) -> None:
    assert found(f'<a href="/x1">{text}</a><a href="/x2">Про нас</a><a href="/x3">Бар</a>') == ["/x1"]


@pytest.mark.parametrize(
    "path",
    [
        "/rozklad", "/seansy/", "/raspisanie.html", "/repertuar", "/showtimes", "/whats-on", "/whatson",
        "/now-showing",
        "/schedule?cinema=5", "/en/schedule", "/spielplan/", "/kinoprogramm", "/horaires", "/cartelera",
        "/program-kina",
        "/%D1%80%D0%BE%D0%B7%D0%BA%D0%BB%D0%B0%D0%B4",
    ],
)  # fmt: skip
def test_links_are_known_by_their_addresses(path: str) -> None:
    assert found(f'<a href="{path}"><img src="a.png"></a>') == [path]


@pytest.mark.parametrize(
    "link",
    [
        '<a href="/rozklad/kupyty/5">Розклад</a>',
        '<a href="/showtimes/buy?session=1">19:30</a>',
        '<a href="/session/77">19:30</a>',
        '<a href="/schedule">Купити квиток</a>',
        '<a href="/booking/schedule">Schedule</a>',
        '<a href="/news/new-schedule">Новини: новий розклад</a>',
        '<a href="/rozklad.pdf">Розклад</a>',
        '<a href="https://other.example/rozklad">Розклад</a>',
        '<a href="https://zirka.example.evil.example/rozklad">Розклад</a>',
        '<a href="https://user@www.zirka.example/rozklad">Розклад</a>',
        '<a href="http://www.zirka.example:8080/rozklad">Розклад</a>',
        '<a href="javascript:schedule()">Розклад</a>',
        '<a href="mailto:schedule@zirka.example">Schedule</a>',
        '<a href="#rozklad">Розклад</a>',
        '<a href="">Розклад</a>',
        '<a href="/">Розклад</a>',
        '<a href="http://[::1">Розклад</a>',
        '<a href="/bar">Бар</a>',
        '<a href="/rozklad?date=2026-11-01">1 листопада</a>',
        '<a href="/rozklad?date=2027-11-01">1 листопада</a>',
    ],
)
def test_links_that_lead_elsewhere_are_left_alone(link: str) -> None:
    assert found(link) == []


@pytest.mark.parametrize(
    ("target", "day"),
    [
        ("/rozklad?date=2026-11-22", date(2026, 11, 22)),
        ("/rozklad/2026-11-22", date(2026, 11, 22)),
        ("/rozklad/2026/11/22/", date(2026, 11, 22)),
        ("/rozklad?d=20261122", date(2026, 11, 22)),
        ("/rozklad?day=22.11.2026", date(2026, 11, 22)),
        ("?date=22-11-2026", date(2026, 11, 22)),
        ("/seans?date=2026-12-01", date(2026, 12, 1)),
    ],
)
def test_pages_of_single_days_are_known_by_the_date_in_their_address(target: str, day: date) -> None:
    lead = judge(target, "сб 22", base=BASE, today=TODAY)
    assert lead is not None
    assert (lead.kind, lead.day) == ("day", day)


def test_links_to_single_showings_are_no_days() -> None:
    links = "".join(f'<a href="/x/20261122-{clock}-1">зал 1</a>' for clock in ("1020", "1430", "1930"))
    assert found(links) == []


def test_the_best_link_comes_first_and_each_address_once() -> None:
    body = (
        '<a href="/films">Фільми</a><a href="/all">Films</a><a href="/rozklad">Розклад</a>'
        '<a href="/rozklad#today">Сьогодні</a>'
        '<a href="/calendar">Calendar</a>'
    )
    assert found(body) == ["/rozklad", "/calendar", "/all", "/films"]


def test_day_tabs_and_selects_count_too() -> None:
    body = '<option value="/rozklad?date=2026-11-23">23</option><li data-url="/rozklad?date=2026-11-22">22</li>'
    assert sorted(found(body)) == ["/rozklad?date=2026-11-22", "/rozklad?date=2026-11-23"]


def test_missing_days_are_asked_for_nearest_first_and_once() -> None:
    leads = [
        Lead(url=f"https://z.example/{name}", kind="day", score=8, day=date(2026, 11, day))
        for name, day in (("c", 24), ("a", 22), ("b", 23), ("again", 22))
    ]
    wanted = days_missing(leads, [date(2026, 11, 23)])
    assert [lead.url for lead in wanted] == ["https://z.example/a", "https://z.example/c"]


def test_sitemaps_are_judged_by_their_addresses() -> None:
    body = "".join(
        f"<url><loc>{address}</loc></url>"
        for address in (
            "https://www.zirka.example/pro-nas",
            "https://www.zirka.example/rozklad-seansiv",
            "<![CDATA[https://www.zirka.example/repertuar]]>",
            "https://other.example/rozklad",
            "https://www.zirka.example/rozklad.pdf",
        )
    )
    leads = leads_in_sitemap(page(f"<urlset>{body}</urlset>"), base=BASE, today=TODAY)
    assert [lead.url for lead in leads] == [
        "https://www.zirka.example/rozklad-seansiv",
        "https://www.zirka.example/repertuar",
    ]


def test_a_sitemap_of_sitemaps_leads_to_the_promising_one() -> None:
    body = (
        "<sitemapindex><loc>https://www.zirka.example/posts.xml</loc><loc>https://www.zirka.example/showtimes.xml</loc>"
    )
    leads = leads_in_sitemap(page(body), base=BASE, today=TODAY)
    assert [lead.url for lead in leads] == ["https://www.zirka.example/showtimes.xml"]
