"""``cinestreamd scrape``: read a city now, through the running daemon or, without one, by an agent of its own."""

import asyncio
import secrets
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import click

from cinestreamd.cli.lone_agent import LoneAgent, agent_in_waiting
from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.errors import InvalidInputError, NotFoundError, TooManyRequestsError, UnavailableError
from cinestreamd.gazetteer import City, Gazetteer
from cinestreamd.i18n import N_
from cinestreamd.sites.database import open_store, prepare_store, read_access
from cinestreamd.sites.model import Site
from cinestreamd.sites.ownership import arrange, make_shared_folder
from cinestreamd.sites.registry import Registry
from cinestreamd.sites.site_folders import DEMO_SITE
from cinestreamd.sites.standstill import at_work
from cinestreamd.store.base import Run, Store

T = TypeVar("T")


class UnknownCityError(NotFoundError):
    """The gazetteer has no such city."""

    code = "unknown_city"
    message = N_("There is no city {city!r}; likely ones: {likely}")


class NoLikelyCityError(NotFoundError):
    """The gazetteer has no such city, and none with a name like it."""

    code = "unknown_city"
    message = N_("There is no city {city!r}; give the beginning of its name to see likely ones")


class WhichSiteError(InvalidInputError):
    """There are several sites, or none."""

    code = "which_site"
    message = N_("Say which site with --site: {names}")


class QueueIsFullError(TooManyRequestsError):
    """The daemon has as many scrapes waiting as it takes."""

    code = "queue_full"
    message = N_("The daemon's queue is full; try again later")


class NoEndSeenError(UnavailableError):
    """The daemon took the scrape, but its end was not seen in time."""

    code = "no_end"
    message = N_("The scrape of {city} did not end within {seconds} seconds; see: cinestreamd status")


@click.command()
@click.argument("city")
@click.option("--site", "site_name", help="Which site's city; needed when there are several.")
@click.option("--json", "json_wanted", is_flag=True, help="Print the run as JSON.")
@with_place
def scrape(place: Place, city: str, *, site_name: str | None, json_wanted: bool) -> int:
    """Read the cinemas of CITY (an id such as kyiv) now, and wait for the end.

    Exit code 0: showtimes were published, or there are none. 1: the cinemas could not be read.
    """
    settings = place.settings()
    known_city(city)
    site = chosen_site(place, site_name)
    with agent_in_waiting() as agent:
        prepare_store(site, read_access(site))
        before = asyncio.run(_with_store(place, site, lambda store: _latest(store, city)))
        if not _asked_daemon(place, site, city):
            with at_work(place.state_dir, site.name):
                _scrape_alone(place, site, city, agent)
    patience = settings.scrape.deadline_seconds + 30
    run = asyncio.run(_with_store(place, site, lambda store: _end(store, city, before, patience)))
    if json_wanted:
        print_json(run)
    else:
        _report(run)
    return 0 if run.outcome in {"published", "empty"} else 1


def known_city(city_id: str) -> City:
    """The gazetteer's city of that id.

    Raises:
        UnknownCityError: it has none, but likely ones.
        NoLikelyCityError: it has nothing like it.
    """
    with Gazetteer() as gazetteer:
        city = gazetteer.get(city_id)
        if city is None:
            likely = ", ".join(found.id for found in gazetteer.search(city_id, limit=3))
            raise UnknownCityError(city=city_id[:80], likely=likely) if likely else NoLikelyCityError(city=city_id[:80])
    return city


def chosen_site(place: Place, name: str | None) -> Site:
    """The named or only site; the demo's site counts where there is no other."""
    registry = place.registry()
    if not registry.names() or name == DEMO_SITE:
        registry = Registry(place.state_dir / DEMO_SITE)
    if name is None:
        if len(registry.names()) != 1:
            raise WhichSiteError(names=", ".join(registry.names()) or "there is none; run: cinestreamd sites add NAME")
        [name] = registry.names()
    return registry.load(name)


