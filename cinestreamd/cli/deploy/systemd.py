"""``cinestreamd deploy systemd`` and ``enable-autostart``."""

import shutil
import sys
from pathlib import Path

import click

from cinestreamd.cli.options import Place, with_place
from cinestreamd.deploy.paths import plain_path
from cinestreamd.deploy.systemd import Service, host_files
from cinestreamd.deploy.systemd_files import SystemdHost

root_option = click.option(
    "--root",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=Path("/"),
    show_default=True,
    help="The root of the host; of an image that does not run, another one.",
)


@click.command()
@click.option("--print", "action", flag_value="print", default="print", help="Print the files (default).")
@click.option("--apply", "action", flag_value="apply", help="Verify and install; take it back if systemd fails.")
@click.option("--check", "action", flag_value="check", help="Verify, show how the host differs, change nothing.")
@click.option("--sockets", is_flag=True, help="Have systemd hold the ports while the daemon is restarted.")
@click.option("--program", help="The installed cinestreamd.  [default: the one that runs]")
@root_option
@with_place
def systemd(place: Place, *, action: str, sockets: bool, program: str | None, root: Path) -> None:
    """The hardened service, the sockets of each enabled site, the system user and its folders."""
    service = Service(program=program or own_program(), state_dir=str(place.state_dir))
    sites = [site for site in place.registry().sites() if site.settings.enabled]
    files = host_files(service, sites, sockets=place.settings().daemon.bind if sockets else None)
    host = SystemdHost(plain_root(root))
    if action == "print":
        for name, text in sorted(files.items()):
            click.echo(f"# /etc/{name}\n{text}")
        return
    if action == "check":
        host.verify(files, program=service.program)
        differs = host.drift(files)
        click.echo(differs or "Installed as it would be rendered.\n", nl=False)
        if differs:
            raise click.exceptions.Exit(1)
        return
    changed = host.apply(files, program=service.program)
    click.echo("The units are installed." if changed else "Nothing changed.")
    if not host.is_live:
        click.echo("systemd does not run here: nothing was told to read them.")


@click.command("enable-autostart")
@root_option
def enable_autostart(root: Path) -> None:
    """Start the daemon with the host, and now; the units must be installed."""
    host = SystemdHost(plain_root(root))
    units = host.enable()
    click.echo(f"Enabled: {', '.join(units)}")


def plain_root(root: Path) -> Path:
    """The root folder itself, if its path can stand in the words of other programs.

    Raises:
        PlainPathError: it cannot.
    """
    return root if root.absolute() == Path("/") else Path(plain_path(str(root.absolute())))


def own_program() -> str:
    """Where the command that runs now is installed."""
    beside = Path(sys.executable).with_name("cinestreamd")
    return str(beside) if beside.is_file() else shutil.which("cinestreamd") or Service().program
