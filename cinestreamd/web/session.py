"""What the site remembers of a visitor: one signed cookie, set only once there is something to remember.

The cookie is signed with the site's SECRET_KEY and readable by nobody's script. Over https it carries the ``__Host-``
prefix and Secure, so that no other host or path can plant it; on plain http, where browsers refuse that, a plain name.
"""

from typing import Final

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from aiohttp.web import RequestKey
from itsdangerous import BadData, URLSafeTimedSerializer
from msgspec import Struct

from cinestreamd.i18n import Language
from cinestreamd.web.keys import SECRET_KEY
from cinestreamd.web.proxy import CLIENT

MAX_AGE: Final = 365 * 86_400
_MAX_COOKIE = 2_000


class Remembered(Struct, frozen=True, omit_defaults=True):
    """The content of the session cookie."""

    language: Language | None = None


class Session:
    """One request's view of the cookie: read when first asked for, written back when it was changed."""

    def __init__(self, cookie: str, secret_key: str) -> None:
        self._cookie = cookie
        self._secret_key = secret_key
        self._remembered: Remembered | None = None
        self.changed = False

    @property
    def remembered(self) -> Remembered:
        """What the cookie says; nothing when there is none, or it is forged, too old or of an older form."""
        if self._remembered is None:
            self._remembered = self._read()
        return self._remembered

    def remember(self, remembered: Remembered) -> None:
        """Replace what is remembered; the answer will set the cookie."""
        self._remembered = remembered
        self.changed = True

    def signed(self) -> str:
        """The cookie's value."""
        return str(_signer(self._secret_key).dumps(msgspec.to_builtins(self.remembered)))

    def _read(self) -> Remembered:
        if not self._cookie or len(self._cookie) > _MAX_COOKIE:
            return Remembered()
        try:
            return msgspec.convert(_signer(self._secret_key).loads(self._cookie, max_age=MAX_AGE), Remembered)
        except (BadData, msgspec.ValidationError):
            return Remembered()


SESSION: Final = RequestKey("session", Session)


def _signer(secret_key: str) -> URLSafeTimedSerializer:
    """The signer of session cookies; another purpose takes another salt."""
    return URLSafeTimedSerializer(secret_key, salt="cinestreamd.session")


def cookie_name(name: str, scheme: str) -> str:
    """``name`` with the prefix that binds a cookie of the whole host to https."""
    return f"__Host-{name}" if scheme == "https" else name


@web.middleware
async def session_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Put ``SESSION`` on the request; set the cookie when the view changed it."""
    scheme = request[CLIENT].scheme
    name = cookie_name("session", scheme)
    session = Session(request.cookies.get(name, ""), request.app[SECRET_KEY])
    request[SESSION] = session
    response = await handler(request)
    if session.changed:
        response.set_cookie(
            name,
            session.signed(),
            max_age=MAX_AGE,
            secure=scheme == "https",
            httponly=True,
            samesite="Lax",
        )
        response.headers["Cache-Control"] = "no-store"
    return response
