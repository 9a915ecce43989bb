"""GET /healthz and GET /readyz."""

from typing import Final

from aiohttp import web
from msgspec import Struct

from cinestreamd.feature import Operation
from cinestreamd.web.answers import json_answer
from cinestreamd.web.keys import STORE


class Health(Struct, frozen=True):
    """The answer of a probe."""

    status: str


async def show_health(_request: web.Request) -> web.Response:
    """The event loop answers: that is all it says."""
    return json_answer(Health("ok"))


async def show_readiness(request: web.Request) -> web.Response:
    """The store can be read; any read would do."""
    await request.app[STORE].location("readyz")
    return json_answer(Health("ready"))


ROUTES = (web.get("/healthz", show_health), web.get("/readyz", show_readiness))

OPERATIONS: Final = (
    Operation(method="get", path="/healthz", summary="The worker runs.", answer=Health),
    Operation(method="get", path="/readyz", summary="The worker can read its store.", answer=Health),
)
