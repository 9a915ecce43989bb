"""Passwords as they are kept: only what scrypt (RFC 7914) makes of them, with a salt of their own."""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final

COST: Final = 2**14
BLOCKS: Final = 8
PASSES: Final = 5
"""16 MiB, five times over, for each guess: as strong as more memory in one pass, which a web worker has not."""

SHORTEST: Final = 12
LONGEST: Final = 200
KEPT: Final = re.compile(r"scrypt:[A-Za-z0-9_-]{22}:[A-Za-z0-9_-]{43}")
"""What is kept: the salt (16 bytes) and the digest (32 bytes), in the URL-safe alphabet of base64."""


def is_password(text: str) -> bool:
    """Whether a text may be a password: 12 to 200 characters that can be seen."""
    return SHORTEST <= len(text) <= LONGEST and text.isprintable() and text == text.strip()


def keep_password(password: str, *, salt: bytes | None = None) -> str:
    """What is kept of a password. Takes 16 MiB and some tenths of a second."""
    salt = secrets.token_bytes(16) if salt is None else salt
    return f"scrypt:{_text(salt)}:{_text(_digest(password, salt))}"


def is_right(password: str, kept: str) -> bool:
    """Whether ``kept`` was made of ``password``. Takes as long as ``keep_password``, whatever the answer."""
    _, salt, digest = kept.split(":")
    return hmac.compare_digest(_digest(password[:LONGEST], _bytes(salt)), _bytes(digest))


def _digest(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=COST,
        r=BLOCKS,
        p=PASSES,
        maxmem=64 * 1024 * 1024,
        dklen=32,
    )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
