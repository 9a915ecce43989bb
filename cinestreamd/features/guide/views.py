"""The pages of a city, a film and a cinema; GET /api/showtimes."""

from datetime import date
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct, field

from cinestreamd.features.guide import DAY_COUNTER
from cinestreamd.features.guide.api import ShowtimesQuery
from cinestreamd.features.guide.pages import Order
from cinestreamd.features.guide.service import cinema_page, city_page, film_page, list_showtimes
from cinestreamd.features.guide.showing import Viewpoint
from cinestreamd.web.answers import shared_json
from cinestreamd.web.inputs import InvalidFieldError, parse_query
from cinestreamd.web.keys import CLOCK, GAZETTEER, LANGUAGE, SETTINGS, STORE
from cinestreamd.web.pages import render_page
from cinestreamd.web.places import find_location
from cinestreamd.web.urls import page_route

_FRESH_SECONDS: Final = 30
"""How long a browser may keep a page whose data is fresh: ages are told in minutes."""


class CityQuery(Struct, frozen=True):
    """The city page: a business day, the order of the list, and when (Unix seconds) this visitor asked for the city."""

    day: date | None = field(name="date", default=None)
    by: Order = "film"
    asked: Annotated[int, Meta(ge=0, le=10_000_000_000)] | None = None


async def show_city(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}."""
    query = parse_query(request, CityQuery)
    page = await city_page(
        request.app[STORE],
        request.app[DAY_COUNTER],
        await _viewpoint(request, request.match_info["city"]),
        day=_checked(query.day),
        order=query.by,
        asked=query.asked,
        stale_after_seconds=request.app[SETTINGS].scrape.stale_after_seconds,
    )
    max_age = _FRESH_SECONDS if page.state.phase == "fresh" else 0
    context = {"page": page, "city_id": page.city.id, "refreshing": page.state.phase == "processing"}
    return await render_page(request, "guide/city.html", context, max_age=max_age)


async def show_film(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}/film/{film}."""
    view = await _viewpoint(request, request.match_info["city"])
    page = await film_page(request.app[STORE], view, request.match_info["film"])
    context = {"page": page, "city_id": page.city.id}
    return await render_page(request, "guide/film.html", context, max_age=_FRESH_SECONDS)


async def show_cinema(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}/cinema/{cinema}."""
    view = await _viewpoint(request, request.match_info["city"])
    page = await cinema_page(request.app[STORE], view, request.match_info["cinema"])
    context = {"page": page, "city_id": page.city.id}
    return await render_page(request, "guide/cinema.html", context, max_age=_FRESH_SECONDS)


async def show_showtimes(request: web.Request) -> web.Response:
    """GET /api/showtimes."""
    query = parse_query(request, ShowtimesQuery)
    answer = await list_showtimes(
        request.app[STORE],
        await _viewpoint(request, query.city),
        day=_checked(query.day),
        stale_after_seconds=request.app[SETTINGS].scrape.stale_after_seconds,
    )
    return shared_json(request, answer, max_age=0)


async def _viewpoint(request: web.Request, city_id: str) -> Viewpoint:
    location = await find_location(request.app[STORE], request.app[GAZETTEER], city_id)
    return Viewpoint(
        location=location,
        zone=ZoneInfo(location.timezone),
        language=request[LANGUAGE],
        now=request.app[CLOCK](),
    )


def _checked(day: date | None) -> date | None:
    """``day``, unless it lies so far off that no calendar reckoning would hold."""
    if day is not None and not 2000 <= day.year <= 2100:
        raise InvalidFieldError(field="date")
    return day


ROUTES = (
    web.get(page_route("/city/{city:[a-z0-9-]+}"), show_city),
    web.get(page_route("/city/{city:[a-z0-9-]+}/film/{film}"), show_film),
    web.get(page_route("/city/{city:[a-z0-9-]+}/cinema/{cinema}"), show_cinema),
    web.get("/api/showtimes", show_showtimes),
)
