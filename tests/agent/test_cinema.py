"""Reading one cinema over real HTTP: where its schedule is, what need not be read again, what is not believed."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from cinestreamd import config
from cinestreamd.agent.cinema import CinemaScraper, CinemaTask
from cinestreamd.agent.fetch import Fetcher
from cinestreamd.agent.memory import Forgetful
from cinestreamd.agent.model import ReadContext
from cinestreamd.agent.publish import CinemaReading, build_publication
from cinestreamd.store.base import Cinema, Run, Showtime
from cinestreamd.store.memory import PageMemory

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def html(*starts: str, links: str = "", title: str = "Дюна") -> str:
    events = ",".join(f'{{"@type":"ScreeningEvent","name":"{title}","startDate":"{start}"}}' for start in starts)
    data = f'<script type="application/ld+json">[{events}]</script>' if starts else ""
    return f'<!doctype html><html lang="uk">{data}<body>{links}</body></html>'


class Notes(Forgetful):
    """A memory for one test."""

    def __init__(self) -> None:
        self.kept: tuple[PageMemory, ...] = ()

    async def pages(self, cinema_id: str) -> list[PageMemory]:
        """The notes."""
        return [page for page in self.kept if page.cinema_id == cinema_id]

    async def remember_pages(self, cinema_id: str, pages: Sequence[PageMemory]) -> None:
        """Take notes."""
        assert all(page.cinema_id == cinema_id for page in pages)
        self.kept = tuple(pages)


class Kino:
    """A cinema's website by path, and what is remembered and published of it from run to run."""

    def __init__(self) -> None:
        self.pages: dict[str, str | int] = {}
        self.etags = False
        self.asked: list[str] = []
        self.now = NOW
        self.memory = Notes()
        self.known: tuple[Showtime, ...] = ()
        self.runs = 0
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self.server = TestServer(app)

    async def _answer(self, request: web.Request) -> web.Response:
        page = self.pages.get(request.path_qs, 404)
        etag = f'"{hash(page)}"'
        if self.etags and request.headers.get("If-None-Match") == etag:
            self.asked.append(f"{request.path_qs} 304")
            return web.Response(status=304)
        self.asked.append(request.path_qs)
        if isinstance(page, int):
            return web.Response(status=page)
        content_type = "text/xml" if request.path.endswith(".xml") else "text/html"
        return web.Response(text=page, content_type=content_type, headers={"ETag": etag} if self.etags else {})

    async def read(self, *, believed: bool = False) -> CinemaReading:
        """One run: read, publish, remember."""
        self.runs += 1
        self.asked.clear()
        run = Run(id=f"run-{self.runs}", city_id="kyiv", owner="o", trigger="visitor", started_at=self.now)
        url = str(self.server.make_url("/"))
        cinema = Cinema(id="kyiv-zirka", city_id="kyiv", name="Зірка", url=url, source="config")
        allowed = frozenset({("127.0.0.1", self.server.port or 0)})
        async with Fetcher(config.Fetch(host_interval=0, timeout=60), allowed=allowed) as fetcher:
            scraper = CinemaScraper(fetcher=fetcher, memory=self.memory, run_id=run.id)
            context = ReadContext(now=self.now, timezone=ZoneInfo("Europe/Kyiv"), country="UA")
            reading = await scraper.read(CinemaTask(cinema=cinema, known=self.known, believed=believed), context)
        self.asked = [path for path in self.asked if path != "/robots.txt"]
        self._publish(reading, run)
        if reading.pages is not None:
            await self.memory.remember_pages("kyiv-zirka", reading.pages)
        return reading

    def _publish(self, reading: CinemaReading, run: Run) -> None:
        listings = build_publication([reading], known_films=(), run=run, now=self.now).listings
        if listings:
            past = tuple(showtime for showtime in self.known if showtime.start_time <= self.now)
            self.known = past + listings[0].showtimes

    def starts(self) -> list[str]:
        """The Kyiv wall clocks of what is published and to come."""
        zone = ZoneInfo("Europe/Kyiv")
        coming = (showtime.start_time for showtime in self.known if showtime.start_time > self.now)
        return [start.astimezone(zone).strftime("%d %H:%M") for start in sorted(coming)]


@pytest.fixture
async def kino() -> AsyncIterator[Kino]:
    kino = Kino()
    await kino.server.start_server()
    yield kino
    await kino.server.close()


# --- finding the schedule ---------------------------------------------------------------------------------------------


