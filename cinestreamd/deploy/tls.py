"""Certificates: that a domain leads to this host, one from a certificate authority by certbot, one signed by itself.

certbot's webroot is served by our nginx configuration; its nginx plugin, which edits files, is not used.
"""

import http.client
import re
import secrets
import shlex
import socket
import ssl
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from msgspec import Struct

from cinestreamd.addresses import is_web_address
from cinestreamd.deploy.paths import plain_path
from cinestreamd.errors import CinestreamError, InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.sites.files import Folder
from cinestreamd.sites.model import Site

CHALLENGES: Final = ".well-known/acme-challenge"
CERTBOT_SECONDS: Final = 600
SELF_SIGNED_DAYS: Final = 90
CERTBOT_FOLDER: Final = "/etc/letsencrypt"
DAY: Final = 86_400
_EMAIL: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,63}")

Resolve = Callable[[str], Sequence[str]]
"""The addresses of a domain; none when it has none."""


class DomainElsewhereError(CinestreamError):
    """A domain does not lead to this host, so no certificate authority would find us there."""

    code = "domain_elsewhere"
    message = N_("{domain} does not lead here ({problem}); correct its DNS entry, then try again")


class CertificateRefusedError(CinestreamError):
    """There is no certificate; what was served before is served on."""

    code = "certificate_refused"
    message = N_("No certificate for {name}: {problem}")


class CertbotWordError(InvalidInputError):
    """What was given is not what certbot is to be told."""

    code = "certbot_word"
    message = N_("{value!r} is not {wanted}")


class Certbot(Struct, frozen=True, kw_only=True):
    """certbot's folder, webroot and authority; empty ``folder`` and ``server`` are its own defaults.

    ``name`` is what it calls the certificate (``certificates.name_for``).
    """

    name: str
    webroot: str
    hook: str
    folder: str = ""
    server: str = ""
    email: str = ""

    def command(self, site: Site, *, rehearsal: bool) -> list[str]:
        """The command that gets a site's certificate, or only rehearses it with the authority's staging server.

        Raises:
            PlainPathError: a path cannot be used.
            CertbotWordError: the mail address or the server's address is none.
        """
        if self.email and not _EMAIL.fullmatch(self.email):
            raise CertbotWordError(value=self.email[:80], wanted="a mail address")
        if self.server and not is_web_address(self.server, schemes=frozenset({"https"})):
            raise CertbotWordError(value=self.server[:80], wanted="an https address")
        who = ["--email", self.email] if self.email else ["--register-unsafely-without-email"]
        domains = [word for domain in site.settings.domains for word in ("-d", domain)]
        return [
            *("certbot", "certonly", "--non-interactive", "--agree-tos", *who),
            *("--webroot", "-w", plain_path(self.webroot), "--cert-name", self.name, *domains),
            *("--keep-until-expiring", "--expand", "--deploy-hook", self.hook),
            *self.places(),
            *(["--server", self.server] if self.server else []),
            *(["--dry-run"] if rehearsal else []),
        ]

    def places(self) -> list[str]:
        """The options that name certbot's folders."""
        if not self.folder:
            return []
        folder = plain_path(self.folder)
        return ["--config-dir", folder, "--work-dir", f"{folder}/work", "--logs-dir", f"{folder}/logs"]


def reload_hook(nginx_conf: Path) -> str:
    """The shell command by which certbot has nginx take a new certificate."""
    path = shlex.quote(plain_path(str(nginx_conf)))
    return f"nginx -t -q -c {path} && nginx -s reload -c {path}"


def resolve(domain: str) -> Sequence[str]:
    """The addresses of a domain by the host's resolver."""
    try:
        found = socket.getaddrinfo(domain, 80, type=socket.SOCK_STREAM)
    except socket.gaierror:
        return ()
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def require_domain(domain: str, *, webroot: Path, port: int, resolver: Resolve = resolve) -> None:
    """Ask every address of the domain for a file that only this host has, as the authority will.

    Raises:
        DomainElsewhereError: it has no address, or one at which somebody else answers.
    """
    addresses = resolver(domain)
    if not addresses:
        raise DomainElsewhereError(domain=domain, problem="it has no address")
    name, token = f"cinestreamd-{secrets.token_hex(8)}", secrets.token_hex(16)
    with Folder.at(_challenges(webroot)) as folder:
        folder.write(name, token.encode(), mode=0o644)
        try:
            for address in addresses:
                _ask(domain, address, port, f"/{CHALLENGES}/{name}", token)
        finally:
            folder.remove(name)


def _challenges(webroot: Path) -> Path:
    """The folder of challenges; nginx's workers, who are another user, may pass to it whatever root's umask is."""
    folder = webroot / CHALLENGES
    for place in (webroot, folder.parent, folder):
        if not place.is_dir():
            place.mkdir(parents=True)
            place.chmod(0o755)
    return folder


