"""The way of every request to the console: own origin, login, the form's token, then its page."""

import re
from typing import Annotated, Final
from urllib.parse import parse_qs

import structlog
from aiohttp import web
from aiohttp.web_urldispatcher import UrlDispatcher
from msgspec import Meta, Struct

from cinestreamd.errors import CinestreamError
from cinestreamd.features.console import actions, all_sites, views
from cinestreamd.features.console.login import log_in
from cinestreamd.features.console.page import OPERATOR, PARAMETERS, console_page, show_error
from cinestreamd.features.console.sessions import COOKIE, LASTS, Operator, cookie_of, is_token, operator_of
from cinestreamd.i18n import N_
from cinestreamd.store.journal import JournalEntry
from cinestreamd.web.inputs import parse_form, parse_query
from cinestreamd.web.keys import CLOCK, CONSOLE, SECRET_KEY, SITE, STORE
from cinestreamd.web.problems import ERROR_PAGE, wants_page
from cinestreamd.web.proxy import client_of
from cinestreamd.web.security import ForeignOriginError, is_own_origin
from cinestreamd.web.session import cookie_name
from cinestreamd.web.urls import CONSOLE_PATH, with_query

LOGIN: Final = "/ops/login"
LOGOUT: Final = "/ops/logout"
_PLACE: Final = r"\A/ops/[a-z0-9/_-]{0,200}\Z"
_SAFE: Final = frozenset({"GET", "HEAD"})
_FRAMES: Final = frozenset({"iframe", "frame", "embed", "object"})

log = structlog.get_logger()


class NotLoggedInError(CinestreamError):
    """A change was asked for without a login."""

    code = "not_logged_in"
    status = 401
    message = N_("Log in first.")


class ForeignFormError(CinestreamError):
    """A form does not carry the token of the login under which it comes."""

    code = "foreign_form"
    status = 403
    message = N_("This form is not one of this login. Load the page again.")


class Place(Struct, frozen=True):
    """Where to go on to after the login."""

    next: Annotated[str, Meta(pattern=_PLACE)] = CONSOLE_PATH


class LoginForm(Place, frozen=True):
    """The form of the login."""

    password: Annotated[str, Meta(max_length=1000)] = ""


async def answer(request: web.Request) -> web.StreamResponse:
    """Answer a request under /ops/: without a login nothing answers but the login."""
    request[ERROR_PAGE] = show_error
    _refuse_foreign(request)
    operator = await _operator(request)
    response: web.StreamResponse
    if request.path == LOGIN:
        response = await (_show_login(request) if request.method in _SAFE else _submit_login(request))
    elif operator is None:
        response = _to_login(request)
    else:
        response = await _answer_operator(request, operator)
    response.headers["Cache-Control"] = "no-store"
    return response


def _refuse_foreign(request: web.Request) -> None:
    """Refuse what another site's page sends or would show, and changes of which nobody says where they come from."""
    headers = request.headers
    origin, fetched = headers.get("Origin"), headers.get("Sec-Fetch-Site")
    if origin is not None and not is_own_origin(origin, request.app[SITE], client_of(request)):
        raise ForeignOriginError
    if headers.get("Sec-Fetch-Dest") in _FRAMES:
        raise ForeignOriginError
    if fetched not in {None, "same-origin", "none"} and headers.get("Sec-Fetch-Mode") != "navigate":
        raise ForeignOriginError
    if request.method not in _SAFE and origin is None and fetched is None:
        raise ForeignOriginError


async def _operator(request: web.Request) -> Operator | None:
    """Who is logged in; a login that was ended stays so, whoever has kept its cookie."""
    operator = operator_of(
        request.cookies.get(cookie_name(COOKIE, client_of(request).scheme), ""),
        secret_key=request.app[SECRET_KEY],
        password=request.app[CONSOLE].password,
        now=request.app[CLOCK](),
    )
    if operator is None or await request.app[STORE].noted(f"logout-{operator.mark}") is not None:
        return None
    return operator


def _to_login(request: web.Request) -> web.Response:
    if request.method not in _SAFE:
        if not wants_page(request):
            raise NotLoggedInError
        return console_page(request, "login.html", status=401, next=CONSOLE_PATH, wrong=False, ended=True, place=LOGIN)
    place = request.path if request.path != CONSOLE_PATH and re.match(_PLACE, request.path) else None
    return web.Response(status=303, headers={"Location": with_query(LOGIN, next=place)})


async def _show_login(request: web.Request) -> web.Response:
    return console_page(request, "login.html", next=parse_query(request, Place).next, wrong=False, ended=False)


async def _submit_login(request: web.Request) -> web.Response:
    form = await parse_form(request, LoginForm)
    app, client = request.app, client_of(request)
    kept = app[CONSOLE].password
    operator = await log_in(
        app[STORE],
        form.password,
        kept=kept,
        address=client.address,
        secret_key=app[SECRET_KEY],
        now=app[CLOCK](),
    )
    if operator is None:
        return console_page(request, "login.html", status=401, next=form.next, wrong=True, ended=False, place=LOGIN)
    response = web.Response(status=303, headers={"Location": form.next})
    secure = client.scheme == "https"
    response.set_cookie(
        cookie_name(COOKIE, client.scheme),
        cookie_of(operator, secret_key=app[SECRET_KEY], password=kept),
        max_age=int(LASTS.total_seconds()),
        secure=secure,
        httponly=True,
        samesite="Strict",
    )
    return response


async def _answer_operator(request: web.Request, operator: Operator) -> web.StreamResponse:
    request[OPERATOR] = operator
    if request.method not in _SAFE:
        await _require_token(request, operator)
    if request.path == LOGOUT and request.method == "POST":
        return await _log_out(request, operator)
    if request.path == "/ops":
        return web.Response(status=308, headers={"Location": CONSOLE_PATH})
    match = await _PAGES.resolve(request)
    if match.http_exception is not None:
        raise match.http_exception
    request[PARAMETERS] = dict(match)
    return await match.handler(request)


async def _require_token(request: web.Request, operator: Operator) -> None:
    """Refuse a form without this login's token; its body can be read once more."""
    token = ""
    if request.content_type == "application/x-www-form-urlencoded":
        fields = parse_qs((await request.read()).decode("utf-8", "replace"), max_num_fields=100)
        token = fields.get("token", [""])[-1]
    if not is_token(token, operator, secret_key=request.app[SECRET_KEY]):
        raise ForeignFormError


async def _log_out(request: web.Request, operator: Operator) -> web.Response:
    now = request.app[CLOCK]()
    entry = JournalEntry(id=f"logout-{operator.mark}", at=now, action="logout", who=operator.mark)
    await request.app[STORE].note(entry)
    log.info("console_logout", who=operator.mark)
    response = web.Response(status=303, headers={"Location": LOGIN})
    scheme = client_of(request).scheme
    response.del_cookie(cookie_name(COOKIE, scheme), secure=scheme == "https", httponly=True, samesite="Strict")
    return response


def _pages() -> UrlDispatcher:
    router = UrlDispatcher()
    router.add_routes(views.ROUTES)
    router.add_routes(all_sites.ROUTES)
    router.add_routes(actions.ROUTES)
    return router


_PAGES: Final = _pages()
