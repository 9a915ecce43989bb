"""What renews certificates on a host, and whether nginx would take the renewed ones."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cinestreamd.deploy.renewal import renewal_problem, renewer

DEBIAN = "0 */12 * * * root test -x /usr/bin/certbot -a \\! -d /run/systemd/system && certbot -q renew\n"
OWN = "0 3 * * * root certbot renew --quiet\n"


def asked(*active: str) -> Callable[..., str | None]:
    """A systemd on which these units are active."""
    return lambda *words: "active" if words[-1] in active else None


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("has_systemd", "active", "crontab", "found"),
    [
        (True, ("certbot.timer",), "", "certbot.timer"),
        (True, ("snap.certbot.renew.timer",), DEBIAN, "snap.certbot.renew.timer"),
        (True, (), DEBIAN, None),
        (True, (), OWN, "certbot"),
        (False, ("certbot.timer",), DEBIAN, "certbot"),
        (False, (), f"# {OWN}", None),
        (False, (), "0 3 * * * root certbot certificates\n", None),
        (False, (), "", None),
    ],
    ids=["timer", "snap", "Debian's line under systemd", "own line", "no systemd", "comment", "no renewal", "nothing"],
)
def test_what_runs_certbot_is_found(
    tmp_path: Path, has_systemd: bool, active: tuple[str, ...], crontab: str, found: str | None
) -> None:
    if has_systemd:
        (tmp_path / "run" / "systemd" / "system").mkdir(parents=True)
    if crontab:
        write(tmp_path / "etc" / "cron.d" / "certbot", crontab)
    by = renewer(tmp_path, ask=asked(*active))
    assert (by and by.rpartition("/")[2]) == found


def test_certificate_that_would_not_be_renewed_is_told(tmp_path: Path) -> None:
    place, kept = tmp_path / "live" / "kino", tmp_path / "renewal" / "kino.conf"
    assert renewal_problem(place) == "certbot does not know it"
    write(kept, "[renewalparams]\nauthenticator = webroot\n")
    assert renewal_problem(place) == "no deploy hook has nginx take the renewed one"
    write(kept, "[renewalparams]\nrenew_hook = nginx -t -q -c /etc/nginx/nginx.conf && nginx -s reload\n")
    assert renewal_problem(place) == ""
    write(kept, "[renewalparams]\nautorenew = False\nrenew_hook = nginx -s reload\n")
    assert renewal_problem(place) == "certbot is told not to renew it"
    write(kept, "[renewalparams]\n")
    write(tmp_path / "renewal-hooks" / "deploy" / "reload.sh", "nginx -s reload\n")
    assert renewal_problem(place) == ""
