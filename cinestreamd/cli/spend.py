"""``cinestreamd spend``: what calls of Claude have cost, by city and stage, against the caps."""

from datetime import datetime
from typing import Any, Final

import click
import msgspec
from msgspec import Struct

from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.scrape import account_folder, chosen_site, utc_now
from cinestreamd.cli.site_store import all_sites, read_store
from cinestreamd.cli.table import print_table
from cinestreamd.master.account import Account
from cinestreamd.sites.caps import caps_of, common_caps
from cinestreamd.sites.model import Site
from cinestreamd.store.base import Store
from cinestreamd.store.costs import Cost, Sums, beginning, cost_of_calls, dollars, sums_of
from cinestreamd.store.spending import ModelCall, Spent

ALL_CALLS: Final = 1_000_000


class Line(Struct, frozen=True, kw_only=True):
    """What one stage has cost in one city."""

    site: str
    city: str
    stage: str
    cost: Cost


@click.command()
@click.option("--month", is_flag=True, help="The current UTC month, not only the current day.")
@click.option("--site", "site_name", help="Only this site; by default all.")
@click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")
@with_place
def spend(place: Place, *, month: bool, site_name: str | None, json_wanted: bool) -> None:
    """Show what calls of Claude have cost today, by city and stage, and what the month will come to at this rate."""
    now = utc_now()
    settings = place.settings().claude
    sites = [chosen_site(place, site_name)] if site_name else all_sites(place)
    since = beginning(now, month=month)
    lines: list[Line] = []
    sums: dict[str, Sums] = {}
    caps = caps_of(settings)
    for site in sites:
        calls, spent = read_store(site, lambda store: _read(store, since, now))
        lines += lines_of(site.name, calls)
        sums[site.name] = sums_of(spent, now, Spent(day=caps.day, month=caps.month))
    common = _common(place, sites, now, common_caps(settings))
    if json_wanted:
        period = f"{now:%Y-%m}" if month else f"{now:%Y-%m-%d}"
        rows = [{**msgspec.to_builtins(line.cost), "site": line.site, "city": line.city, "stage": line.stage}
                for line in lines]  # fmt: skip
        print_json({"period": period, "unit": "millionths of a US dollar", "lines": rows, "sites": sums,
                    "all_sites": common})  # fmt: skip
        return
    _print(lines, sums, common)


def lines_of(site: str, calls: list[ModelCall]) -> list[Line]:
    """The calls of one site by city and stage, the dearest first."""
    groups: dict[tuple[str, str], list[ModelCall]] = {}
    for call in calls:
        groups.setdefault((call.city_id, call.stage), []).append(call)
    found = [
        Line(site=site, city=city, stage=stage, cost=cost_of_calls(group)) for (city, stage), group in groups.items()
    ]
    return sorted(found, key=lambda line: (-line.cost.counted, line.city, line.stage))


async def _read(store: Store, since: datetime, now: datetime) -> tuple[list[ModelCall], Spent]:
    return await store.calls(since=since, limit=ALL_CALLS), await store.spent(now)


def _common(place: Place, sites: list[Site], now: datetime, caps: Spent) -> Sums:
    """What all sites together have spent, or hold for agents that run."""
    folder = account_folder(place, sites[0]) if sites else place.state_dir
    book = Account(folder, lambda: now).read()
    held = book.all_held
    return sums_of(Spent(day=book.day_spent + held, month=book.month_spent + held), now, caps)


def _print(lines: list[Line], sums: dict[str, Sums], common: Sums) -> None:
    headings = ("site", "city", "stage", "calls", "tokens in", "tokens out", "searches", "cost")
    rows: list[tuple[Any, ...]] = [
        (line.site, line.city, line.stage, line.cost.calls, line.cost.tokens_in, line.cost.tokens_out,
         line.cost.searches, line.cost.text())
        for line in lines
    ]  # fmt: skip
    print_table(headings, rows, right=frozenset(headings[3:7]))
    click.echo()
    print_table(
        ("counted against caps", "today", "cap", "month", "cap", "month's end"),
        [
            (name, *(dollars(each) for each in _amounts(total)))
            for name, total in (*sums.items(), ("all sites", common))
        ],
    )


def _amounts(sums: Sums) -> tuple[int, ...]:
    return sums.today, sums.day_cap, sums.month, sums.month_cap, sums.projection
