"""The process that sends some notices by one way, then is gone: the only one that opens ``alerts.env``."""

import signal
from collections.abc import Mapping
from typing import Final

import structlog

from cinestreamd.alerts.model import HeraldSpec
from cinestreamd.alerts.ways import post_to_webhook, send_mail
from cinestreamd.child_process import Exit, Inheritance
from cinestreamd.confinement import confine, herald_files
from cinestreamd.errors import CinestreamError
from cinestreamd.sites.env import MissingEnvError

NOT_SENT: Final = 75
"""sysexits.h: EX_TEMPFAIL."""
LONGEST: Final = 45
"""Seconds after which the system ends this process, whatever it waits for."""

log = structlog.get_logger()


def run(inheritance: Inheritance) -> int:
    """Send, and say by the exit code whether it went."""
    spec = inheritance.spec(HeraldSpec)
    inheritance.configure_log(spec.daemon, role="herald")
    signal.alarm(LONGEST)
    confine(herald_files(), spec.daemon)
    try:
        send(spec, _secrets(inheritance))
    except CinestreamError as error:
        log.error("alert_not_sent", way=spec.way, problem=str(error))  # noqa: TRY400 - the problem is all there is to say
        return NOT_SENT
    return Exit.DONE


def _secrets(inheritance: Inheritance) -> dict[str, str]:
    """ALERT_WEBHOOK, SMTP_USER and SMTP_PASSWORD, as far as they are given; none without the file."""
    try:
        return inheritance.secrets()
    except MissingEnvError:
        return {}


def send(spec: HeraldSpec, secrets: Mapping[str, str]) -> bool:
    """Send by the way that is asked for; False where the operator has not set it up.

    Raises:
        CinestreamError: it did not go.
    """
    if spec.way == "webhook":
        url = secrets.get("ALERT_WEBHOOK", "")
        if url:
            post_to_webhook(url, spec.notices, host=spec.host, language=spec.alerts.language)
        return bool(url)
    if not spec.alerts.mail_to:
        return False
    user, password = secrets.get("SMTP_USER", ""), secrets.get("SMTP_PASSWORD", "")
    send_mail(spec.alerts, spec.notices, host=spec.host, user=user, password=password)
    return True
