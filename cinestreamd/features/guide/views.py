"""The pages of a city, a film and a cinema; GET /api/showtimes."""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from cinestreamd.features.guide import DAY_COUNTER
from cinestreamd.features.guide.api import ShowtimesQuery, showtimes_answer
from cinestreamd.features.guide.programme import only
from cinestreamd.features.guide.query import CityQuery
from cinestreamd.features.guide.service import cinema_page, city_page, film_page, filtered
from cinestreamd.features.guide.showing import Viewpoint
from cinestreamd.features.scrapes import read_state
from cinestreamd.web.answers import shared_json
from cinestreamd.web.inputs import InvalidFieldError, parse_query
from cinestreamd.web.keys import CLOCK, GAZETTEER, LANGUAGE, SETTINGS, STORE
from cinestreamd.web.pages import render_page
from cinestreamd.web.places import find_location
from cinestreamd.web.points import parse_point
from cinestreamd.web.urls import page_route

_FRESH_SECONDS: Final = 30
"""How long a browser may keep a page whose data is fresh: ages are told in minutes."""


async def show_city(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}."""
    query = parse_query(request, CityQuery)
    _check_day(query.day)
    view = await _viewpoint(request, request.match_info["city"], at=query.at)
    state = await read_state(
        request.app[STORE],
        view.location,
        view.now,
        stale_after_seconds=request.app[SETTINGS].scrape.stale_after_seconds,
    )
    page = await city_page(request.app[STORE], request.app[DAY_COUNTER], view, query, state)
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
    """GET /api/showtimes: a page of the rows; ``X-Total-Count`` is how many there are, ``Link`` leads to the next."""
    query = parse_query(request, ShowtimesQuery)
    _check_day(query.day)
    view = await _viewpoint(request, query.city)
    programme = await filtered(request.app[STORE], view, query)
    end = query.offset + query.limit
    shown = only(programme, programme.showtimes[query.offset : end])
    status = view.location.status(view.now, stale_after_seconds=request.app[SETTINGS].scrape.stale_after_seconds)
    answer = shared_json(request, showtimes_answer(view.location, status, shown, view.now), max_age=0)
    answer.headers["X-Total-Count"] = str(len(programme.showtimes))
    if end < len(programme.showtimes):
        following = request.rel_url.update_query(offset=str(end))
        answer.headers["Link"] = f'<{following}>; rel="next"'
    return answer


async def _viewpoint(request: web.Request, city_id: str, *, at: str | None = None) -> Viewpoint:
    location = await find_location(request.app[STORE], request.app[GAZETTEER], city_id)
    return Viewpoint(
        location=location,
        zone=ZoneInfo(location.timezone),
        language=request[LANGUAGE],
        now=request.app[CLOCK](),
        point=parse_point(at) if at else None,
    )


def _check_day(day: date | None) -> None:
    """Refuse a day that lies so far off that no calendar reckoning would hold."""
    if day is not None and not 2000 <= day.year <= 2100:
        raise InvalidFieldError(field="date")


ROUTES = (
    web.get(page_route("/city/{city:[a-z0-9-]+}"), show_city),
    web.get(page_route("/city/{city:[a-z0-9-]+}/film/{film}"), show_film),
    web.get(page_route("/city/{city:[a-z0-9-]+}/cinema/{cinema}"), show_cinema),
    web.get("/api/showtimes", show_showtimes),
)
