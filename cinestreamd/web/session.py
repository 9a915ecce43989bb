"""What the site remembers of a visitor: one signed cookie, set only once there is something to remember.

The cookie is signed with the site's SECRET_KEY and readable by nobody's script. Over https it carries the ``__Host-``
prefix and Secure, so that no other host or path can plant it; on plain http, where browsers refuse that, a plain name.
"""

from typing import Final

import msgspec
from aiohttp import web
from aiohttp.web import RequestKey
from itsdangerous import BadData, URLSafeTimedSerializer
from msgspec import Struct

from cinestreamd.i18n import Language
from cinestreamd.web.keys import SECRET_KEY
from cinestreamd.web.proxy import client_of

MAX_AGE: Final = 365 * 86_400
_MAX_COOKIE = 2_000
_COOKIE: Final = "session"


class Remembered(Struct, frozen=True, omit_defaults=True):
    """The content of the session cookie."""

    language: Language | None = None


_REMEMBERED: Final = RequestKey("remembered", Remembered)


def remembered_of(request: web.Request) -> Remembered:
    """What the visitor's cookie says, read when it is first asked for."""
    remembered = request.get(_REMEMBERED)
    if remembered is None:
        has_any = _COOKIE in request.headers.get("Cookie", "")  # what most requests lack, told without taking it apart
        cookie = request.cookies.get(_name(request), "") if has_any else ""
        request[_REMEMBERED] = remembered = read_cookie(cookie, request.app[SECRET_KEY])
    return remembered


def remember(request: web.Request, response: web.Response, remembered: Remembered) -> None:
    """Have ``response``, which nobody may keep then, tell the visitor's browser what to remember from now on."""
    response.set_cookie(
        _name(request),
        sign_cookie(remembered, request.app[SECRET_KEY]),
        max_age=MAX_AGE,
        secure=client_of(request).scheme == "https",
        httponly=True,
        samesite="Lax",
    )
    response.headers["Cache-Control"] = "no-store"


def sign_cookie(remembered: Remembered, secret_key: str) -> str:
    """The cookie's value."""
    return str(_signer(secret_key).dumps(msgspec.to_builtins(remembered)))


def read_cookie(cookie: str, secret_key: str) -> Remembered:
    """What a cookie says; nothing when there is none, or it is forged, too old or of an older form."""
    if not cookie or len(cookie) > _MAX_COOKIE:
        return Remembered()
    try:
        return msgspec.convert(_signer(secret_key).loads(cookie, max_age=MAX_AGE), Remembered)
    except (BadData, msgspec.ValidationError):
        return Remembered()


def cookie_name(name: str, scheme: str) -> str:
    """``name`` with the prefix that binds a cookie of the whole host to https."""
    return f"__Host-{name}" if scheme == "https" else name


def _name(request: web.Request) -> str:
    return cookie_name(_COOKIE, client_of(request).scheme)


def _signer(secret_key: str) -> URLSafeTimedSerializer:
    """The signer of session cookies; another purpose takes another salt."""
    return URLSafeTimedSerializer(secret_key, salt="cinestreamd.session")
