"""``cinestreamd sites add|edit|remove``."""

import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click
import msgspec

from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.sites.change import (
    Change,
    as_json,
    dry_run_option,
    settings_change,
    show_plan,
    show_site,
    tell_daemon,
)
from cinestreamd.cli.sites.lifecycle import forget_pause
from cinestreamd.errors import CinestreamError, ConfigurationError, InvalidInputError
from cinestreamd.gazetteer import Gazetteer
from cinestreamd.i18n import LANGUAGES, N_
from cinestreamd.master.client import ControlClient
from cinestreamd.sites.env import render_env
from cinestreamd.sites.errors import SiteExistsError, SiteSettingsError, UnknownSiteError
from cinestreamd.sites.model import MapTiles, Site, SiteSettings
from cinestreamd.sites.ports import port_problem, require_ports
from cinestreamd.sites.registry import Registry, new_secret
from cinestreamd.sites.site_folders import FIRST_SITE
from cinestreamd.sites.theme import Files, fetch_theme, is_placed, plain_theme

if TYPE_CHECKING:
    from collections.abc import Callable


class NotConfirmedError(InvalidInputError):
    """A removal was not confirmed."""

    code = "not_confirmed"
    message = N_("This deletes site {name} with all its data; confirm with --yes")


def site_options(function: Any) -> Any:
    """The options that set a site's settings; each is None, or empty, when it was not given."""
    options: tuple[Callable[[Any], Any], ...] = (
        click.option("--tiles-credit", help="What the tiles' owner asks to stand on the map."),
        click.option(
            "--tiles", help="https address of map tiles with {z}, {x} and {y}; empty: the server draws the map."
        ),
        click.option("--rev", help="Branch, tag or commit of the theme's git repository."),
        click.option("--theme", "theme", help="Folder or https git address with the site's templates/ and static/."),
        click.option("--user", help="System user of this site's processes; needs a daemon that runs as root."),
        click.option("--timezone", help="Timezone of the daily refresh, such as Europe/Kyiv."),
        click.option("--refresh-at", help="Local time of the daily refresh, HH:MM."),
        click.option("--language", type=click.Choice(LANGUAGES), help="Language when the browser names none of ours."),
        click.option(
            "--city",
            "cities",
            multiple=True,
            help="City on the front page, refreshed daily; repeatable, an empty one: none.",
        ),
        click.option("--processes", type=click.IntRange(1, 128), help="Web workers, one port each."),
        click.option("--start-port", type=click.IntRange(1024, 65_535), help="Port of the first web worker."),
        click.option(
            "--domain",
            "domains",
            multiple=True,
            help="Domain of the site; repeatable, the first is its own; an empty one: none.",
        ),
    )
    for option in options:
        function = option(function)
    return function


@click.command()
@click.argument("name")
@site_options
@dry_run_option
@as_json
@with_place
def add(place: Place, name: str, *, json_wanted: bool, dry_run: bool, **options: Any) -> None:
    """Make a site with a SECRET_KEY of its own. Without --start-port a free range is found.

    A site that is there already and has what is asked for is left as it is.
    """
    registry, address = place.registry(), place.settings().daemon.bind
    given, theme = _given(options)
    if _is_there(registry, name, given):
        if not dry_run:
            tell_daemon(place, _nothing, name=name)
        _finish(registry.load(name), Change(name, "", ""), dry_run=dry_run, json_wanted=json_wanted)
        return
    wanted = msgspec.structs.replace(SiteSettings(), **given)
    if "start_port" not in given:
        start = registry.free_start_port(wanted.processes, is_free=lambda port: port_problem(address, port) is None)
        wanted = msgspec.structs.replace(wanted, start_port=start)
    registry.check(name, wanted)
    require_ports(address, set(wanted.ports))
    site = Site(name=name, settings=wanted, directory=str(registry.directory(name)))
    change = settings_change(registry, site)
    if not dry_run:
        site = registry.place(name, wanted, {".env": render_env({"SECRET_KEY": new_secret()}), "agent.env": ""}, theme)
        forget_pause(place, name)
        tell_daemon(place, lambda: registry.remove(name), name=name)
        _mention_first_site(registry, name)
    _finish(site, change, dry_run=dry_run, json_wanted=json_wanted)


@click.command()
@click.argument("name")
@site_options
@click.option("--no-theme", is_flag=True, help="Remove the site's theme.")
@dry_run_option
@as_json
@with_place
def edit(place: Place, name: str, *, json_wanted: bool, dry_run: bool, no_theme: bool, **options: Any) -> None:
    """Change a site's settings; what is not named stays. A list (--domain, --city) is replaced as a whole."""
    registry = place.registry()
    former = registry.load(name).settings
    given, theme = _given(options)
    if no_theme and theme is not None:
        raise SiteSettingsError(field="theme", problem="--theme and --no-theme exclude each other")
    if no_theme:
        given, theme = {**given, "theme": None}, {}
    wanted = msgspec.structs.replace(former, **given)
    registry.check(name, wanted)
    require_ports(place.settings().daemon.bind, set(wanted.ports) - set(former.ports))
    site = Site(name=name, settings=wanted, directory=str(registry.directory(name)))
    change = settings_change(registry, site)
    with registry.opened(name) as folder:
        former_theme = plain_theme(folder)
        spoilt = theme is not None and not is_placed(folder, theme)
    if dry_run and spoilt and not change.diff:
        show_plan(change, json_wanted=json_wanted, changed=True, note=f"The files of {name}'s theme would be put anew.")
        return
    if (change.diff or spoilt) and not dry_run:

        def undo() -> None:
            registry.edit(name, former)
            if theme is not None:
                registry.set_theme(name, former_theme)

        if theme is not None:
            registry.set_theme(name, theme)
        site = registry.edit(name, wanted)
        tell_daemon(place, undo, name=name)
        if not change.diff:
            _renew(place, name)
    elif not dry_run:
        tell_daemon(place, _nothing, name=name)
    _finish(site, change, dry_run=dry_run, json_wanted=json_wanted)


