"""``cinestreamd sites rename|export|import``."""

import sys
from collections.abc import Callable
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
from cinestreamd.cli.sites.lifecycle import forget_pause, is_served, pause, resume, share_pause
from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.sites.bundle import MAX_BUNDLE, Bundle, contents, pack, unpack
from cinestreamd.sites.env import parse_env, read_env_in, render_env
from cinestreamd.sites.errors import SiteExistsError, UnknownSiteError
from cinestreamd.sites.files import write_file_bytes
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.sites.ports import port_problem, require_ports
from cinestreamd.sites.registry import NOT_SHARED, Registry, new_secret
from cinestreamd.sites.site_folders import DEMO_SITE
from cinestreamd.sites.theme import plain_theme


class UnreadableFileError(InvalidInputError):
    """A file that was named cannot be read or written."""

    code = "unreadable_file"
    message = N_("{path} cannot be used ({problem})")


class DemoNameError(InvalidInputError):
    """The demo's own site was to get another name."""

    code = "demo_name"
    message = N_(
        "Site {name} is the demo's own, which finds it by its name; make a site with: cinestreamd sites add NAME"
    )


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
    done = registry.directory(name) != registry.directory(new) and registry.was_renamed(name, new)
    if not done:
        _require_renameable(place, name, new)
    if dry_run:
        note = "" if done else f"{registry.directory(name)} would become {registry.directory(new)}."
        show_plan(Change(name, "", ""), json_wanted=json_wanted, changed=not done, note=note)
        return
    if not done:
        _rename(place, name, new)
    forget_pause(place, name)
    tell_daemon(place, lambda: None)  # what else may be wrong with the site is no matter of its name
    show_site(registry.load(new), json_wanted=json_wanted, changed=not done)


def _require_renameable(place: Place, name: str, new: str) -> None:
    registry = place.registry()
    registry.load(name)
    if name == DEMO_SITE == place.state_dir.name:
        raise DemoNameError(name=name)
    if registry.directory(new).exists():
        raise SiteExistsError(name=new)


def _rename(place: Place, name: str, new: str) -> None:
    """Rename a site while no daemon serves it; what else is due is due again if this was interrupted."""
    served = is_served(place, name)
    if served:
        pause(place, {name})
    else:
        share_pause(place, name, new)
    try:
        place.registry().rename(name, new)
    except BaseException:
        forget_pause(place, new)
        if served:
            resume(place, {name})
        raise


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

    A SECRET_KEY that another site here has is made anew, and the address of its MongoDB is left out. A site that is
    there already and has all that is in FILE is left as it is.
    """
    registry, bundle = place.registry(), unpack(_read(file))
    if registry.directory(name).exists():
        if not _is_as_in(registry, name, bundle, start_port=start_port):
            raise SiteExistsError(name=name)
        if dry_run:
            show_plan(Change(name, "", ""), json_wanted=json_wanted)
            return
        tell_daemon(place, lambda: None, name=name)
        show_site(registry.load(name), json_wanted=json_wanted, changed=False, not_taken=[])
        return
    changed = tell_what_is_not_shared(registry, name, bundle)
    if dry_run:
        wanted = _settings_here(place, name, bundle, start_port=start_port)
        site = Site(name=name, settings=wanted, directory=str(registry.directory(name)))
        show_plan(settings_change(registry, site), json_wanted=json_wanted)
        return
    place_bundle(place, name, bundle, start_port=start_port)
    forget_pause(place, name)
    tell_daemon(place, lambda: registry.remove(name), name=name)
    show_site(registry.load(name), json_wanted=json_wanted, changed=True, not_taken=list(changed))


def tell_what_is_not_shared(registry: Registry, name: str, bundle: Bundle) -> dict[str, str]:
    """Say on standard error which secrets another site of this machine has, so that the new one gets others."""
    shared = _shared(registry, name, bundle)
    for key, other in shared.items():
        what = "a new one is made" if key == "SECRET_KEY" else "it is left out; the embedded database is used"
        click.echo(f"cinestreamd: site {other} has the same {key}: {what}", err=True)
    return shared


def _is_as_in(registry: Registry, name: str, bundle: Bundle, *, start_port: int | None) -> bool:
    """Whether a site is what an export of it makes here, ports and a system user aside, which are this machine's."""
    try:
        settings = registry.load(name).settings
    except UnknownSiteError:
        return False
    wanted = msgspec.structs.replace(bundle.settings, start_port=settings.start_port, user=settings.user)
    with registry.opened(name) as folder:
        theme = plain_theme(folder)
        held = {file: read_env_in(folder, file) for file in bundle.secrets}
    shared = _shared(registry, name, bundle)
    for file, text in bundle.secrets.items():
        values = parse_env(text, place=file)
        own = {key: values.get(key) == value for key, value in held[file].items() if key not in shared}
        if not all(own.values()) or values.keys() - held[file].keys() - shared.keys():
            return False
    return wanted == settings and theme == bundle.theme and start_port in {None, settings.start_port}


def place_bundle(
    place: Place,
    name: str,
    bundle: Bundle,
    *,
    start_port: int | None,
    furnish: Callable[[Path], object] = lambda _: None,
) -> Site:
    """Make the site NAME of an export, with secrets of its own; no daemon is told.

    ``furnish`` puts more into it before it appears, as in ``Registry.place``.
    """
    registry = place.registry()
    wanted = _settings_here(place, name, bundle, start_port=start_port)
    values = parse_env(bundle.secrets.get(".env", ""), place=".env")
    for key in _shared(registry, name, bundle):
        del values[key]
    values.setdefault("SECRET_KEY", new_secret())
    files = {".env": render_env(values), "agent.env": bundle.secrets.get("agent.env", "")}
    return registry.place(name, wanted, files, bundle.theme, furnish=furnish)


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

    taken = {port for site in registry.readable() for port in site.settings.ports}
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
