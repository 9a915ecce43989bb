"""Time, size, redirects and media types: what a hostile or broken server can do, and what comes of it."""

import asyncio
import gzip
import time
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import web

from cinestreamd import config
from cinestreamd.agent.fetch import (
    AddressRefusedError,
    BadContentTypeError,
    BadUrlError,
    ConnectionFailedError,
    Fetcher,
    FetchTimeoutError,
    HttpStatusError,
    TooLargeError,
    TooManyRedirectsError,
    Validators,
)

PAGE = "<!doctype html><title>Кіно</title><p>19:30"


async def test_a_page_is_fetched_with_its_address_type_and_text(town: Any) -> None:
    town.page("/a", PAGE, ETag='"v1"', Last_Modified="Sat, 21 Nov 2026 08:00:00 GMT")
    fetcher = await town.start()
    page = await fetcher.get(town.url("/a") + "#times")
    assert page.url == town.url("/a")
    assert page.content_type == "text/html"
    assert page.text == PAGE
    assert page.etag == '"v1"'
    assert page.last_modified == "Sat, 21 Nov 2026 08:00:00 GMT"
    assert page.fetched_at.utcoffset().total_seconds() == 0


async def test_the_request_names_the_agent_and_carries_no_cookie(town: Any) -> None:
    seen = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(dict(request.headers))
        return web.Response(text=PAGE, content_type="text/html", headers={"Set-Cookie": "a=1"})

    town.serve("/a", answer)
    fetcher = await town.start()
    await fetcher.get(town.url("/a"))
    await fetcher.get(town.url("/a"))
    assert seen[1]["User-Agent"] == "cinestreamd (+https://github.com/cinestreamd/cinestreamd)"
    assert seen[1]["Accept-Encoding"] == "gzip, deflate"
    assert "Cookie" not in seen[1]


@pytest.mark.parametrize("status", [204, 400, 401, 403, 404, 410, 429, 500, 503])
async def test_any_other_status_than_200_is_an_error_with_that_status(town: Any, status: int) -> None:
    town.page("/a", b"", status=status)
    fetcher = await town.start()
    with pytest.raises(HttpStatusError) as refused:
        await fetcher.get(town.url("/a"))
    assert refused.value.http_status == status
    assert refused.value.code == "http_status"


async def test_a_known_version_costs_no_body(town: Any) -> None:
    async def answer(request: web.Request) -> web.Response:
        known = request.headers.get("If-None-Match") == '"v1"'
        return web.Response(status=304) if known else web.Response(text=PAGE, content_type="text/html")

    town.serve("/a", answer)
    fetcher = await town.start()
    assert await fetcher.get_if_changed(town.url("/a"), Validators(etag='"v1"')) is None
    page = await fetcher.get_if_changed(town.url("/a"), Validators(etag='"v0"'))
    assert page is not None
    assert page.text == PAGE


# --- size -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda data: zlib.compress(data, wbits=-15)),
        ("gzip", lambda data: gzip.compress(data[:10]) + gzip.compress(data[10:])),
    ],
)
async def test_packed_pages_are_unpacked(town: Any, coding: str, pack: Callable[[bytes], bytes]) -> None:
    town.page("/a", pack(PAGE.encode()), Content_Encoding=coding)
    fetcher = await town.start()
    assert (await fetcher.get(town.url("/a"))).text == PAGE


