"""Certificates for real, on loopback: Pebble is the authority, certbot the client, nginx the web server."""

import http.client
import http.server
import json
import os
import re
import socket
import ssl
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from click.testing import CliRunner
from daemon_under_test import wait_until
from free_ports import free_ports

from cinestreamd.cli import root
from cinestreamd.deploy.renewal import renewal_problem
from cinestreamd.deploy.tls import DomainElsewhereError, require_domain
from cinestreamd.errors import CinestreamError

DOMAIN = "kino.example"


class Authority:
    """Pebble with a name server that knows every name as this host."""

    def __init__(self, folder: Path, stack: ExitStack, *, challenges: int) -> None:
        self.ca = folder / "authority.pem"
        names, management, listen, console = (free_ports() for _ in range(4))
        key = folder / "authority.key"
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
        alt = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        subprocess.run([*command.split(), *alt, "-keyout", key, "-out", self.ca], check=True, capture_output=True)
        settings = {
            "listenAddress": f"127.0.0.1:{listen}",
            "managementListenAddress": f"127.0.0.1:{console}",
            "certificate": str(self.ca),
            "privateKey": str(key),
            "httpPort": challenges,
            "tlsPort": 1,
            "ocspResponderURL": "",
        }
        (folder / "pebble.json").write_text(json.dumps({"pebble": settings}))
        name_server = ["pebble-challtestsrv", "-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""]
        others = ["-http01", "", "-https01", "", "-tlsalpn01", ""]
        self._run(stack, [*name_server, *others, "-dns01", f"127.0.0.1:{names}", "-management", f":{management}"])
        pebble = ["pebble", "-config", str(folder / "pebble.json"), "-dnsserver", f"127.0.0.1:{names}"]
        self._run(stack, pebble, PEBBLE_VA_NOSLEEP="1", PEBBLE_WFE_NONCEREJECT="0", PEBBLE_AUTHZREUSE="0")
        self.directory = f"https://localhost:{listen}/dir"
        for port in (listen, console, management):
            wait_until(lambda port=port: is_open(port), what=f"port {port} of the authority")

    def root(self) -> ssl.SSLContext:
        """What a client trusts that trusts this authority."""
        console = json.loads((self.ca.parent / "pebble.json").read_text())["pebble"]["managementListenAddress"]
        trusted = ssl.create_default_context(cafile=str(self.ca))
        with urllib.request.urlopen(f"https://{console}/roots/0", context=trusted, timeout=20) as answer:
            return ssl.create_default_context(cadata=answer.read().decode())

    def _run(self, stack: ExitStack, command: list[str], **environment: str) -> None:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        stack.callback(process.wait)
        stack.callback(process.kill)


def is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        return True
    return False


class Host:
    """A host with an nginx and one site."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.name = "kino"
        self.http, self.https = free_ports(), free_ports()
        self.pid = folder / "nginx.pid"
        (folder / "conf.d").mkdir()
        (folder / "nginx.conf").write_text(
            f"pid {self.pid};\nerror_log {folder}/error.log;\nuser root;\nevents {{ worker_connections 256; }}\n"
            f"http {{\n    access_log off;\n    client_body_temp_path {folder}/body;\n"
            f"    proxy_temp_path {folder}/proxy;\n    include {folder}/conf.d/*.conf;\n}}\n"
        )
        subprocess.run(["nginx", "-c", str(folder / "nginx.conf")], check=True, capture_output=True)
        stack.callback(lambda: os.kill(int(self.pid.read_text()), 15))
        added = CliRunner().invoke(root, ["sites", "add", "kino", "--domain", DOMAIN, *self.state])
        assert added.exit_code == 0, added.output

    @property
    def state(self) -> list[str]:
        """The option that names the state directory."""
        return ["--state-dir", str(self.folder / "state")]

    def deploy_tls(self, *arguments: str) -> str:
        """The command for this host; returns its output or its error's line."""
        ports = ["--http-port", str(self.http), "--https-port", str(self.https)]
        paths = ["--nginx-folder", str(self.folder), "--webroot", f"{self.folder}/acme", "--cache"]
        own = ["--self-signed-folder", f"{self.folder}/own"]
        command = ["deploy", "tls", self.name, *arguments, *ports, *paths, f"{self.folder}/cache", *own, *self.state]
        result = CliRunner().invoke(root, command)
        if isinstance(result.exception, CinestreamError):
            return str(result.exception)
        assert result.exit_code == 0, result.output + repr(result.exception)
        return result.stdout

    def status(self, path: str) -> int:
        """How a request by plain http is answered."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=20)
        try:
            connection.request("GET", path, headers={"Host": DOMAIN})
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()

    def serial(self, trusted: ssl.SSLContext) -> str:
        """The serial number of the certificate that a client is shown; it must be a valid one for the domain.

        For a moment after a reload a worker of nginx may still answer by the former configuration.
        """
        found = wait_until(lambda: self._shown(trusted), what="a certificate of the domain is shown")
        return str(found["serialNumber"])

    def _shown(self, trusted: ssl.SSLContext) -> dict[str, object] | None:
        with (
            suppress(ssl.SSLError),
            socket.create_connection(("127.0.0.1", self.https), timeout=20) as plain,
            trusted.wrap_socket(plain, server_hostname=DOMAIN) as sock,
        ):
            return dict(sock.getpeercert() or {})
        return None


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def host(tmp_path: Path, stack: ExitStack) -> Host:
    return Host(tmp_path, stack)


@pytest.mark.timeout(300)
def test_certificate_is_had_served_and_renewed(
    host: Host, tmp_path: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(tmp_path, stack, challenges=host.http)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.ca))
    folder = str(tmp_path / "certbot")
    said = host.deploy_tls("--server", authority.directory, "--certbot-folder", folder, "--no-dns-check")
    assert said == f"https://{DOMAIN}/ is served.\n"
    trusted = authority.root()
    first = host.serial(trusted)
    assert renewal_problem(tmp_path / "certbot" / "live" / "kino") == ""
    # For a moment after a reload a former process of nginx may still take a connection.
    wait_until(lambda: host.status("/en/") == 308, what="plain http leads to https")
    # Nothing is asked of the authority when the certificate has time left.
    assert host.deploy_tls("--server", authority.directory, "--certbot-folder", folder, "--no-dns-check") == said
    assert host.serial(trusted) == first
    # The authority's certificates are valid for 157,766,400 seconds: a third of that is 608.7 days.
    renewal = tmp_path / "certbot" / "renewal" / "kino.conf"
    assert re.findall(r"^renew_before_expiry.*", renewal.read_text(), re.MULTILINE) == [
        "renew_before_expiry = 609 days"
    ]
    places = ["--config-dir", folder, "--work-dir", f"{folder}/work", "--logs-dir", f"{folder}/logs"]
    renew = ["certbot", "renew", "--no-random-sleep-on-renew", *places]
    assert "not yet due" in subprocess.run(renew, capture_output=True, text=True, check=True, timeout=200).stdout
    # Under another name of the site the certificate is the same one, and still certbot's.
    assert CliRunner().invoke(root, ["sites", "rename", "kino", "film", *host.state]).exit_code == 0
    host.name = "film"
    assert host.deploy_tls("--server", authority.directory, "--certbot-folder", folder, "--no-dns-check") == said
    assert host.serial(trusted) == first
    assert [path.name for path in renewal.parent.iterdir()] == ["kino.conf"]
    renewal.write_text(renewal.read_text().replace("609 days", "1900 days"))  # as if that third had come
    done = subprocess.run(renew, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "renew_before_expiry = 1900 days" in renewal.read_text(), "what is set outlives a renewal"
    wait_until(lambda: host.serial(trusted) != first, what="the hook has nginx serve the renewed certificate")


@pytest.mark.timeout(300)
def test_authority_that_refuses_changes_nothing(
    host: Host, tmp_path: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It looks for the challenge where nobody is: the rehearsal fails, the site is served by plain http as before."""
    authority = Authority(tmp_path, stack, challenges=free_ports())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.ca))
    folder = str(tmp_path / "certbot")
    said = host.deploy_tls("--server", authority.directory, "--certbot-folder", folder, "--no-dns-check")
    assert said.startswith("No certificate for kino: ")
    assert "connection" in said
    assert not (tmp_path / "certbot" / "live" / "kino").exists()
    assert "ssl_certificate " not in (tmp_path / "conf.d" / "cinestreamd-kino.conf").read_text()


