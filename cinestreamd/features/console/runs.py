"""One run in all its parts: what each cinema gave, row by row, what changed, what it cost, and how long it took."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from cinestreamd.errors import NotFoundError
from cinestreamd.i18n import N_
from cinestreamd.store.base import Run, SourceResult, Store
from cinestreamd.store.costs import Cost, cost_of_calls
from cinestreamd.store.reports import CinemaReport, KeptRow, RefusedRow, RunReport
from cinestreamd.store.run_changes import changed_sources
from cinestreamd.store.spending import ModelCall

MANY_CALLS: Final = 10_000
LOOKED_BACK: Final = 200
COMPARED: Final = 12
"""So many runs before are looked through for the rows that a cinema had: an unchanged page has none of its own."""


class RunGoneError(NotFoundError):
    """There is no such run, or no more."""

    code = "unknown_run"
    message = N_("There is no such run (any more).")


class SourceView(Struct, frozen=True, kw_only=True):
    """One cinema in a run. ``before`` is its result in the run before, when ``changed``.

    ``new`` and ``gone`` are rows otherwise than in the last reading of the cinema that has any; both are None where
    there is nothing to compare.
    """

    result: SourceResult
    name: str
    changed: bool
    before: SourceResult | None
    began: float
    seconds: float
    kept: Sequence[KeptRow]
    refused: Sequence[RefusedRow]
    more_kept: int
    more_refused: int
    new: Sequence[KeptRow] | None
    gone: Sequence[KeptRow] | None


class RunView(Struct, frozen=True, kw_only=True):
    """A run. ``missed`` are the cinemas that only the run before looked at, by id with their name."""

    run: Run
    before: Run | None
    report: RunReport | None
    sources: Sequence[SourceView]
    missed: Mapping[str, str]
    calls: Sequence[ModelCall]
    cost: Cost


async def read_run(store: Store, run_id: str) -> RunView:
    """Put a run's page together.

    Raises:
        RunGoneError: there is none.
    """
    run = await store.run(run_id)
    if run is None:
        raise RunGoneError
    earlier = _earlier(await store.runs(run.city_id, limit=LOOKED_BACK), run)
    before, report = next(iter(earlier), None), await store.report(run_id)
    names = {cinema.id: cinema.name for cinema in await store.cinemas(run.city_id)}
    changed = changed_sources(before, run) if before is not None else {}
    cinemas = {each.cinema_id: each for each in report.cinemas} if report is not None else {}
    former = await former_rows(store, earlier, [name for name, each in cinemas.items() if each.kept])
    calls = (await store.calls(run_id=run_id, limit=MANY_CALLS))[::-1]
    return RunView(
        run=run,
        before=before,
        report=report,
        sources=[
            _source(
                source,
                cinemas.get(source.cinema_id) or CinemaReport(cinema_id=source.cinema_id),
                name=names.get(source.cinema_id, source.cinema_id),
                change=changed.get(source.cinema_id),
                former=former.get(source.cinema_id),
                began=run.started_at,
            )
            for source in run.sources
        ],
        missed={name: names.get(name, name) for name, (_, after) in changed.items() if after is None},
        calls=calls,
        cost=cost_of_calls(calls),
    )


def _earlier(runs: Sequence[Run], run: Run) -> list[Run]:
    """The runs before, newest first."""
    return [each for each in runs if (each.started_at, each.id) < (run.started_at, run.id)]


async def former_rows(store: Store, earlier: Sequence[Run], cinema_ids: Sequence[str]) -> dict[str, Sequence[KeptRow]]:
    """The rows that each cinema last had, before; without those that were held back."""
    found: dict[str, Sequence[KeptRow]] = {}
    for run in earlier[:COMPARED]:
        wanted = {
            source.cinema_id
            for source in run.sources
            if source.cinema_id in cinema_ids and source.cinema_id not in found
        }
        report = await store.report(run.id) if wanted else None
        for each in report.cinemas if report is not None else ():
            if each.cinema_id in wanted and any(row.showtime_id for row in each.kept):
                found[each.cinema_id] = each.kept
        if len(found) == len(cinema_ids):
            break
    return found


def _source(
    result: SourceResult,
    told: CinemaReport,
    *,
    name: str,
    change: tuple[SourceResult | None, SourceResult | None] | None,
    former: Sequence[KeptRow] | None,
    began: datetime,
) -> SourceView:
    new: Sequence[KeptRow] | None = None
    gone: Sequence[KeptRow] | None = None
    if former is not None and result.outcome != "quarantined":
        known, here = ({row.showtime_id for row in rows} for rows in (former, told.kept))
        new = [row for row in told.kept if row.showtime_id not in known]
        gone = [row for row in former if row.showtime_id not in here and row.start_time > began]
    return SourceView(
        result=result,
        name=name,
        changed=change is not None,
        before=change[0] if change is not None else None,
        began=told.began,
        seconds=told.seconds,
        kept=told.kept,
        refused=told.refused,
        more_kept=told.more_kept,
        more_refused=told.more_refused,
        new=new,
        gone=gone,
    )
