"""What renews certificates on this host, and whether nginx is told of the new ones."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from cinestreamd.deploy.steps import answer

TIMERS: Final = ("certbot.timer", "certbot-renew.timer", "snap.certbot.renew.timer")
"""The timers by which distributions renew certificates."""

_SYSTEMD: Final = "run/systemd/system"
_CRONTABS: Final = (
    "etc/crontab",
    "etc/cron.d/*",
    "etc/cron.daily/*",
    "var/spool/cron/crontabs/root",
    "var/spool/cron/root",
)
_HOOK: Final = re.compile(r"^(?:renew|deploy)_hook\s*=.*\bnginx\b", re.MULTILINE)
_OFF: Final = re.compile(r"^autorenew\s*=\s*(?:False|0|no)\s*$", re.MULTILINE | re.IGNORECASE)


def renewer(root: Path = Path("/"), *, ask: Callable[..., str | None] = answer) -> str | None:
    """By what certbot is run again and again: a timer of systemd that is active, else a crontab; None: by nothing."""
    has_systemd = (root / _SYSTEMD).is_dir()
    if has_systemd:
        for unit in TIMERS:
            if ask("systemctl", "is-active", unit) is not None:
                return unit
    for path in sorted(each for pattern in _CRONTABS for each in root.glob(pattern)):
        # Debian's line does nothing where systemd runs: the timer is meant to do it there.
        if any(not (has_systemd and _SYSTEMD in line) for line in _renewals(path)):
            return str(path)
    return None


def renewal_problem(certificate: Path) -> str:
    """Why a certificate in certbot's folder ``live/NAME`` would not be renewed and shown; empty: it would be."""
    folder = certificate.parent.parent
    try:
        told = (folder / "renewal" / f"{certificate.name}.conf").read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return "certbot does not know it"
    if _OFF.search(told):
        return "certbot is told not to renew it"
    if not _HOOK.search(told) and not any((folder / "renewal-hooks" / "deploy").glob("[!.]*")):
        return "no deploy hook has nginx take the renewed one"
    return ""


def _renewals(crontab: Path) -> Iterator[str]:
    """The lines of a crontab that have certbot renew."""
    try:
        lines = crontab.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    yield from (line for line in lines if re.match(r"(?!\s*#).*\bcertbot\b.*\brenew\b", line))
