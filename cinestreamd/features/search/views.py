"""GET /api/search."""

from typing import Annotated, Final

from aiohttp import web
from msgspec import Meta, Struct

from cinestreamd.feature import Operation
from cinestreamd.features.search import SEARCH_INDEX
from cinestreamd.features.search.service import Finds, find_titles
from cinestreamd.web.answers import shared_json
from cinestreamd.web.inputs import parse_query
from cinestreamd.web.keys import CLOCK, GAZETTEER, STORE
from cinestreamd.web.places import find_location

_MINUTE: Final = 60


class TitlesQuery(Struct, frozen=True):
    """The beginning of a title or a name, and the city to look in; without it, all cities that were read."""

    q: Annotated[str, Meta(min_length=1, max_length=100)]
    city: Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\A[a-z0-9][a-z0-9-]*\Z")] | None = None


async def show_finds(request: web.Request) -> web.Response:
    """GET /api/search."""
    query = parse_query(request, TitlesQuery)
    store = request.app[STORE]
    city = None if query.city is None else await find_location(store, request.app[GAZETTEER], query.city)
    finds: Finds = await find_titles(store, request.app[SEARCH_INDEX], query.q, now=request.app[CLOCK](), city=city)
    return shared_json(request, finds, max_age=_MINUTE)


ROUTES: Final = (web.get("/api/search", show_finds),)

OPERATIONS: Final = (
    Operation(
        method="get",
        path="/api/search",
        summary="Films that are to come, and cinemas, by the beginning of a name.",
        query=TitlesQuery,
        answer=Finds,
        problems=(404,),
    ),
)