@click.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--keep-data", is_flag=True, help="Keep the site's database in a folder beside the sites.")
@dry_run_option
@as_json
@with_place
def remove(place: Place, name: str, *, yes: bool, keep_data: bool, dry_run: bool, json_wanted: bool) -> None:
    """Delete a site with all its data. A running daemon lets go of it first; if it refuses, the site stays."""
    registry = place.registry()
    try:
        change = Change(name, _text_of(registry, name), "")
    except UnknownSiteError:
        if not dry_run:
            registry.finish_removals()
            tell_daemon(place, _nothing)
        note = f"There is no site {name}: nothing to remove."
        print_json({"name": name, "changed": False}) if json_wanted else click.echo(note)
        return
    if dry_run:
        note = f"{registry.directory(name)} would be deleted{', its data kept' if keep_data else ' with all its data'}."
        show_plan(change, json_wanted=json_wanted, note=note)
        return
    if not yes and not (sys.stdin.isatty() and click.confirm(f"Delete {name} with all its data?")):
        raise NotConfirmedError(name=name)
    kept = registry.remove(name, keep_data=keep_data, before_deleting=lambda: tell_daemon(place, _nothing))
    forget_pause(place, name)
    if json_wanted:
        print_json({"name": name, "changed": True, "kept": kept and str(kept)})
    else:
        click.echo(f"Site {name} is removed." + (f" Its data is in {kept}" if kept else ""))


def _given(options: dict[str, Any]) -> tuple[dict[str, Any], Files | None]:
    """The settings that were named on the command line, and the files of the theme, if one was."""
    given = {key: value for key, value in options.items() if value not in (None, ())}
    given |= {key: () for key in ("domains", "cities") if given.get(key) == ("",)}
    with Gazetteer() as gazetteer:
        for city in given.get("cities", ()):
            if gazetteer.get(city) is None:
                likely = ", ".join(found.id for found in gazetteer.search(city, limit=3))
                raise SiteSettingsError(
                    field="city",
                    problem=f"{city!r} is unknown; "
                    + (f"try: {likely}" if likely else "give the beginning of its name"),
                )
    given |= _map_of(given)
    rev = given.pop("rev", "")
    if "theme" not in given:
        if rev:
            raise SiteSettingsError(field="rev", problem="needs --theme")
        return given, None
    given["theme"], files = fetch_theme(given["theme"], rev)
    return given, files


def _map_of(given: dict[str, Any]) -> dict[str, Any]:
    """The setting that ``--tiles`` and ``--tiles-credit`` mean; takes both out of what is given."""
    tiles, credit = given.pop("tiles", None), given.pop("tiles_credit", "")
    if tiles is None and credit:
        raise SiteSettingsError(field="tiles-credit", problem="needs --tiles")
    if tiles is None:
        return {}
    return {"map": MapTiles(tiles=tiles, credit=credit) if tiles else None}


def _is_there(registry: Registry, name: str, given: dict[str, Any]) -> bool:
    """Whether the site exists with all that is given; refuses one that exists and differs."""
    try:
        former = registry.load(name).settings
    except UnknownSiteError:
        return False
    if msgspec.structs.replace(former, **given) != former:
        raise SiteExistsError(name=name)
    return True


def _text_of(registry: Registry, name: str) -> str:
    """A site's settings to be shown as they go; what cannot be read goes as well."""
    try:
        return registry.source(name) or "# all settings are the defaults\n"
    except ConfigurationError:
        with registry.opened(name):
            return "# cannot be read\n"


def _renew(place: Place, name: str) -> None:
    """Have a daemon that serves the site renew its workers, since nothing in its settings tells it to."""
    with suppress(CinestreamError):  # nobody serves it
        ControlClient(place.state_dir).call("restart", timeout=None, site=name)


def _nothing() -> None:
    """Nothing is to be taken back."""


def _mention_first_site(registry: Registry, name: str) -> None:
    """Say so if the site that the daemon's first start made is still there, as it was made."""
    if name == FIRST_SITE or FIRST_SITE not in registry.names():
        return
    first = registry.load(FIRST_SITE).settings
    if not (first.domains or first.cities or first.cinemas):
        click.echo(
            f"cinestreamd: the site {FIRST_SITE} that the first start made is served too; "
            f"if it is not wanted: cinestreamd sites remove {FIRST_SITE} --yes",
            err=True,
        )


def _finish(site: Site, change: Change, *, dry_run: bool, json_wanted: bool) -> None:
    if dry_run:
        show_plan(change, json_wanted=json_wanted)
    else:
        show_site(site, json_wanted=json_wanted, changed=bool(change.diff))
