"""Which cinemas of a city a run reads: configured, known, on the map, and found on the web where these are too few."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog
from msgspec import Struct

from cinestreamd.agent.cinema import CinemaTask
from cinestreamd.agent.claude.caller import NotCalledError
from cinestreamd.agent.claude.web_search import cinemas_on_the_web, too_few
from cinestreamd.agent.collapse import BELIEVED_AFTER
from cinestreamd.agent.discover import cinemas_of
from cinestreamd.agent.overpass import Overpass, OverpassError
from cinestreamd.agent.task import ScrapeTask, Tools
from cinestreamd.agent.tenure import Tenure
from cinestreamd.store.base import Cinema, Run, Showtime
from cinestreamd.store.memory import FoundCinema, Venue

RECHECKS_BETWEEN: Final = 30
"""So many runs more are looked at for those of the whole city: rechecks of single cinemas may stand between them."""

log = structlog.get_logger()


class Discovered(Struct, frozen=True):
    """The cinemas to read. ``not_searched`` says why no web search was made where one was needed."""

    cinemas: tuple[Cinema, ...]
    not_searched: str | None = None


async def discover(task: ScrapeTask, tools: Tools) -> Discovered:
    """The cinemas that a run reads; one for a single cinema, or for answers, searches for no others."""
    city_id, entries, store = task.city.id, task.cinemas, tools.store
    known = await store.cinemas(city_id)
    corrections = await store.corrections(city_id)
    if task.cinema_id is not None or task.trigger == "batch":
        readable = cinemas_of(city_id, entries, known, (), corrections)
        return Discovered(tuple(cinema for cinema in readable if task.cinema_id in (None, cinema.id)))
    venues = await _venues(task, tools)
    everything = cinemas_of(city_id, entries, known, venues)  # a blocked cinema is no reason to search for others
    found, not_searched = await _search(task, tools, everything, venues)
    return Discovered(cinemas_of(city_id, entries, known, venues, corrections, found_on_web=found), not_searched)


async def _search(
    task: ScrapeTask, tools: Tools, cinemas: Sequence[Cinema], venues: Sequence[Venue]
) -> tuple[tuple[FoundCinema, ...], str | None]:
    """What a web search adds, or why none could be made: the other cinemas are read all the same."""
    claude, discovery = tools.claude, tools.discovery
    if claude is None or claude.access.simulated or discovery is None or not discovery.web_search:
        return (), None
    if not too_few(cinemas, venues):
        return (), None
    keep = timedelta(days=discovery.keep_days)
    try:
        return await cinemas_on_the_web(claude, task.city, store=tools.store, keep=keep, now=tools.clock()), None
    except NotCalledError as error:
        return (), error.reason


async def _venues(task: ScrapeTask, tools: Tools) -> tuple[Venue, ...]:
    """What the map adds; when it cannot be asked, the other cinemas are read all the same."""
    if tools.discovery is None:
        return ()
    client = Overpass(tools.discovery, fetcher=tools.fetcher, memory=tools.memory, shared=tools.map_cache)
    try:
        return await client.venues(task.city, now=tools.clock())
    except OverpassError as error:
        log.warning("map_not_asked", city=task.city.id, run=task.run_id, reason=error.code)
        return ()


async def cinema_tasks(tenure: Tenure, cinemas: Sequence[Cinema]) -> list[CinemaTask]:
    """Each cinema with what is known of it."""
    by_cinema: dict[str, list[Showtime]] = {}
    for showtime in tenure.known:
        by_cinema.setdefault(showtime.cinema_id, []).append(showtime)
    runs = await tenure.tools.store.runs(tenure.task.city.id, limit=BELIEVED_AFTER + RECHECKS_BETWEEN)
    whole = [run for run in runs if run.id != tenure.run.id and run.trigger not in {"recheck", "batch"}]
    earlier = whole[:BELIEVED_AFTER]
    believed = await _believed(tenure)
    return [
        CinemaTask(
            cinema=cinema,
            known=tuple(by_cinema.get(cinema.id, ())),
            believed=cinema.id in believed
            or (len(earlier) == BELIEVED_AFTER and all(_collapsed(run, cinema.id) for run in earlier)),
        )
        for cinema in cinemas
    ]


async def _believed(tenure: Tenure) -> set[str]:
    """The cinemas whose readings an operator believes, however few showings they have."""
    now = tenure.tools.clock()
    corrections = await tenure.tools.store.corrections(tenure.task.city.id)
    return {each.cinema_id for each in corrections if each.believed_until is not None and each.believed_until > now}


def _collapsed(run: Run, cinema_id: str) -> bool:
    return any(source.cinema_id == cinema_id and source.outcome == "quarantined" for source in run.sources)