async def test_a_page_with_the_whole_schedule_is_all_that_is_asked_for(kino: Kino) -> None:
    kino.pages["/"] = html("2026-11-21T19:30", "2026-11-22T19:30", links='<a href="/bar">Бар</a>')
    reading = await kino.read()
    assert (reading.result.outcome, reading.result.kept) == ("published", 2)
    assert kino.asked == ["/"]


def undated(**films: str) -> str:
    """A list of films and clocks that names no day."""
    cards = "".join(
        f"<div class=f><h3>{film}</h3><b>{clocks.replace(' ', '</b> <b>')}</b></div>" for film, clocks in films.items()
    )
    head = '<html lang="uk"><title>Кіно Зірка</title><body><a href="/rozklad">Розклад</a><h1>Афіша</h1>'
    return f"{head}{cards}</body></html>"


async def test_times_without_a_day_wait_for_another_page_that_dates_them(kino: Kino) -> None:
    """Both pages show Dune at 15:00 and 19:30 today; so the rest of the undated page is today's as well."""
    kino.pages["/"] = undated(Дюна="15:00 19:30", Чужий="17:00 21:10", Аноra="13:10")
    kino.pages["/rozklad"] = html("2026-11-21T15:00", "2026-11-21T19:30", "2026-11-22T19:30")
    await kino.read()
    assert kino.starts() == ["21 13:10", "21 15:00", "21 17:00", "21 19:30", "21 21:10", "22 19:30"]


@pytest.mark.parametrize("dated", [("2026-11-21T15:00",), ("2026-11-22T15:00", "2026-11-22T19:30"), ()])
async def test_times_without_a_day_that_nothing_confirms_are_held_back(kino: Kino, dated: tuple[str, ...]) -> None:
    kino.pages["/"] = undated(Дюна="15:00 19:30", Чужий="17:00 21:10", Аноra="13:10")
    kino.pages["/rozklad"] = html(*dated)
    reading = await kino.read()
    assert kino.starts() == [f"{start[8:10]} {start[11:]}" for start in dated]
    assert reading.result.refused.get("date_assumed") == 5


async def test_the_schedule_is_found_behind_the_front_page(kino: Kino) -> None:
    kino.pages["/"] = html(links='<a href="/bar">Бар</a><a href="/films">Films</a><a href="/rozklad">Розклад</a>')
    kino.pages["/rozklad"] = html("2026-11-21T19:30")
    kino.pages["/films"] = html()
    assert (await kino.read()).result.outcome == "published"
    assert kino.asked == ["/", "/rozklad", "/films"]
    assert kino.starts() == ["21 19:30"]


async def test_the_next_run_goes_where_the_schedule_was(kino: Kino) -> None:
    kino.pages["/"] = html(links='<a href="/films">Films</a><a href="/rozklad">Розклад</a>')
    kino.pages["/rozklad"] = html("2026-11-21T19:30")
    await kino.read()
    kino.pages["/rozklad"] = html("2026-11-21T20:00")
    await kino.read()
    assert kino.asked == ["/rozklad"]
    assert kino.starts() == ["21 20:00"]


async def test_a_schedule_that_moved_is_found_again(kino: Kino) -> None:
    kino.pages["/"] = html(links='<a href="/rozklad">Розклад</a>')
    kino.pages["/rozklad"] = html("2026-11-21T19:30")
    await kino.read()
    kino.pages["/"] = html(links='<a href="/seansy">Сеанси</a>')
    kino.pages["/rozklad"] = html()
    kino.pages["/seansy"] = html("2026-11-21T20:00")
    assert (await kino.read()).result.outcome == "published"
    assert kino.starts() == ["21 20:00"]


async def test_pages_of_days_that_are_missing_are_read(kino: Kino) -> None:
    tabs = "".join(f'<a href="/?date=2026-11-{day}">{day}</a>' for day in (21, 22, 23))
    kino.pages["/"] = html("2026-11-21T19:30", links=tabs)
    kino.pages["/?date=2026-11-22"] = html("2026-11-22T18:00")
    kino.pages["/?date=2026-11-23"] = html("2026-11-23T18:00")
    await kino.read()
    assert kino.asked == ["/", "/?date=2026-11-22", "/?date=2026-11-23"]
    assert kino.starts() == ["21 19:30", "22 18:00", "23 18:00"]


async def test_looking_costs_no_more_than_eight_requests(kino: Kino) -> None:
    links = "".join(f'<a href="/schedule/{name}">Schedule</a>' for name in "abcdefghijklmnop")
    kino.pages["/"] = html(links=links)
    for name in "abcdefghijklmnop":
        kino.pages[f"/schedule/{name}"] = html()
    assert (await kino.read()).result.outcome == "unreadable"
    assert len(kino.asked) == 8


