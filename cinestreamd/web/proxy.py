"""Who is asking: the visitor's address, scheme and host, also behind the site's own proxy.

``X-Forwarded-*`` is believed only from a peer in ``daemon.trusted_proxies``; of the addresses in X-Forwarded-For the
last one that is no trusted proxy itself is the visitor's. Nothing here makes absolute URLs: those come from the site.
"""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final

from aiohttp import web
from aiohttp.web import RequestKey
from msgspec import Struct

from cinestreamd.web.keys import TRUSTED_PROXIES

Networks = tuple[IPv4Network | IPv6Network, ...]

_HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,255}")


class Client(Struct, frozen=True):
    """The asking side: IP ``address`` ("" when there is none), ``scheme`` http or https, and ``host`` as asked for."""

    address: str
    scheme: str
    host: str


_CLIENT: Final = RequestKey("client", Client)


def is_trusted(address: str, trusted: Networks) -> bool:
    """Whether ``address`` is an IP address within ``trusted``."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in trusted)


def identify_client(direct: Client, headers: Mapping[str, str], trusted: Networks) -> Client:
    """The visitor behind ``direct``, the peer of the connection."""
    if not is_trusted(direct.address, trusted):
        return direct
    scheme = headers.get("X-Forwarded-Proto", "").rpartition(",")[2].strip().lower()
    host = headers.get("X-Forwarded-Host", "").rpartition(",")[2].strip()
    return Client(
        address=_forwarded_address(headers.get("X-Forwarded-For", ""), trusted) or direct.address,
        scheme=scheme if scheme in {"http", "https"} else direct.scheme,
        host=host if _HOST.fullmatch(host) else direct.host,
    )


def _forwarded_address(header: str, trusted: Networks) -> str | None:
    """The last address of ``header`` that is no trusted proxy; None when a part on the way there is no address."""
    for item in reversed(header.split(",")):
        address = item.strip()
        try:
            ip_address(address)
        except ValueError:
            return None
        if not is_trusted(address, trusted):
            return address
    return None


def client_of(request: web.Request) -> Client:
    """Who sent ``request``: found out when it is first asked, as most answers do not depend on it."""
    client = request.get(_CLIENT)
    if client is None:
        direct = Client(request.remote or "", request.scheme, request.headers.get("Host", ""))
        request[_CLIENT] = client = identify_client(direct, request.headers, request.app[TRUSTED_PROXIES])
    return client
