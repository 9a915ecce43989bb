"""``cinestreamd deploy systemd`` and ``enable-autostart``."""

import shutil
import sys
from pathlib import Path

import click
import msgspec

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
@click.option(
    "--sockets/--no-sockets",
    default=None,
    help="Whether systemd holds the ports while the daemon is restarted.  [default: as it is installed, else not]",
)
@click.option("--program", help="The installed cinestreamd.  [default: the one that runs]")
@root_option
@with_place
def systemd(place: Place, *, action: str, sockets: bool | None, program: str | None, root: Path) -> None:
    """The hardened service, the sockets of each enabled site, the system user and its folders.

    Sockets and a state directory that were chosen before are kept, unless others are named.
    """
    host = SystemdHost(plain_root(root))
    service, files = wanted_files(place, host, program=program, sockets=sockets)
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


def wanted_files(
    place: Place, host: SystemdHost, *, program: str | None, sockets: bool | None = None
) -> tuple[Service, dict[str, str]]:
    """The service of a host and its files; what is not named stays as it was chosen when they were installed."""
    chosen = host.chosen()
    if chosen.state_dir and not place.is_named:
        place = msgspec.structs.replace(place, state_dir=Path(chosen.state_dir))
    service = Service(program=program or own_program(), state_dir=str(place.state_dir))
    sites = [site for site in place.registry().sites() if site.settings.enabled]
    holds = chosen.sockets if sockets is None else sockets
    return service, host_files(service, sites, sockets=place.settings().daemon.bind if holds else None)


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
