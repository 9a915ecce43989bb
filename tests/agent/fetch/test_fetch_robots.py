"""robots.txt by RFC 9309, asked for once per host."""

from typing import Any

import pytest
from aiohttp import web

from cinestreamd.agent.fetch import RobotsRefusedError

PAGE = "<p>19:30"


@pytest.mark.parametrize(
    ("robots", "allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow: /times", False),
        ("User-agent: *\nDisallow: /timetable", True),
        ("User-agent: *\nDisallow: /\nAllow: /times", True),
        ("User-agent: *\nDisallow: /*?day=", False),
        ("User-agent: cinestreamd\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
        ("User-agent: CineStreamD\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        ("User-agent: GPTBot\nDisallow: /\n\nUser-agent: *\nAllow: /", True),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", False),
        ("<html><body>Not found, but with status 200</body></html>", True),
        ("User-agent: *\nDisallow: /" + "a*" * 100_000 + "$", True),
    ],
)
async def test_the_rules_of_the_file_are_obeyed(town: Any, robots: str, allowed: bool) -> None:
    town.page("/robots.txt", robots, Content_Type="text/plain")
    town.page("/times", PAGE)
    fetcher = await town.start()
    if allowed:
        assert (await fetcher.get(town.url("/times?day=1"))).text == PAGE
    else:
        with pytest.raises(RobotsRefusedError) as refused:
            await fetcher.get(town.url("/times?day=1"))
        assert refused.value.code == "robots"
        assert town.asked_for("/times?day=1") == 0


@pytest.mark.parametrize(
    ("status", "allowed"), [(404, True), (410, True), (401, True), (403, True), (500, False), (503, False)]
)
async def test_without_the_file_all_is_allowed_and_with_a_broken_server_nothing(
    town: Any, status: int, allowed: bool
) -> None:
    town.page("/robots.txt", b"", status=status)
    town.page("/times", PAGE)
    fetcher = await town.start()
    if allowed:
        await fetcher.get(town.url("/times"))
    else:
        with pytest.raises(RobotsRefusedError):
            await fetcher.get(town.url("/times"))


async def test_the_file_is_asked_for_once(town: Any) -> None:
    import asyncio

    town.page("/robots.txt", "User-agent: *\nDisallow: /private", Content_Type="text/plain")
    town.page("/times", PAGE)
    fetcher = await town.start()
    await asyncio.gather(*(fetcher.get(town.url("/times")) for _ in range(5)))
    assert town.asked_for("/robots.txt") == 1
    assert town.asked_for("/times") == 5


async def test_a_redirect_is_checked_against_the_rules_too(town: Any) -> None:
    town.page("/robots.txt", "User-agent: *\nDisallow: /private", Content_Type="text/plain")
    town.page("/times", b"", status=302, Location="/private/times")
    town.page("/private/times", PAGE)
    fetcher = await town.start()
    with pytest.raises(RobotsRefusedError):
        await fetcher.get(town.url("/times"))
    assert town.asked_for("/private/times") == 0


async def test_a_file_without_end_is_read_to_its_first_half_megabyte(town: Any) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        await response.write(b"User-agent: *\nDisallow: /private\n")
        while True:
            await response.write(b"# " + b"x" * 10_000 + b"\n")

    town.serve("/robots.txt", answer)
    town.page("/times", PAGE)
    town.page("/private", PAGE)
    fetcher = await town.start()
    await fetcher.get(town.url("/times"))
    with pytest.raises(RobotsRefusedError):
        await fetcher.get(town.url("/private"))


async def test_sitemaps_are_told(town: Any) -> None:
    town.page("/robots.txt", "Sitemap: https://kino.example/sitemap.xml\n", Content_Type="text/plain")
    fetcher = await town.start()
    rules = await fetcher.rules(town.url("/"))
    assert rules.sitemaps == ("https://kino.example/sitemap.xml",)
