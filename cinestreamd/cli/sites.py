"""``cinestreamd sites``: add, change, show and remove sites."""

import sys
from typing import TYPE_CHECKING, Any

import click
import msgspec
import tomlkit

from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.table import print_table
from cinestreamd.errors import InvalidInputError
from cinestreamd.gazetteer import Gazetteer
from cinestreamd.i18n import LANGUAGES, N_
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.sites.registry import Registry, SiteSettingsError

if TYPE_CHECKING:
    from collections.abc import Callable

as_json = click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")


class NotConfirmedError(InvalidInputError):
    """A removal was not confirmed."""

    code = "not_confirmed"
    message = N_("This deletes site {name} with all its data; confirm with --yes")


def site_options(function: Any) -> Any:
    """The options that set a site's settings; each is None, or empty, when it was not given."""
    options: tuple[Callable[[Any], Any], ...] = (
        click.option("--timezone", help="Timezone of the daily refresh, such as Europe/Kyiv."),
        click.option("--refresh-at", help="Local time of the daily refresh, HH:MM."),
        click.option("--language", type=click.Choice(LANGUAGES), help="Language when the browser names none of ours."),
        click.option("--city", "cities", multiple=True, help="City on the front page, refreshed daily; repeatable."),
        click.option("--processes", type=click.IntRange(1, 128), help="Web workers, one port each."),
        click.option("--start-port", type=click.IntRange(1024, 65_535), help="Port of the first web worker."),
        click.option(
            "--domain", "domains", multiple=True, help="Domain of the site; repeatable, the first is its own."
        ),
    )
    for option in options:
        function = option(function)
    return function


@click.group()
def sites() -> None:
    """Manage sites: each has its own ports, secrets and data."""


@sites.command()
@click.argument("name")
@site_options
@as_json
@with_place
def add(place: Place, name: str, *, json_wanted: bool, **options: Any) -> None:
    """Make a site with a SECRET_KEY of its own. Without --start-port the next free range is taken."""
    registry = place.registry()
    given = _given(options)
    wanted = msgspec.structs.replace(SiteSettings(), **given)
    if "start_port" not in given:
        wanted = msgspec.structs.replace(wanted, start_port=registry.free_start_port(wanted.processes))
    _show(registry.add(name, wanted), json_wanted=json_wanted)


@sites.command()
@click.argument("name")
@site_options
@as_json
@with_place
def edit(place: Place, name: str, *, json_wanted: bool, **options: Any) -> None:
    """Change a site's settings; what is not named stays. A list (--domain, --city) is replaced as a whole."""
    registry = place.registry()
    former = registry.load(name).settings
    _show(registry.edit(name, msgspec.structs.replace(former, **_given(options))), json_wanted=json_wanted)


@sites.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_place
def remove(place: Place, name: str, *, yes: bool) -> None:
    """Delete a site with all its data."""
    place.registry().load(name)
    if not yes and not (sys.stdin.isatty() and click.confirm(f"Delete {name} with all its data?")):
        raise NotConfirmedError(name=name)
    place.registry().remove(name)
    click.echo(f"Site {name} is removed.")


@sites.command("list")
@as_json
@with_place
def list_sites(place: Place, *, json_wanted: bool) -> None:
    """List all sites."""
    registry: Registry = place.registry()
    found = registry.sites()
    if json_wanted:
        print_json([_plain(site) for site in found])
        return
    if not found:
        click.echo(f"No sites in {registry.folder}; make one with: cinestreamd sites add NAME")
        return
    rows = [
        (site.name, site.base_url, f"{ports.start}-{ports.stop - 1}", ", ".join(site.settings.cities))
        for site in found
        for ports in (site.settings.ports,)
    ]
    print_table(("site", "address", "ports", "cities"), rows)


@sites.command()
@click.argument("name")
@as_json
@with_place
def show(place: Place, name: str, *, json_wanted: bool) -> None:
    """Show a site's settings, defaults included. Secrets are never shown."""
    _show(place.registry().load(name), json_wanted=json_wanted)


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """The options that were named on the command line; cities must be known to the gazetteer."""
    given = {key: value for key, value in options.items() if value not in (None, ())}
    gazetteer = Gazetteer()
    for city in given.get("cities", ()):
        if gazetteer.get(city) is None:
            likely = ", ".join(found.id for found in gazetteer.search(city, limit=3))
            raise SiteSettingsError(
                field="city", problem=f"{city!r} is unknown" + (f"; try: {likely}" if likely else "")
            )
    return given


def _plain(site: Site) -> dict[str, Any]:
    settings = {field: getattr(site.settings, field) for field in site.settings.__struct_fields__}
    return {"name": site.name, "directory": site.directory, **msgspec.to_builtins(settings)}


def _show(site: Site, *, json_wanted: bool) -> None:
    if json_wanted:
        print_json(_plain(site))
        return
    click.echo(tomlkit.dumps({key: value for key, value in _plain(site).items() if value is not None}), nl=False)
