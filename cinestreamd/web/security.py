"""What every answer tells the browser not to do, and which POSTs are refused because another site sent them."""

from typing import Final
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from cinestreamd.errors import CinestreamError
from cinestreamd.i18n import N_
from cinestreamd.sites.model import Site
from cinestreamd.web.keys import SITE
from cinestreamd.web.proxy import Client, client_of

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


EMBEDDED_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *"),
    "Cross-Origin-Resource-Policy": "cross-origin",
}
"""What an answer says that may stand in another site's frame; all else is as for any answer."""


def with_images_of(origin: str) -> dict[str, str]:
    """What an answer says in whose page pictures of another origin may stand, and those that scripts make up."""
    return {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY.replace("img-src 'self'", f"img-src 'self' data: {origin}")
    }


class ForeignOriginError(CinestreamError):
    """A browser says that a page of another site sent this request."""

    code = "foreign_origin"
    status = 403
    message = N_("This request came from another site and was refused.")


async def add_security_headers(_request: web.Request, response: web.StreamResponse) -> None:
    """Add ``SECURITY_HEADERS``; one that a view has set itself stays."""
    headers = response.headers
    framed = headers.get("Content-Security-Policy") == EMBEDDED_HEADERS["Content-Security-Policy"]
    for name, value in SECURITY_HEADERS.items():
        if not (framed and name == "X-Frame-Options"):
            headers.setdefault(name, value)


def is_own_origin(origin: str, site: Site, client: Client) -> bool:
    """Whether a page of ``origin`` is one of this site's.

    Own are the site's domains; and what was asked for itself over plain http, as long as the site has no domain or the
    visitor came to a loopback address: so a daemon without a proxy, or a port of it, can be used directly.
    """
    try:
        parts = urlsplit(origin)
        asked = urlsplit(f"//{client.host}")
    except ValueError:
        return False
    if parts.hostname in site.settings.domains:
        return parts.scheme in {"http", "https"}
    if parts.scheme != "http" or not client.host or parts.netloc.lower() != client.host.lower():
        return False
    return not site.settings.domains or asked.hostname in {"localhost", "127.0.0.1", "::1"}


@web.middleware
async def origin_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a state-changing request that a browser marks as another site's.

    A request with neither Origin nor Sec-Fetch-Site comes from no browser page and carries no ambient authority.
    """
    if request.method not in {"GET", "HEAD", "OPTIONS"}:
        fetch_site = request.headers.get("Sec-Fetch-Site", "none")
        origin = request.headers.get("Origin")
        if fetch_site not in {"same-origin", "none"}:
            raise ForeignOriginError
        if origin is not None and not is_own_origin(origin, request.app[SITE], client_of(request)):
            raise ForeignOriginError
    return await handler(request)
