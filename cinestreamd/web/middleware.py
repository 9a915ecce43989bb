"""The way of a request: request id → errors → proxy → session → language → origin check → view."""

import re
import secrets
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from cinestreamd.web.keys import LOAD, REQUEST_ID, TRUSTED_PROXIES
from cinestreamd.web.language import language_middleware
from cinestreamd.web.problems import errors_middleware
from cinestreamd.web.proxy import is_trusted, proxy_middleware
from cinestreamd.web.security import origin_middleware
from cinestreamd.web.session import session_middleware

_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


@web.middleware
async def request_id_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put ``REQUEST_ID`` on the request (a trusted proxy's, else a new one) and count the request into the load."""
    given = request.headers.get("X-Request-Id", "")
    if not (_REQUEST_ID.fullmatch(given) and is_trusted(request.remote or "", request.app[TRUSTED_PROXIES])):
        given = secrets.token_hex(8)
    request[REQUEST_ID] = given
    load = request.app[LOAD]
    load.requests += 1
    load.in_flight += 1
    try:
        return await handler(request)
    finally:
        load.in_flight -= 1


MIDDLEWARE: Final[tuple[Middleware, ...]] = (
    request_id_middleware,
    errors_middleware,
    proxy_middleware,
    session_middleware,
    language_middleware,
    origin_middleware,
)
