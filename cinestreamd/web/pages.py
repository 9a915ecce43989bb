"""Pages: a template with what every page needs around it."""

from collections.abc import Mapping

from aiohttp import web

from cinestreamd.i18n import LANGUAGES
from cinestreamd.store.base import Stats
from cinestreamd.web.answers import Ready, make_ready, shared_answer
from cinestreamd.web.figures import FIGURES
from cinestreamd.web.keys import DEMO, SITE
from cinestreamd.web.language import language_of, place_of
from cinestreamd.web.rendering import TEMPLATES


async def render_page(
    request: web.Request, template: str, context: Mapping[str, object], *, max_age: int
) -> web.Response:
    """A page that is the same for everybody: no cookie, token or nonce is in it. ``max_age`` is in seconds."""
    figures = await request.app[FIGURES].read()
    body = _render(request, template, context, figures)
    return shared_answer(request, body, content_type="text/html", max_age=max_age)


async def make_page(request: web.Request, template: str, context: Mapping[str, object], *, max_age: int) -> Ready:
    """The same page ready to be kept."""
    figures = await request.app[FIGURES].read()
    body = _render(request, template, context, figures)
    return make_ready(body, content_type="text/html", max_age=max_age)


def render_private_page(
    request: web.Request, template: str, context: Mapping[str, object], *, status: int = 200
) -> web.Response:
    """A page for one person, which nobody may keep: the product's own template, whatever the site's theme."""
    templates = request.app[TEMPLATES].plain
    frame = {**_frame(request), "figures": None, **context}
    headers = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
    body = templates.render(template, language_of(request), frame)
    return web.Response(body=body, status=status, content_type="text/html", charset="utf-8", headers=headers)


def render_error_page(request: web.Request, *, status: int, detail: str) -> web.Response:
    """The page that tells an error. Asks nothing of the store, which may be what failed."""
    context = {"status": status, "detail": detail}
    body = _render(request, "error.html", context, request.app[FIGURES].latest)
    return web.Response(body=body, status=status, content_type="text/html", charset="utf-8")


def _render(request: web.Request, template: str, context: Mapping[str, object], figures: Stats | None) -> bytes:
    frame = {**_frame(request), "figures": figures, **context}
    return request.app[TEMPLATES].render(template, language_of(request), frame)


def _frame(request: web.Request) -> dict[str, object]:
    """What every page is given."""
    site = request.app[SITE]
    place = place_of(request)
    path = place.partition("?")[0]
    language = site.settings.language
    return {
        "place": place,
        "site_url": site.base_url,
        "canonical": f"{site.base_url}/{language_of(request)}{path}",
        "alternates": [(language, f"{site.base_url}/{language}{path}") for language in LANGUAGES],
        "otherwise": f"{site.base_url}/" if path == "/" else f"{site.base_url}/{language}{path}",
        "site": site.settings,
        "demo": request.app[DEMO],
        "city_id": None,
        "has_card": False,
        "refreshing": False,
        "feeds": {},
        "structured": "",
    }
