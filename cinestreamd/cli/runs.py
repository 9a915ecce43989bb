"""``cinestreamd runs``: what each scrape did, what it cost, and what changed from one to the next."""

from typing import Any, Final

import click
import msgspec

from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.scrape import chosen_site, known_city
from cinestreamd.cli.site_store import read_store
from cinestreamd.cli.table import print_table
from cinestreamd.errors import InvalidInputError, NotFoundError
from cinestreamd.i18n import N_
from cinestreamd.store.base import Run, SourceResult, Store
from cinestreamd.store.costs import Cost, cost_of_calls, dollars
from cinestreamd.store.run_changes import changed_sources
from cinestreamd.store.spending import ModelCall

MANY: Final = 10_000
LOOKED_BACK: Final = 500
"""So many runs of a city are looked through for the one before."""

site_option = click.option("--site", "site_name", help="Which site's runs; needed when there are several.")
as_json = click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")


class UnknownRunError(NotFoundError):
    """The site has no such run."""

    code = "unknown_run"
    message = N_("There is no run {run!r} (any more); see: cinestreamd runs list")


class NoRunBeforeError(NotFoundError):
    """A run is the first of its city that is still recorded."""

    code = "no_run_before"
    message = N_("No run of {city} before {run} is recorded; name another one to compare it with")


class OtherCityError(InvalidInputError):
    """Two runs of different cities have nothing to compare."""

    code = "other_city"
    message = N_("{run} is a run of {city}, {other} one of {other_city}")


@click.group()
def runs() -> None:
    """See what scrapes did, what they cost, and what changed from one to the next."""


@runs.command("list")
@click.option("--city", help="Only runs of this city.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many.")
@site_option
@as_json
@with_place
def list_runs(place: Place, *, city: str | None, limit: int, site_name: str | None, json_wanted: bool) -> None:
    """List the latest runs, newest first."""
    if city is not None:
        known_city(city)

    async def read(store: Store) -> list[tuple[Run, Cost]]:
        found = await store.runs(city, limit=limit)
        return [(run, cost_of_calls(await store.calls(run_id=run.id, limit=MANY))) for run in found]

    found = read_store(chosen_site(place, site_name), read)
    if json_wanted:
        print_json([{**msgspec.to_builtins(run), "spending": cost} for run, cost in found])
        return
    headings = ("run", "city", "trigger", "started", "took", "outcome", "cinemas", "showtimes", "calls", "cost")
    rows = [
        (
            run.id, run.city_id, run.trigger, f"{run.started_at:%Y-%m-%d %H:%M:%S}", _took(run), run.outcome,
            f"{run.done}/{run.total}", sum(source.kept for source in run.sources), cost.calls, cost.text(),
        )
        for run, cost in found
    ]  # fmt: skip
    print_table(headings, rows, right=frozenset({"took", "cinemas", "showtimes", "calls"}))


@runs.command()
@click.argument("run")
@site_option
@as_json
@with_place
def show(place: Place, run: str, *, site_name: str | None, json_wanted: bool) -> None:
    """Show RUN: what became of each cinema, and each call of Claude."""
    record, calls = read_store(chosen_site(place, site_name), lambda store: _run_and_calls(store, run))
    cost = cost_of_calls(calls)
    if json_wanted:
        print_json({**msgspec.to_builtins(record), "spending": cost, "calls": calls})
        return
    click.echo(
        f"{record.id}: {record.city_id}, {record.outcome} in {_took(record) or '?'}"
        + (f" ({record.error})" if record.error else "")
        + (f"; Claude: {cost.calls} calls, {cost.text()}" if calls else "")
    )
    print_table(
        ("cinema", "outcome", "reader", "kept", "refused", "detail"),
        [(each.cinema_id, *_told(each).values()) for each in record.sources],
        right=frozenset({"kept"}),
    )
    if calls:
        _print_calls(calls)


