"""A run that reads nothing but the answers to pages that were handed over; the city is no more up to date by that."""

import functools
from collections.abc import Sequence
from datetime import datetime

import structlog

from cinestreamd.agent.cinema import CinemaTask
from cinestreamd.agent.city_cinemas import cinema_tasks, discover
from cinestreamd.agent.claude.batches import Answered, UnansweredError, read_answers, settle_unread
from cinestreamd.agent.publish import failed
from cinestreamd.agent.task import ScrapeTask, Tools
from cinestreamd.agent.tenure import Tenure
from cinestreamd.store.base import Run, RunOutcome, StoreBusyError

log = structlog.get_logger()


async def note_uncollected(task: ScrapeTask, tools: Tools, problem: str, *, began: datetime) -> RunOutcome:
    """End a run that has no answers to read: ``problem`` is why they could not be had, empty while none is ready.

    Nobody has taken the city for it, so that its age, its failures and its pauses stay; a failure is a run of its own
    in the record.
    """
    if not problem:
        return "empty"
    run = Run(
        id=task.run_id,
        city_id=task.city.id,
        owner=task.owner,
        trigger=task.trigger,
        started_at=began,
        finished_at=tools.clock(),
        outcome="failed",
        error=problem,
    )
    try:
        await tools.store.finish_run(run)
    except StoreBusyError:
        log.warning("run_not_recorded", run=run.id)
    return "failed"


async def take_answers(tenure: Tenure, answers: Sequence[Answered]) -> RunOutcome:
    """Read the answers of batches that have ended, publish what they give, and let the batches go."""
    await tenure.begin()
    waiting = {cinema_id for answered in answers for cinema_id in answered.cinemas()}
    discovered = await discover(tenure.task, tenure.tools)
    cinemas = [cinema for cinema in discovered.cinemas if cinema.id in waiting]
    await tenure.look_back(len(cinemas))
    tasks = {task.cinema.id: task for task in await cinema_tasks(tenure, cinemas)}
    with tenure.timeline.stage("read"):
        for answered in answers:
            for cinema_id in answered.cinemas():
                with tenure.timeline.cinema(cinema_id):
                    await _take(tenure, answered, cinema_id, tasks.get(cinema_id))
    outcome = await _finish(tenure)
    for answered in answers:
        await tenure.insist(functools.partial(tenure.tools.store.forget_batch, answered.batch.id))
    return outcome


async def _take(tenure: Tenure, answered: Answered, cinema_id: str, task: CinemaTask | None) -> None:
    """One cinema's answers; those are paid but not used where it is gone, has moved or was read since."""
    claude, store = tenure.tools.claude, tenure.tools.store
    reason = _overtaken(answered, task)
    if task is None or reason is not None:
        log.info("answers_let_go", cinema=cinema_id, batch=answered.batch.id, run=tenure.run.id, reason=reason)
        await settle_unread(claude, answered, cinema_id, store=store)
        return
    context, scraper = tenure.context(), tenure.scraper()
    try:
        found = await read_answers(claude, answered, task.cinema, context, store=store)
    except UnansweredError as error:
        await scraper.give_up(task, error.pages, context)
        tenure.readings[cinema_id] = failed(task.cinema, "unreadable", error.reason)
        return
    tenure.readings[cinema_id] = await scraper.take(task, found, context)


def _overtaken(answered: Answered, task: CinemaTask | None) -> str | None:
    """Why nobody needs a cinema's answers any more; None while they are needed."""
    if task is None:
        return "not_read_any_more"
    if answered.is_from_elsewhere(task.cinema):
        return "moved"
    read = task.cinema.last_read
    return "read_since" if read is not None and read > answered.batch.submitted_at else None


async def _finish(tenure: Tenure) -> RunOutcome:
    readings = tenure.in_order()
    outcomes = {reading.result.outcome for reading in readings}
    if "published" in outcomes or not outcomes - {"empty"}:
        return await tenure.publish("published" if "published" in outcomes else "empty", partial=True)
    return await tenure.fail(next(reading.result.detail for reading in readings if reading.result.detail))
