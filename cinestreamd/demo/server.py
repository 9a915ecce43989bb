"""The demo town's web server: one aiohttp application with the websites of all cinemas."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from cinestreamd.demo import claude
from cinestreamd.demo.access_log import AccessLog
from cinestreamd.demo.cinema_pages import CinemaPages
from cinestreamd.demo.rendering import Renderer, read_static_files
from cinestreamd.demo.sites import WEBSITES
from cinestreamd.demo.truth import expected_rows, read_truth

Clock = Callable[[], datetime]

ROBOTS: Final = """\
# Demo data: every cinema, film and showing on this host is invented.
User-agent: *
Disallow: /zirka-podil/kabinet/
Allow: /
"""
STATIC_MAX_AGE: Final = "max-age=300"


def create_demo_app(
    *, base_url: str, clock: Clock, access_log: Path | None = None, delay: float = 0.0
) -> web.Application:
    """The application that serves the demo town.

    Args:
        base_url: scheme, host and port at which it is reached; absolute links start with it.
        clock: the current moment, aware; schedules are computed from it.
        access_log: file to which one JSON line a request is appended.
        delay: seconds by which pages that carry a schedule are held back, after their line is in the access log.

    Raises:
        OSError: the access log cannot be opened.
    """
    renderer = Renderer(base_url.rstrip("/"))
    log = AccessLog(access_log) if access_log is not None else None
    app = web.Application(middlewares=[_recorder(log, clock, delay), _not_found_page(renderer)])
    app.add_routes(_town_routes(renderer, clock))
    for website in WEBSITES:
        app.add_routes(CinemaPages(website, renderer, clock).routes())
    app.on_response_prepare.append(_forbid_indexing)
    app.cleanup_ctx.append(_closing(log))
    return app


def _town_routes(renderer: Renderer, clock: Clock) -> list[web.AbstractRouteDef]:
    files = read_static_files()
    read_truth()  # now rather than inside the loop

    async def index(_: web.Request) -> web.Response:
        return web.Response(text=renderer.town_page("town.html"), content_type="text/html")

    async def robots(_: web.Request) -> web.Response:
        return web.Response(text=ROBOTS)

    async def truth(_: web.Request) -> web.Response:
        now = clock()
        body = msgspec.json.encode({"now": now, "rows": expected_rows(now)})
        return web.Response(body=body, content_type="application/json")

    async def static_file(request: web.Request) -> web.Response:
        content, content_type = files[request.path]
        return web.Response(
            body=content, content_type=content_type, charset="utf-8", headers={hdrs.CACHE_CONTROL: STATIC_MAX_AGE}
        )

    routes: list[web.AbstractRouteDef] = [
        web.get("/", index),
        web.get("/robots.txt", robots),
        web.get("/truth.json", truth),
        web.post("/v1/messages", claude.answer),
    ]
    return routes + [web.get(path, static_file) for path in files]


def _recorder(log: AccessLog | None, clock: Clock, delay: float) -> Middleware:
    """Writes each request's line, then holds back the pages that carry a schedule."""
    slowed = {website.schedule_path for website in WEBSITES}

    def record(request: web.Request, status: int) -> None:
        if log is not None:
            agent = request.headers.get(hdrs.USER_AGENT, "")
            log.write(time=clock(), method=request.method, path=request.path_qs, status=status, user_agent=agent)

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            response = await handler(request)
        except web.HTTPException as error:
            record(request, error.status)
            raise
        except Exception:
            record(request, HTTPStatus.INTERNAL_SERVER_ERROR)
            raise
        record(request, response.status)
        if delay and request.path in slowed:
            await asyncio.sleep(delay)
        return response

    return answer


def _not_found_page(renderer: Renderer) -> Middleware:
    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPNotFound:
            page = renderer.town_page("not_found.html", path=request.path)
            return web.Response(text=page, content_type="text/html", status=HTTPStatus.NOT_FOUND)

    return answer


async def _forbid_indexing(_: web.Request, response: web.StreamResponse) -> None:
    response.headers["X-Robots-Tag"] = "noindex"


def _closing(log: AccessLog | None) -> Callable[[web.Application], AsyncIterator[None]]:
    async def context(_: web.Application) -> AsyncIterator[None]:
        yield
        if log is not None:
            log.close()

    return context
