"""``cinestreamd server init``: from a bare host to one that runs the daemon."""

from pathlib import Path

import click

from cinestreamd.cli.deploy.systemd import plain_root, root_option, wanted_files
from cinestreamd.cli.options import Place, with_place
from cinestreamd.deploy.nginx_files import NginxFolder
from cinestreamd.deploy.paths import plain_path
from cinestreamd.deploy.server import Server
from cinestreamd.deploy.systemd_files import SystemdHost


@click.group()
def server() -> None:
    """Set up this host."""


@server.command()
@click.option("--apply", "apply", is_flag=True, help="Do it. Without this the plan is printed.")
@click.option("--dry-run", is_flag=True, help="Print the plan (default).")
@click.option("--program", help="The installed cinestreamd.  [default: the one that runs]")
@click.option("--nginx-folder", help="Where nginx.conf is.  [default: ROOT/etc/nginx]")
@root_option
@with_place
def init(
    place: Place, *, apply: bool, dry_run: bool, program: str | None, nginx_folder: str | None, root: Path
) -> None:
    """Packages, system user, folders, service, nginx, start with the host: whatever of it is still missing."""
    if apply and dry_run:
        raise click.UsageError("--apply and --dry-run exclude each other")
    host = SystemdHost(plain_root(root))
    service, files = wanted_files(place, host, program=program)
    nginx = Path(plain_path(nginx_folder)) if nginx_folder else host.root / "etc" / "nginx"
    plan = Server(host=host, nginx=NginxFolder(nginx), files=files, program=service.program)
    lacks = False
    for step in plan.steps():
        lacks = True
        click.echo(step.title)
        for line in step.detail.splitlines():
            click.echo(f"    {line}")
        if apply:
            step.do()
    if not lacks:
        click.echo("This host is set up; nothing to do.")
    elif not apply:
        click.echo("Nothing was changed; do it with: cinestreamd server init --apply")
