"""What a run found, row by row: kept whole, replaced by run, and gone with its run."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from cinestreamd.store.base import Store
from cinestreamd.store.reports import CinemaReport, KeptRow, RefusedRow, RunReport, StageTime

if TYPE_CHECKING:
    from conftest import Records


def report(records: "Records", **changes: Any) -> RunReport:
    cinema = CinemaReport(
        cinema_id="zhovten",
        began=0.5,
        seconds=1.25,
        kept=(KeptRow("s1", "Довбуш", records.now + timedelta(hours=7), "19:00 Довбуш", "schema.org"),),
        refused=(RefusedRow("Мавка \x00", "2026-11-20 19:00", "in_the_past", "19:00 Мавка"),),
        more_refused=3,
    )
    whole = RunReport(
        run_id="run-1",
        city_id="kyiv",
        started_at=records.now,
        stages=(StageTime("discover", 0.0, 0.5), StageTime("read", 0.5, 1.25)),
        cinemas=(cinema, CinemaReport(cinema_id="kinomir")),
    )
    return replace(whole, **changes)


async def test_a_report_is_read_back_until_it_is_replaced(store: Store, records: "Records") -> None:
    assert await store.report("run-1") is None
    await store.put_report(report(records))
    assert await store.report("run-1") == report(records)
    await store.put_report(report(records, cinemas=()))
    assert await store.report("run-1") == report(records, cinemas=())
    assert await store.report("run-2") is None


async def test_a_report_goes_with_its_run(store: Store, records: "Records") -> None:
    await store.put_report(report(records))
    await store.put_report(report(records, run_id="run-2", started_at=records.now + timedelta(days=1)))
    gone = await store.prune(showtimes_before=records.now, runs_before=records.now + timedelta(hours=1))
    assert gone == 1
    assert await store.report("run-1") is None
    assert await store.report("run-2") is not None


async def test_rows_that_are_alike_take_little_room(store: Store, records: "Records") -> None:
    rows = tuple(KeptRow(f"{n:016x}", "Довбуш", records.now, "19:00 Довбуш, зала 2", "miner") for n in range(500))
    full = report(records, cinemas=tuple(CinemaReport(cinema_id=f"c{n}", kept=rows) for n in range(20)))
    await store.put_report(full)
    assert await store.report("run-1") == full
