"""The way of a request: request id → errors → origin → last good → view.

Each request pays for every station, so what only some need (client, session, language) is found out where it is asked.
"""

import re
import secrets
from time import perf_counter
from typing import Final

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from cinestreamd.metering import REQUEST_SECONDS, REQUESTS
from cinestreamd.web.keys import LOAD, REQUEST_ID, TRUSTED_PROXIES
from cinestreamd.web.last_good import last_good_middleware
from cinestreamd.web.problems import errors_middleware
from cinestreamd.web.proxy import is_trusted
from cinestreamd.web.request_log import REQUEST_LOG
from cinestreamd.web.security import origin_middleware

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CLIENT_LEFT: Final = 499
"""The status under which a request is counted whose client left before its answer."""


@web.middleware
async def request_id_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put ``REQUEST_ID`` on the request (a trusted proxy's, else a new one) and count the request and its time.

    Every line that is logged meanwhile carries the id.
    """
    given = request.headers.get("X-Request-Id", "")
    if not (_REQUEST_ID.fullmatch(given) and is_trusted(request.remote or "", request.app[TRUSTED_PROXIES])):
        given = secrets.token_hex(8)
    request[REQUEST_ID] = given
    structlog.contextvars.bind_contextvars(request_id=given)  # in the task of this request alone
    load = request.app[LOAD]
    load.requests += 1
    load.in_flight += 1
    began = perf_counter()
    status, streamed = CLIENT_LEFT, False
    try:
        response = await handler(request)
        status = response.status
        streamed = not isinstance(response, web.Response)
    except web.HTTPException as answer:
        status = answer.status
        raise
    else:
        return response
    finally:
        load.in_flight -= 1
        _count(request, status, None if streamed else perf_counter() - began)


def route_of(request: web.Request) -> str:
    """The pattern of the request's route: never what the visitor wrote."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "unmatched"


def _count(request: web.Request, status: int, seconds: float | None) -> None:
    """Count a request; of a stream, which lasts as long as its client stays, no time."""
    route = route_of(request)
    method = request.method if request.method in _METHODS else "other"
    meter = request.app[LOAD].meter
    meter.count(REQUESTS, route, method, status)
    if seconds is not None:
        meter.time(REQUEST_SECONDS, seconds, route, method, status)
        request.app[REQUEST_LOG].note(method, route, status, seconds)


MIDDLEWARE: Final[tuple[Middleware, ...]] = (
    request_id_middleware,
    errors_middleware,
    origin_middleware,
    last_good_middleware,
)