async def test_a_gzip_bomb_stops_at_the_limit_at_once(town: Any) -> None:
    """400 MB of zeros in 390 kB: refused within the limit of 1 MB, without holding up the loop.

    To unpack them all takes longer than either limit; as the best of several tries.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = b"\0" * 1_000_000
    bomb = b"".join(packer.compress(zeros) for _ in range(400)) + packer.flush()
    town.page("/bomb", bomb, Content_Encoding="gzip")
    fetcher = await town.start(max_bytes=1_000_000)

    async def watch(longest: list[float]) -> None:
        while True:
            began = time.monotonic()
            await asyncio.sleep(0.001)
            longest.append(time.monotonic() - began)

    for _ in range(8):
        longest = [0.0]
        watcher = asyncio.create_task(watch(longest))
        before = time.process_time()
        with pytest.raises(TooLargeError) as refused:
            await fetcher.get(town.url("/bomb"))
        spent, held_up = time.process_time() - before, max(longest)
        watcher.cancel()
        assert refused.value.code == "too_large"
        if spent < 1.0 and held_up < 0.5:
            return
    raise AssertionError(f"the last of eight tries took {spent:.2f} s and held the loop up for {held_up:.2f} s")


async def test_a_stream_without_end_stops_at_the_limit(town: Any) -> None:
    sent = 0

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        while True:
            await response.write(b"x" * 10_000)
            sent += 10_000

    town.serve("/a", answer)
    fetcher = await town.start(max_bytes=50_000)
    with pytest.raises(TooLargeError):
        await fetcher.get(town.url("/a"))


async def test_empty_gzip_members_without_end_stop_at_the_limit(town: Any) -> None:
    town.page("/a", gzip.compress(b"") * 20_000, Content_Encoding="gzip")
    fetcher = await town.start(max_bytes=100_000)
    with pytest.raises(TooLargeError):
        await fetcher.get(town.url("/a"))


async def test_a_page_of_exactly_the_limit_is_read(town: Any) -> None:
    town.page("/a", b"x" * 20_000)
    fetcher = await town.start(max_bytes=20_000)
    assert len((await fetcher.get(town.url("/a"))).text) == 20_000


@pytest.mark.parametrize(
    ("coding", "body"),
    [("br", b"\x0b\x02\x80abc\x03"), ("gzip", b"this is not gzip"), ("gzip, gzip", gzip.compress(gzip.compress(b"x")))],
    ids=["unknown", "damaged", "twice"],
)
async def test_an_unknown_or_damaged_coding_is_refused(town: Any, coding: str, body: bytes) -> None:
    town.page("/a", body, Content_Encoding=coding)
    fetcher = await town.start()
    with pytest.raises(BadContentTypeError) as refused:
        await fetcher.get(town.url("/a"))
    assert refused.value.code == "bad_content_type"


# --- time -------------------------------------------------------------------------------------------------------------


async def test_a_server_that_drips_is_given_up_in_time(town: Any) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        while True:
            await response.write(b"x")
            await asyncio.sleep(0.02)

    town.serve("/a", answer)
    fetcher = await town.start(timeout=0.4)
    before = time.monotonic()
    with pytest.raises(FetchTimeoutError) as refused:
        await fetcher.get(town.url("/a"))
    assert refused.value.code == "timeout"
    assert time.monotonic() - before < 20, "it would drip on for ever"


async def test_redirects_share_one_deadline(town: Any) -> None:
    """Four hops of 0.2 s each do not fit into 0.5 s, though each alone would."""

    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(0.2)
        hop = int(request.match_info["hop"])
        return web.Response(status=302, headers={"Location": f"/slow/{hop + 1}"})

    town.serve("/slow/{hop}", answer)
    fetcher = await town.start(timeout=0.5)
    with pytest.raises(FetchTimeoutError):
        await fetcher.get(town.url("/slow/1"))


async def test_a_server_that_hangs_up_is_a_failed_connection(town: Any) -> None:
    async def answer(request: web.Request) -> web.Response:
        request.transport.abort()
        return web.Response()

    town.serve("/a", answer)
    fetcher = await town.start()
    with pytest.raises(ConnectionFailedError) as refused:
        await fetcher.get(town.url("/a"))
    assert refused.value.code == "connection"


@pytest.mark.parametrize(
    "answer", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b"\x00" * 100]
)
async def test_an_answer_that_is_no_http_is_a_failed_connection(answer: bytes) -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(speak, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Fetcher(config.Fetch(timeout=60, host_interval=0), allowed=frozenset({("127.0.0.1", port)})) as fetcher:
        with pytest.raises(ConnectionFailedError):
            await fetcher.get(f"http://127.0.0.1:{port}/")
    server.close()
    await server.wait_closed()


# --- redirects --------------------------------------------------------------------------------------------------------


async def test_redirects_are_followed_to_the_page(town: Any) -> None:
    town.page("/a", b"", status=301, Location="b?x=1")
    town.page("/b", b"", status=308, Location="/c")
    town.page("/c", PAGE)
    fetcher = await town.start()
    assert (await fetcher.get(town.url("/a"))).url == town.url("/c")


async def test_endless_redirects_end(town: Any) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": f"/r?{len(request.query_string)}x"})

    town.serve("/r", answer)
    fetcher = await town.start()
    with pytest.raises(TooManyRedirectsError) as refused:
        await fetcher.get(town.url("/r"))
    assert refused.value.code == "too_many_redirects"
    assert sum(path.startswith("/r?") or path == "/r" for _, path in town.asked) == 6


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:22/",
        "http://127.0.0.2/",
        "http://[::1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://user:secret@kino.example/",
        "//127.0.0.3/",
    ],
)
async def test_a_redirect_to_a_private_place_is_refused(town: Any, target: str) -> None:
    town.page("/a", b"", status=302, Location=target)
    fetcher = await town.start()
    with pytest.raises((AddressRefusedError, BadUrlError)):
        await fetcher.get(town.url("/a"))


async def test_an_error_names_neither_headers_nor_body(town: Any) -> None:
    town.page("/a", "a secret body", status=403, Set_Cookie="session=secret", WWW_Authenticate="secret")
    fetcher = await town.start()
    with pytest.raises(HttpStatusError) as refused:
        await fetcher.get(town.url("/a"))
    assert "secret" not in repr(refused.value) + str(refused.value) + repr(refused.value.fields)
    assert refused.value.__cause__ is None


# --- media types ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("media_type", ["image/png", "application/pdf", "video/mp4", "application/octet-stream"])
async def test_what_is_no_text_is_refused(town: Any, media_type: str) -> None:
    town.page("/a", b"x", Content_Type=media_type)
    fetcher = await town.start()
    with pytest.raises(BadContentTypeError):
        await fetcher.get(town.url("/a"))


@pytest.mark.parametrize(
    "media_type",
    [
        "text/html",
        "TEXT/HTML; Charset=UTF-8",
        "application/xhtml+xml",
        "application/json",
        "application/ld+json",
        "text/xml",
        "text/plain",
    ],
)
async def test_text_is_read(town: Any, media_type: str) -> None:
    town.page("/a", PAGE, Content_Type=media_type)
    fetcher = await town.start()
    assert (await fetcher.get(town.url("/a"))).text == PAGE


# --- probes and programming interfaces --------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 403, 404, 410, 429, 500])
async def test_a_probe_tells_the_status(town: Any, status: int) -> None:
    town.page("/buy", "x" * 100, status=status)
    fetcher = await town.start()
    assert await fetcher.probe(town.url("/buy")) == status


async def test_a_probe_believes_get_where_head_is_not_known(town: Any) -> None:
    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=405 if request.method == "HEAD" else 200)

    town.serve("/buy", answer)
    fetcher = await town.start()
    assert await fetcher.probe(town.url("/buy")) == 200


async def test_a_probe_reads_no_body(town: Any) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        if request.method == "HEAD":
            return web.Response(status=405)
        response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
        await response.prepare(request)
        while True:
            await response.write(b"x" * 10_000)

    town.serve("/buy", endless)
    fetcher = await town.start()
    assert await fetcher.probe(town.url("/buy")) == 200


async def test_an_interface_is_asked_by_form_whatever_robots_say(town: Any) -> None:
    async def answer(request: web.Request) -> web.Response:
        form = await request.post()
        return web.json_response({"asked": form["data"], "agent": request.headers["User-Agent"]})

    town.page("/robots.txt", "User-agent: *\nDisallow: /", Content_Type="text/plain")
    town.serve("/api", answer)
    fetcher = await town.start()
    page = await fetcher.ask_api(town.url("/api"), {"data": "кіно"}, limit=10_000, seconds=60)
    assert page.content_type == "application/json"
    assert '"agent": "cinestreamd (+' in page.text
    assert town.asked_for("/robots.txt") == 0
