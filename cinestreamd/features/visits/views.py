"""POST /api/visit and its image twin; GET /api/stats."""

import base64
from datetime import date, timedelta
from typing import Annotated, Final

from aiohttp import web
from msgspec import Meta, Struct

from cinestreamd.feature import Operation
from cinestreamd.features.visits.tally import TALLY
from cinestreamd.web.answers import shared_answer, shared_json
from cinestreamd.web.figures import FIGURES
from cinestreamd.web.inputs import parse_json, parse_query
from cinestreamd.web.keys import CLOCK, SITE, STORE
from cinestreamd.web.pages import render_page
from cinestreamd.web.proxy import client_of
from cinestreamd.web.qr import draw_qr
from cinestreamd.web.urls import page_route

VISIT_PATH: Final = "/api/visit"
_FIGURES_SECONDS: Final = 60
_DAY_SECONDS: Final = 86_400
_TRANSPARENT_GIF: Final = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")


class Visit(Struct, frozen=True):
    """A page that was seen; ``city`` when it was one of a city's pages."""

    city: Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\A[a-z0-9][a-z0-9-]*\Z")] | None = None


class VisitFigures(Struct, frozen=True):
    """Visits: one per browser and UTC day."""

    total: int
    today: int


class DayFigures(Struct, frozen=True):
    """One UTC day."""

    day: date
    visits: int
    views: int
    runs: int


class StatsAnswer(Struct, frozen=True):
    """The site's public figures, at most ten seconds old."""

    visits: VisitFigures
    cities: int
    cinemas: int
    films: int
    upcoming_showtimes: int
    days: list[DayFigures]


async def post_visit(request: web.Request) -> web.Response:
    """POST /api/visit: a page was seen. Sets the day cookie, which no page ever receives."""
    visit = await parse_json(request, Visit)
    response = web.Response(status=204, headers={"Cache-Control": "no-store"})
    await _count(request, response, visit)
    return response


async def show_visit_image(request: web.Request) -> web.Response:
    """GET /api/visit/seen.gif: the same for a browser without JavaScript, from an image in <noscript>."""
    visit = parse_query(request, Visit)
    response = web.Response(body=_TRANSPARENT_GIF, content_type="image/gif", headers={"Cache-Control": "no-store"})
    if request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin":
        await _count(request, response, visit)
    return response


async def show_stats(request: web.Request) -> web.Response:
    """GET /api/stats."""
    stats = await request.app[FIGURES].read()
    answer = StatsAnswer(
        visits=VisitFigures(stats.visits_total, stats.visits_today),
        cities=stats.cities,
        cinemas=stats.cinemas,
        films=stats.films,
        upcoming_showtimes=stats.upcoming_showtimes,
        days=[DayFigures(each.day, each.visits, each.views, each.runs) for each in stats.days],
    )
    return shared_json(request, answer, max_age=10)


async def show_figures(request: web.Request) -> web.Response:
    """GET /{language}/stats: the public figures as a page."""
    stats = await request.app[FIGURES].read()
    return await render_page(request, "visits/stats.html", {"stats": stats}, max_age=_FIGURES_SECONDS)


async def show_support(request: web.Request) -> web.Response:
    """GET /{language}/support: the site's ways to give; there is no such page where there are none."""
    if not request.app[SITE].settings.donations:
        raise web.HTTPNotFound
    return await render_page(request, "visits/support.html", {}, max_age=_FIGURES_SECONDS)


async def show_support_code(request: web.Request) -> web.Response:
    """GET /{language}/support/{number}.svg: the address of one of the ways to give, counted from 1, as a QR code."""
    methods = request.app[SITE].settings.donations
    number = int(request.match_info["number"])
    if not 1 <= number <= len(methods):
        raise web.HTTPNotFound
    drawn = draw_qr(methods[number - 1].url)
    return shared_answer(request, drawn, content_type="image/svg+xml", max_age=_DAY_SECONDS)


async def _count(request: web.Request, response: web.Response, visit: Visit) -> None:
    """Count once per browser and UTC day, and views of cities that the site knows; others would cost, not tell."""
    today = request.app[CLOCK]().date()
    secure = client_of(request).scheme == "https"
    cookie = "__Secure-visit" if secure else "visit"
    known = visit.city is not None and await request.app[STORE].location(visit.city) is not None
    new = request.cookies.get(cookie) != today.isoformat()
    request.app[TALLY].count(today, visit=new, city_id=visit.city if known else None)
    if new:
        response.set_cookie(
            cookie,
            today.isoformat(),
            max_age=int(timedelta(days=1).total_seconds()),
            path=VISIT_PATH,
            secure=secure,
            httponly=True,
            samesite="Lax",
        )


ROUTES = (
    web.post(VISIT_PATH, post_visit),
    web.get(f"{VISIT_PATH}/seen.gif", show_visit_image, allow_head=False),
    web.get("/api/stats", show_stats),
    web.get(page_route("/stats"), show_figures),
    web.get(page_route("/support"), show_support),
    web.get(page_route("/support/{number:[0-9]{1,3}}.svg"), show_support_code),
)

OPERATIONS: Final = (
    Operation(
        method="post",
        path=VISIT_PATH,
        summary="Count a page that was seen.",
        body=Visit,
        statuses=(204,),
    ),
    Operation(method="get", path="/api/stats", summary="Public figures of the site.", answer=StatsAnswer),
)
