"""``cinestreamd sites start|stop|enable|disable|start-all|stop-all``."""

import time
from collections.abc import Iterable
from typing import Any, Final

import click
import msgspec

from cinestreamd.cli.failures import SiteRefusedError
from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.sites.change import Change, as_json, dry_run_option, settings_change, show_plan, tell_daemon
from cinestreamd.errors import InvalidInputError, UnavailableError
from cinestreamd.i18n import N_
from cinestreamd.master.client import ControlClient, NotRunningError
from cinestreamd.master.failing_sites import failures_in
from cinestreamd.sites.pauses import Pauses
from cinestreamd.sites.survey import survey

SETTLE_SECONDS: Final = 60.0


class SiteDisabledError(InvalidInputError):
    """A disabled site was to be started."""

    code = "site_disabled"
    message = N_("Site {name} is disabled; use: cinestreamd sites enable {name}")


class SiteStillServedError(UnavailableError):
    """The daemon did not let go of a site."""

    code = "site_still_served"
    message = N_("The daemon still serves site {name}; see: cinestreamd status")


class SiteNotServedError(UnavailableError):
    """A site did not come up."""

    code = "site_not_served"
    message = N_("Site {name} does not come up; the daemon's log says why, and: cinestreamd status")


@click.command()
@click.argument("name")
@dry_run_option
@as_json
@with_place
def start(place: Place, name: str, *, dry_run: bool, json_wanted: bool) -> None:
    """Have the running daemon serve a site that was stopped; waits until it does."""
    _start(place, {_enabled(place, name)}, dry_run=dry_run, json_wanted=json_wanted)


@click.command()
@click.argument("name")
@dry_run_option
@as_json
@with_place
def stop(place: Place, name: str, *, dry_run: bool, json_wanted: bool) -> None:
    """Have the running daemon finish a site's requests and serve it no more, until it is started again.

    It also serves again when the daemon is started anew; to keep it off, disable it.
    """
    with place.registry().opened(name):
        pass
    _stop(place, {name}, dry_run=dry_run, json_wanted=json_wanted)


@click.command("start-all")
@dry_run_option
@as_json
@with_place
def start_all(place: Place, *, dry_run: bool, json_wanted: bool) -> None:
    """Have the running daemon serve all enabled sites."""
    found = survey(place.registry()).only(lambda site: site.settings.enabled)
    names = {*found.unusable, *(site.name for site in found.sites)}
    _start(place, names, dry_run=dry_run, json_wanted=json_wanted)


@click.command("stop-all")
@dry_run_option
@as_json
@with_place
def stop_all(place: Place, *, dry_run: bool, json_wanted: bool) -> None:
    """Have the running daemon serve no site, and go on running."""
    _stop(place, set(place.registry().names()), dry_run=dry_run, json_wanted=json_wanted)


@click.command()
@click.argument("name")
@dry_run_option
@as_json
@with_place
def enable(place: Place, name: str, *, dry_run: bool, json_wanted: bool) -> None:
    """Let the daemon serve a site, now and whenever it starts."""
    _set_enabled(place, name, enabled=True, dry_run=dry_run, json_wanted=json_wanted)


@click.command()
@click.argument("name")
@dry_run_option
@as_json
@with_place
def disable(place: Place, name: str, *, dry_run: bool, json_wanted: bool) -> None:
    """Keep a site and serve it no more, whenever the daemon starts."""
    _set_enabled(place, name, enabled=False, dry_run=dry_run, json_wanted=json_wanted)


def _enabled(place: Place, name: str) -> str:
    """The name itself, if it is that of a site that can be read and is enabled."""
    if not place.registry().load(name).settings.enabled:
        raise SiteDisabledError(name=name)
    return name


def _set_enabled(place: Place, name: str, *, enabled: bool, dry_run: bool, json_wanted: bool) -> None:
    registry = place.registry()
    former = registry.load(name)
    wanted = msgspec.structs.replace(former.settings, enabled=enabled)
    change = settings_change(registry, msgspec.structs.replace(former, settings=wanted))
    if dry_run:
        show_plan(change, json_wanted=json_wanted)
        return
    if change.diff:
        registry.edit(name, wanted)
        tell_daemon(place, lambda: registry.edit(name, former.settings), name=name)
    else:
        tell_daemon(place, lambda: None, name=name)
    _tell(name, "enabled" if enabled else "disabled", changed=bool(change.diff), json_wanted=json_wanted)


def is_served(place: Place, name: str) -> bool:
    """Whether a running daemon serves the site."""
    try:
        rows = ControlClient(place.state_dir).call("status")["sites"]
    except NotRunningError:
        return False
    return any(row["site"] == name for row in rows)


