"""Passwords as they are kept: only what scrypt (RFC 7914) makes of them, with a salt of their own."""

import base64
import hashlib
import hmac
import re
import secrets
from typing import Final

from msgspec import Struct


class Cost(Struct, frozen=True):
    """What one guess costs: scrypt's N as a power of two, its r and its p."""

    power: int
    blocks: int
    passes: int


USUAL: Final = Cost(14, 8, 5)
"""16 MiB, five times over, for each guess: as strong as more memory in one pass, which a web worker has not."""

SHORTEST: Final = 12
LONGEST: Final = 200
KEPT: Final = re.compile(r"scrypt:(?:[1-9]|1[0-6]):[1-9]:[1-9]:[A-Za-z0-9_-]{22}:[A-Za-z0-9_-]{43}")
"""What is kept: the cost, the salt (16 bytes) and the digest (32 bytes), in the URL-safe alphabet of base64."""

_MOST_MEMORY: Final = 128 * 1024 * 1024


def is_password(text: str) -> bool:
    """Whether a text may be a password: 12 to 200 characters that can be seen."""
    return SHORTEST <= len(text) <= LONGEST and text.isprintable() and text == text.strip()


def keep_password(password: str, *, salt: bytes | None = None, cost: Cost = USUAL) -> str:
    """What is kept of a password. At the usual cost it takes 16 MiB and some tenths of a second."""
    salt = secrets.token_bytes(16) if salt is None else salt
    digest = _digest(password, salt, cost)
    return f"scrypt:{cost.power}:{cost.blocks}:{cost.passes}:{_text(salt)}:{_text(digest)}"


def is_right(password: str, kept: str) -> bool:
    """Whether ``kept`` was made of ``password``. Takes as long as it did to make, whatever the answer."""
    _, power, blocks, passes, salt, digest = kept.split(":")
    cost = Cost(int(power), int(blocks), int(passes))
    return hmac.compare_digest(_digest(password[:LONGEST], _bytes(salt), cost), _bytes(digest))


def _digest(password: str, salt: bytes, cost: Cost) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=2**cost.power,
        r=cost.blocks,
        p=cost.passes,
        maxmem=_MOST_MEMORY,
        dklen=32,
    )


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
