"""What a city showed at some moment, and why: each showing with the run that brought it and its excerpt."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from msgspec import Struct

from cinestreamd.store.base import Run, Store
from cinestreamd.store.reports import KeptRow

LOOKED_BACK: Final = 1_000


class ShownRow(Struct, frozen=True, kw_only=True):
    """A showing that stood on the city's page."""

    cinema_id: str
    cinema: str
    row: KeptRow
    run: Run


async def shown_at(store: Store, city_id: str, moment: datetime) -> Sequence[ShownRow]:
    """What was to come at a moment, by the last readings before it; as far back as runs are kept.

    What an operator changed by hand since is not told here, but in the journal.
    """
    runs = [
        run
        for run in await store.runs(city_id, limit=LOOKED_BACK)
        if run.finished_at is not None and run.finished_at <= moment
    ]
    found: list[ShownRow] = []
    names = {cinema.id: cinema.name for cinema in await store.cinemas(city_id)}
    settled: set[str] = set()
    wanted = {source.cinema_id for run in runs for source in run.sources}
    for run in runs:
        if settled >= wanted:
            break
        given = {
            source.cinema_id
            for source in run.sources
            if source.outcome in {"published", "empty"} and source.detail != "unchanged"
        } - settled
        report = await store.report(run.id) if given and run.outcome in {"published", "empty"} else None
        for each in report.cinemas if report is not None else ():
            if each.cinema_id in given:
                settled.add(each.cinema_id)
                name = names.get(each.cinema_id, each.cinema_id)
                found += [
                    ShownRow(cinema_id=each.cinema_id, cinema=name, row=row, run=run)
                    for row in each.kept
                    if row.start_time > moment
                ]
    return sorted(found, key=lambda shown: (shown.row.start_time, shown.cinema, shown.row.title))
