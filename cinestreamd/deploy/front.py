"""One nginx in front of the daemon, with all that its configuration is rendered from."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.deploy.certificates import best_for, kept_in
from cinestreamd.deploy.nginx import Certificate, Host, render_shared, render_site
from cinestreamd.deploy.nginx_files import SHARED, NginxFolder
from cinestreamd.deploy.nginx_words import directives_in
from cinestreamd.sites.model import Site

SELF_SIGNED: Final = "/etc/cinestreamd/tls"


class Front(Struct, frozen=True, kw_only=True):
    """An nginx by the folder of its ``nginx.conf``, where certificates are, and where it is to listen.

    ``certificates`` and ``self_signed_folder`` have a folder a certificate.
    """

    nginx_folder: str = "/etc/nginx"
    certificates: str = "/etc/letsencrypt/live"
    self_signed_folder: str = SELF_SIGNED
    webroot: str = "/var/lib/cinestreamd-acme"
    cache: str = "/var/cache/cinestreamd-nginx"
    http_port: int = 80
    https_port: int = 443

    @property
    def server(self) -> NginxFolder:
        """The nginx itself."""
        return NginxFolder(Path(self.nginx_folder))

    def as_installed(self) -> "Front":
        """The same with what was chosen when the installed configuration was rendered: ports, webroot, cache."""
        front = self
        for name, text in self.server.installed().items():
            for each in directives_in(text):
                match each.words:
                    case ("proxy_cache_path", path, *_):
                        front = replace(front, cache=path)
                    case ("root", path):
                        front = replace(front, webroot=path)
                    case ("listen", port, "ssl", *_) if port.isdecimal():
                        front = replace(front, https_port=int(port))
                    case ("listen", port, *_) if port.isdecimal():
                        front = replace(front, http_port=int(port))
                    case ("ssl_certificate", chain) if name != SHARED:
                        folder = str(Path(chain).parent.parent)
                        front = front if folder == self.certificates else replace(front, self_signed_folder=folder)
        return front

    def files(self, sites: Sequence[Site]) -> dict[str, str]:
        """The configuration of these sites; a domain that another part of nginx serves is refused."""
        server = self.server
        host = Host(
            version=server.version(),
            http_port=self.http_port,
            https_port=self.https_port,
            webroot=self.webroot,
            cache=self.cache,
            defaults_elsewhere=server.other_defaults(),
            ipv6=has_ipv6(),
            brotli=server.has_brotli(),
        )
        files = {SHARED: render_shared(host)}
        found = self.certificates_of(sites)
        for site in sites:
            files[file_of(site.name)] = render_site(site, host, found.get(site.name))
        server.require_free({domain for site in sites for domain in site.settings.domains})
        return files

    def files_with(self, site: Site, known: Collection[str]) -> dict[str, str]:
        """What is installed of the sites ``known`` by name, with that of this one made anew."""
        others = {SHARED, *map(file_of, known)}
        kept = {name: text for name, text in self.server.installed().items() if name in others}
        return {**kept, **self.files([site])}

    def certificates_of(self, sites: Sequence[Site]) -> Mapping[str, Certificate]:
        """The sites' certificates by name of the site: an authority's, else one signed by itself; else none."""
        folders = [kept_in(Path(folder)) for folder in (self.certificates, self.self_signed_folder)]
        found = {}
        for site in sites:
            best = next((best for folder in folders if (best := best_for(site, folder))), None)
            if best is not None:
                found[site.name] = Certificate(best.chain, best.key)
        return found


def file_of(name: str) -> str:
    """The name of a site's file in nginx's folder."""
    return f"cinestreamd-{name}.conf"


def has_ipv6() -> bool:
    """Whether this host has any IPv6 address, be it its own loopback."""
    addresses = Path("/proc/net/if_inet6")
    return addresses.is_file() and bool(addresses.read_text().strip())
