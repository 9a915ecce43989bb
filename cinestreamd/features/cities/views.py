"""The front page, city search and near me; GET /api/locations."""

from typing import Annotated, Final

from aiohttp import web
from msgspec import Meta, Struct

from cinestreamd.feature import Operation
from cinestreamd.features.cities.directory import DIRECTORY
from cinestreamd.features.cities.nearby import near_page
from cinestreamd.features.cities.service import (
    MAX_RESULTS,
    LocationItem,
    Places,
    city_link,
    front_page,
    location_item,
    search_cities,
)
from cinestreamd.features.guide import DAY_COUNTER
from cinestreamd.features.search import SEARCH_INDEX, find_titles
from cinestreamd.web.answers import shared_json
from cinestreamd.web.inputs import parse_query
from cinestreamd.web.keys import CLOCK, GAZETTEER, SITE, STORE
from cinestreamd.web.language import language_of
from cinestreamd.web.pages import render_page
from cinestreamd.web.places import find_location
from cinestreamd.web.points import POINT_PATTERN, parse_point
from cinestreamd.web.urls import page_route

_HOUR: Final = 3_600
_MINUTE: Final = 60
_FRONT_SECONDS: Final = 30


class LocationsQuery(Struct, frozen=True):
    """The beginning of a name, else a point as "LAT,LON"."""

    q: Annotated[str, Meta(description="The beginning of a name.", extra_json_schema={"maxLength": 100})] | None = None
    near: (
        Annotated[str, Meta(description="A point, LAT,LON in degrees.", extra_json_schema={"pattern": POINT_PATTERN})]
        | None
    ) = None


class LocationsAnswer(Struct, frozen=True):
    """Cities, the best match or the nearest first."""

    locations: list[LocationItem]


class SearchQuery(Struct, frozen=True):
    """The search page; ``city`` is the one whose films and cinemas are meant."""

    q: str | None = None
    city: Annotated[str, Meta(max_length=80)] | None = None


class NearQuery(Struct, frozen=True):
    """The near-me page: a point as "LAT,LON"."""

    at: str | None = None


async def show_front(request: web.Request) -> web.Response:
    """GET /{language}/."""
    app = request.app
    page = await front_page(
        Places(app[STORE], app[GAZETTEER], app[DIRECTORY], app[DAY_COUNTER]),
        settings=app[SITE].settings,
        language=language_of(request),
        now=app[CLOCK](),
    )
    return await render_page(request, "cities/front.html", {"page": page}, max_age=_FRONT_SECONDS)


async def show_search(request: web.Request) -> web.Response:
    """GET /{language}/search."""
    query = parse_query(request, SearchQuery)
    store, gazetteer = request.app[STORE], request.app[GAZETTEER]
    found = search_cities(gazetteer, query.q) if query.q else []
    city = None if query.city is None else await find_location(store, gazetteer, query.city)
    finds = None
    if query.q:
        finds = await find_titles(store, request.app[SEARCH_INDEX], query.q, now=request.app[CLOCK](), city=city)
    context = {
        "text": (query.q or "").strip(),
        "city": query.city or "",
        "finds": finds,
        "cities": [city_link(each, language_of(request)) for each in found],
    }
    return await render_page(request, "cities/search.html", context, max_age=_MINUTE)


async def show_near(request: web.Request) -> web.Response:
    """GET /{language}/near."""
    at = parse_query(request, NearQuery).at
    point = parse_point(at) if at else None
    found = request.app[GAZETTEER].nearest(*point, limit=MAX_RESULTS) if point else []
    cities = [city_link(city, language_of(request), distance) for city, distance in found]
    near = None
    if point and at:
        near = await near_page(request.app[STORE], point, at, language=language_of(request), now=request.app[CLOCK]())
    context = {"at": at, "cities": cities, "near": near}
    return await render_page(request, "cities/near.html", context, max_age=_MINUTE)


async def show_locations(request: web.Request) -> web.Response:
    """GET /api/locations."""
    query = parse_query(request, LocationsQuery)
    gazetteer = request.app[GAZETTEER]
    point = parse_point(query.near) if query.near else None
    items: list[LocationItem] = []
    if query.q is not None:
        items = [location_item(city) for city in search_cities(gazetteer, query.q)]
    elif point is not None:
        near = gazetteer.nearest(*point, limit=MAX_RESULTS)
        items = [location_item(city, distance) for city, distance in near]
    return shared_json(request, LocationsAnswer(items), max_age=_HOUR)


ROUTES = (
    web.get(page_route("/"), show_front),
    web.get(page_route("/search"), show_search),
    web.get(page_route("/near"), show_near),
    web.get("/api/locations", show_locations),
)

OPERATIONS: Final = (
    Operation(
        method="get",
        path="/api/locations",
        summary="Cities by the beginning of a name, else the nearest to a point.",
        query=LocationsQuery,
        answer=LocationsAnswer,
    ),
)
