"""GET /embed/…: a city's evening for other sites' pages; GET …/qr.svg: the address of a showing as a QR code."""

from typing import Annotated, Final

from aiohttp import web
from msgspec import Meta, Struct

from cinestreamd.features.guide.asking import viewpoint
from cinestreamd.features.guide.query import CityQuery
from cinestreamd.features.guide.service import evening_list
from cinestreamd.features.guide.showing import Viewpoint
from cinestreamd.i18n import parse_language
from cinestreamd.web.answers import Ready, make_ready, shared_answer
from cinestreamd.web.inputs import parse_query
from cinestreamd.web.keys import SITE, STORE
from cinestreamd.web.language import answer_in, language_of
from cinestreamd.web.page_cache import cached_page
from cinestreamd.web.qr import draw_qr
from cinestreamd.web.rendering import TEMPLATES
from cinestreamd.web.security import EMBEDDED_HEADERS
from cinestreamd.web.urls import LANGUAGE_PATTERN, film_path, page_route

_FRESH_SECONDS: Final = 60
_DAY: Final = 86_400


class EmbedQuery(CityQuery, frozen=True, kw_only=True):
    """The widget: the filters and order of a city's page, and how many groups it shows."""

    most: Annotated[int, Meta(ge=1, le=50)] = 12


class QrQuery(Struct, frozen=True):
    """The id of a showing; without it the film's page is meant."""

    show: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\A[A-Za-z0-9_-]+\Z")] | None = None


async def show_embed(request: web.Request) -> web.Response:
    """GET /embed/{language}/city/{city}: may stand in any site's frame; sets nothing and counts nobody."""
    language = parse_language(request.match_info["language"])
    if language is not None:
        answer_in(request, language)
    query = parse_query(request, EmbedQuery)
    view = await viewpoint(request, request.match_info["city"], at=query.at)
    answer = await cached_page(request, view.location, view.now, lambda: _make_embed(request, view, query))
    answer.headers.update(EMBEDDED_HEADERS)
    return answer


async def _make_embed(request: web.Request, view: Viewpoint, query: EmbedQuery) -> Ready:
    listing, day = await evening_list(request.app[STORE], view, query)
    context = {
        "groups": listing.upcoming[: query.most],
        "more": max(len(listing.upcoming) - query.most, 0),
        "day": day,
        "city": view.location.names.of(view.language),
        "city_address": request.app[SITE].base_url + view.city_path,
    }
    body = request.app[TEMPLATES].render("guide/embed.html", view.language, context)
    return make_ready(body, content_type="text/html", max_age=_FRESH_SECONDS)


async def show_qr(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}/film/{film}/qr.svg: the absolute address of a showing in the film's page."""
    show = parse_query(request, QrQuery).show
    match = request.match_info
    path = film_path(language_of(request), match["city"], match["film"])
    address = request.app[SITE].base_url + path + (f"#s-{show}" if show else "")
    return shared_answer(request, draw_qr(address), content_type="image/svg+xml", max_age=_DAY)


ROUTES: Final = (
    web.get(f"/embed/{{language:{LANGUAGE_PATTERN}}}/city/{{city:[a-z0-9-]+}}", show_embed),
    web.get(page_route("/city/{city:[a-z0-9-]+}/film/{film}/qr.svg"), show_qr),
)