@runs.command()
@click.argument("run")
@click.argument("other", required=False)
@site_option
@as_json
@with_place
def diff(place: Place, run: str, *, other: str | None, site_name: str | None, json_wanted: bool) -> None:
    """Show what RUN found otherwise than OTHER, by default the run of the same city before it."""

    async def read(store: Store) -> tuple[tuple[Run, list[ModelCall]], tuple[Run, list[ModelCall]]]:
        later = await _run_and_calls(store, run)
        earlier = await _run_and_calls(store, other) if other else await _before(store, later[0])
        if earlier[0].city_id != later[0].city_id:
            names = {"run": later[0].id, "city": later[0].city_id}
            raise OtherCityError(**names, other=earlier[0].id, other_city=earlier[0].city_id)
        return earlier, later

    (earlier, former_calls), (later, calls) = read_store(chosen_site(place, site_name), read)
    changes = changed_cinemas(earlier, later)
    costs = cost_of_calls(former_calls), cost_of_calls(calls)
    if json_wanted:
        spending = {"from": costs[0], "to": costs[1]}
        print_json({"from": earlier.id, "to": later.id, "cinemas": changes, "spending": spending})
        return
    click.echo(f"{earlier.id} -> {later.id} ({later.city_id}): {earlier.outcome} -> {later.outcome}")
    click.echo(f"  calls of Claude: {costs[0].calls} -> {costs[1].calls}; cost: {costs[0].text() or '-'} -> "
               f"{costs[1].text() or '-'}")  # fmt: skip
    for change in changes:
        before, after = _line(change["from"]), _line(change["to"])
        click.echo(f"  {change['cinema']}: {before} -> {after}")
    if not changes:
        click.echo("  every cinema as before")


def changed_cinemas(earlier: Run, later: Run) -> list[dict[str, Any]]:
    """The cinemas of which two runs tell something different; None where a run did not look at one."""
    return [
        {"cinema": name, "from": before and _told(before), "to": after and _told(after)}
        for name, (before, after) in changed_sources(earlier, later).items()
    ]


async def _run_and_calls(store: Store, run_id: str) -> tuple[Run, list[ModelCall]]:
    run = await store.run(run_id)
    if run is None:
        raise UnknownRunError(run=run_id[:80])
    return run, (await store.calls(run_id=run_id, limit=MANY))[::-1]


async def _before(store: Store, run: Run) -> tuple[Run, list[ModelCall]]:
    found = await store.runs(run.city_id, limit=LOOKED_BACK)
    places = [place for place, each in enumerate(found) if each.id == run.id]
    if not places or places[0] + 1 >= len(found):
        raise NoRunBeforeError(run=run.id, city=run.city_id)
    return await _run_and_calls(store, found[places[0] + 1].id)


def _told(source: SourceResult) -> dict[str, Any]:
    refused = ", ".join(f"{count} {reason}" for reason, count in sorted(source.refused.items()))
    return {
        "outcome": source.outcome,
        "reader": source.reader or "",
        "kept": source.kept,
        "refused": refused,
        "detail": source.detail,
    }


def _line(told: dict[str, Any] | None) -> str:
    if told is None:
        return "not looked at"
    reader = f" by {told['reader']}" if told["reader"] else ""
    rest = "".join(f"; {told[key]}" for key in ("refused", "detail") if told[key])
    return f"{told['outcome']}, {told['kept']} showtimes{reader}{rest}"


def _print_calls(calls: list[ModelCall]) -> None:
    headings = ("call", "cinema", "model", "outcome", "in", "out", "searches", "seconds", "proposed", "kept", "cost")
    rows = [
        (
            call.stage, call.cinema_id, call.model + (" (simulated)" if call.simulated else ""), call.outcome,
            call.tokens_in + call.tokens_cached + call.tokens_cache_written, call.tokens_out, call.searches,
            f"{call.seconds:.1f}", call.proposed, call.kept, "unpriced" if call.cost is None else dollars(call.cost),
        )
        for call in calls
    ]  # fmt: skip
    print_table(headings, rows, right=frozenset({"in", "out", "searches", "seconds", "proposed", "kept", "cost"}))


def _took(run: Run) -> str:
    return "" if run.finished_at is None else f"{(run.finished_at - run.started_at).total_seconds():.1f} s"
