"""``cinestreamd sites rename|export|import``."""

import sys
from pathlib import Path

import click
import msgspec

from cinestreamd.cli.options import Place, PlainFile, print_json, with_place
from cinestreamd.cli.sites.change import (
    Change,
    as_json,
    dry_run_option,
    settings_change,
    show_plan,
    show_site,
    tell_daemon,
)
from cinestreamd.cli.sites.lifecycle import carry_pause, forget_pause, is_served, pause, resume
from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.sites.bundle import MAX_BUNDLE, Bundle, contents, pack, unpack
from cinestreamd.sites.env import parse_env, render_env
from cinestreamd.sites.files import write_file_bytes
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.sites.ports import port_problem, require_ports
from cinestreamd.sites.registry import NOT_SHARED, Registry, SiteExistsError, new_secret


class UnreadableFileError(InvalidInputError):
    """A file that was named cannot be read or written."""

    code = "unreadable_file"
    message = N_("{path} cannot be used ({problem})")


@click.command()
@click.argument("name")
@click.argument("new")
@dry_run_option
@as_json
@with_place
def rename(place: Place, name: str, new: str, *, dry_run: bool, json_wanted: bool) -> None:
    """Give a site another name; its data, secrets and ports go with it.

    A daemon that serves the site stops it for the moment.
    """
    registry = place.registry()
    site = registry.load(name)
    if registry.directory(new).exists():
        raise SiteExistsError(name=new)
    if dry_run:
        note = f"{site.directory} would become {registry.directory(new)}."
        show_plan(Change(name, "", ""), json_wanted=json_wanted, changed=True, note=note)
        return
    served = is_served(place, name)
    if served:
        pause(place, {name})
    try:
        renamed = registry.rename(name, new)
    finally:
        if served:
            resume(place, {name})
    if not served:
        carry_pause(place, name, new)
    show_site(renamed, json_wanted=json_wanted, changed=True)


@click.command("export")
@click.argument("name")
@click.argument("file", type=PlainFile())
@click.option("--with-secrets", is_flag=True, help="Include .env and agent.env; keep the file to yourself then.")
@dry_run_option
@as_json
@with_place
def export(place: Place, name: str, file: Path, *, with_secrets: bool, dry_run: bool, json_wanted: bool) -> None:
    """Write a site's settings and theme, for another machine, into FILE (mode 0600), or to standard output for -."""
    to_output = str(file) == "-"
    if to_output and json_wanted and not dry_run:
        raise click.UsageError("--json tells of a FILE; - is the export itself")
    place.registry().load(name)
    with place.registry().opened(name) as folder:
        files = contents(folder, with_secrets=with_secrets)
    if not dry_run:
        data = pack(files)
        if to_output:
            click.echo(data, nl=False)
            return
        try:
            write_file_bytes(file.absolute(), data, mode=0o600)
        except OSError as error:
            raise UnreadableFileError(path=file, problem=error.strerror) from None
    if json_wanted:
        sizes = {each: len(data) for each, data in files.items()}
        print_json({"site": name, "file": str(file), "dry_run": dry_run, "holds": sizes})
        return
    verb = "would be" if dry_run else "is"
    click.echo(f"Site {name} {verb} in {file}, {'with' if with_secrets else 'without'} its secrets: {', '.join(files)}")


@click.command("import")
@click.argument("name")
@click.argument("file", type=PlainFile())
@click.option("--start-port", type=click.IntRange(1024, 65_535), help="Other ports than those in FILE.")
@dry_run_option
@as_json
@with_place
def import_(place: Place, name: str, file: Path, *, start_port: int | None, dry_run: bool, json_wanted: bool) -> None:
    """Make the site NAME from an export. Ports that are taken here are replaced by free ones.

    A SECRET_KEY that another site here has is made anew, and the address of its MongoDB is left out.
    """
    registry, bundle = place.registry(), unpack(_read(file))
    if registry.directory(name).exists():
        raise SiteExistsError(name=name)
    changed = tell_what_is_not_shared(registry, name, bundle)
    if dry_run:
        wanted = _settings_here(place, name, bundle, start_port=start_port)
        site = Site(name=name, settings=wanted, directory=str(registry.directory(name)))
        show_plan(settings_change(registry, site), json_wanted=json_wanted)
        return
    place_bundle(place, name, bundle, start_port=start_port)
    forget_pause(place, name)
    tell_daemon(place, lambda: registry.remove(name))
    show_site(registry.load(name), json_wanted=json_wanted, changed=True, not_taken=list(changed))


def tell_what_is_not_shared(registry: Registry, name: str, bundle: Bundle) -> dict[str, str]:
    """Say on standard error which secrets another site of this machine has, so that the new one gets others."""
    shared = _shared(registry, name, bundle)
    for key, other in shared.items():
        what = "a new one is made" if key == "SECRET_KEY" else "it is left out; the embedded database is used"
        click.echo(f"cinestreamd: site {other} has the same {key}: {what}", err=True)
    return shared


def place_bundle(place: Place, name: str, bundle: Bundle, *, start_port: int | None) -> Site:
    """Make the site NAME of an export, with secrets of its own; no daemon is told."""
    registry = place.registry()
    wanted = _settings_here(place, name, bundle, start_port=start_port)
    values = parse_env(bundle.secrets.get(".env", ""), place=".env")
    for key in _shared(registry, name, bundle):
        del values[key]
    values.setdefault("SECRET_KEY", new_secret())
    files = {".env": render_env(values), "agent.env": bundle.secrets.get("agent.env", "")}
    return registry.place(name, wanted, files, bundle.theme)


def _shared(registry: Registry, name: str, bundle: Bundle) -> dict[str, str]:
    """The secrets in an export that another site here has, each with that site."""
    values = parse_env(bundle.secrets.get(".env", ""), place=".env")
    found = {key: registry.holder(key, values.get(key, ""), but=name) for key in NOT_SHARED}
    return {key: other for key, other in found.items() if other is not None}


def _settings_here(place: Place, name: str, bundle: Bundle, *, start_port: int | None) -> SiteSettings:
    """The settings of an export as they can be used on this machine: on ports that are free here."""
    registry, address = place.registry(), place.settings().daemon.bind

    def is_free(port: int) -> bool:
        return port_problem(address, port) is None

    taken = {port for site in registry.sites() for port in site.settings.ports}
    wanted = msgspec.structs.replace(bundle.settings, user="")  # a system user is the other machine's matter
    if start_port is not None:
        wanted = msgspec.structs.replace(wanted, start_port=start_port)
        require_ports(address, set(wanted.ports))
    elif not all(port not in taken and is_free(port) for port in wanted.ports):
        wanted = msgspec.structs.replace(wanted, start_port=registry.free_start_port(wanted.processes, is_free=is_free))
    registry.check(name, wanted)
    return wanted


def _read(file: Path) -> bytes:
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(MAX_BUNDLE + 1)
        with file.open("rb") as source:
            return source.read(MAX_BUNDLE + 1)
    except OSError as error:
        raise UnreadableFileError(path=file, problem=error.strerror) from None
