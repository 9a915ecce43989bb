"""A real nginx on high ports in front of a small web server that stands for the workers."""

import contextlib
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from click.testing import CliRunner

from cinestreamd.cli import root
from cinestreamd.deploy.nginx import Certificate, Host, render_shared, render_site
from cinestreamd.deploy.nginx_files import DomainServedError, NginxFolder, NginxRefusedError
from cinestreamd.deploy.paths import PlainPathError
from cinestreamd.sites.model import Site, SiteSettings

HEADERS = {
    "Strict-Transport-Security": "max-age=31536000",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
}


class Worker(BaseHTTPRequestHandler):
    """Counts what reaches it, by method and path, and says which site it is."""

    protocol_version = "HTTP/1.1"
    asked: ClassVar[Counter[str]] = Counter()
    lock = threading.Lock()

    def do_GET(self) -> None:
        """Answer and count."""
        with self.lock:
            self.asked[f"{self.command} {self.path}"] += 1
        body = f"port {self.server.server_port} for {self.headers['Host']}".encode()
        self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store" if self.path == "/private" else "no-cache")
        if self.path == "/en/own":
            self.send_header("Content-Security-Policy", "default-src 'self'")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the library names methods so

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Front:
    """An nginx of its own in a folder, two sites, and their workers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.http, self.https = free_port(), free_port()
        (folder / "conf.d").mkdir()
        self.pid = folder / "nginx.pid"
        (folder / "nginx.conf").write_text(
            f"pid {self.pid};\nerror_log {folder}/error.log;\nworker_processes 1;\nuser root;\n"
            "events { worker_connections 512; }\nhttp {\n    access_log off;\n"
            f"    client_body_temp_path {folder}/body;\n    proxy_temp_path {folder}/proxy;\n"
            f"    include {folder}/conf.d/*.conf;\n}}\n"
        )
        self.host = Host(http_port=self.http, https_port=self.https, webroot=f"{folder}/acme", cache=f"{folder}/cache")
        key, chain = f"{folder}/key.pem", f"{folder}/chain.pem"
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=one.example"
        subprocess.run([*command.split(), "-keyout", key, "-out", chain], check=True, capture_output=True)
        self.certificate = Certificate(chain, key)
        self.workers = [ThreadingHTTPServer(("127.0.0.1", 0), Worker) for _ in range(2)]
        for worker in self.workers:
            threading.Thread(target=worker.serve_forever, daemon=True).start()
        self.sites = [
            Site(
                name=name,
                settings=SiteSettings(domains=(f"{name}.example",), start_port=worker.server_port, processes=1),
                directory="/nowhere",
            )
            for name, worker in zip(("one", "two"), self.workers, strict=True)
        ]
        self.server = NginxFolder(folder)

    def files(self) -> dict[str, str]:
        """What is rendered for both sites."""
        shown = {f"cinestreamd-{site.name}.conf": render_site(site, self.host, self.certificate) for site in self.sites}
        return {"cinestreamd.conf": render_shared(self.host), **shown}

    def start(self) -> None:
        """Start nginx and wait until it listens."""
        for name, text in self.files().items():
            (self.folder / "conf.d" / name).write_text(text)
        subprocess.run(["nginx", "-c", str(self.folder / "nginx.conf")], check=True, capture_output=True)
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.https), timeout=1):
                return
            assert time.monotonic() < deadline, (self.folder / "error.log").read_text()
            time.sleep(0.05)

    def ask(
        self, path: str, *, host: str = "one.example", method: str = "GET", **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """One request over TLS: status, headers and body."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", self.https, timeout=20, context=context)
        raw = socket.create_connection(("127.0.0.1", self.https), timeout=20)
        connection.sock = context.wrap_socket(raw, server_hostname="one.example")
        try:
            connection.request(method, path, headers={"Host": host, **headers})
            response = connection.getresponse()
            return response.status, dict(response.getheaders()), response.read().decode()
        finally:
            connection.close()

    def end(self) -> None:
        """Stop nginx, if it was started, and the workers."""
        with contextlib.suppress(FileNotFoundError, ValueError):  # a mere test leaves an empty file
            os.kill(int(self.pid.read_text()), 15)
        for worker in self.workers:
            worker.shutdown()
            worker.server_close()


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    assert shutil.which("nginx"), "install nginx: this cannot be tested without it"
    front = Front(tmp_path)
    yield front
    front.end()


def test_sites_are_told_apart_and_strangers_are_cut(front: Front) -> None:
    front.start()
    status, headers, body = front.ask("/en/")
    assert (status, body) == (200, f"port {front.workers[0].server_port} for one.example")
    assert front.ask("/en/", host="two.example")[2] == f"port {front.workers[1].server_port} for two.example"
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert front.ask("/en/own")[1]["Content-Security-Policy"] == "default-src 'self'"
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        front.ask("/en/", host="stranger.example")
    plain = http.client.HTTPConnection("127.0.0.1", front.http, timeout=20)
    plain.request("GET", "/en/?a=1", headers={"Host": "one.example"})
    response = plain.getresponse()
    assert (response.status, response.getheader("Location")) == (308, f"https://one.example:{front.https}/en/?a=1")
    plain.close()


