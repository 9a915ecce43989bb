"""``cinestreamd store migrate|check|stats``."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import click

from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.table import print_table
from cinestreamd.sites.database import Access, prepare_store, read_access
from cinestreamd.sites.model import Site
from cinestreamd.sites.moving import opened_depot
from cinestreamd.sites.registry import Registry
from cinestreamd.sites.site_folders import DEMO_SITE
from cinestreamd.store.transfer.checking import check as check_depot
from cinestreamd.store.transfer.items import KINDS, Depot, digest_of

NOT_WHOLE: Final = 1

T = TypeVar("T")

as_json = click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")


@click.command()
@click.argument("name", required=False)
@click.option("--adopt-secret", is_flag=True, help="Have this machine's SECRET_KEY count for all that share MongoDB.")
@as_json
@with_place
def migrate(place: Place, name: str | None, *, adopt_secret: bool, json_wanted: bool) -> None:
    """Bring the database of site NAME, or of all sites, up to date: schema and indexes. Changes nothing when repeated.

    The daemon does it at its start, too.
    """
    rows = []
    for site in chosen(place, name):
        access = read_access(site)
        if adopt_secret and access.mongo_uri is not None:
            from cinestreamd.store.mongo import prepare  # noqa: PLC0415 - only for a site that uses it

            prepare(access.mongo_uri, fingerprint=access.fingerprint, adopt_secret=True)
        prepare_store(site, access)
        facts = _with_depot(site, access, lambda depot: depot.facts())
        rows.append({"site": site.name, "kind": facts["kind"], "schema": facts["schema"]})
    if json_wanted:
        print_json(rows)
        return
    for row in rows:
        click.echo(f"Site {row['site']}: {row['kind']}, schema {row['schema']}, is up to date.")


@click.command()
@click.argument("name", required=False)
@as_json
@with_place
def check(place: Place, name: str | None, *, json_wanted: bool) -> None:
    """Look whether the database of site NAME, or of all sites, is whole. Exit code 1: it is not."""
    reports = {}
    for site in chosen(place, name):
        access = read_access(site)
        prepare_store(site, access)
        reports[site.name] = _with_depot(site, access, check_depot)
    if json_wanted:
        print_json(
            [
                {
                    "site": site,
                    "whole": report.is_whole,
                    "problems": report.problems,
                    "held": {kind: {"count": held.count, "digest": held.sum} for kind, held in report.held.items()},
                }
                for site, report in reports.items()
            ]
        )
    else:
        for site_name, report in reports.items():
            items = sum(held.count for held in report.held.values())
            click.echo(f"Site {site_name}: {items} items, " + ("whole." if report.is_whole else "not whole:"))
            for problem in report.problems:
                click.echo(f"  {problem}")
    if not all(report.is_whole for report in reports.values()):
        raise click.exceptions.Exit(NOT_WHOLE)


@click.command()
@click.argument("name", required=False)
@as_json
@with_place
def stats(place: Place, name: str | None, *, json_wanted: bool) -> None:
    """Tell what the database of site NAME, or of every site, is and holds."""

    async def facts(depot: Depot) -> dict[str, Any]:
        held = {kind: (await digest_of(depot, kind)).count for kind in KINDS}
        return {**await depot.facts(), "held": held}

    found = []
    for site in chosen(place, name):
        access = read_access(site)
        prepare_store(site, access)
        found.append({"site": site.name, **_with_depot(site, access, facts)})
    if json_wanted:
        print_json(found)
        return
    for row in found:
        click.echo(f"Site {row['site']}: {row['kind']} {row['server']}, schema {row['schema']}, {row['bytes']} bytes")
        print_table(("kind", "items"), list(row["held"].items()), right=frozenset({"items"}))


def chosen(place: Place, name: str | None) -> list[Site]:
    """The named site, or all; the demo's site counts where there is no other."""
    registry = place.registry()
    if not registry.names() or (name == DEMO_SITE and DEMO_SITE not in registry.names()):
        registry = Registry(place.state_dir / DEMO_SITE)
    return registry.sites() if name is None else [registry.load(name)]


def _with_depot(site: Site, access: Access, work: Callable[[Depot], Awaitable[T]]) -> T:
    async def run() -> T:
        async with opened_depot(site, access) as depot:
            return await work(depot)

    return asyncio.run(run())