def _ask(domain: str, address: str, port: int, path: str, token: str) -> None:
    connection = http.client.HTTPConnection(address, port, timeout=10)
    try:
        connection.request("GET", path, headers={"Host": domain})
        answer = connection.getresponse().read(200).decode("ascii", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise DomainElsewhereError(domain=domain, problem=f"{address}: {error}") from None
    finally:
        connection.close()
    if answer != token:
        raise DomainElsewhereError(domain=domain, problem=f"another server answers at {address}")


def obtain(site: Site, certbot: Certbot) -> None:
    """Get the site's certificate: first a rehearsal, which costs nothing of the authority's limits, then for real.

    Raises:
        CertificateRefusedError: certbot is not installed, or the authority refuses.
    """
    _challenges(Path(certbot.webroot))
    for rehearsal in (True, False):
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program; what was given was matched by type
                certbot.command(site, rehearsal=rehearsal),
                capture_output=True,
                text=True,
                check=False,
                timeout=CERTBOT_SECONDS,
            )
        except FileNotFoundError:
            raise CertificateRefusedError(name=site.name, problem="certbot is not installed") from None
        except subprocess.TimeoutExpired:
            raise CertificateRefusedError(name=site.name, problem="certbot takes too long") from None
        if done.returncode != 0:
            raise CertificateRefusedError(name=site.name, problem=_reason(done.stdout + done.stderr))


def renew_at_a_third(site: Site, certbot: Certbot) -> int:
    """Have certbot renew the site's certificate when a third of its time is left; returns that in days.

    By itself it does so 30 days before the end, which is most of the time of a certificate that is valid for 45 days.

    Raises:
        CertificateRefusedError: the certificate, or certbot's file on it, is not there.
    """
    folder = Path(certbot.folder or CERTBOT_FOLDER)
    days = max(1, round(_lifetime(site, folder / "live" / certbot.name / "fullchain.pem") / 3 / DAY))
    try:
        with Folder.at(folder / "renewal") as kept:
            name = f"{certbot.name}.conf"
            former = kept.read(name).decode("utf-8", "replace")
            others = re.sub(r"^#?[ \t]*renew_before_expiry[ \t]*=.*\n?", "", former, flags=re.MULTILINE)
            text = f"renew_before_expiry = {days} days\n{others}"
            if text != former:
                kept.write(name, text.encode(), mode=0o644)
    except FileNotFoundError as error:
        raise CertificateRefusedError(name=site.name, problem=f"certbot has no {error.filename}") from None
    return days


def _lifetime(site: Site, chain: Path) -> float:
    """The seconds for which a certificate is valid."""
    command = ["openssl", "x509", "-noout", "-startdate", "-enddate", "-in", str(chain)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - as above
    except FileNotFoundError:
        raise CertificateRefusedError(name=site.name, problem="openssl is not installed") from None
    found = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)
    if done.returncode != 0 or not {"notBefore", "notAfter"} <= found.keys():
        raise CertificateRefusedError(name=site.name, problem=f"{chain} cannot be read as a certificate")
    return ssl.cert_time_to_seconds(found["notAfter"]) - ssl.cert_time_to_seconds(found["notBefore"])


def _reason(said: str) -> str:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    details = [line for line in lines if line.startswith(("Detail:", "Type:"))]
    return " ".join(details or [line for line in lines if not line.startswith(("Ask for help", "See the log"))][-2:])


def sign_for_oneself(site: Site, folder: Path, name: str) -> None:
    """Make ``folder/NAME/fullchain.pem`` and ``privkey.pem``: a certificate that browsers warn of, for trying out.

    Raises:
        CertificateRefusedError: openssl is not installed or fails.
    """
    names = ",".join(f"DNS:{domain}" for domain in site.settings.domains)
    place = folder / name
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place / f".{secrets.token_hex(6)}.key"
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        *("-days", str(SELF_SIGNED_DAYS), "-subj", "/CN=cinestreamd", "-addext", f"subjectAltName={names}"),
        *("-keyout", str(draft), "-out", "-"),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - as above
        if done.returncode != 0:
            raise CertificateRefusedError(name=site.name, problem=done.stderr.strip().splitlines()[-1][:200])
        with Folder.at(place) as kept:
            kept.write("privkey.pem", draft.read_bytes(), mode=0o600)
            kept.write("fullchain.pem", done.stdout.encode(), mode=0o644)
    except FileNotFoundError:
        raise CertificateRefusedError(name=site.name, problem="openssl is not installed") from None
    finally:
        draft.unlink(missing_ok=True)
