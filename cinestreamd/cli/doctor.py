"""``cinestreamd doctor``: what is wrong here, and what to do about it."""

from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.deploy.front import SELF_SIGNED
from cinestreamd.deploy.paths import plain_path
from cinestreamd.deploy.renewal import renewer
from cinestreamd.deploy.systemd_files import SystemdHost
from cinestreamd.deploy.tls import resolve
from cinestreamd.doctor import Patient, examine

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@click.option("--offline", is_flag=True, help="Ask nothing outside this host: no DNS, no Claude, no cinema.")
@click.option("--nginx-folder", default="/etc/nginx", show_default=True, help="Where nginx.conf is.")
@click.option("--certificates", default="/etc/letsencrypt/live", show_default=True, help="Has NAME/fullchain.pem.")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@with_place
def doctor(place: Place, *, offline: bool, nginx_folder: str, certificates: str, json_wanted: bool) -> None:
    """Look at host, files, ports, store, nginx, certificates, DNS, keys and robots; exit code 1 if something fails."""
    patient = Patient(
        state_dir=place.state_dir,
        settings=place.settings,
        nginx_folder=Path(plain_path(nginx_folder)),
        certificates=(Path(plain_path(certificates)), Path(SELF_SIGNED)),
        now=datetime.now(UTC),
        resolve=resolve,
        held_ports=SystemdHost(Path("/")).held_ports,
        renewer=renewer,
        offline=offline,
    )
    rows = []
    for check, finding in examine(patient):
        rows.append({"check": check, **msgspec.to_builtins(finding)})
        if not json_wanted:
            word = click.style(finding.level.ljust(4), fg=COLOURS[finding.level])
            click.echo(f"{word}  {check:<13}  {finding.says}")
            if finding.fix and finding.level != "ok":
                click.echo(f"{'':21}→ {finding.fix}")
    if json_wanted:
        print_json(rows)
    if any(row["level"] == "fail" for row in rows):
        raise click.exceptions.Exit(1)
