"""What stands in front of the daemon: nginx and its certificates."""

import ssl
import subprocess
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cinestreamd.deploy.certificates import domains_of
from cinestreamd.deploy.front import Front, file_of
from cinestreamd.deploy.nginx_files import SHARED, NginxRefusedError
from cinestreamd.deploy.renewal import TIMERS, renewal_problem
from cinestreamd.doctor.finding import Finding, Patient
from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.model import Site

RENEWAL_FAILED_DAYS: Final = 20
"""certbot renews 30 days before the end: with fewer left, renewal has not worked for a while."""

URGENT_DAYS: Final = 7
_APPLY: Final = "cinestreamd deploy nginx --apply"
_START: Final = "systemctl enable --now nginx; if it does not start: journalctl -u nginx"


def examine_nginx(patient: Patient) -> Iterator[Finding]:
    """Nginx is there, runs, takes its configuration, and serves what would be rendered for each site with a domain."""
    public = [site for site in patient.sites() if site.settings.domains]
    try:
        front = _front(patient)
        installed = front.server.installed()
        if not public and not installed:
            yield Finding("ok", "no site has a domain: nothing for nginx to serve")
            return
        version = ".".join(map(str, front.server.version()))
        front.server.check(installed)
        wanted = front.files(public) if public else {}
    except ConfigurationError as error:
        yield Finding("warn", str(error), f"install nginx, then: {_APPLY}")
        return
    except NginxRefusedError as error:
        yield Finding("fail", str(error), f"put it right (nginx -t), then: {_APPLY}")
        return
    yield Finding("ok", f"nginx {version} takes its configuration")
    for name in sorted(installed.keys() - wanted.keys()):
        yield Finding("warn", f"{name} is of no site that has a domain", _APPLY)
    if installed.get(SHARED, "") != wanted.get(SHARED, "") and SHARED in installed.keys() & wanted.keys():
        yield Finding("warn", f"{SHARED} is not what would be rendered now", f"{_APPLY} (--check shows the difference)")
    for site in public:
        yield _served(front, site, installed.get(file_of(site.name), ""), wanted[file_of(site.name)])


def _served(front: Front, site: Site, installed: str, wanted: str) -> Finding:
    """Whether nginx has a site's configuration, and serves by it."""
    missing = [port for port in site.settings.ports if f"127.0.0.1:{port} " not in installed]
    if missing or any(f" {domain}" not in installed for domain in site.settings.domains):
        return Finding("warn", f"{site.name}: nginx does not know all its domains and ports", _APPLY)
    if not front.server.is_reached(front.http_port):
        return Finding("fail", f"{site.name}: nginx does not run: nobody answers at port {front.http_port}", _START)
    if not front.server.serves(installed, front.http_port):
        return Finding("fail", f"{site.name}: nginx answers by another configuration than the installed one", _APPLY)
    if installed != wanted:
        fix = f"{_APPLY} (--check shows the difference)"
        return Finding("warn", f"{site.name}: nginx serves it by another configuration than would be rendered now", fix)
    return Finding("ok", f"{site.name}: nginx serves it at port {front.http_port}, with its domains and ports")


def _front(patient: Patient) -> Front:
    """The installed nginx, with the ports and folders that were chosen for it."""
    first, last = patient.certificates[0], patient.certificates[-1]
    front = Front(nginx_folder=str(patient.nginx_folder), certificates=str(first), self_signed_folder=str(last))
    return front.as_installed()


def examine_certificates(patient: Patient) -> Iterator[Finding]:
    """Each site that has a domain has a certificate for all its domains, with time left."""
    public = [site for site in patient.sites() if site.settings.domains]
    if not public:
        return
    found = _front(patient).certificates_of(public)
    for site in public:
        get = f"cinestreamd deploy tls {site.name}"
        if site.name not in found:
            yield Finding("warn", f"{site.name} has no certificate", get)
            continue
        chain = Path(found[site.name].chain)
        yield _lasting(site, chain, patient.now)
        lacking = _lacking(site.settings.domains, domains_of(chain))
        if lacking:
            yield Finding("warn", f"{site.name}: its certificate does not hold for {', '.join(lacking)}", get)


def examine_renewal(patient: Patient) -> Iterator[Finding]:
    """The certificates of an authority are renewed in time, and nginx takes the new ones."""
    public = [site for site in patient.sites() if site.settings.domains]
    front = _front(patient) if public else None
    found = front.certificates_of(public) if front is not None else {}
    places = {name: Path(each.chain).parent for name, each in found.items()}
    theirs = {
        name: place for name, place in places.items() if _is_certbots(place) or place.parent == patient.certificates[0]
    }
    for name, place in theirs.items():
        problem = renewal_problem(place)
        if problem:
            yield Finding("warn", f"{name}: its certificate: {problem}", f"cinestreamd deploy tls {name}")
        else:
            yield Finding("ok", f"{name}: certbot knows its certificate, and has nginx take a renewed one")
    if theirs:
        by = patient.renewer()
        fix = f"systemctl enable --now {TIMERS[0]}; without systemd a line of cron: 0 */12 * * * certbot -q renew"
        yield Finding("ok", f"{by} runs certbot") if by else Finding("warn", "nothing runs certbot in time", fix)


def _is_certbots(place: Path) -> bool:
    """Whether a certificate's folder is one of those that certbot keeps."""
    return (place.parent.parent / "renewal").is_dir()


def _lasting(site: Site, chain: Path, now: datetime) -> Finding:
    """How long a site's certificate holds."""
    days = (expiry(chain) - now).days
    says = f"{site.name}: certificate ends in {days} days"
    own = not _is_certbots(chain.parent)
    fix = f"cinestreamd deploy tls {site.name}" if own else "certbot renew --dry-run tells what is wrong"
    return Finding("fail" if days < URGENT_DAYS else "warn" if days < RENEWAL_FAILED_DAYS else "ok", says, fix)


def _lacking(domains: Sequence[str], held: frozenset[str]) -> list[str]:
    """The domains that a certificate does not hold for."""
    return [each for each in domains if each not in held and f"*.{each.partition('.')[2]}" not in held]


def expiry(chain: Path) -> datetime:
    """When the first certificate of a chain ends.

    Raises:
        ConfigurationError: the file is no certificate.
    """
    command = ["openssl", "x509", "-noout", "-enddate", "-in", str(chain)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=20)  # noqa: S603 - a fixed program
    _, found, moment = done.stdout.strip().partition("notAfter=")
    if done.returncode != 0 or not found:
        raise ConfigurationError(place=chain, problem="is no certificate")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(moment), UTC)
