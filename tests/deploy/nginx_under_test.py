"""A real nginx on high ports in front of small web servers that stand for workers."""

import contextlib
import http.client
import os
import socket
import ssl
import subprocess
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

from free_ports import free_ports

from cinestreamd.deploy.nginx import Certificate, Host, render_shared, render_site
from cinestreamd.deploy.nginx_files import NginxFolder
from cinestreamd.sites.model import Site, SiteSettings


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
        if self.path == "/ticking":
            body = str(self.asked["GET /ticking"]).encode()
        if self.path == "/long":
            body *= 100
            self.send_header("Content-Type", "text/css")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store" if self.path == "/private" else "no-cache")
        if self.path == "/en/own":
            self.send_header("Content-Security-Policy", "default-src 'self'")
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the library names methods so

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Front:
    """An nginx of its own in a folder, two sites, and their workers."""

    def __init__(self, folder: Path, *, main: str = "", place: str = "conf.d/*.conf") -> None:
        self.folder = folder
        self.http, self.https = free_ports(), free_ports()
        (folder / place.split("/", maxsplit=1)[0]).mkdir()
        self.pid = folder / "nginx.pid"
        (folder / "nginx.conf").write_text(
            f"{main}pid {self.pid};\nerror_log {folder}/error.log;\nworker_processes 1;\nuser root;\n"
            "worker_rlimit_nofile 1024;\nevents { worker_connections 512; }\nhttp {\n    access_log off;\n"
            f"    client_body_temp_path {folder}/body;\n    proxy_temp_path {folder}/proxy;\n"
            f"    include {folder}/{place};\n}}\n"
        )
        self.host = Host(
            http_port=self.http, https_port=self.https, webroot=f"{folder}/acme", cache=f"{folder}/cache", ipv6=True
        )
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
            (self.folder / self.server.place / name).write_text(text)
        subprocess.run(["nginx", "-c", str(self.folder / "nginx.conf")], check=True, capture_output=True)
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.https), timeout=1):
                return
            assert time.monotonic() < deadline, (self.folder / "error.log").read_text()
            time.sleep(0.05)

    def ask(
        self, path: str, *, host: str = "one.example", method: str = "GET", raw: bool = False, **headers: str
    ) -> tuple[int, dict[str, str], str]:
        """One request over TLS: status, headers and body."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without the authorities, which take long to load
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPConnection("127.0.0.1", self.https, timeout=20)
        plain = socket.create_connection(("127.0.0.1", self.https), timeout=20)
        connection.sock = context.wrap_socket(plain, server_hostname="one.example")
        try:
            connection.request(method, path, headers={"Host": host, **headers})
            response = connection.getresponse()
            body = response.read()
            return response.status, dict(response.getheaders()), "" if raw else body.decode()
        finally:
            connection.close()

    def ask_raw(self, path: str, **headers: str) -> str:
        """The encoding in which a long text comes."""
        return self.ask(path, raw=True, **headers)[1].get("Content-Encoding", "")

    def end(self) -> None:
        """Stop nginx, if it was started, and the workers."""
        with contextlib.suppress(FileNotFoundError, ValueError):  # a mere test leaves an empty file
            os.kill(int(self.pid.read_text()), 15)
        for worker in self.workers:
            worker.shutdown()
            worker.server_close()
