"""``cinestreamd server init``: from a bare host to one that runs the daemon."""

from pathlib import Path

import click

from cinestreamd.cli.deploy.systemd import own_program, plain_root, root_option
from cinestreamd.cli.options import Place, with_place
from cinestreamd.deploy.nginx_files import NginxFolder
from cinestreamd.deploy.paths import plain_path
from cinestreamd.deploy.server import Server
from cinestreamd.deploy.systemd import Service, host_files
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
    service = Service(program=program or own_program(), state_dir=str(place.state_dir))
    host = SystemdHost(plain_root(root))
    nginx = Path(plain_path(nginx_folder)) if nginx_folder else host.root / "etc" / "nginx"
    sites = [site for site in place.registry().sites() if site.settings.enabled]
    plan = Server(
        host=host,
        nginx=NginxFolder(nginx),
        files=host_files(service, sites, sockets=None),
        program=service.program,
    )
    steps = plan.steps()
    for step in steps:
        click.echo(step.title)
        for line in step.detail.splitlines():
            click.echo(f"    {line}")
        if apply:
            step.do()
    if not steps:
        click.echo("This host is set up; nothing to do.")
    elif not apply:
        click.echo("Nothing was changed; do it with: cinestreamd server init --apply")
