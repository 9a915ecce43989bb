"""What stands in front of the daemon: nginx and its certificates."""

import ssl
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from cinestreamd.deploy.nginx_files import NginxFolder
from cinestreamd.doctor.finding import Finding, Patient
from cinestreamd.errors import ConfigurationError

RENEWAL_FAILED_DAYS: Final = 20
"""certbot renews 30 days before the end: with fewer left, renewal has not worked for a while."""

URGENT_DAYS: Final = 7


def examine_nginx(patient: Patient) -> Iterator[Finding]:
    """Nginx is there, takes its configuration, and serves each site that has a domain."""
    public = [site for site in patient.sites() if site.settings.domains]
    if not public:
        yield Finding("ok", "no site has a domain: nothing for nginx to serve")
        return
    server = NginxFolder(patient.nginx_folder)
    try:
        version = ".".join(map(str, server.version()))
        server.check(server.installed())
    except ConfigurationError as error:
        yield Finding("warn", str(error), "install nginx, then: cinestreamd deploy nginx --apply")
        return
    yield Finding("ok", f"nginx {version} takes its configuration")
    installed = server.installed()
    for site in public:
        text = installed.get(f"cinestreamd-{site.name}.conf", "")
        missing = [port for port in site.settings.ports if f"127.0.0.1:{port} " not in text]
        strangers = [domain for domain in site.settings.domains if f" {domain}" not in text]
        if missing or strangers:
            fix = "cinestreamd deploy nginx --apply"
            yield Finding("warn", f"{site.name}: nginx does not know all its domains and ports", fix)
        else:
            yield Finding("ok", f"{site.name}: nginx knows its domains and ports")


def examine_certificates(patient: Patient) -> Iterator[Finding]:
    """Each site that has a domain has a certificate with time left."""
    for site in patient.sites():
        if not site.settings.domains:
            continue
        chains = [folder / site.name / "fullchain.pem" for folder in patient.certificates]
        chain = next((path for path in chains if path.is_file()), None)
        if chain is None:
            yield Finding("warn", f"{site.name} has no certificate", f"cinestreamd deploy tls {site.name}")
            continue
        days = (expiry(chain) - patient.now).days
        says, fix = f"{site.name}: certificate ends in {days} days", "certbot renew --dry-run tells what is wrong"
        if days < URGENT_DAYS:
            yield Finding("fail", says, fix)
        elif days < RENEWAL_FAILED_DAYS:
            yield Finding("warn", says, fix)
        else:
            yield Finding("ok", says)


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
