"""What MongoDB deletes by itself: a showtime ninety days after its start, and nothing else."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from mongo_server import own_server
from msgspec.structs import replace

from cinestreamd.store.base import Listing
from cinestreamd.store.mongo import MongoStore, prepare

if TYPE_CHECKING:
    from conftest import Samples

DAY = timedelta(days=1)
PATIENCE = 60.0


async def test_a_showtime_goes_ninety_days_after_its_start(samples: "Samples", tmp_path: Path) -> None:
    """Three are published long ago, while they were still to come; the server looks for old ones every second."""
    now = datetime.now(UTC)
    published = now - 95 * DAY
    ages = {"expired": 90 * DAY + timedelta(minutes=1), "kept": 89 * DAY, "recent": DAY}
    publication = samples.publication(*ages)
    [listing] = publication.listings
    rows = tuple(replace(row, start_time=now - ages[row.id]) for row in listing.showtimes)
    with own_server(tmp_path / "mongo", ttl_sweep_seconds=1) as server:
        prepare(server.database("site"))
        store = MongoStore(server.database("site"), write_timeout=20.0)
        await store.add_location(samples.city())
        lease = await store.acquire_lease("kyiv", owner="agent", now=published, seconds=300)
        assert lease is not None
        await store.publish(
            lease, replace(publication, listings=(Listing(cinema_id="zhovten", showtimes=rows),)), now=published
        )

        async def shown() -> list[str]:
            return [row.id for row in await store.showtimes("kyiv", since=published)]

        deadline = monotonic() + PATIENCE
        while "expired" in await shown() and monotonic() < deadline:  # noqa: ASYNC110 - it is the server that is waited for
            await asyncio.sleep(0.1)
        assert await shown() == ["kept", "recent"]
        await store.close()
