"""GET and POST /api/scrape and /api/recheck, and the forms that do the same without JavaScript."""

from datetime import UTC, datetime
from typing import Annotated, Final

from aiohttp import web
from msgspec import Meta, Struct

from cinestreamd.feature import Operation
from cinestreamd.features.scrapes.recheck import RecheckState, read_recheck, request_recheck
from cinestreamd.features.scrapes.service import POLL_SECONDS, ScrapeState, UnpaidError, request_scrape
from cinestreamd.features.scrapes.stream import EVENT_STREAM, state_of, stream_progress, wants_stream
from cinestreamd.store.base import Cinema, Location
from cinestreamd.web.answers import json_answer
from cinestreamd.web.inputs import parse_json, parse_query
from cinestreamd.web.keys import CLOCK, GAZETTEER, SCRAPES, SETTINGS, STORE
from cinestreamd.web.language import language_of
from cinestreamd.web.places import find_cinema, find_location
from cinestreamd.web.urls import cinema_path, city_path, page_route, with_query


class ScrapeQuery(Struct, frozen=True):
    """The city that is asked about, or for."""

    city: Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\A[a-z0-9][a-z0-9-]*\Z", examples=["kyiv"])]


class RecheckWish(ScrapeQuery, frozen=True):
    """The cinema whose showings are said to be wrong."""

    cinema: Annotated[str, Meta(min_length=1, max_length=80)]


class RecheckQuery(RecheckWish, frozen=True):
    """A cinema, and when (Unix seconds) it was asked for."""

    asked: Annotated[int, Meta(ge=0, le=10_000_000_000)] | None = None


async def show_scrape(request: web.Request) -> web.StreamResponse:
    """GET /api/scrape: the state of a city, or each state from now on for those who take events."""
    city_id = parse_query(request, ScrapeQuery).city
    if wants_stream(request):
        return await stream_progress(request, city_id)
    return json_answer(await state_of(request.app, city_id), headers={"Vary": "Accept"})


async def post_scrape(request: web.Request) -> web.Response:
    """POST /api/scrape: ask for a city; 200 when its data is fresh, 202 when it is being read."""
    query = await parse_json(request, ScrapeQuery)
    state = await _request_scrape(request, query.city)
    if state.status == "fresh":
        return json_answer(state)
    return json_answer(state, status=202, headers={"Retry-After": str(POLL_SECONDS)})


async def submit_scrape(request: web.Request) -> web.Response:
    """POST /{language}/city/{city}/scrape: the same from a form, leading to a page that refreshes itself.

    When reading cannot be paid now, it leads to a page that says so beside what is known.
    """
    city_id = request.match_info["city"]
    now = int(request.app[CLOCK]().timestamp())
    asked, rests = None, None
    try:
        state = await _request_scrape(request, city_id)
        asked = now if state.status == "processing" else None
    except UnpaidError as error:
        rests = now + int(str(error.fields["retry_after"]))
    location = with_query(city_path(language_of(request), city_id), asked=asked, rests=rests)
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})


async def _request_scrape(request: web.Request, city_id: str) -> ScrapeState:
    return await request_scrape(
        request.app[STORE],
        request.app[SCRAPES],
        await _location(request, city_id),
        request.app[CLOCK](),
        stale_after_seconds=request.app[SETTINGS].scrape.stale_after_seconds,
    )


async def show_recheck(request: web.Request) -> web.Response:
    """GET /api/recheck: whether a cinema is still being read again."""
    query = parse_query(request, RecheckQuery)
    location, cinema = await _cinema(request, query.city, query.cinema)
    asked = None if query.asked is None else datetime.fromtimestamp(query.asked, UTC)
    return json_answer(await read_recheck(request.app[STORE], location, cinema, request.app[CLOCK](), asked=asked))


async def post_recheck(request: web.Request) -> web.Response:
    """POST /api/recheck: have a cinema read again; 202."""
    wish = await parse_json(request, RecheckWish)
    state = await _request_recheck(request, wish.city, wish.cinema)
    return json_answer(state, status=202, headers={"Retry-After": str(POLL_SECONDS)})


async def submit_recheck(request: web.Request) -> web.Response:
    """POST /{language}/city/{city}/cinema/{cinema}/recheck: the same from a form, leading to the cinema's page."""
    city_id, cinema_id = request.match_info["city"], request.match_info["cinema"]
    await _request_recheck(request, city_id, cinema_id)
    asked = int(request.app[CLOCK]().timestamp())
    location = with_query(cinema_path(language_of(request), city_id, cinema_id), asked=asked)
    return web.Response(status=303, headers={"Location": location, "Cache-Control": "no-store"})


async def _request_recheck(request: web.Request, city_id: str, cinema_id: str) -> RecheckState:
    location, cinema = await _cinema(request, city_id, cinema_id)
    return await request_recheck(
        request.app[STORE],
        request.app[SCRAPES],
        location,
        cinema,
        request.app[CLOCK](),
        stale_after_seconds=request.app[SETTINGS].scrape.stale_after_seconds,
    )


async def _cinema(request: web.Request, city_id: str, cinema_id: str) -> tuple[Location, Cinema]:
    location = await _location(request, city_id)
    return location, await find_cinema(request.app[STORE], location, cinema_id)


async def _location(request: web.Request, city_id: str) -> Location:
    return await find_location(request.app[STORE], request.app[GAZETTEER], city_id)


ROUTES = (
    web.get("/api/scrape", show_scrape),
    web.post("/api/scrape", post_scrape),
    web.post(page_route("/city/{city:[a-z0-9-]+}/scrape"), submit_scrape),
    web.get("/api/recheck", show_recheck),
    web.post("/api/recheck", post_recheck),
    web.post(page_route("/city/{city:[a-z0-9-]+}/cinema/{cinema}/recheck"), submit_recheck),
)

OPERATIONS: Final = (
    Operation(
        method="get",
        path="/api/scrape",
        summary="How old a city's data is, and how far its reading.",
        query=ScrapeQuery,
        answer=ScrapeState,
        problems=(404, 429),
        also=(EVENT_STREAM,),
    ),
    Operation(
        method="post",
        path="/api/scrape",
        summary="Have a city read, unless its data is fresh.",
        body=ScrapeQuery,
        answer=ScrapeState,
        statuses=(200, 202),
        problems=(404, 429),
    ),
    Operation(
        method="get",
        path="/api/recheck",
        summary="Whether a cinema is still being read again.",
        query=RecheckQuery,
        answer=RecheckState,
        problems=(404,),
    ),
    Operation(
        method="post",
        path="/api/recheck",
        summary="Have a cinema read again, because its showings look wrong.",
        body=RecheckWish,
        answer=RecheckState,
        statuses=(202,),
        problems=(404, 429),
    ),
)
