"""The front page, city search and near me; GET /api/locations."""

from typing import Final

from aiohttp import web
from msgspec import Struct

from cinestreamd.features.cities.service import (
    MAX_RESULTS,
    LocationItem,
    city_link,
    front_page,
    location_item,
    search_cities,
)
from cinestreamd.features.guide import DAY_COUNTER
from cinestreamd.web.answers import shared_json
from cinestreamd.web.inputs import InvalidFieldError, parse_query
from cinestreamd.web.keys import CLOCK, GAZETTEER, LANGUAGE, SITE, STORE
from cinestreamd.web.pages import render_page
from cinestreamd.web.points import parse_point
from cinestreamd.web.urls import page_route

_HOUR: Final = 3_600
_FRONT_SECONDS: Final = 30


class LocationsQuery(Struct, frozen=True):
    """Either the beginning of a name, or a point as "LAT,LON"."""

    q: str | None = None
    near: str | None = None


class LocationsAnswer(Struct, frozen=True):
    """Cities, the best match or the nearest first."""

    locations: list[LocationItem]


class SearchQuery(Struct, frozen=True):
    """The search page."""

    q: str | None = None


class NearQuery(Struct, frozen=True):
    """The near-me page: a point as "LAT,LON"."""

    at: str | None = None


async def show_front(request: web.Request) -> web.Response:
    """GET /{language}/."""
    app = request.app
    page = await front_page(
        app[STORE],
        app[GAZETTEER],
        app[DAY_COUNTER],
        settings=app[SITE].settings,
        language=request[LANGUAGE],
        now=app[CLOCK](),
    )
    return await render_page(request, "cities/front.html", {"page": page}, max_age=_FRONT_SECONDS)


async def show_search(request: web.Request) -> web.Response:
    """GET /{language}/search."""
    text = parse_query(request, SearchQuery).q
    found = search_cities(request.app[GAZETTEER], text) if text else []
    cities = [city_link(city, request[LANGUAGE]) for city in found]
    context = {"text": (text or "").strip(), "cities": cities}
    return await render_page(request, "cities/search.html", context, max_age=_HOUR)


async def show_near(request: web.Request) -> web.Response:
    """GET /{language}/near."""
    at = parse_query(request, NearQuery).at
    found = request.app[GAZETTEER].nearest(*parse_point(at), limit=MAX_RESULTS) if at else []
    cities = [city_link(city, request[LANGUAGE], distance) for city, distance in found]
    context = {"at": at, "cities": cities}
    return await render_page(request, "cities/near.html", context, max_age=_HOUR)


async def show_locations(request: web.Request) -> web.Response:
    """GET /api/locations."""
    query = parse_query(request, LocationsQuery)
    gazetteer = request.app[GAZETTEER]
    if (query.q is None) == (query.near is None):
        raise InvalidFieldError(field="q")
    if query.q is not None:
        items = [location_item(city) for city in search_cities(gazetteer, query.q)]
    else:
        near = gazetteer.nearest(*parse_point(query.near or ""), limit=MAX_RESULTS)
        items = [location_item(city, distance) for city, distance in near]
    return shared_json(request, LocationsAnswer(items), max_age=_HOUR)


ROUTES = (
    web.get(page_route("/"), show_front),
    web.get(page_route("/search"), show_search),
    web.get(page_route("/near"), show_near),
    web.get("/api/locations", show_locations),
)
