"""The real daemon tells its operator of a worker that was given up, and that it is well again."""

import json
import ssl
import subprocess
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from daemon_under_test import CALM, DaemonUnderTest, wait_until
from free_ports import free_ports
from webhook_server import http_server, webhook_server

from cinestreamd.master.forking import DEFAULT_ENTRIES
from cinestreamd.sites.env import read_env, write_env


class Mailbox:
    """Keeps what a mail server was given."""

    def __init__(self) -> None:
        self.subjects: list[str] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:  # noqa: N802 - the library's name
        """Take a message."""
        self.subjects.append(str(message_from_bytes(envelope.content, policy=default)["Subject"]))
        return "250 OK"


@pytest.fixture
def mailbox() -> Iterator[tuple[int, Mailbox]]:
    kept = Mailbox()
    server = Controller(kept, hostname="127.0.0.1", port=free_ports(), ready_timeout=60)
    server.start()
    yield server.port, kept
    server.stop()


@pytest.fixture
def webhook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    with webhook_server("/a-secret-of-the-operator") as served:
        yield served


def test_a_worker_that_is_given_up_is_told_by_every_way_and_so_is_its_end(
    daemon: DaemonUnderTest, mailbox: tuple[int, Mailbox], webhook: tuple[str, list[dict[str, Any]]]
) -> None:
    mail_port, mail = mailbox
    url, told = webhook
    daemon.add_site(processes=1)
    secrets = Path(daemon.registry.load("one").directory, ".env")
    good = read_env(secrets)
    write_env(secrets, {"SECRET_KEY": "short"})
    daemon.configure(
        supervisor=CALM,
        alerts={
            "look_every": 0.2,
            "hold_off": 0.5,
            "disk_free": 0.0,
            "mail_to": ["operator@kino.example"],
            "mail_from": "daemon@kino.example",
            "smtp_host": "127.0.0.1",
            "smtp_port": mail_port,
            "smtp_security": "none",
        },
    )
    write_env(daemon.state_dir / "alerts.env", {"ALERT_WEBHOOK": url})
    daemon.start(DEFAULT_ENTRIES)

    def states() -> list[str]:
        return [f"{each['state']} {each['condition']['kind']}" for body in told for each in body["notices"]]

    wait_until(lambda: states() == ["raised worker_given_up"], seconds=60, what="the webhook hears of it")
    wait_until(lambda: len(mail.subjects) == 1, seconds=60, what="mail tells of it")
    assert "one: 1 of 1 workers were given up (exit code 78)" in mail.subjects[0]
    assert json.loads((daemon.state_dir / "alerts.json").read_bytes())[0]["condition"]["kind"] == "worker_given_up"

    write_env(secrets, good)
    daemon.call("reload")
    wait_until(lambda: states() == ["raised worker_given_up", "over worker_given_up"], seconds=60, what="it is over")
    wait_until(lambda: len(mail.subjects) == 2, seconds=60, what="mail tells that it is over")
    assert "over: one: 1 of 1 workers" in mail.subjects[1]
    assert len(daemon.events("alert_raised")) == len(daemon.events("alert_over")) == 1
    assert "a-secret-of-the-operator" not in daemon.log_path.read_text()
    assert daemon.events("stray_killed") == []
    wait_until(lambda: daemon.zombies() == [], what="no sender is left")


def test_what_cannot_be_sent_is_logged_without_a_secret_and_keeps_nothing_from_serving(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(alerts={"look_every": 0.2, "disk_free": 1.0})
    write_env(daemon.state_dir / "alerts.env", {"ALERT_WEBHOOK": f"http://127.0.0.1:{free_ports()}/hidden-word"})
    daemon.start(DEFAULT_ENTRIES)
    [event] = daemon.wait_for("alert_not_sent", seconds=60)
    assert event["problem"] == "The notice could not be sent: the webhook does not answer (ConnectionRefusedError)"
    assert (event["role"], event["way"]) == ("herald", "webhook")
    assert "hidden-word" not in daemon.log_path.read_text()
    assert list(daemon.workers()) == [port]


def test_a_certificate_that_ends_soon_is_told(daemon: DaemonUnderTest, tmp_path: Path) -> None:
    chain, key = tmp_path / "chain.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=kino.example -days 5"
    subprocess.run([*command.split(), "-keyout", str(key), "-out", str(chain)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    with http_server(BaseHTTPRequestHandler, context) as port:
        daemon.add_site(processes=1, domains=("kino.example",))
        daemon.configure(alerts={"look_every": 0.2, "disk_free": 0.0, "https_port": port})
        daemon.start()
        [event] = daemon.wait_for("alert_raised", seconds=60)
    assert (event["alert"], event["site"], event["subject"]) == ("certificate_ends", "one", "kino.example")
    assert event["text"] == "the certificate of kino.example ends in 4 days"
