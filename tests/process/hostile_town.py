"""A town whose cinemas, and whose Claude, fail in every way, and say a word that nobody may find in the log."""

import asyncio
import json
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from aiohttp import web

sys.path.insert(0, str(Path(__file__).parent.parent / "agent" / "claude"))
from fake_claude import FakeClaude, message, shown_text

KEY: Final = "sk-canary-0d5a7c"
PROSE: Final = (
    '<html lang="uk"><body><div>Друзі, отже, {day} збираємось у клубі о 19:30 і дивимось «canary», {case}. '
    '<a href="/canary-{case}">canary</a> До зустрічі!</div></body></html>'
)
NEVER: Final = {"retry-after": "3600"}
GOOD: Final = (
    '<html><body><script type="application/ld+json">{{"@context": "https://schema.org", "@type": "ScreeningEvent", '
    '"name": "canary", "startDate": "{day:%Y-%m-%d}T19:30:00+02:00"}}</script><h2>canary</h2>'
    "<p>{day:%d.%m.%Y} 19:30</p></body></html>"
)
FAILURES: Final[dict[str, tuple[int, str, dict[str, str]]]] = {
    "rejected": (400, "invalid_request_error", {}),
    "rate-limited": (429, "rate_limit_error", NEVER),
    "overloaded": (529, "overloaded_error", NEVER),
    "server-error": (500, "api_error", NEVER),
}
"""Errors of Claude by the page that is asked about. One that closes the way to all calls is asked for last."""
PAGES: Final = {
    "rejected": "unreadable claude_rejected",
    "rate-limited": "unreadable claude_rate_limited",
    "overloaded": "unreadable claude_overloaded",
    "server-error": "unreadable claude_server_error",
    "unusable": "unreadable claude_unusable",
    "refusal": "unreadable claude_refusal",
    "no-json": "unreadable claude_unusable",
    "invented": "empty ",
    "dropped": "unreadable claude_dropped",
    "slow": "unreadable claude_timeout",
}
"""Pages that only Claude can read, and what comes of each in a run."""
BROKEN: Final = {
    "robots": "refused_by_robots robots",
    "no-type": "unreachable bad_content_type",
    "no-charset": "unreadable no_reader",
    "no-gzip": "unreachable bad_content_type",
    "no-http": "unreachable connection",
    "cookie": "unreadable no_reader",
    "gone": "unreachable http_status",
    "fault": "unreachable http_status",
    "large": "unreachable too_large",
    "late": "unreachable timeout",
    "elsewhere": "unreachable too_many_redirects",
    "private": "unreachable bad_url",
    "no-json-ld": "unreadable no_reader",
    "past": "empty ",
}
"""Pages of which nothing can be shown, and what comes of each."""


class UnkindClaude(FakeClaude):
    """Answers by the page that it is asked about; once ``locked`` it takes no key. ``mended``: all pages are good."""

    def __init__(self) -> None:
        super().__init__()
        self.key = KEY
        self.locked = self.mended = False
        self.app.router.add_get("/lock", self._lock)
        self.app.router.add_get("/mend", self._mend)

    async def _lock(self, _: web.Request) -> web.Response:
        self.locked = True
        return web.Response()

    async def _mend(self, _: web.Request) -> web.Response:
        self.locked, self.mended = False, True
        return web.Response()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        case = next((each for each in PAGES if f", {each}." in shown_text(body)), "")
        if self.locked:
            return say(401, "authentication_error", {})
        if case in FAILURES:
            return say(*FAILURES[case])
        if case == "slow":
            await asyncio.sleep(60)
        if case == "dropped":
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(answer_to(case, body), headers={"x-canary": "canary"})


def say(status: int, kind: str, headers: dict[str, str]) -> web.Response:
    """An error of the API that repeats what it was sent."""
    error = {"type": kind, "message": f"canary: {KEY}", "details": {"canary": "canary"}}
    body = {"type": "error", "error": error, "request_id": "req_canary"}
    return web.json_response(body, status=status, reason="Canary", headers={"request-id": "req_canary", **headers})


def answer_to(case: str, body: dict[str, Any]) -> dict[str, Any]:
    """A reply of which nothing can be used, or all of which is invented."""
    row = {"title": "canary", "day": "2031-01-01", "day_text": "canary", "time": "25:61", "quote": "canary"}
    texts = {"invented": json.dumps({"showings": [row]}), "no-json": "canary {"}
    changes: dict[str, Any] = {"refusal": {"stop_reason": "refusal"}, "unusable": {"content": None, "usage": None}}
    return message(body, texts.get(case, "canary"), **changes.get(case, {}))


def create_town(*, base_url: str, clock: Callable[[], datetime], access_log: Path | None = None) -> web.Application:
    """The server: every cinema at ``/cinema/NAME``."""
    assert access_log is not None
    claude = UnkindClaude()
    app = claude.app

    async def cinema(request: web.Request) -> web.StreamResponse:
        name, start = request.match_info["name"], clock() + timedelta(days=2)
        if claude.mended:
            return web.Response(text=GOOD.format(day=start), content_type="text/html")
        if name == "past":
            return web.Response(text=GOOD.format(day=clock() - timedelta(days=7)), content_type="text/html")
        if name in PAGES:
            return web.Response(text=PROSE.format(day=start.strftime("%d.%m.%Y"), case=name), content_type="text/html")
        return await broken(request, name, base_url)

    async def robots(_: web.Request) -> web.Response:
        return web.Response(text="User-agent: *\nDisallow: /cinema/robots\nCrawl-delay: canary\ncanary\n")

    app.router.add_get("/robots.txt", robots)
    app.router.add_get("/cinema/{name}", cinema)
    return app


async def broken(request: web.Request, name: str, base_url: str) -> web.StreamResponse:
    """A page that fails as its name says."""
    html = {"Content-Type": "text/html"}
    body = b"<html><body><p>canary</p></body></html>"
    answers: dict[str, Callable[[], web.Response]] = {
        "no-type": lambda: web.Response(body=body, headers={"Content-Type": "application/canary"}),
        "no-charset": lambda: web.Response(
            body=b"\xff\xfe\x00canary", headers={"Content-Type": "text/html;charset=canary"}
        ),
        "no-gzip": lambda: web.Response(body=body, headers={**html, "Content-Encoding": "gzip"}),
        "cookie": lambda: web.Response(body=body, headers={**html, "Set-Cookie": "can[ary]=canary"}),
        "gone": lambda: web.Response(status=404, reason="Canary", body=body, headers=html),
        "fault": lambda: web.Response(status=500, reason="Canary", body=body, headers=html),
        "large": lambda: web.Response(body=b"canary" * 400_000, headers=html),
        "elsewhere": lambda: web.Response(status=302, headers={"Location": f"{base_url}/cinema/elsewhere?canary=1"}),
        "private": lambda: web.Response(status=302, headers={"Location": "http://canary:canary@10.0.0.1/canary"}),
        "no-json-ld": lambda: web.Response(body=NO_JSON_LD.encode(), headers=html),
    }
    if name == "late":
        await asyncio.sleep(60)
    if name == "no-http":
        assert request.transport is not None
        request.transport.write(b"CANARY canary\r\nX-Canary: canary\r\n\r\n")
        request.transport.close()
    return answers[name]() if name in answers else web.Response(body=body, headers=html)


NO_JSON_LD: Final = (
    '<html><body><script type="application/ld+json">{"@type": "ScreeningEvent", "name": "canary", "startDate": "c",'
    '</script><script>window.__STATE__ = {"showtimes": [{"title": "canary", "start": "canary-25:61"}</script>canary'
    "</body></html>"
)
