"""Notices arrive at a real mail server and a real webhook, or it is said why not, without a secret."""

import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cinestreamd.alerts import ways
from cinestreamd.alerts.model import Condition, Notice
from cinestreamd.config import AlertSettings
from cinestreamd.errors import ConfigurationError

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CITY = Condition("city_failing", "kino", "kyiv", "kino: kyiv could not be read 3 times in a row")
NOTICES = (Notice(CITY, "raised", NOW, NOW),)


def settings(port: int, **others: Any) -> AlertSettings:
    return AlertSettings(
        **{
            "mail_to": ("one@kino.example", "two@kino.example"),
            "mail_from": "cinestreamd@kino.example",
            "smtp_host": "127.0.0.1",
            "smtp_port": port,
            "smtp_security": "none",
            **others,
        }
    )


def test_mail_arrives(mail_server: Callable[..., Any]) -> None:
    port, mailbox = mail_server()
    ways.send_mail(settings(port), NOTICES, host="box", user="", password="")
    [envelope] = mailbox.messages
    assert envelope.mail_from == "cinestreamd@kino.example"
    assert envelope.rcpt_tos == ["one@kino.example", "two@kino.example"]
    message = message_from_bytes(envelope.content, policy=default)
    assert message["Subject"] == "[cinestreamd box] kino: kyiv could not be read 3 times in a row"
    assert message["Auto-Submitted"] == "auto-generated"
    body = message.get_body()
    assert body is not None
    assert body.get_content().splitlines() == [
        "2026-11-21 12:00 UTC  kino: kyiv could not be read 3 times in a row (since 11-21 12:00)"
    ]


def test_words_from_outside_make_no_head_of_their_own(mail_server: Callable[..., Any]) -> None:
    port, mailbox = mail_server()
    hostile = Condition("cinema_failing", "kino", "c", "Кіно\r\nBcc: everyone@example.org\r\n\r\nhello")
    ways.send_mail(settings(port), (Notice(hostile, "over", NOW, NOW),), host="box", user="", password="")
    [envelope] = mailbox.messages
    message = message_from_bytes(envelope.content, policy=default)
    assert message["Bcc"] is None
    assert message["Subject"] == "[cinestreamd box] over: Кіно  Bcc: everyone@example.org    hello"
    assert envelope.rcpt_tos == ["one@kino.example", "two@kino.example"]


def test_a_trusted_server_is_given_the_password_over_tls(
    mail_server: Callable[..., Any], certificate: Callable[..., tuple[Path, Path]], monkeypatch: pytest.MonkeyPatch
) -> None:
    chain, key = certificate()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    port, mailbox = mail_server(tls_context=context, require_starttls=True)
    wanted = settings(port, smtp_security="starttls")
    with pytest.raises(ways.NotSentError, match="SSLCertVerificationError"):
        ways.send_mail(wanted, NOTICES, host="box", user="operator", password="of the mail server")
    assert (mailbox.messages, mailbox.logins) == ([], [])
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    ways.send_mail(wanted, NOTICES, host="box", user="operator", password="of the mail server")
    assert mailbox.logins == [("operator", "of the mail server")]
    assert len(mailbox.messages) == 1
    with pytest.raises(ways.NotSentError) as caught:
        ways.send_mail(wanted, NOTICES, host="box", user="operator", password="another word")
    assert "another word" not in str(caught.value)


def test_no_password_goes_over_a_network_in_the_clear(mail_server: Callable[..., Any]) -> None:
    with pytest.raises(ConfigurationError, match="in the clear"):
        ways.send_mail(settings(25, smtp_host="mail.kino.example"), NOTICES, host="box", user="u", password="p")
    port, mailbox = mail_server(auth_require_tls=False)
    ways.send_mail(settings(port), NOTICES, host="box", user="operator", password="of the mail server")
    assert len(mailbox.messages) == 1


def test_a_mail_server_that_is_not_there_is_told(mail_server: Callable[..., Any]) -> None:
    port, _ = mail_server()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        with pytest.raises(ways.NotSentError, match="ConnectionRefusedError"):
            ways.send_mail(settings(unused.getsockname()[1]), NOTICES, host="box", user="", password="")
    assert port


def test_a_webhook_gets_the_notices(webhook: str, asked: list[tuple[str, str, bytes]]) -> None:
    ways.post_to_webhook(f"{webhook}/204?key=1", NOTICES, host="box")
    [(method, path, body)] = asked
    assert (method, path) == ("POST", "/204?key=1")
    told = msgspec.json.decode(body)
    assert told["host"] == "box"
    assert told["text"].startswith("2026-11-21 12:00 UTC  kino: kyiv")
    assert told["notices"] == [
        {
            "condition": {"kind": "city_failing", "site": "kino", "subject": "kyiv", "text": CITY.text},
            "state": "raised",
            "since": "2026-11-21T12:00:00Z",
            "at": "2026-11-21T12:00:00Z",
        }
    ]


@pytest.mark.parametrize("status", [302, 307, 400, 500])
def test_a_webhook_must_take_it_itself(webhook: str, asked: list[tuple[str, str, bytes]], status: int) -> None:
    with pytest.raises(ways.NotSentError, match=f"status {status}"):
        ways.post_to_webhook(f"{webhook}/{status}", NOTICES, host="box")
    assert [path for _, path, _ in asked] == [f"/{status}"]


def test_a_webhook_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "TIMEOUT", 0.2)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with pytest.raises(ways.NotSentError, match="TimeoutError"):
            ways.post_to_webhook(f"http://127.0.0.1:{silent.getsockname()[1]}/secret", NOTICES, host="box")


@pytest.mark.parametrize("url", ["http://chat.example/secret", "ftp://chat.example/secret", "secret", "http://[secret"])
def test_an_address_that_cannot_be_used_is_refused_without_being_told(url: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ways.post_to_webhook(url, NOTICES, host="box")
    assert "secret" not in str(caught.value)
