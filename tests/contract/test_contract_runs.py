"""Run records: begun and reported under the lease, finished by anyone, kept in order."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from cinestreamd.store.base import InvalidPublicationError, Store

if TYPE_CHECKING:
    from conftest import Records

HOUR = timedelta(hours=1)


@pytest.mark.usefixtures("kyiv")
async def test_a_run_is_read_back_through_its_life(store: Store, records: "Records") -> None:
    assert await store.run("run-1") is None
    lease = await records.lease(store)
    await store.begin_run(lease, records.run())
    assert await store.run("run-1") == records.run()
    await store.report_progress(lease, "run-1", done=1, total=3, now=records.now)
    assert await store.run("run-1") == records.run(done=1, total=3)
    await store.finish_run(records.full_run())
    assert await store.run("run-1") == records.full_run()


@pytest.mark.usefixtures("kyiv")
async def test_moments_of_a_run_are_kept_to_the_millisecond(store: Store, records: "Records") -> None:
    fine = timedelta(microseconds=1_999)
    await store.finish_run(records.run(started_at=records.now + fine, finished_at=records.now + HOUR + fine))
    millisecond = timedelta(milliseconds=1)
    assert await store.run("run-1") == records.run(
        started_at=records.now + millisecond, finished_at=records.now + HOUR + millisecond
    )


@pytest.mark.usefixtures("kyiv")
async def test_progress_of_a_run_that_is_not_there_or_of_another_city_changes_nothing(
    store: Store, records: "Records"
) -> None:
    await store.finish_run(records.run("run-lviv", city_id="lviv"))
    lease = await records.lease(store)
    for run_id in ("never-begun", "run-lviv"):
        await store.report_progress(lease, run_id, done=1, total=3, now=records.now)
    assert await store.run("never-begun") is None
    assert await store.run("run-lviv") == records.run("run-lviv", city_id="lviv")


@pytest.mark.usefixtures("kyiv")
async def test_a_lease_begins_no_run_of_another_city(store: Store, records: "Records") -> None:
    lease = await records.lease(store)
    with pytest.raises(InvalidPublicationError):
        await store.begin_run(lease, records.run(city_id="lviv"))
    assert await store.runs() == []


@pytest.mark.usefixtures("kyiv")
async def test_a_lost_run_stays_lost_and_takes_the_figures(store: Store, records: "Records") -> None:
    lease = await records.lease(store)
    await store.begin_run(lease, records.run())
    await store.free_leases("agent-1")
    await store.finish_run(records.run(outcome="failed", error="too late", cost_microusd=1200))
    assert await store.run("run-1") == records.run(outcome="lost", error="too late", cost_microusd=1200)


@pytest.mark.usefixtures("kyiv")
async def test_a_published_run_stays_published(store: Store, records: "Records") -> None:
    await records.publish(store, run=records.full_run())
    await store.finish_run(records.run(outcome="failed"))
    assert await store.run("run-1") == records.full_run()


async def test_runs_are_listed_newest_first(store: Store, records: "Records") -> None:
    for number, (city_id, hours) in enumerate([("kyiv", 1), ("lviv", 3), ("kyiv", 2), ("kyiv", 2)]):
        run = records.run(f"run-{number}", city_id=city_id, started_at=records.now + hours * HOUR, outcome="empty")
        await store.finish_run(run)
    assert [run.id for run in await store.runs()] == ["run-1", "run-3", "run-2", "run-0"]
    assert [run.id for run in await store.runs("kyiv")] == ["run-3", "run-2", "run-0"]
    assert [run.id for run in await store.runs("kyiv", limit=2)] == ["run-3", "run-2"]
    assert await store.runs("odesa") == []
    assert await store.runs(limit=0) == []
    assert await store.runs(limit=-1) == []


async def test_pruning_takes_runs_that_began_before(store: Store, records: "Records") -> None:
    for hours in (1, 2, 3):
        await store.finish_run(records.run(f"run-{hours}", started_at=records.now + hours * HOUR, outcome="empty"))
    assert await store.prune(showtimes_before=records.now, runs_before=records.now + 2 * HOUR) == 1
    assert [run.id for run in await store.runs()] == ["run-3", "run-2"]