@pytest.mark.parametrize(
    ("option", "accepted"), [("-tls1", False), ("-tls1_1", False), ("-tls1_2", True), ("-tls1_3", True)]
)
def test_only_current_tls_is_spoken(front: Front, option: str, accepted: bool) -> None:
    front.start()
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{front.https}", "-servername", "one.example", option]
    done = subprocess.run(command, input=b"", capture_output=True, check=False, timeout=60)
    assert (b"-----BEGIN CERTIFICATE-----" in done.stdout) is accepted


def test_only_what_is_the_same_for_everybody_is_cached(front: Front) -> None:
    """Of 30 requests at least half come within the second that an answer is kept, however slow the machine is."""
    front.start()
    Worker.asked.clear()

    def reached(path: str, method: str = "GET", **headers: str) -> int:
        for _ in range(30):
            assert front.ask(path, method=method, **headers)[0] == 200
        return Worker.asked[f"{method} {path}"]

    assert reached("/en/city/kyiv") < 30
    assert reached("/en/city/lviv", Cookie="session=x") == 30
    assert reached("/en/city/odesa", Authorization="Bearer x") == 30
    assert reached("/en/city/dnipro", Accept="text/event-stream") == 30
    assert reached("/private") == 30
    assert reached("/") == 30
    assert reached("/ops/") == 30
    assert reached("/api/scrape", "POST") == 30


def test_change_that_breaks_nginx_is_rolled_back(front: Front) -> None:
    front.start()
    before = front.server.installed()
    broken = {**front.files(), "cinestreamd-one.conf": front.files()["cinestreamd-one.conf"] + "nonsense;\n"}
    with pytest.raises(NginxRefusedError, match="nonsense"):
        front.server.apply(broken, http_port=front.http, domain="one.example")
    assert front.server.installed() == before
    front.host = Host(
        **{**{f: getattr(front.host, f) for f in front.host.__struct_fields__}, "https_port": front.https}
    )
    fewer = {name: text for name, text in front.files().items() if "two" not in name}
    assert front.server.apply(fewer, http_port=front.http, domain="one.example") is True
    assert front.server.apply(fewer, http_port=front.http, domain="one.example") is False
    assert sorted(path.name for path in front.folder.glob("conf.d/*")) == ["cinestreamd-one.conf", "cinestreamd.conf"]
    assert not list(front.folder.glob(".cinestreamd*"))


def test_what_others_serve_is_respected(front: Front) -> None:
    assert front.server.has_other_default() is False
    (front.folder / "conf.d" / "other.conf").write_text(
        f"server {{ listen {front.http} default_server; server_name shop.example; }}\n"
    )
    assert front.server.has_other_default() is True
    with pytest.raises(DomainServedError, match=r"shop\.example"):
        front.server.require_free({"shop.example", "one.example"})


@pytest.mark.parametrize("path", ["/a;b", "/a\n", "a", "/a/../b", "/a b", "/$host", "/" + "a" * 400, "/{", "/a\x00"])
def test_path_that_means_something_to_nginx_is_refused(front: Front, path: str) -> None:
    with pytest.raises(PlainPathError):
        render_shared(Host(cache=path))
    with pytest.raises(PlainPathError):
        render_site(front.sites[0], Host(webroot=path), None)
    with pytest.raises(PlainPathError):
        render_site(front.sites[0], Host(), Certificate(path, "/key"))


def test_http2_is_written_as_the_version_wants_it(front: Front) -> None:
    old = render_site(front.sites[0], Host(version=(1, 22, 1)), front.certificate)
    new = render_site(front.sites[0], Host(version=(1, 25, 1)), front.certificate)
    assert "listen 443 ssl http2;" in old
    assert "listen 443 ssl;\n    http2 on;" in new


def test_command_prints_and_checks(front: Front, tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        common = ["--state-dir", str(tmp_path / "state"), "--nginx-folder", str(front.folder), "--http-port"]
        more = [str(front.http), "--https-port", str(front.https), "--webroot", f"{tmp_path}/acme", "--cache"]
        result = CliRunner().invoke(root, ["deploy", "nginx", *arguments, *common, *more, f"{tmp_path}/cache"])
        assert result.exit_code == 0, result
        return result.stdout

    add = ["sites", "add", "kino", "--domain", "kino.example", "--state-dir", str(tmp_path / "state"), "--json"]
    ports = json.loads(CliRunner().invoke(root, add).stdout)["start_port"]
    assert f"server 127.0.0.1:{ports} max_fails=1" in run("--print")
    assert run("kino", "--check") == "nginx takes this configuration.\n"
    assert list(front.folder.glob("conf.d/*")) == []
