"""How the cinemas of a site are: whether their pages answer, since when they do not, and what an operator has said."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, get_args

from msgspec import Struct

from cinestreamd.store.base import Cinema, CinemaCorrection, Run, SourceOutcome, SourceResult, Store

Health = Literal["failing", "quarantined", "nothing_on", "unread", "paused", "blocked", "answers"]
ORDER: Final[tuple[Health, ...]] = get_args(Health)
"""The worst first."""

LOOKED_BACK: Final = 200
"""So many runs are looked through for since when a cinema is as it is."""

_OF_OUTCOME: Final[Mapping[SourceOutcome, Health]] = {
    "published": "answers",
    "empty": "nothing_on",
    "quarantined": "quarantined",
    "unreachable": "failing",
    "refused_by_robots": "failing",
    "unreadable": "failing",
}


class CinemaRow(Struct, frozen=True, kw_only=True):
    """One cinema. ``since`` is the first of the readings in a row that ended like the last, as far as runs are kept."""

    id: str
    city_id: str
    name: str
    url: str
    source: str
    address: str | None
    health: Health
    outcome: SourceOutcome | None
    since: datetime | None
    last_read: datetime | None
    failures: int
    state: str
    corrected: bool


async def cinema_rows(store: Store, city_id: str | None = None) -> list[CinemaRow]:
    """The cinemas of a city, or of all, the worst first."""
    corrections = {each.cinema_id: each for each in await store.corrections(city_id)}
    known = {cinema.id: cinema for cinema in await store.cinemas(city_id)}
    added = [_added(each) for each in corrections.values() if each.cinema_id not in known]
    since = streaks(await store.runs(city_id, limit=LOOKED_BACK))
    rows = [_row(cinema, corrections.get(cinema.id), since) for cinema in [*known.values(), *added]]
    return sorted(rows, key=lambda row: (ORDER.index(row.health), row.city_id, row.name, row.id))


def streaks(runs: Iterable[Run]) -> dict[str, tuple[Health, datetime]]:
    """By cinema, how its last reading went and when the readings in a row that went so began; ``runs`` newest first."""
    found: dict[str, tuple[Health, datetime]] = {}
    ended: set[str] = set()
    for run in runs:
        for source in run.sources:
            if source.cinema_id in ended or source.detail == "batch_pending":
                continue
            health = _OF_OUTCOME[source.outcome]
            if source.cinema_id in found and found[source.cinema_id][0] != health:
                ended.add(source.cinema_id)
            else:
                found[source.cinema_id] = (health, run.started_at)
    return found


def _row(
    cinema: Cinema, correction: CinemaCorrection | None, since: Mapping[str, tuple[Health, datetime]]
) -> CinemaRow:
    state = correction.state if correction else "active"
    read: Health = _OF_OUTCOME[cinema.last_outcome] if cinema.last_outcome else "unread"
    streak = since.get(cinema.id)
    return CinemaRow(
        id=cinema.id,
        city_id=cinema.city_id,
        name=cinema.name,
        url=cinema.url,
        source=cinema.source,
        address=cinema.address,
        health=state if state != "active" else read,
        outcome=cinema.last_outcome,
        since=streak[1] if streak is not None and streak[0] == read else None,
        last_read=cinema.last_read,
        failures=cinema.failures,
        state=state,
        corrected=correction is not None,
    )


def _added(correction: CinemaCorrection) -> Cinema:
    """A cinema that only an operator has named so far."""
    return Cinema(
        id=correction.cinema_id,
        city_id=correction.city_id,
        name=correction.name or correction.cinema_id,
        url=correction.url or "",
        source="operator",
        address=correction.address,
    )


class Reading(Struct, frozen=True):
    """What one run made of a cinema."""

    run: Run
    source: SourceResult


async def readings_of(store: Store, city_id: str, cinema_id: str, *, limit: int) -> Sequence[Reading]:
    """The latest readings of a cinema, newest first."""
    runs = await store.runs(city_id, limit=LOOKED_BACK)
    found = [Reading(run, source) for run in runs for source in run.sources if source.cinema_id == cinema_id]
    return found[:limit]