async def _with_store(place: Place, site: Site, work: Callable[[Store], Awaitable[T]]) -> T:
    """Do something with the site's store, which is closed again."""
    store = open_store(site, read_access(site).mongo_uri, write_timeout=place.settings().store.write_timeout)
    try:
        return await work(store)
    finally:
        await store.close()


def _asked_daemon(place: Place, site: Site, city: str) -> bool:
    """Ask the running daemon for the city; False where none runs.

    Raises:
        QueueIsFullError: it takes no more.
    """
    from cinestreamd.master.client import ControlClient, NotRunningError  # noqa: PLC0415 - only where a daemon is asked

    try:
        answer = ControlClient(place.state_dir).call("scrape", site=site.name, city=city)
    except NotRunningError:
        return False
    if answer["answer"] == "full":
        raise QueueIsFullError(retry_after=30)
    return True


def _scrape_alone(place: Place, site: Site, city: str, agent: LoneAgent) -> None:
    """Have an agent of this command read the city, with what all caps leave it."""
    from cinestreamd.master.account import Account  # noqa: PLC0415 - only without a daemon
    from cinestreamd.master.purse import Purse  # noqa: PLC0415 - only without a daemon
    from cinestreamd.specs import AgentSpec  # noqa: PLC0415 - only without a daemon

    settings, cinemas = place.settings(), tuple(entry for entry in site.settings.cinemas if entry.city == city)
    arrange(site, settings.daemon.agent_user)
    shared = make_shared_folder(place.state_dir, [site], settings.daemon.agent_user)
    owner, run_id = f"command/{secrets.token_hex(8)}", secrets.token_hex(8)

    def purse(store: Store) -> Purse:
        return Purse(store, Account(account_folder(place, site), utc_now), utc_now)

    async def hold(store: Store) -> int:
        return await purse(store).hold(site, settings, city, run_id=run_id, owner=owner)

    async def tidy(store: Store) -> None:
        await store.free_leases(owner)
        if allowance:
            await purse(store).settle(run_id)

    allowance = asyncio.run(_with_store(place, site, hold))
    spec = AgentSpec(
        settings=settings,
        site=site,
        city_id=city,
        owner=owner,
        run_id=run_id,
        trigger="operator",
        cinemas=cinemas,
        allowance=allowance,
        mongo_uri=read_access(site).mongo_uri,
        shared=str(shared),
    )
    try:
        agent.read(spec)
    finally:
        asyncio.run(_with_store(place, site, tidy))


def account_folder(place: Place, site: Site) -> Path:
    """Where the common account of a site is: the demo's simulated money has one of its own."""
    demo = place.state_dir / DEMO_SITE
    return demo if Path(site.directory).is_relative_to(demo) else place.state_dir


def utc_now() -> datetime:
    """The moment."""
    return datetime.now(UTC)


async def _latest(store: Store, city: str) -> Run | None:
    return next(iter(await store.runs(city, limit=1)), None)


async def _end(store: Store, city: str, before: Run | None, patience: float) -> Run:
    """Follow the run that came after ``before``, or that was under way then, to its end."""
    deadline = time.monotonic() + patience
    told = ""
    while time.monotonic() < deadline:
        run = await _latest(store, city)
        if run is not None and run.outcome != "running" and run != before:
            return run
        if run is not None and sys.stderr.isatty() and told != (told := f"{run.done} of {run.total} cinemas"):
            click.echo(f"Reading {city}: {told}", err=True)
        await asyncio.sleep(0.1)
    raise NoEndSeenError(city=city, seconds=int(patience), retry_after=30)


def _report(run: Run) -> None:
    took = ((run.finished_at or datetime.now(UTC)) - run.started_at).total_seconds()
    click.echo(f"{run.city_id}: {run.outcome} in {took:.1f} s" + (f" ({run.error})" if run.error else ""))
    for source in run.sources:
        refused = ", ".join(f"{count} {reason}" for reason, count in sorted(source.refused.items()))
        line = f"  {source.cinema_id}: {source.outcome}, {source.kept} showtimes by {source.reader or 'no reader'}"
        click.echo(
            line + (f"; refused: {refused}" if refused else "") + (f"; {source.detail}" if source.detail else "")
        )
