"""Who is logged in: a signed cookie of its own, bound to the password, that ends by itself."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final

import msgspec
from itsdangerous import BadData, URLSafeSerializer
from msgspec import Struct

LASTS: Final = timedelta(hours=12)
COOKIE: Final = "ops"
"""The name of the cookie; over https with the prefix that binds it to this host."""

_LONGEST: Final = 500
_SALT: Final = "cinestreamd.console"


class Operator(Struct, frozen=True):
    """Somebody who is logged in: ``id`` is that of the login, ``until`` its end in Unix seconds."""

    id: str
    until: int

    @property
    def mark(self) -> str:
        """What the journal calls this login; the cookie cannot be made of it."""
        return hashlib.sha256(self.id.encode()).hexdigest()[:12]


class _Kept(Struct, frozen=True):
    """The content of the cookie. ``password`` is a digest of what is kept of the password: another one ends all."""

    id: str
    until: int
    password: str


def begin(now: datetime) -> Operator:
    """A new login."""
    return Operator(secrets.token_hex(16), int((now + LASTS).timestamp()))


def cookie_of(operator: Operator, *, secret_key: str, password: str) -> str:
    """The cookie's value; ``password`` is what is kept of it."""
    kept = _Kept(operator.id, operator.until, _digest(password))
    return str(_signer(secret_key).dumps(msgspec.to_builtins(kept)))


def operator_of(cookie: str, *, secret_key: str, password: str, now: datetime) -> Operator | None:
    """Who sends this cookie; None when it is forged, too old, or of another password."""
    if not cookie or len(cookie) > _LONGEST:
        return None
    try:
        kept = msgspec.convert(_signer(secret_key).loads(cookie), _Kept)
    except (BadData, msgspec.ValidationError):
        return None
    if kept.until <= now.timestamp() or not hmac.compare_digest(kept.password, _digest(password)):
        return None
    return Operator(kept.id, kept.until)


def form_token(operator: Operator, *, secret_key: str) -> str:
    """What every form of this login carries, and nobody else's."""
    key = hashlib.sha256(f"{_SALT}.form\0{secret_key}".encode()).digest()
    return hmac.new(key, operator.id.encode(), hashlib.sha256).hexdigest()


def is_token(token: str, operator: Operator, *, secret_key: str) -> bool:
    """Whether a form belongs to this login."""
    return hmac.compare_digest(token.encode(), form_token(operator, secret_key=secret_key).encode())


def _signer(secret_key: str) -> URLSafeSerializer:
    """A key of its own, derived from the site's: no other cookie passes for this one."""
    return URLSafeSerializer(
        secret_key, salt=_SALT, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )


def _digest(password: str) -> str:
    return hashlib.sha256(password.encode()).hexdigest()[:16]
