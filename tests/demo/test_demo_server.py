"""The demo server as clients meet it: pages, booking, revalidation, robots, the access log."""

import asyncio
import fcntl
import json
import os
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient
from blockbuster import blockbuster_ctx
from protego import Protego
from pytest_aiohttp.plugin import AiohttpClient

from cinestreamd.demo.server import create_demo_app
from cinestreamd.demo.settings import demo_settings
from cinestreamd.demo.truth import expected_rows

BASE = "http://demo.test:8090"
NOW = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
PAGES = [
    "/", "/nowhere",
    "/zirka-podil/", "/zirka-podil/rozklad/", "/zirka-podil/kabinet/",
    "/mayak/", "/mayak/pro-klub.html",
    "/levandia/", "/levandia/seansy/",
    "/pid-cytadelliu/", "/pidzamche/",
    "/lantern/", "/lantern/whats-on",
    "/heron-dock/", "/heron-dock/whats-on/", "/heron-dock/film/last-tram/",
    "/zirka-podil/kvytky/20261121-1930-1", "/mayak/bron.php?kino=mayak&seans=20261121-1900-1",
    "/levandia/seansy/20261122-0020-3/kupyty", "/pid-cytadelliu/stolyk/20261121-1830-1",
    "/pidzamche/krislo/20261121-1915-1",
    "/lantern/purchase/20261121-2045-1", "/heron-dock/book/20261122-0015-1/",
]  # fmt: skip


DemoClient = TestClient[web.Request, web.Application]


def demo(**options: Any) -> web.Application:
    return create_demo_app(**{"base_url": BASE, "clock": lambda: NOW, **options})


@pytest.fixture
async def client(aiohttp_client: AiohttpClient) -> DemoClient:
    return await aiohttp_client(demo())


