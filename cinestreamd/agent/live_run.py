"""A run that reads a city's cinemas now: discover, read several at once, hand over what is to wait, publish."""

import asyncio
import functools
from collections.abc import Sequence
from typing import Final

import msgspec

from cinestreamd.agent.cinema import CinemaTask
from cinestreamd.agent.city_cinemas import cinema_tasks, discover
from cinestreamd.agent.claude.batches import Outbox
from cinestreamd.agent.claude.caller import NotCalledError
from cinestreamd.agent.publish import AWAITED, CinemaReading, failed
from cinestreamd.agent.tenure import Tenure
from cinestreamd.store.base import RunOutcome

CINEMAS_AT_ONCE: Final = 8
# The share of the deadline that reading may use; the rest is for putting the results in place.
READING_SHARE: Final = 0.9


async def read_city(tenure: Tenure, *, seconds: float) -> RunOutcome:
    """Read the city, or the one cinema of it that the task names, within the deadline of ``seconds``.

    The lease is released by publishing, or by ``Tenure.fail``.
    """
    reading_ends = asyncio.get_running_loop().time() + seconds * READING_SHARE
    await tenure.begin()
    with tenure.timeline.stage("discover"):
        discovered = await discover(tenure.task, tenure.tools)
    await tenure.look_back(len(discovered.cinemas))
    await tenure.report()
    tenure.outbox = await _outbox(tenure)
    with tenure.timeline.stage("read"):
        await _read_all(tenure, await cinema_tasks(tenure, discovered.cinemas), until=reading_ends)
    if tenure.outbox is not None:
        with tenure.timeline.stage("hand_over"):
            await _hand_over(tenure, tenure.outbox)
    return await _finish(tenure, discovered.not_searched)


async def _outbox(tenure: Tenure) -> Outbox | None:
    """Where pages are collected that are to be handed over, in a refresh that does so."""
    claude = tenure.tools.claude
    if claude is None or not claude.hands_over or tenure.task.trigger != "refresh":
        return None
    pending = await tenure.tools.store.pending_batches()
    waiting = [batch for batch in pending if batch.city_id == tenure.task.city.id]
    return Outbox(claude, {page.cinema_id for batch in waiting for page in batch.pages})


async def _read_all(tenure: Tenure, cinemas: Sequence[CinemaTask], *, until: float) -> None:
    """Read the cinemas, several at once. Those not done when the loop's clock says ``until`` count as unreachable."""
    context, scraper = tenure.context(), tenure.scraper()
    places = asyncio.Semaphore(CINEMAS_AT_ONCE)

    async def read(task: CinemaTask) -> None:
        async with places:
            with tenure.timeline.cinema(task.cinema.id):
                tenure.readings[task.cinema.id] = await scraper.read(task, context)
        await tenure.report()

    tasks = [asyncio.create_task(read(task)) for task in cinemas]
    if not tasks:
        return
    try:
        await asyncio.wait(tasks, timeout=max(0.0, until - asyncio.get_running_loop().time()))
    finally:
        for running in tasks:
            running.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result
    for task in cinemas:
        if task.cinema.id not in tenure.readings:
            tenure.readings[task.cinema.id] = failed(task.cinema, "unreachable", "deadline")


async def _hand_over(tenure: Tenure, outbox: Outbox) -> None:
    """Hand over the pages of all cinemas at once; where that fails, the run says so of each of these cinemas."""
    cinemas, readings = outbox.cinemas, tenure.readings
    try:
        batch = await outbox.send(tenure.task.city.id, now=tenure.tools.clock())
    except NotCalledError as error:
        for cinema_id in cinemas:
            result = msgspec.structs.replace(readings[cinema_id].result, detail=error.reason)
            readings[cinema_id] = msgspec.structs.replace(readings[cinema_id], result=result)
        return
    if batch is not None:
        await tenure.insist(functools.partial(tenure.tools.store.remember_batch, batch))


async def _finish(tenure: Tenure, not_searched: str | None) -> RunOutcome:
    """Publish what was read; a run in which no cinema could be read publishes nothing."""
    readings = tenure.in_order()
    if tenure.task.cinema_id is not None:
        return await tenure.publish(_outcome_of_recheck(readings), partial=True)
    if not readings and not_searched is not None:
        return await tenure.fail(not_searched)  # not to be taken for a city without cinemas
    outcomes = {reading.result.outcome for reading in readings}
    if "published" in outcomes:
        return await tenure.publish("published")
    nothing_lost = all(reading.showings is not None for reading in readings if reading.result.outcome == "empty")
    if not readings or ("empty" in outcomes and nothing_lost):
        return await tenure.publish("empty")
    if any(reading.result.detail == AWAITED for reading in readings):
        return await tenure.publish("empty", partial=True)
    return await tenure.fail("no_cinema_read")


def _outcome_of_recheck(readings: Sequence[CinemaReading]) -> RunOutcome:
    """How the recheck of one cinema ended. One that gave nothing is no failure of its city: it need not cool down."""
    outcomes = {reading.result.outcome for reading in readings}
    if "published" in outcomes:
        return "published"
    return "empty" if "empty" in outcomes else "failed"
