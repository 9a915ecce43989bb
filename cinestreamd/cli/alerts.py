"""``cinestreamd alerts``: what the operator was told and is not over, and a try whether notices arrive."""

import socket
from datetime import UTC, datetime

import click

from cinestreamd.alerts.model import SECRETS, Condition, HeraldSpec, Notice, Way, condition
from cinestreamd.alerts.watch import decode_known
from cinestreamd.alerts.words import Words
from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.table import print_table
from cinestreamd.errors import ConfigurationError
from cinestreamd.i18n import N_
from cinestreamd.sites.files import Folder

WAYS: tuple[Way, ...] = ("webhook", "mail")


@click.group()
def alerts() -> None:
    """What is wrong, and how the operator is told."""


@alerts.command("list")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@with_place
def list_alerts(place: Place, *, json_wanted: bool) -> None:
    """List what was told and is not over, the newest last."""
    try:
        with Folder.at(place.state_dir) as folder:
            known = decode_known(folder.read("alerts.json"), now=datetime.now(UTC))
    except FileNotFoundError:
        known = []
    known.sort(key=lambda each: each.since)
    if json_wanted:
        print_json([{"since": each.since, **_fields(each.condition)} for each in known])
        return
    rows = [(f"{each.since:%Y-%m-%d %H:%M}", each.condition.kind, each.condition.text) for each in known]
    print_table(("since (UTC)", "alert", "what is wrong"), rows)


@alerts.command("test")
@with_place
def test_alerts(place: Place) -> None:
    """Send a notice that says it is a test, by every way that is set up; exit code 78 where none is."""
    from cinestreamd.alerts.herald import send  # noqa: PLC0415 - what speaks to mail servers is large
    from cinestreamd.alerts.ways import read_secrets  # noqa: PLC0415 - the same

    settings, now = place.settings(), datetime.now(UTC)
    tested = condition("disk_nearly_full", "", "test", Words(N_("This is a test: nothing is wrong.")))
    secrets, sent = read_secrets(place.state_dir / SECRETS), []
    for way in WAYS:
        spec = HeraldSpec(
            daemon=settings.daemon,
            alerts=settings.alerts,
            way=way,
            host=socket.gethostname(),
            notices=(Notice(tested, "raised", now, now),),
        )
        if send(spec, secrets):
            sent.append(way)
            click.echo(f"sent by {way}")
    if not sent:
        problem = f"no way is set up: ALERT_WEBHOOK in {place.state_dir / SECRETS}, or [alerts] mail_to"
        raise ConfigurationError(place="alerts", problem=problem)


def _fields(told: Condition) -> dict[str, str]:
    return {"alert": told.kind, "site": told.site, "subject": told.subject, "text": told.text}
