"""One scrape of one city: lease, discover, fetch, read, verify, publish; whatever happens, the lease is given back."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from cinestreamd.agent.batch_run import note_uncollected, take_answers
from cinestreamd.agent.claude.batches import Answered, collect_batches
from cinestreamd.agent.live_run import read_city
from cinestreamd.agent.posters import keep_posters
from cinestreamd.agent.task import ScrapeTask, Tools
from cinestreamd.agent.tenure import Tenure
from cinestreamd.config import Scrape
from cinestreamd.gazetteer.model import City
from cinestreamd.store.base import Lease, Location, RunOutcome, StaleLeaseError, StoreBusyError

FIRST_ATTEMPTS: Final = 8
"""So often a run asks for its lease: with the default patience of a write, for 16 s and more."""

log = structlog.get_logger()


async def scrape_city(task: ScrapeTask, tools: Tools, *, settings: Scrape) -> RunOutcome:
    """Scrape the city of ``task`` unless another run has it, and say how it ended.

    ``lost``: another holder has the city (then nothing was written) or took it meanwhile. ``failed``: no cinema could
    be read; what was known stays. Cancelling gives the lease back and raises on. A run with the trigger ``batch`` reads
    nothing but the answers to pages that were handed over; where there are none yet it is ``empty`` without a record,
    and where they cannot be had ``failed`` with one.
    """
    answers: tuple[Answered, ...] = ()
    if task.trigger == "batch":
        began = tools.clock()
        collected = await collect_batches(tools.claude, store=tools.store, city_id=task.city.id, now=began)
        if not collected.answered:
            return await note_uncollected(task, tools, collected.problem, began=began)
        answers = collected.answered
    lease = await _take_lease(task, tools, seconds=settings.lease_seconds)
    if lease is None:
        return "lost"
    tenure = Tenure(task, tools, lease=lease)
    outcome = await _outcome(tenure, answers, seconds=settings.deadline_seconds)
    if outcome == "published" and settings.posters:
        await _keep_posters(tenure)
    return outcome


async def _outcome(tenure: Tenure, answers: tuple[Answered, ...], *, seconds: float) -> RunOutcome:
    """Read and publish within so many seconds; whatever happens, the lease is given back."""
    task = tenure.task
    try:
        async with asyncio.timeout(seconds):
            return await (take_answers(tenure, answers) if answers else read_city(tenure, seconds=seconds))
    except StaleLeaseError:
        log.info("lease_lost", city=task.city.id, run=task.run_id)
        return "lost"
    except TimeoutError:
        return await tenure.fail("deadline")
    except asyncio.CancelledError:
        await tenure.fail("stopped")
        raise
    except Exception as error:
        log.exception("scrape_failed", city=task.city.id, run=task.run_id)
        return await tenure.fail(type(error).__name__)


async def _keep_posters(tenure: Tenure) -> None:
    """What the run has published stays published, whatever becomes of the pictures."""
    city_id = tenure.task.city.id
    try:
        kept = await keep_posters(tenure.films, tenure.tools, city_id=city_id)
    except Exception:
        log.exception("posters_not_kept", city=city_id, run=tenure.task.run_id)
    else:
        log.info("posters_kept", city=city_id, run=tenure.task.run_id, posters=kept)


async def _take_lease(task: ScrapeTask, tools: Tools, *, seconds: int) -> Lease | None:
    """Make the city known and take its lease. Nothing is held yet, so a busy store can be waited for.

    Raises:
        StoreBusyError: it was busy each time.
    """
    for _ in range(FIRST_ATTEMPTS - 1):
        with suppress(StoreBusyError):
            return await _try_to_take(task, tools, seconds=seconds)
        log.info("store_busy", city=task.city.id, run=task.run_id)
    return await _try_to_take(task, tools, seconds=seconds)


async def _try_to_take(task: ScrapeTask, tools: Tools, *, seconds: int) -> Lease | None:
    await tools.store.add_location(_location(task.city))
    return await tools.store.acquire_lease(task.city.id, owner=task.owner, now=tools.clock(), seconds=seconds)


def _location(city: City) -> Location:
    return Location(
        id=city.id, names=city.names, lat=city.lat, lon=city.lon, country=city.country, timezone=city.timezone
    )
