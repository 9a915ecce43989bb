"""Servers that notices are sent to, all real and on loopback."""

import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from free_ports import free_ports


class Mailbox:
    """Keeps what a mail server was given, and by whom."""

    def __init__(self) -> None:
        self.messages: list[Any] = []
        self.logins: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - the library's name
        """Take a message."""
        self.messages.append(envelope)
        return "250 OK"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        """Let in whoever knows the password."""
        assert isinstance(data, LoginPassword)
        login = data.login.decode(), data.password.decode()
        self.logins.append(login)
        return AuthResult(success=login == ("operator", "of the mail server"))


@pytest.fixture
def mail_server() -> Iterator[Callable[..., tuple[int, Mailbox]]]:
    """Starts mail servers; gives the port of each and what it was given."""
    started: list[Controller] = []

    def start(**options: Any) -> tuple[int, Mailbox]:
        mailbox = Mailbox()
        server = Controller(
            mailbox,
            hostname="127.0.0.1",
            port=free_ports(),
            authenticator=mailbox.authenticate,
            ready_timeout=60,
            **options,
        )
        server.start()
        started.append(server)
        return server.port, mailbox

    yield start
    for server in started:
        server.stop()


class Hook(BaseHTTPRequestHandler):
    """Answers POSTs by the status that the path names, and keeps what it was given."""

    asked: ClassVar[list[tuple[str, str, bytes]]] = []

    def do_POST(self) -> None:
        """Keep and answer."""
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.asked.append((self.command, self.path, body))
        self.send_response(int(self.path.strip("/").split("?")[0] or "204"))
        self.send_header("Location", "/204")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def webhook() -> Iterator[str]:
    """The address of a server for webhooks; what it was asked is in ``Hook.asked``."""
    Hook.asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def asked() -> list[tuple[str, str, bytes]]:
    """Method, path and body of what the webhook was asked."""
    return Hook.asked


@pytest.fixture
def certificate(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    """Makes certificates of 127.0.0.1 that sign themselves; gives the chain and the key."""

    def make(days: int = 30) -> tuple[Path, Path]:
        chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
        command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=kino.example"
        extra = ["-addext", "subjectAltName=IP:127.0.0.1", "-days", str(days), "-keyout", str(key), "-out", str(chain)]
        subprocess.run([*command.split(), *extra], check=True, capture_output=True)
        return chain, key

    return make
