"""Text and links that came from somewhere else, made fit to be shown.

Escaping is the template's work; here goes what escaping does not touch: control and bidirectional characters, length,
and links that are no web addresses.
"""

import re
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

MAX_LINK: Final = 2_000

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]+"
)

_ESCAPED: Final = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
_MARKUP: Final = re.compile(r"""\A[^<>]{0,400}["'/\w]>|</?[a-zA-Z!][^<>]*>|</?[a-zA-Z][^<>]*\Z""")
"""A tag; the rest of one in which an excerpt begins, and the beginning of one in which it ends."""
"""Letters as JSON and JavaScript write them: the hexadecimal numbers of their UTF-16 units."""


def clean_text(text: str, limit: int = 200) -> str:
    """``text`` as one line without control and bidirectional characters, cut with an ellipsis after ``limit``."""
    if not text.isprintable():
        text = _UNSEEN.sub(" ", text[: limit * 4])
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def readable_quote(quote: str) -> str:
    """A quote as people read it: without markup, and with letters where data writes their numbers in hexadecimal."""
    if "<" in quote or ">" in quote:
        quote = _MARKUP.sub(" ", quote)
    return _ESCAPED.sub(_unescape, quote) if "\\u" in quote else quote


def _unescape(escaped: re.Match[str]) -> str:
    units = bytes.fromhex(escaped[0].replace("\\u", ""))
    return units.decode("utf-16-be", errors="replace")


@lru_cache(maxsize=512)
def safe_link(url: str | None) -> str | None:
    """``url`` when it is an absolute http(s) address of printable characters, else None."""
    if not url or len(url) > MAX_LINK or not url.isprintable() or " " in url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.hostname else None


@lru_cache(maxsize=512)
def link_host(url: str) -> str:
    """The host that a safe link leads to, without "www."."""
    return (urlsplit(url).hostname or "").removeprefix("www.")
