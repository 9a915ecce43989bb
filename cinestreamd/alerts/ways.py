"""The ways by which notices leave the host: a webhook and e-mail. Both block, both have time limits.

Addresses are the operator's own. Their secrets (a webhook's address is one) are in ``STATE/alerts.env``, which only the
short-lived process that sends opens.
"""

import http.client
import smtplib
import socket
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from cinestreamd.alerts.model import SECRETS, Notice, headline, in_language, lines
from cinestreamd.alerts.words import ENGLISH
from cinestreamd.config import AlertSettings
from cinestreamd.errors import CinestreamError, ConfigurationError
from cinestreamd.i18n import N_, Language
from cinestreamd.sites.env import MissingEnvError, read_env

TIMEOUT: Final = 10.0
"""Seconds for each step: to connect, to be answered."""
LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class NotSentError(CinestreamError):
    """A notice could not be handed over; it may be tried again."""

    code = "alert_not_sent"
    message = N_("The notice could not be sent: {problem}")


def read_secrets(path: Path) -> dict[str, str]:
    """ALERT_WEBHOOK, SMTP_USER and SMTP_PASSWORD, as far as they are given; none without the file.

    Raises:
        ConfigurationError: the file is open to others, or is no env file.
    """
    try:
        return read_env(path)
    except MissingEnvError:
        return {}


def post_to_webhook(url: str, notices: tuple[Notice, ...], *, host: str, language: Language = ENGLISH) -> None:
    """POST the notices as JSON; ``text`` is what chats show. No redirect is followed.

    Raises:
        ConfigurationError: the address cannot be used.
        NotSentError: it did not answer by 2xx.
    """
    told = in_language(notices, language)
    body = msgspec.json.encode({"text": "\n".join(lines(told, language)), "host": host, "notices": told})
    headers = {"Content-Type": "application/json", "User-Agent": "cinestreamd"}
    connection, path = _connection_to(url)
    try:
        connection.request("POST", path, body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: an address that cannot be encoded
        raise NotSentError(problem=f"the webhook does not answer ({type(error).__name__})") from None
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise NotSentError(problem=f"the webhook answers with status {status}")


def _connection_to(url: str) -> tuple[http.client.HTTPConnection, str]:
    """A connection that is not open yet, and the path to ask for. What is wrong is said without the address."""
    try:
        parts = urlsplit(url)
        name, port = parts.hostname, parts.port
    except ValueError:
        name, port = None, None
    if not name or parts.scheme not in {"http", "https"} or (parts.scheme == "http" and name not in LOCAL):
        raise ConfigurationError(place=SECRETS, problem="ALERT_WEBHOOK is no https address (http: on loopback alone)")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if parts.scheme == "http":
        return http.client.HTTPConnection(name, port, timeout=TIMEOUT), path
    return http.client.HTTPSConnection(name, port, timeout=TIMEOUT, context=ssl.create_default_context()), path


def send_mail(settings: AlertSettings, notices: tuple[Notice, ...], *, host: str, user: str, password: str) -> None:
    """Hand the notices over to the mail server, as one message to all addresses.

    Raises:
        ConfigurationError: a password would have to go over the network in the clear.
        NotSentError: the server does not answer, is not who it should be, or takes the message for nobody.
    """
    if user and settings.smtp_security == "none" and settings.smtp_host not in LOCAL:
        problem = "smtp_security is none, so SMTP_PASSWORD would go over the network in the clear"
        raise ConfigurationError(place="[alerts]", problem=problem)
    message = _message(settings, notices, host=host)
    try:
        with _mail_server(settings) as server:
            if settings.smtp_security == "starttls":
                server.starttls(context=ssl.create_default_context())
            if user:
                server.login(user, password)
            refused = server.send_message(message)
    except (OSError, smtplib.SMTPException, ValueError) as error:  # ValueError: a password that cannot be encoded
        # A server's words may repeat what it was told: only their kind is passed on.
        raise NotSentError(problem=f"the mail server does not take it ({type(error).__name__})") from None
    if refused:
        raise NotSentError(problem=f"the mail server refuses {len(refused)} of {len(settings.mail_to)} addresses")


def _mail_server(settings: AlertSettings) -> smtplib.SMTP:
    place = settings.smtp_host, settings.smtp_port
    own_name = socket.gethostname()
    if settings.smtp_security == "tls":
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(*place, local_hostname=own_name, timeout=TIMEOUT, context=context)
    return smtplib.SMTP(*place, local_hostname=own_name, timeout=TIMEOUT)


def _message(settings: AlertSettings, notices: tuple[Notice, ...], *, host: str) -> EmailMessage:
    told = in_language(notices, settings.language)
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = ", ".join(settings.mail_to)
    message["Subject"] = f"[cinestreamd {host}] {headline(told, settings.language)}"[:200]
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=settings.mail_from.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content("\n".join(lines(told, settings.language)) + "\n")
    return message
