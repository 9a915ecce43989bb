"""What the janitor sweeps out, over a real store."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from product_store import new_store

from cinestreamd.config import Scrape
from cinestreamd.master.janitor import Janitor
from cinestreamd.store.spending import Caps, ModelCall

WIDE = Caps(call=10**6, city_day=10**6, day=10**6, month=10**6)


async def test_old_calls_go_with_old_runs_but_never_those_of_the_month(tmp_path: Path) -> None:
    """Two days are kept; on the 21st everything of November stays, and what it has cost stays counted in any case."""
    path = tmp_path / "cinestreamd.sqlite"
    store = new_store(path)
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    for name, days in (("october", 22), ("november", 20), ("yesterday", 1)):
        call = ModelCall(
            id=name, run_id="run", city_id="kyiv", stage="extraction", model="m",
            started_at=now - timedelta(days=days), reserved=1_000,
        )  # fmt: skip
        assert await store.reserve_call(call, WIDE) is None
    await Janitor("one", store, lambda: now).tidy(Scrape(keep_runs_days=2))
    assert [call.id for call in await store.calls()] == ["yesterday", "november"]
    later = now + timedelta(days=12)
    await Janitor("one", store, lambda: later).tidy(Scrape(keep_runs_days=2))
    assert await store.calls() == []
    assert (await store.spent(now)).month == 2_000
    await store.close()


async def test_the_embedded_store_is_swept_once_a_day(tmp_path: Path) -> None:
    path = tmp_path / "cinestreamd.sqlite"
    store = new_store(path)
    now = [datetime(2026, 11, 21, 12, tzinfo=UTC)]
    janitor = Janitor("one", store, lambda: now[0])
    await janitor.tidy(Scrape(keep_runs_days=1))
    now[0] += timedelta(days=60)
    call = ModelCall(
        id="late", run_id="run", city_id="kyiv", stage="titles", model="m",
        started_at=now[0] - timedelta(days=50), reserved=1,
    )  # fmt: skip
    await store.reserve_call(call, WIDE)
    await janitor.tidy(Scrape(keep_runs_days=1))
    assert await store.calls() == []
    await store.close()