def test_self_signed_certificate_is_served(host: Host, tmp_path: Path) -> None:
    assert host.deploy_tls("--self-signed") == f"https://{DOMAIN}/ is served.\n"
    own = tmp_path / "own" / "kino"
    assert host.serial(ssl.create_default_context(cafile=str(own / "fullchain.pem")))
    assert (own / "privkey.pem").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in own.iterdir()) == ["fullchain.pem", "privkey.pem"]


def test_domain_without_address_is_refused_before_any_authority_is_asked(host: Host) -> None:
    said = host.deploy_tls("--certbot-folder", str(host.folder / "certbot"))
    assert said == "kino.example does not lead here (it has no address); correct its DNS entry, then try again"
    assert not (host.folder / "certbot").exists()


def test_domain_must_lead_here(host: Host, tmp_path: Path) -> None:
    """Every address is asked for a file that only this host has."""
    host.deploy_tls("--self-signed")
    webroot = tmp_path / "acme"
    require_domain(DOMAIN, webroot=webroot, port=host.http, resolver=lambda _: ["127.0.0.1", "::1"])
    with pytest.raises(DomainElsewhereError, match=r"127\.0\.0\.2"):
        require_domain(DOMAIN, webroot=webroot, port=free_ports(), resolver=lambda _: ["127.0.0.2"])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with pytest.raises(DomainElsewhereError, match="another server answers at 127"):
            require_domain(DOMAIN, webroot=webroot, port=server.server_port, resolver=lambda _: ["127.0.0.1"])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert list((webroot / ".well-known" / "acme-challenge").iterdir()) == []


def test_challenges_can_be_read_by_nginx_whatever_the_umask_is(tmp_path: Path) -> None:
    """Whoever hardens a host gives root a umask of 077; nginx's workers are another user."""
    former = os.umask(0o077)
    try:
        with pytest.raises(DomainElsewhereError):
            require_domain(DOMAIN, webroot=tmp_path / "acme", port=free_ports(), resolver=lambda _: ["127.0.0.1"])
    finally:
        os.umask(former)
    made = [tmp_path / "acme", tmp_path / "acme/.well-known", tmp_path / "acme/.well-known/acme-challenge"]
    assert [oct(folder.stat().st_mode & 0o777) for folder in made] == ["0o755"] * 3