async def test_once_known_no_more_than_thirty_pages_are_read(kino: Kino) -> None:
    first = datetime(2026, 11, 22, tzinfo=UTC)
    days = [(first + timedelta(days=i)).strftime("%Y-%m-%d") for i in range(29)]
    tabs = "".join(f'<a href="/d?date={day}">{day[5:]}</a><a href="/e?date={day}">{day[5:]}</a>' for day in days)
    kino.pages["/"] = html("2026-11-21T19:30", links=tabs)
    for day in days:
        kino.pages[f"/d?date={day}"] = html()
        kino.pages[f"/e?date={day}"] = html()
    await kino.read()
    assert len(kino.asked) == 8
    kino.pages["/"] = html("2026-11-21T20:30", links=tabs)
    await kino.read()
    assert len(kino.asked) == 30


async def test_without_links_the_sitemap_helps(kino: Kino) -> None:
    site = str(kino.server.make_url("/")).rstrip("/")
    kino.pages["/"] = html(links="<p>Вітаємо!</p>")
    kino.pages["/sitemap.xml"] = f"<urlset><url><loc>{site}/bar</loc></url><url><loc>{site}/seansy</loc></url></urlset>"
    kino.pages["/seansy"] = html("2026-11-21T19:30")
    assert (await kino.read()).result.outcome == "published"
    assert kino.asked == ["/", "/sitemap.xml", "/seansy"]


async def test_the_same_showing_on_several_pages_is_one(kino: Kino) -> None:
    kino.pages["/"] = html("2026-11-21T19:30", links='<a href="/rozklad">Розклад</a>')
    kino.pages["/rozklad"] = html("2026-11-21T19:30", "2026-11-22T19:30")
    assert (await kino.read()).result.kept == 2
    assert kino.starts() == ["21 19:30", "22 19:30"]


@pytest.mark.parametrize(("status", "outcome"), [(500, "unreachable"), (404, "unreachable")])
async def test_a_website_that_does_not_answer_is_said_to_be_so(kino: Kino, status: int, outcome: str) -> None:
    kino.pages["/"] = status
    reading = await kino.read()
    assert (reading.result.outcome, reading.result.detail, reading.showings) == (outcome, "http_status", None)


# --- what need not be read again --------------------------------------------------------------------------------------


@pytest.mark.parametrize("etags", [True, False])
async def test_unchanged_pages_cost_one_request_each_and_nothing_more(kino: Kino, etags: bool) -> None:
    kino.etags = etags
    tab = '<a href="/?date=2026-11-22">22</a>'
    kino.pages["/"] = html("2026-11-21T19:30", links=tab)
    kino.pages["/?date=2026-11-22"] = html("2026-11-22T18:00")
    await kino.read()
    kino.now += timedelta(hours=2)
    reading = await kino.read()
    suffix = " 304" if etags else ""
    assert kino.asked == [f"/{suffix}", f"/?date=2026-11-22{suffix}"]
    assert (reading.result.outcome, reading.result.detail, reading.showings) == ("published", "unchanged", None)
    assert kino.starts() == ["21 19:30", "22 18:00"]


async def test_when_one_page_changes_all_are_read(kino: Kino) -> None:
    """A showing's evidence may be on the page that changed, though another one names it too."""
    kino.etags = True
    kino.pages["/"] = html("2026-11-21T19:30", links='<a href="/rozklad">Розклад</a>')
    kino.pages["/rozklad"] = html("2026-11-21T19:30", "2026-11-22T18:00")
    await kino.read()
    kino.pages["/"] = html("2026-11-21T20:30", links='<a href="/rozklad">Розклад</a>')
    await kino.read()
    assert kino.starts() == ["21 19:30", "21 20:30", "22 18:00"]


async def test_what_was_published_by_another_run_is_read_again(kino: Kino) -> None:
    kino.pages["/"] = html("2026-11-21T19:30")
    await kino.read()
    kino.known = tuple(msgspec.structs.replace(showtime, run_id="another") for showtime in kino.known)
    assert (await kino.read()).result.detail == ""


async def test_pages_of_another_release_are_read_again(kino: Kino) -> None:
    kino.pages["/"] = html("2026-11-21T19:30")
    await kino.read()
    kino.memory.kept = tuple(msgspec.structs.replace(page, reader_version="0") for page in kino.memory.kept)
    assert (await kino.read()).result.detail == ""


async def test_after_a_week_pages_are_read_again(kino: Kino) -> None:
    kino.pages["/"] = html("2026-11-21T19:30", "2026-12-05T19:30")
    await kino.read()
    kino.now += timedelta(days=6)
    assert (await kino.read()).result.detail == "unchanged"
    kino.now += timedelta(days=2)
    assert (await kino.read()).result.detail == ""


