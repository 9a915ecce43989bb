"""Which certificate is a site's: one that holds for its domains, whatever the folder is called that it is in.

So a site keeps its certificate when it is given another name, and a site that takes over a name takes no certificate.
"""

import re
import socket
import ssl
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from cinestreamd.deploy.nginx_files import HERE
from cinestreamd.errors import CinestreamError, ConfigurationError
from cinestreamd.i18n import N_
from cinestreamd.sites.model import Site

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._@+-]{0,200}")
_SHOWN_SECONDS: Final = 20.0


class CertificateNotShownError(CinestreamError):
    """A certificate was made, and nginx shows visitors another one, or none."""

    code = "certificate_not_shown"
    message = N_("{chain} is there, but nginx does not show it at port {port}; see: cinestreamd doctor")


class Kept(Struct, frozen=True):
    """A certificate in its folder, as certbot keeps them: chain and key by path, and the domains that it holds for."""

    name: str
    chain: str
    key: str
    domains: frozenset[str]

    def covers(self, domain: str) -> bool:
        """Whether it holds for the domain, by its name or by a wildcard in the place of its first label."""
        return domain in self.domains or f"*.{domain.partition('.')[2]}" in self.domains

    def covered(self, site: Site) -> int:
        """How many of a site's domains it holds for."""
        return sum(map(self.covers, site.settings.domains))

    def is_damaged_of(self, site: Site) -> bool:
        """Whether it has a site's name, and what it holds for cannot be read."""
        return self.name == site.name and not self.domains


def kept_in(folder: Path) -> list[Kept]:
    """The certificates below a folder, each in one of its own as ``fullchain.pem`` and ``privkey.pem``.

    Raises:
        ConfigurationError: they cannot be read.
    """
    try:
        found = [place for place in sorted(folder.iterdir()) if _NAME.fullmatch(place.name)] if folder.is_dir() else []
        pairs = [(place, place / "fullchain.pem", place / "privkey.pem") for place in found]
        return [
            Kept(place.name, str(chain), str(key), domains_of(chain))
            for place, chain, key in pairs
            if chain.is_file() and key.is_file()
        ]
    except OSError as error:
        raise ConfigurationError(place=folder, problem=f"cannot be read ({error.strerror})") from None


def domains_of(chain: Path) -> frozenset[str]:
    """The domains that the first certificate of a chain holds for; none when it cannot be read."""
    command = ["openssl", "x509", "-noout", "-ext", "subjectAltName", "-in", str(chain)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - a fixed program
    except FileNotFoundError:
        raise ConfigurationError(place="openssl", problem="is not installed") from None
    return frozenset(re.findall(r"DNS:([^,\s]+)", done.stdout))


def best_for(site: Site, found: Sequence[Kept]) -> Kept | None:
    """The certificate that holds for most of a site's domains; of equal ones that of its own name. None: for none.

    One of its own name that cannot be read stays the site's: nginx refuses it, rather than that https ends silently.
    """
    fitting = [each for each in found if each.covered(site)] or [each for each in found if each.is_damaged_of(site)]
    return max(fitting, key=lambda each: (each.covered(site), each.name == site.name), default=None)


def name_for(site: Site, found: Sequence[Kept]) -> str:
    """By which name a site's certificate is to be got: one that is the site's own, and nobody else's.

    The name of the site, if there is one that holds for a domain of it; else one that holds for domains of this site
    alone, as after the site was given another name; else a new one.
    """
    by_name = {each.name: each for each in found}
    if site.name in by_name and (by_name[site.name].covered(site) or by_name[site.name].is_damaged_of(site)):
        return site.name
    own = [each.name for each in found if each.domains and each.domains <= set(site.settings.domains)]
    fresh = (site.name, *(f"{site.name}-{number}" for number in range(2, len(found) + 3)))
    return own[0] if own else next(name for name in fresh if name not in by_name)


def require_shown(chain: Path, *, domain: str, port: int, seconds: float = _SHOWN_SECONDS) -> None:
    """Wait until this host's nginx shows visitors of a domain the certificate in ``chain``.

    Raises:
        CertificateNotShownError: it does not.
    """
    first = chain.read_text(encoding="ascii").partition("-----END CERTIFICATE-----")
    wanted = ssl.PEM_cert_to_DER_cert(first[0] + first[1])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # whether it is trusted is not the question
    deadline = time.monotonic() + seconds
    while time.monotonic() <= deadline:
        with (
            suppress(OSError),
            socket.create_connection((HERE, port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=domain) as shown,
        ):
            if shown.getpeercert(binary_form=True) == wanted:
                return
        time.sleep(0.1)
    raise CertificateNotShownError(chain=chain, port=port)
