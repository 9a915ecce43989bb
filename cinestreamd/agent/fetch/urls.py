"""Which addresses an agent asks at all, judged before anything is resolved."""

import re
from typing import Final

from yarl import URL

from cinestreamd.agent.fetch.errors import BadUrlError

LONGEST: Final = 4096
WEB_PORTS: Final = frozenset({80, 443})
HOST: Final = re.compile(r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*\.?")
HOST_6: Final = re.compile(r"[0-9a-f:.]{2,45}")


def checked_url(text: str, ports: frozenset[int] = WEB_PORTS) -> URL:
    """``text`` as an address that may be asked: http(s), a host, no user name, a port of ``ports``; fragment dropped.

    Raises:
        BadUrlError: it is none.
    """
    cleaned = text.strip()
    if len(cleaned) > LONGEST:
        raise BadUrlError(cleaned, problem=f"longer than {LONGEST} characters")
    if re.search(r"[\x00-\x20\x7f\\]", cleaned):
        raise BadUrlError(cleaned, problem="spaces, control characters or backslashes")
    try:
        url = URL(cleaned).with_fragment(None)
    except ValueError:
        raise BadUrlError(cleaned, problem="not an address") from None
    problem = _problem(url, ports)
    if problem:
        raise BadUrlError(cleaned, problem=problem)
    return url


def _problem(url: URL, ports: frozenset[int]) -> str | None:
    host = (url.raw_host or "").lower()
    if url.scheme not in {"http", "https"}:
        return "only http and https are read"
    if not (HOST.fullmatch(host) or HOST_6.fullmatch(host)):
        return "no usable host name"
    if url.raw_user is not None or url.raw_password is not None:
        return "it holds a user name"
    if url.port not in ports:
        return "another port than 80 and 443"
    return None
