"""The language of a request: by its URL, else as remembered, else by Accept-Language, else the site's."""

import re
from typing import Final

from aiohttp import web
from aiohttp.web import RequestKey
from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.i18n import LANGUAGES, Language, negotiate_language, parse_language
from cinestreamd.web.inputs import parse_form
from cinestreamd.web.keys import SITE
from cinestreamd.web.session import remember, remembered_of
from cinestreamd.web.urls import CONSOLE_PATH, LANGUAGE_PATTERN, front_path, page_route

VARY: Final = "Accept-Language, Cookie"
"""What an answer depends on when the URL does not name its language."""

_LANGUAGE: Final[RequestKey[Language]] = RequestKey("language", str)  # type: ignore[arg-type]  # a Literal
_PREFIX: Final = re.compile(rf"/({LANGUAGE_PATTERN})(?=/|\Z)")
_PLACE: Final = re.compile(r"/[!-\[\]-~]{0,2000}")


class LanguageChoice(Struct, frozen=True):
    """The form of the language selector: the language, and the place (path and query without language) to go on to."""

    language: str
    next: str = "/"


def language_of(request: web.Request) -> Language:
    """The language to answer in, found out when it is first asked."""
    chosen = request.get(_LANGUAGE)
    if chosen is None:
        prefix = _PREFIX.match(request.path)
        chosen = parse_language(prefix[1]) if prefix else _preferred(request)
        request[_LANGUAGE] = chosen = chosen or request.app[SITE].settings.language
    return chosen


def answer_in(request: web.Request, language: Language) -> None:
    """Have ``request`` answered in a language, whatever it says itself."""
    request[_LANGUAGE] = language


def is_language_in_url(request: web.Request) -> bool:
    """Whether the URL alone decides the language, so that an answer does not vary with the visitor."""
    return _PREFIX.match(request.path) is not None


def place_of(request: web.Request) -> str:
    """The path and query of a page without its language: where the language selector stays.

    What answers a form has no page of its own: the selector then leads to the front page.
    """
    if request.method not in {"GET", "HEAD"}:
        return "/"
    return _PREFIX.sub("", request.rel_url.raw_path_qs, count=1) or "/"


def _preferred(request: web.Request) -> Language:
    default = request.app[SITE].settings.language
    remembered = remembered_of(request).language
    return remembered or negotiate_language(request.headers.get("Accept-Language", ""), default)


async def redirect_to_language(request: web.Request) -> web.Response:
    """GET /: the front page in the visitor's language."""
    headers = {
        "Location": front_path(language_of(request)),
        "Vary": VARY,
        "Cache-Control": "no-store",
    }
    return web.Response(status=302, headers=headers)


async def redirect_to_front(request: web.Request) -> web.Response:
    """GET /uk: the same with the slash."""
    return web.Response(status=308, headers={"Location": front_path(language_of(request))})


async def redirect_alias(request: web.Request) -> web.Response:
    """GET /ua/…: the same under /uk/…, as that is the language's code."""
    rest = request.rel_url.raw_path_qs.removeprefix("/ua")
    return web.Response(status=308, headers={"Location": "/uk" + (rest if rest.startswith("/") else f"/{rest}")})


async def redirect_without_slash(request: web.Request) -> web.Response:
    """GET /uk/…/: the same without the last slash."""
    path, mark, query = request.rel_url.raw_path_qs.partition("?")
    return web.Response(status=308, headers={"Location": path.rstrip("/") + mark + query})


async def choose_language(request: web.Request) -> web.Response:
    """POST /language: remember a language and go on in it."""
    choice = await parse_form(request, LanguageChoice)
    language = parse_language(choice.language) or language_of(request)
    place = choice.next if _PLACE.fullmatch(choice.next) else "/"
    target = place if place.startswith(CONSOLE_PATH) else f"/{language}{place}"
    response = web.Response(status=303, headers={"Location": target})
    remember(request, response, replace(remembered_of(request), language=language))
    return response


def language_routes() -> list[web.RouteDef]:
    """The routes of language choice."""
    return [
        web.get("/", redirect_to_language),
        *(web.get(f"/{language}", redirect_to_front) for language in LANGUAGES),
        web.get("/ua", redirect_alias),
        web.get("/ua/{rest:.*}", redirect_alias),
        web.get(page_route("/{rest:.+}/"), redirect_without_slash),
        web.post("/language", choose_language),
    ]