class Elements(HTMLParser):
    """Checks that every element is closed in turn; collects links and the ids that they may lead to."""

    VOID = frozenset({"meta", "link", "img", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: set[str] = set()
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, unless it never has content."""
        if tag not in self.VOID:
            self.open.append(tag)
        self.links |= {value or "" for name, value in attrs if name in {"href", "src"}}
        self.ids |= {value or "" for name, value in attrs if name == "id"}

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """SVG's own way to close an element; nothing stays open."""

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        assert self.open
        assert self.open.pop() == tag


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_says_that_it_is_demo_data(client: DemoClient, path: str) -> None:
    response = await client.get(path)
    text = await response.text()
    assert response.status == (404 if path == "/nowhere" else 200)
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert '<meta name="robots" content="noindex">' in text
    visible = re.sub(r"<script.*?</script>|<head.*?</head>|<[^>]+>", " ", text, flags=re.DOTALL)
    assert re.search(r"demo data|демонстраційн\w+ дан|демо-дані", visible, re.IGNORECASE)


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_is_whole_and_its_links_lead_somewhere(client: DemoClient, path: str) -> None:
    """Elements are closed in order; each link, style sheet and picture answers 200, each fragment exists."""
    elements = Elements()
    elements.feed(await (await client.get(path)).text())
    assert elements.open == []
    for link in elements.links:
        if link.startswith("#"):
            assert link[1:] in elements.ids
        elif not link.startswith("https://schema.org/"):
            address = link.removeprefix(BASE)
            assert address.startswith("/"), link
            assert (await client.get(address)).status == 200, link


async def test_front_page_lists_all_cinemas(client: DemoClient) -> None:
    text = unescape(await (await client.get("/")).text())
    for entry in demo_settings(BASE, start_port=8001, processes=1).cinemas:
        assert entry.name in text


async def test_prefix_without_slash_leads_to_the_front_page(client: DemoClient) -> None:
    response = await client.get("/lantern", allow_redirects=False)
    assert (response.status, response.headers["Location"]) == (301, "/lantern/")


async def test_unknown_addresses_are_404_and_what_was_asked_is_escaped(client: DemoClient) -> None:
    for path in (
        "/heron-dock/film/no-such-film/",
        "/lantern/purchase/20261121-0000-1",
        "/mayak/bron.php",
        "/mayak/bron.php?kino=mayak&seans=x",
        "/zirka-podil/kvytky/20250101-1930-1",
    ):
        assert (await client.get(path)).status == 404
    response = await client.get("/<script>alert(1)</script>")
    text = await response.text()
    assert response.status == 404
    assert "<script>" not in text
    assert "&lt;script&gt;" in text


async def test_titles_are_escaped_where_they_are_seen(client: DemoClient) -> None:
    text = await (await client.get("/lantern/whats-on")).text()
    assert "<h2>Hazel &amp; Flint</h2>" in text


async def test_robots_may_read_schedules_but_not_the_private_part(client: DemoClient) -> None:
    robots = Protego.parse(await (await client.get("/robots.txt")).text())
    assert not robots.can_fetch(f"{BASE}/zirka-podil/kabinet/", "cinestreamd")
    for entry in demo_settings(BASE, start_port=8001, processes=1).cinemas:
        assert robots.can_fetch(entry.url, "cinestreamd")
    assert robots.crawl_delay("cinestreamd") is None


async def test_each_showing_has_its_booking_page(client: DemoClient) -> None:
    """Both for what can be booked and for what cannot: the page names the film, the clock and the state."""
    words = {
        "available": "",
        "sold_out": "продано|Аншлаг|зайнято|House full|Sold out",
        "cancelled": "скасовано|cancelled|Cancelled",
    }
    rows = expected_rows(NOW)
    assert len(rows) > 200
    for row in rows:
        response = await client.get(row.booking)
        text = unescape(await response.text())
        assert response.status == 200
        assert re.search("Демо-бронювання|Demo booking", text)
        assert row.title in text
        stated = [state for state, pattern in words.items() if pattern and re.search(pattern, text)]
        assert stated == ([] if row.availability == "available" else [row.availability])


async def test_booking_closes_when_the_film_begins(aiohttp_client: AiohttpClient) -> None:
    begun = datetime(2026, 11, 21, 18, 15, tzinfo=UTC)
    client = await aiohttp_client(demo(clock=lambda: begun))
    text = await (await client.get("/lantern/purchase/20261121-1815-1")).text()
    assert "booking is closed" in text


@pytest.mark.parametrize("path", ["/zirka-podil/rozklad/", "/mayak/", "/heron-dock/whats-on/"])
async def test_unchanged_schedule_costs_no_body(client: DemoClient, path: str) -> None:
    first = await client.get(path)
    tag, modified = first.headers["ETag"], first.headers["Last-Modified"]
    for condition in (
        {"If-None-Match": tag},
        {"If-None-Match": f'"other", W/{tag}'},
        {"If-Modified-Since": modified},
        {"If-Modified-Since": "Sun, 22 Nov 2026 00:00:00 GMT"},
    ):
        response = await client.get(path, headers=condition)
        assert response.status == 304
        assert await response.read() == b""
        assert response.headers["ETag"] == tag
    for condition in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": '"other"', "If-Modified-Since": modified},
        {"If-Modified-Since": "Fri, 20 Nov 2026 00:00:00 GMT"},
    ):
        assert (await client.get(path, headers=condition)).status == 200


async def test_schedule_changes_when_the_cinemas_day_begins(aiohttp_client: AiohttpClient) -> None:
    """The day of the Lantern begins at 04:00 London time: its page is dated then and changes then."""
    moment = [datetime(2026, 7, 15, 2, 59, tzinfo=UTC)]
    client = await aiohttp_client(demo(clock=lambda: moment[0]))
    before = await client.get("/lantern/whats-on")
    assert before.headers["Last-Modified"] == "Tue, 14 Jul 2026 03:00:00 GMT"
    moment[0] += timedelta(minutes=1)
    after = await client.get("/lantern/whats-on", headers={"If-None-Match": before.headers["ETag"]})
    assert after.status == 200
    assert after.headers["Last-Modified"] == "Wed, 15 Jul 2026 03:00:00 GMT"


async def test_head_answers_as_get_without_body(client: DemoClient) -> None:
    response = await client.head("/lantern/purchase/20261121-2045-1")
    assert response.status == 200
    assert await response.read() == b""


async def test_truth_is_served_for_the_same_moment(client: DemoClient) -> None:
    body = await (await client.get("/truth.json")).json()
    assert body["now"] == "2026-11-21T08:00:00Z"
    assert len(body["rows"]) == len(expected_rows(NOW))
    assert body["rows"][0]["start"] == "2026-11-21T08:20:00Z"
    assert body["rows"][0]["title"] == "Їжак Тиміш і крадії зірок"


async def test_access_log_has_a_line_for_each_request(aiohttp_client: AiohttpClient, tmp_path: Path) -> None:
    """Also for refusals, errors and revalidations; lines of an earlier server stay."""
    log = tmp_path / "access.jsonl"
    log.write_text('{"earlier": true}\n')
    client = await aiohttp_client(demo(access_log=log), headers={"User-Agent": "tester/1"})
    tag = (await client.get("/mayak/")).headers["ETag"]
    await client.get("/mayak/", headers={"If-None-Match": tag})
    await client.get("/nowhere?a=1")
    await client.post("/mayak/")
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines[0] == {"earlier": True}
    assert lines[1] == {
        "time": "2026-11-21T08:00:00.000+00:00",
        "method": "GET",
        "path": "/mayak/",
        "status": 200,
        "user_agent": "tester/1",
    }
    assert [(line["method"], line["path"], line["status"]) for line in lines[2:]] == [
        ("GET", "/mayak/", 304),
        ("GET", "/nowhere?a=1", 404),
        ("POST", "/mayak/", 405),
    ]


async def test_access_log_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        demo(access_log=tmp_path / "no such folder" / "access.jsonl")


async def test_access_log_may_be_a_pipe_that_nobody_reads(aiohttp_client: AiohttpClient, tmp_path: Path) -> None:
    """Neither a full pipe nor a reader that went away keeps a visitor from a page."""
    pipe = tmp_path / "log"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    client = await aiohttp_client(demo(access_log=pipe))
    fcntl.fcntl(reader, fcntl.F_SETPIPE_SZ, 4096)
    for _ in range(50):
        assert (await client.get("/robots.txt")).status == 200
    assert os.read(reader, 4096).startswith(
        b'{"time":"2026-11-21T08:00:00.000+00:00","method":"GET","path":"/robots.txt"'
    )
    os.close(reader)
    assert (await client.get("/robots.txt")).status == 200


async def test_delay_holds_back_schedules_alone(aiohttp_client: AiohttpClient, tmp_path: Path) -> None:
    """The line is in the log before the wait, so that a test can act in the middle of a fetch."""
    log = tmp_path / "access.jsonl"
    client = await aiohttp_client(demo(access_log=log, delay=60))
    fetch = asyncio.create_task(client.get("/lantern/whats-on"))
    async with asyncio.timeout(50):
        while "/lantern/whats-on" not in log.read_text():  # noqa: ASYNC110 - a file sets no event
            await asyncio.sleep(0.005)
        assert (await client.get("/lantern/")).status == 200
        assert (await client.get("/robots.txt")).status == 200
    assert not fetch.done()
    fetch.cancel()


async def test_no_request_blocks_the_loop(aiohttp_client: AiohttpClient, tmp_path: Path) -> None:
    """Templates, texts of locales, timezones and files are read when the application is made."""
    client = await aiohttp_client(demo(access_log=tmp_path / "access.jsonl"))
    with blockbuster_ctx():
        for path in (*PAGES, "/truth.json", "/style.css", "/posters/otters.webp"):
            assert (await client.get(path)).status in {200, 404}


def test_settings_name_the_seven_schedules() -> None:
    settings = demo_settings("http://127.0.0.1:8090/", start_port=8101, processes=3)
    assert settings.problems() == []
    assert settings.cities == ("kyiv", "lviv", "london")
    assert settings.ports == range(8101, 8104)
    assert settings.language == "uk"
    assert [(entry.city, entry.url) for entry in settings.cinemas] == [
        ("kyiv", "http://127.0.0.1:8090/zirka-podil/rozklad/"),
        ("kyiv", "http://127.0.0.1:8090/mayak/"),
        ("lviv", "http://127.0.0.1:8090/levandia/seansy/"),
        ("lviv", "http://127.0.0.1:8090/pid-cytadelliu/"),
        ("lviv", "http://127.0.0.1:8090/pidzamche/"),
        ("london", "http://127.0.0.1:8090/lantern/whats-on"),
        ("london", "http://127.0.0.1:8090/heron-dock/whats-on/"),
    ]
    assert all(method.url.startswith("https://example.org/") for method in settings.donations)
    assert len(settings.donations) == 2