def pause(place: Place, names: set[str]) -> bool:
    """Have the running daemon let go of these sites, and wait until it has; tells whether that changed anything."""
    pauses = Pauses(place.state_dir)
    former = pauses.names()
    if not names <= former:
        pauses.set(former | names)
        tell_daemon(place, lambda: pauses.set(former))
    for name in names:
        _wait_until_gone(place, name)
    return not names <= former


def forget_pause(place: Place, name: str) -> None:
    """Let a name that is new, or gone, not be stopped by hand."""
    pauses = Pauses(place.state_dir)
    former = pauses.names()
    if name in former:
        pauses.set(former - {name})


def let_go(place: Place, name: str) -> None:
    """Have a running daemon take up what has changed, and wait until it has nothing to do with this site any more.

    Raises:
        SiteStillServedError: it goes on with it.
    """
    if is_served(place, name):
        tell_daemon(place, lambda: None)
        _wait_until_gone(place, name)


def resume(place: Place, names: set[str]) -> bool:
    """Have the running daemon serve these sites again; tells whether that changed anything."""
    pauses = Pauses(place.state_dir)
    former = pauses.names()
    if former & names:
        pauses.set(former - names)
        tell_daemon(place, lambda: pauses.set(former))
    return bool(former & names)


def share_pause(place: Place, name: str, new: str) -> None:
    """Let a site that was stopped by hand be stopped under the name as well that it is to have."""
    pauses = Pauses(place.state_dir)
    former = pauses.names()
    if name in former:
        pauses.set(former | {new})


def _start(place: Place, names: set[str], *, dry_run: bool, json_wanted: bool) -> None:
    if dry_run:
        for name in sorted(names):
            stopped = name in Pauses(place.state_dir).names()
            note = f"Site {name} is stopped, and would be served." if stopped else ""
            show_plan(Change(name, "", ""), json_wanted=json_wanted, changed=stopped, note=note)
        return
    client = ControlClient(place.state_dir)
    client.call("status")  # without a daemon there is nothing to start it in: says so
    changed = resume(place, names)
    if not changed and not all(is_served(place, name) for name in names):
        tell_daemon(place, lambda: None)  # what was interrupted before the daemon was told
    failed = [name for name in sorted(names) if _wait(client, name, {"serving", "fatal", "failed"}) != "serving"]
    _tell_all(names.difference(failed), "serving", changed=changed, json_wanted=json_wanted)
    if failed:
        failure = failures_in(client.call("status")).get(failed[0])
        if failure is None:
            raise SiteNotServedError(name=failed[0], retry_after=1)
        raise SiteRefusedError(name=failed[0], problem=failure.problem)


def _stop(place: Place, names: set[str], *, dry_run: bool, json_wanted: bool) -> None:
    if dry_run:
        for name in sorted(names):
            served = is_served(place, name)
            note = f"Site {name} is served, and would be stopped." if served else ""
            show_plan(Change(name, "", ""), json_wanted=json_wanted, changed=served, note=note)
        return
    try:
        ControlClient(place.state_dir).call("status")
    except NotRunningError:
        _tell_all(names, "not served: no daemon runs", changed=False, json_wanted=json_wanted)
        return
    changed = pause(place, names)
    _tell_all(names, "stopped", changed=changed, json_wanted=json_wanted)


def _wait_until_gone(place: Place, name: str) -> None:
    """Wait until the daemon has nothing to do with a site any more; its processes are gone then.

    Raises:
        SiteStillServedError: it goes on with it.
    """
    try:
        if _wait(ControlClient(place.state_dir), name, {None}) is not None:
            raise SiteStillServedError(name=name, retry_after=30)
    except NotRunningError:
        return


def _wait(client: ControlClient, name: str, wanted: set[str | None]) -> str | None:
    """Wait until the daemon says one of the wanted states of a site.

    None: it does not serve it; ``failed``: it cannot.
    """
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        status: dict[str, Any] = client.call("status")
        state = next((row["state"] for row in status["sites"] if row["site"] == name), None)
        if state is None and "failed" in wanted and name in status.get("failed", {}):
            state = "failed"
        if state in wanted or time.monotonic() > deadline:
            return state
        time.sleep(0.05)


def _tell_all(names: Iterable[str], state: str, *, changed: bool, json_wanted: bool) -> None:
    if json_wanted:
        print_json([{"site": name, "state": state, "changed": changed} for name in sorted(names)])
        return
    for name in sorted(names):
        click.echo(f"Site {name}: {state}")


def _tell(name: str, state: str, *, changed: bool, json_wanted: bool) -> None:
    if json_wanted:
        print_json({"site": name, "state": state, "changed": changed})
    else:
        click.echo(f"Site {name} is {state}." if changed else f"Site {name} is {state} already.")