async def test_a_page_that_says_today_is_read_again_tomorrow(kino: Kino) -> None:
    """The same text under "today" is another day's schedule a day later."""
    cards = "".join(
        f'<div class="card"><h3>{title}</h3><ul><li>{one}</li><li>{two}</li></ul></div>'
        for title, one, two in (
            ("Їжак у тумані", "15:10", "19:30"),
            ("Останній трамвай", "16:20", "20:40"),
            ("Соляна дорога", "17:15", "21:45"),
            ("Дев’ята орбіта", "18:05", "22:10"),
        )
    )
    kino.pages["/"] = f'<html lang="uk"><body><h1>Розклад</h1><h2>Сьогодні</h2>{cards}</body></html>'
    assert (await kino.read()).result.outcome == "published"
    kino.now += timedelta(hours=1)
    assert (await kino.read()).result.detail == "unchanged"
    kino.now += timedelta(days=1)
    reading = await kino.read()
    assert reading.result.detail == ""
    assert kino.starts()[0].startswith("22 ")


async def test_an_unchanged_page_whose_showings_are_over_is_empty_and_loses_nothing(kino: Kino) -> None:
    kino.pages["/"] = html("2026-11-21T19:30")
    await kino.read()
    kino.now += timedelta(days=1)
    reading = await kino.read()
    assert (reading.result.outcome, reading.result.detail) == ("empty", "unchanged")


# --- what is not believed ---------------------------------------------------------------------------------------------


FULL = [f"2026-11-21T{hour}:{minute}" for hour in (15, 17, 19, 21) for minute in ("00", "30")]


async def test_a_reading_that_collapses_is_set_aside_and_the_last_good_one_stays(kino: Kino) -> None:
    kino.pages["/"] = html(*FULL)
    await kino.read()
    before = kino.starts()
    kino.pages["/"] = html(*FULL[:3])
    reading = await kino.read()
    assert (reading.result.outcome, reading.result.detail, reading.showings) == ("quarantined", "collapsed", None)
    assert reading.result.kept == 3
    assert kino.starts() == before


async def test_a_reading_that_stays_collapsed_is_believed(kino: Kino) -> None:
    kino.pages["/"] = html(*FULL)
    await kino.read()
    kino.pages["/"] = html(*FULL[:3])
    assert (await kino.read(believed=True)).result.outcome == "published"
    assert len(kino.starts()) == 3


async def test_half_of_what_was_is_believed_at_once(kino: Kino) -> None:
    kino.pages["/"] = html(*FULL)
    await kino.read()
    kino.pages["/"] = html(*FULL[:4])
    assert (await kino.read()).result.outcome == "published"


async def test_showings_of_a_day_page_that_fails_stay(kino: Kino) -> None:
    tab = '<a href="/?date=2026-11-22">22</a>'
    kino.pages["/"] = html("2026-11-21T19:30", links=tab)
    kino.pages["/?date=2026-11-22"] = html("2026-11-22T18:00")
    await kino.read()
    kino.pages["/"] = html("2026-11-21T20:30", links=tab)
    kino.pages["/?date=2026-11-22"] = 500
    assert (await kino.read()).result.outcome == "published"
    assert kino.starts() == ["21 20:30", "22 18:00"]
    kino.pages["/?date=2026-11-22"] = html("2026-11-22T18:15")
    assert (await kino.read()).result.detail == ""
    assert kino.starts() == ["21 20:30", "22 18:15"]


async def test_booking_links_that_are_gone_are_dropped(kino: Kino) -> None:
    site = str(kino.server.make_url("/")).rstrip("/")
    kino.pages["/ok"] = "<p>Квитки"
    kino.pages["/"] = (
        '<script type="application/ld+json">['
        f'{{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T19:30","url":"{site}/ok"}},'
        f'{{"@type":"ScreeningEvent","name":"Дюна","startDate":"2026-11-21T21:30","url":"{site}/gone"}}]</script>'
    )
    await kino.read()
    assert [(s.buy_link, s.buy_link_state) for s in kino.known] == [(f"{site}/ok", "ok"), (None, "unchecked")]


async def test_a_film_without_a_poster_in_data_has_the_one_that_the_page_shows(kino: Kino) -> None:
    kino.pages["/"] = html("2026-11-21T19:30", links="<article><img src='/duna.jpg'><h2>Дюна</h2></article>")
    reading = await kino.read()
    assert reading.showings is not None
    assert [showing.poster_url for showing in reading.showings] == [str(kino.server.make_url("/duna.jpg"))]
    assert kino.asked == ["/"]
