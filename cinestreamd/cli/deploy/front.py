"""What the commands about nginx share: where it is, and what is rendered for it."""

from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, Final

import click
from msgspec import Struct

from cinestreamd.cli.options import Place
from cinestreamd.deploy.nginx import Certificate, Host, render_shared, render_site
from cinestreamd.deploy.nginx_files import SHARED, NginxFolder
from cinestreamd.deploy.paths import plain_path
from cinestreamd.sites.model import Site

PORT = click.IntRange(1, 65_535)
SELF_SIGNED: Final = "/etc/cinestreamd/tls"


class Front(Struct, frozen=True, kw_only=True):
    """One nginx by the options of a command."""

    nginx_folder: str
    certificates: str
    self_signed_folder: str
    webroot: str
    cache: str
    http_port: int
    https_port: int

    @property
    def server(self) -> NginxFolder:
        """The nginx itself."""
        return NginxFolder(Path(self.nginx_folder))

    def files(self, sites: Sequence[Site]) -> dict[str, str]:
        """The configuration of these sites; a domain that another part of nginx serves is refused."""
        server = self.server
        host = Host(
            version=server.version(),
            http_port=self.http_port,
            https_port=self.https_port,
            webroot=self.webroot,
            cache=self.cache,
            own_default=not server.has_other_default(),
            ipv6=has_ipv6(),
            brotli=server.has_brotli(),
        )
        files = {SHARED: render_shared(host)}
        for site in sites:
            files[f"cinestreamd-{site.name}.conf"] = render_site(site, host, self.certificate(site))
        server.require_free({domain for site in sites for domain in site.settings.domains})
        return files

    def certificate(self, site: Site) -> Certificate | None:
        """The site's certificate: an authority's, else one signed by itself, else none."""
        for folder in (self.certificates, self.self_signed_folder):
            chain, key = f"{folder}/{site.name}/fullchain.pem", f"{folder}/{site.name}/privkey.pem"
            if Path(chain).is_file() and Path(key).is_file():
                return Certificate(chain, key)
        return None


def with_front(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a ``Front``, and pass that on as ``front``."""
    options = (
        click.option("--nginx-folder", default="/etc/nginx", show_default=True, help="Where nginx.conf is."),
        click.option(
            "--certificates", default="/etc/letsencrypt/live", show_default=True, help="Has SITE/fullchain.pem."
        ),
        click.option("--self-signed-folder", default=SELF_SIGNED, show_default=True, help="The same for trying out."),
        click.option("--webroot", default="/var/lib/cinestreamd-acme", show_default=True, help="For ACME challenges."),
        click.option("--cache", default="/var/cache/cinestreamd-nginx", show_default=True, help="nginx's cache."),
        click.option("--http-port", type=PORT, default=80, show_default=True, help="Port of plain http."),
        click.option("--https-port", type=PORT, default=443, show_default=True, help="Port of https."),
    )

    @wraps(function)
    def command(*args: Any, **given: Any) -> Any:
        front = Front(**{field: given.pop(field) for field in Front.__struct_fields__})
        for path in (front.certificates, front.self_signed_folder, front.webroot, front.cache):
            plain_path(path)
        return function(*args, front=front, **given)

    wrapped: Callable[..., Any] = command
    for option in reversed(options):
        wrapped = option(wrapped)
    return wrapped


def public_sites(place: Place) -> list[Site]:
    """The sites that nginx serves: enabled ones that have a domain."""
    return [site for site in place.registry().sites() if site.settings.enabled and site.settings.domains]


def has_ipv6() -> bool:
    """Whether this host has any IPv6 address, be it its own loopback."""
    addresses = Path("/proc/net/if_inet6")
    return addresses.is_file() and bool(addresses.read_text().strip())
