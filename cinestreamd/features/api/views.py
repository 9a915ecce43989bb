"""GET /api/openapi.json, and the page that shows it."""

from typing import Any, Final

import msgspec
from aiohttp import web

from cinestreamd.features.api.document import openapi_document
from cinestreamd.web.answers import open_to_others, shared_answer
from cinestreamd.web.keys import OPERATIONS, SITE
from cinestreamd.web.language import VARY, language_of
from cinestreamd.web.pages import render_page
from cinestreamd.web.urls import page_route

_HOUR: Final = 3_600


def _document(request: web.Request) -> dict[str, Any]:
    operations = request.app[OPERATIONS]
    return openapi_document(operations, request.app[SITE].base_url)


async def show_document(request: web.Request) -> web.Response:
    """GET /api/openapi.json."""
    body = msgspec.json.encode(_document(request))
    return open_to_others(shared_answer(request, body, content_type="application/json", max_age=_HOUR))


async def redirect_to_docs(request: web.Request) -> web.Response:
    """GET /api/docs: the page in the visitor's language."""
    headers = {"Location": f"/{language_of(request)}/api/docs", "Vary": VARY, "Cache-Control": "no-store"}
    return web.Response(status=302, headers=headers)


async def show_docs(request: web.Request) -> web.Response:
    """GET /{language}/api/docs."""
    return await render_page(request, "api/docs.html", {"document": _document(request)}, max_age=_HOUR)


ROUTES: Final = (
    web.get("/api/openapi.json", show_document),
    web.get("/api/docs", redirect_to_docs),
    web.get(page_route("/api/docs"), show_docs),
)
