"""Which secret belongs into which file, and what it may look like.

``.env`` is read by web workers, ``agent.env`` by agents alone: a broken-into worker finds no key to Claude.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final

from msgspec import Struct

from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.sites.password import KEPT, is_password, keep_password


class SecretKey(Struct, frozen=True, kw_only=True):
    """One key: its file, the full pattern of its value and that in words, what it is, and whether it is asked for.

    Of one with ``may_be`` not the value itself is kept, but what ``keep`` makes of it.
    """

    file: str
    pattern: re.Pattern[str]
    form: str
    help: str
    asked: bool = False
    may_be: Callable[[str], bool] | None = None
    keep: Callable[[str], str] | None = None


KEYS: Final[Mapping[str, SecretKey]] = {
    "SECRET_KEY": SecretKey(
        file=".env",
        pattern=re.compile(r"[A-Za-z0-9_+/=-]{32,200}"),
        form="32 to 200 letters, digits and _+/=-",
        help="signs cookies; made by itself, a new one ends every visitor's session",
    ),
    "MONGO_URI": SecretKey(
        file=".env",
        pattern=re.compile(r"mongodb(?:\+srv)?://[!-~]{1,1000}"),
        form="mongodb://… or mongodb+srv://…, without blanks",
        help="MongoDB connection string; without one the embedded database is used",
        asked=True,
    ),
    "OPS_PASSWORD": SecretKey(
        file=".env",
        pattern=KEPT,
        form="12 to 200 characters",
        help="password of the console at /ops/, 12 to 200 characters; kept as an scrypt hash; without one no console",
        may_be=is_password,
        keep=keep_password,
    ),
    "ANTHROPIC_API_KEY": SecretKey(
        file="agent.env",
        pattern=re.compile(r"[A-Za-z0-9_-]{16,300}"),
        form="16 to 300 letters, digits, - and _",
        help="Anthropic API key; without one pages are read without Claude",
        asked=True,
    ),
    "CLAUDE_MODEL": SecretKey(
        file="agent.env",
        pattern=re.compile(r"[a-z0-9][a-z0-9.-]{0,79}"),
        form="haiku, sonnet, or the exact id of a model",
        help="model that reads pages",
    ),
}
FILES: Final[tuple[str, ...]] = (".env", "agent.env")


class UnknownKeyError(InvalidInputError):
    """No file has such a key."""

    code = "unknown_key"
    message = N_("{key!r} is no key of a site; there are {known}")


class SecretValueError(InvalidInputError):
    """A value cannot be what it should be. It is not told: it may be a secret."""

    code = "secret_value"
    message = N_("This cannot be a {key}: it must be {form}")


class KeptKeyError(InvalidInputError):
    """A key without which the site cannot run."""

    code = "kept_key"
    message = N_("{key} cannot be removed; make a new one with: cinestreamd sites env {site} set {key}")


def secret_key(name: str) -> SecretKey:
    """The key of this name.

    Raises:
        UnknownKeyError: there is none.
    """
    if name not in KEYS:
        raise UnknownKeyError(key=name[:40], known=", ".join(KEYS))
    return KEYS[name]


def check_value(name: str, value: str) -> None:
    """Refuse a value that cannot be one.

    Raises:
        UnknownKeyError: there is no such key.
        SecretValueError: the value does not look like one; its message does not repeat it.
    """
    key = secret_key(name)
    if not key.pattern.fullmatch(value):
        raise SecretValueError(key=name, form=key.form)


def value_to_keep(name: str, given: str) -> str:
    """What the file is to hold for a value that was given.

    Raises:
        UnknownKeyError: there is no such key.
        SecretValueError: the value cannot be one; its message does not repeat it.
    """
    key = secret_key(name)
    if key.may_be is None or key.keep is None:
        check_value(name, given)
        return given
    if not key.may_be(given):
        raise SecretValueError(key=name, form=key.form)
    return key.keep(given)
