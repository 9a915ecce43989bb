"""How a command changes a site: show the difference, do it, tell the daemon, take it back if that refuses."""

import difflib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
import msgspec
import tomlkit
from msgspec import Struct

from cinestreamd.cli.failures import SiteRefusedError
from cinestreamd.cli.options import Place, print_json
from cinestreamd.errors import CinestreamError
from cinestreamd.master.client import CommandFailedError, ControlClient, NotRunningError
from cinestreamd.master.control_protocol import socket_path
from cinestreamd.sites.errors import UnknownSiteError
from cinestreamd.sites.model import Site
from cinestreamd.sites.registry import Registry
from cinestreamd.sites.settings_file import render_settings
from cinestreamd.sites.site_folders import DEMO_SITE

as_json = click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Show the difference and change nothing.")


class Change(Struct, frozen=True):
    """What happens to a site's ``site.toml``: its text before and after; empty where there is none."""

    name: str
    before: str
    after: str

    @property
    def diff(self) -> str:
        """The difference as a unified diff; empty when there is none."""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True),
            self.after.splitlines(keepends=True),
            f"{self.name}/site.toml" if self.before else "/dev/null",
            f"{self.name}/site.toml" if self.after else "/dev/null",
        )
        return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def settings_change(registry: Registry, site: Site) -> Change:
    """The change that would give a site these settings."""
    try:
        before = registry.source(site.name)
    except UnknownSiteError:
        return Change(site.name, "", render_settings(site.settings) or "# all settings are the defaults\n")
    return Change(site.name, before, render_settings(site.settings, before))


def show_plan(change: Change, *, json_wanted: bool, changed: bool | None = None, note: str = "") -> None:
    """Tell what would be done."""
    happens = bool(change.diff) if changed is None else changed
    if json_wanted:
        print_json({"site": change.name, "dry_run": True, "changed": happens, "diff": change.diff, "note": note})
        return
    click.echo(change.diff, nl=False)
    if note or not happens:
        click.echo(note or f"Site {change.name}: nothing would change.")


def tell_daemon(place: Place, undo: Callable[[], object], *, name: str = "") -> bool:
    """Have a running daemon take the change up; if it refuses, take the change back. Tells whether one did.

    ``name`` is the site that was changed; what is wrong with any other keeps no change from being taken up.

    Raises:
        CommandFailedError: the daemon refused; ``undo`` was done.
        SiteRefusedError: it refused this site, likewise.
    """
    state_dir = _served_from(place.state_dir)
    client = ControlClient(state_dir)
    try:
        problem = client.call("reload", timeout=None).get("failed", {}).get(name)
    except NotRunningError as error:
        path = socket_path(state_dir)
        if "denied" in str(error) and path.exists():
            click.echo(f"cinestreamd: the daemon was not told ({path} is not yours); run: cinestreamd reload", err=True)
        return False
    except CommandFailedError:
        undo()
        raise
    if problem is not None:
        undo()
        with suppress(CinestreamError):  # what is told is what was wrong with the change
            client.call("reload", timeout=None)
        raise SiteRefusedError(name=name, problem=problem)
    return True


def _served_from(state_dir: Path) -> Path:
    """The state directory of the daemon that serves the sites of this one: the demo's are beside its daemon's own."""
    return state_dir.parent if state_dir.name == DEMO_SITE else state_dir


def plain(site: Site) -> dict[str, Any]:
    """A site as plain values; secrets are no part of it."""
    settings = {field: getattr(site.settings, field) for field in site.settings.__struct_fields__}
    return {"name": site.name, "directory": site.directory, **msgspec.to_builtins(settings)}


def show_site(site: Site, *, json_wanted: bool, **facts: object) -> None:
    """Print a site's settings, defaults included; ``facts`` go into the JSON."""
    if json_wanted:
        print_json({**plain(site), **facts})
        return
    click.echo(tomlkit.dumps({key: value for key, value in plain(site).items() if value is not None}), nl=False)
