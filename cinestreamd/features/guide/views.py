"""The pages of a city, a film and a cinema; GET /api/showtimes."""

from datetime import UTC, datetime
from typing import Final

from aiohttp import web

from cinestreamd.feature import Operation
from cinestreamd.features.guide import DAY_COUNTER
from cinestreamd.features.guide.api import ShowtimesAnswer, ShowtimesQuery, showtimes_answer
from cinestreamd.features.guide.asking import checked_day, viewpoint
from cinestreamd.features.guide.card_views import ROUTES as CARD_ROUTES
from cinestreamd.features.guide.feed_views import ROUTES as FEED_ROUTES
from cinestreamd.features.guide.feeds import city_feeds, page_feeds
from cinestreamd.features.guide.map import city_map
from cinestreamd.features.guide.poster_views import ROUTES as POSTER_ROUTES
from cinestreamd.features.guide.programme import only
from cinestreamd.features.guide.query import CinemaQuery, CityQuery, FilmQuery, MapQuery
from cinestreamd.features.guide.service import cinema_page, city_page, film_page, filtered
from cinestreamd.features.guide.sharing_views import ROUTES as SHARING_ROUTES
from cinestreamd.features.guide.showing import Viewpoint
from cinestreamd.features.guide.structured import CITY_EVENTS, structured_data
from cinestreamd.features.scrapes import read_recheck, read_state
from cinestreamd.web.answers import Ready, answer_ready, paged, shared_json
from cinestreamd.web.inputs import parse_query
from cinestreamd.web.keys import SETTINGS, SITE, STORE
from cinestreamd.web.page_cache import cached_page
from cinestreamd.web.pages import make_page, render_page
from cinestreamd.web.security import with_images_of
from cinestreamd.web.urls import page_route

_FRESH_SECONDS: Final = 30
"""How long a browser may keep a page whose data is fresh: ages are told in minutes."""


async def show_city(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}."""
    query = parse_query(request, CityQuery)
    checked_day(query.day)
    view = await viewpoint(request, request.match_info["city"], at=query.at)
    return await cached_page(request, view.location, view.now, lambda: _make_city(request, view, query))


async def _make_city(request: web.Request, view: Viewpoint, query: CityQuery) -> Ready:
    state = await read_state(
        request.app[STORE],
        view.location,
        view.now,
        stale_after_seconds=request.app[SETTINGS].scrape.stale_after_seconds,
    )
    page = await city_page(request.app[STORE], request.app[DAY_COUNTER], view, query, state)
    max_age = _FRESH_SECONDS if page.state.phase == "fresh" else 0
    context = {
        "page": page,
        "has_card": True,
        "city_id": page.city.id,
        "refreshing": page.state.phase == "processing",
        "feeds": city_feeds(view, query),
        "structured": structured_data(page.programme, view, request.app[SITE].base_url, limit=CITY_EVENTS),
    }
    return await make_page(request, "guide/city.html", context, max_age=max_age)


async def show_film(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}/film/{film}."""
    query = parse_query(request, FilmQuery)
    view = await viewpoint(request, request.match_info["city"])
    return await cached_page(request, view.location, view.now, lambda: _make_film(request, view, query))


async def _make_film(request: web.Request, view: Viewpoint, query: FilmQuery) -> Ready:
    page = await film_page(request.app[STORE], view, request.match_info["film"], query.cinema)
    context = {
        "page": page,
        "has_card": True,
        "city_id": page.city.id,
        "feeds": page_feeds(page.film.path or "", query.cinema),
        "structured": structured_data(page.programme, view, request.app[SITE].base_url, films=[page.record]),
    }
    return await make_page(request, "guide/film.html", context, max_age=_FRESH_SECONDS)


async def show_cinema(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}/cinema/{cinema}."""
    asked = parse_query(request, CinemaQuery).asked
    view = await viewpoint(request, request.match_info["city"])
    if asked is not None:
        return answer_ready(request, await _make_cinema(request, view, asked))
    return await cached_page(request, view.location, view.now, lambda: _make_cinema(request, view, None))


async def _make_cinema(request: web.Request, view: Viewpoint, asked: int | None) -> Ready:
    page = await cinema_page(request.app[STORE], view, request.match_info["cinema"])
    since = None if asked is None else datetime.fromtimestamp(asked, UTC)
    recheck = await read_recheck(request.app[STORE], view.location, page.record, view.now, asked=since)
    context = {
        "page": page,
        "has_card": True,
        "city_id": page.city.id,
        "refreshing": recheck.status == "processing",
        "asked": asked,
        "feeds": page_feeds(page.cinema.path or ""),
        "structured": structured_data(page.programme, view, request.app[SITE].base_url, cinemas=[page.record]),
    }
    max_age = 0 if asked is not None or context["refreshing"] else _FRESH_SECONDS
    return await make_page(request, "guide/cinema.html", context, max_age=max_age)


async def show_map(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}/map."""
    query = parse_query(request, MapQuery)
    view = await viewpoint(request, request.match_info["city"], at=query.at)
    cinemas = await request.app[STORE].cinemas(view.location.id)
    context = {
        "city": view.location.names.of(view.language),
        "city_path": view.city_path,
        "map": city_map(cinemas, view),
        "city_id": view.location.id,
    }
    answer = await render_page(request, "guide/map.html", context, max_age=_FRESH_SECONDS)
    tiles = request.app[SITE].settings.map
    if tiles is not None:
        answer.headers.update(with_images_of(tiles.origin))
    return answer


async def show_showtimes(request: web.Request) -> web.Response:
    """GET /api/showtimes: a page of the rows; ``X-Total-Count`` is how many there are, ``Link`` leads to the next."""
    query = parse_query(request, ShowtimesQuery)
    checked_day(query.day)
    view = await viewpoint(request, query.city, at=query.at)
    programme = await filtered(request.app[STORE], view, query)
    end = query.offset + query.limit
    shown = only(programme, programme.showtimes[query.offset : end])
    status = view.location.status(view.now, stale_after_seconds=request.app[SETTINGS].scrape.stale_after_seconds)
    answer = shared_json(request, showtimes_answer(view.location, status, shown), max_age=0)
    return paged(request, answer, total=len(programme.showtimes), end=end)


ROUTES = (
    *CARD_ROUTES,
    *FEED_ROUTES,
    *POSTER_ROUTES,
    *SHARING_ROUTES,
    web.get(page_route("/city/{city:[a-z0-9-]+}"), show_city),
    web.get(page_route("/city/{city:[a-z0-9-]+}/film/{film}"), show_film),
    web.get(page_route("/city/{city:[a-z0-9-]+}/cinema/{cinema}"), show_cinema),
    web.get(page_route("/city/{city:[a-z0-9-]+}/map"), show_map),
    web.get("/api/showtimes", show_showtimes),
)

OPERATIONS: Final = (
    Operation(
        method="get",
        path="/api/showtimes",
        summary="Showtimes of a city, filtered, with the proof of each.",
        query=ShowtimesQuery,
        answer=ShowtimesAnswer,
        problems=(404,),
    ),
)
