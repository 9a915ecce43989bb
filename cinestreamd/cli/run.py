"""``cinestreamd run``: the daemon in the foreground."""

from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path

import click
import msgspec

from cinestreamd.cli.options import Place, with_place
from cinestreamd.config import DiscoverySettings, Settings
from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.sites.env import read_env, write_env
from cinestreamd.sites.files import make_real_folder
from cinestreamd.sites.model import SiteSettings
from cinestreamd.sites.password import keep_password
from cinestreamd.sites.pauses import Pauses
from cinestreamd.sites.registry import Registry
from cinestreamd.sites.site_folders import DEMO_SITE, FIRST_SITE
from cinestreamd.sites.standstill import standing_still
from cinestreamd.sites.survey import Survey, survey

DEMO_PASSWORD = "demonstration"  # noqa: S105 - to a console of fictional cinemas, on this machine alone


class SeveralSitesError(InvalidInputError):
    """Ports were given for "the" site, but there are several."""

    code = "several_sites"
    message = N_("--start-port and --processes need a single site, there are {count}; use: cinestreamd sites edit NAME")


@click.command()
@click.option("--demo", is_flag=True, help="Serve fictional cinemas of Kyiv, Lviv and London, and read them for real.")
@click.option("--start-port", type=click.IntRange(1024, 65_535), help="Port of the first web worker.  [default: 8001]")
@click.option("--processes", type=click.IntRange(1, 128), help="Web workers, one port each.  [default: 12]")
@click.option(
    "--demo-port",
    type=click.IntRange(1024, 65_535),
    default=8100,
    show_default=True,
    help="Port of the demo's cinemas.",
)
@with_place
def run(place: Place, *, demo: bool, start_port: int | None, processes: int | None, demo_port: int) -> int:
    """Run the daemon until it is told to stop (SIGTERM or SIGINT).

    The first run makes a site named "default". With --start-port or --processes the only site runs on other ports
    than its settings say.
    """
    from cinestreamd.master.daemon import DemoOptions, run_daemon  # noqa: PLC0415 - only this command needs the master

    given = {"start_port": start_port, "processes": processes}
    ports = {key: value for key, value in given.items() if value is not None}

    first = iter((True,))

    def sites() -> Survey:
        if demo:
            return _demo_site(place, demo_port, ports)
        if next(first, False):
            _begin_afresh(place, ports)
        return _real_sites(place, ports)

    def settings() -> Settings:
        read = place.settings()
        # The demo needs no network: the cinemas of its site are all that it knows.
        return msgspec.structs.replace(read, discovery=DiscoverySettings(overpass_endpoints=())) if demo else read

    return run_daemon(
        settings=settings(),
        load_settings=settings,
        state_dir=place.state_dir,
        sites=sites,
        demo=DemoOptions(port=demo_port) if demo else None,
    )


def _begin_afresh(place: Place, ports: Mapping[str, int]) -> None:
    """At the start of the daemon: sites that were stopped by hand serve again; there is at least one site."""
    Pauses(place.state_dir).set(frozenset())
    if not place.registry().names():
        place.registry().add(FIRST_SITE, SiteSettings(**ports))  # type: ignore[arg-type]  # start_port and processes alone


def _real_sites(place: Place, ports: Mapping[str, int]) -> Survey:
    stopped = Pauses(place.state_dir).names() | standing_still(place.state_dir)
    found = survey(place.registry(), without=stopped).only(lambda site: site.settings.enabled)
    if not ports:
        return found
    if len(found.sites) > 1:
        raise SeveralSitesError(count=len(found.sites))
    moved = (
        msgspec.structs.replace(site, settings=msgspec.structs.replace(site.settings, **ports)) for site in found.sites
    )
    return Survey(tuple(moved), found.unusable)


def _demo_site(place: Place, demo_port: int, ports: Mapping[str, int]) -> Survey:
    """The demo's site, in a folder of its own: its cinemas are on loopback, where no agent of a real site may go."""
    from cinestreamd.demo.settings import demo_access, demo_settings  # noqa: PLC0415 - only the demo needs it

    base_url = f"http://127.0.0.1:{demo_port}"
    place.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_real_folder(place.state_dir / DEMO_SITE)
    registry = Registry(place.state_dir / DEMO_SITE)
    wanted = demo_settings(
        base_url,
        start_port=ports.get("start_port", 8001),
        processes=ports.get("processes", 12),
    )
    change = registry.edit if DEMO_SITE in registry.names() else registry.add
    site = change(DEMO_SITE, wanted)
    _simulate_claude(Path(site.directory, "agent.env"), demo_access(base_url))
    if ip_address(place.settings().daemon.bind).is_loopback:
        _open_console(Path(site.directory, ".env"))
    return Survey((site,))


def _open_console(path: Path) -> None:
    """Let the demo's console be tried with the password that the documents name, unless it has one of its own."""
    known = read_env(path)
    if not known.get("OPS_PASSWORD"):
        write_env(path, {**known, "OPS_PASSWORD": keep_password(DEMO_PASSWORD)})


def _simulate_claude(path: Path, wanted: Mapping[str, str]) -> None:
    """Have the demo's agents ask the stand-in for Claude, unless somebody has given them a key of their own."""
    known = read_env(path)
    if known != wanted and (not known.get("ANTHROPIC_API_KEY") or known.get("CLAUDE_SIMULATED") == "yes"):
        write_env(path, wanted)
