"""kill -9 of a publisher before each of its writes, and of the server: nobody ever sees half of anything."""

import asyncio
import random
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from mongo_server import empty_database, own_server

from cinestreamd.store.base import StoreUnavailableError
from cinestreamd.store.mongo import MongoStore, prepare

if TYPE_CHECKING:
    from conftest import Samples

MOST_WRITES = 40
SOON_GIVEN_UP = "serverSelectionTimeoutMS=5000"
"""How long a server is looked for that is known to be dead; one that lives may take longer than that for a write."""
DAY = date(2026, 11, 21)


def publish_and_die(uri: str, writes: int, how: str) -> "subprocess.CompletedProcess[str]":
    """Let a publisher die before one of its writes."""
    script = Path(__file__).with_name("dying_publisher.py")
    command = [sys.executable, str(script), uri, str(writes), how]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.timeout(300)
async def test_a_publisher_killed_before_any_write_leaves_the_old_or_the_new(samples: "Samples") -> None:
    """Without transactions. Whoever comes next finishes what was visible, and clears away what was not."""
    seen = []
    with empty_database() as uri:
        prepare(uri)
        store = MongoStore(uri, write_timeout=20.0, transactions=False)
        await store.add_location(samples.city())
        for writes in range(1, MOST_WRITES):
            lease = await store.acquire_lease("kyiv", owner="parent", now=samples.now, seconds=300)
            assert lease is not None
            await store.publish(lease, samples.publication("old", "kept"), now=samples.now)
            before = await store.location("kyiv")
            ended = publish_and_die(uri, writes, "parts")
            ids = [row.id for row in await store.showtimes("kyiv", since=samples.now)]
            city = await store.location("kyiv")
            assert before is not None
            assert city is not None
            published = city.revision - before.revision
            assert ids == (["kept", "new-1", "new-2"] if published else ["kept", "old"]), f"before write {writes}"
            assert published in {0, 1}
            seen.append(published)
            await store.free_leases("dying")
            # Tidied up by whoever looks after the city next; what is shown stays what it was.
            await store.expire_leases(samples.now)
            assert [row.id for row in await store.showtimes("kyiv", since=samples.now)] == ids
            if ended.stdout == "done\n":
                break
            assert ended.returncode == -9, ended.stderr
        await store.close()
    assert len(seen) > 6, "it was killed before several of its writes"
    assert seen == sorted(seen), "nothing is seen before the one write that counts, all from then on"
    assert seen[0] == 0
    assert seen[-2] == 1, "it was killed after that write, too"


@pytest.mark.timeout(300)
async def test_a_publisher_killed_within_a_transaction_keeps_nobody_out(samples: "Samples") -> None:
    """What it left open would hold its documents for a minute; the lease is free, and the city published, before."""
    seen = []
    with empty_database() as uri:
        prepare(uri)
        store = MongoStore(uri, write_timeout=20.0, transactions=True)
        await store.add_location(samples.city())
        for writes in range(1, MOST_WRITES):
            lease = await store.acquire_lease("kyiv", owner="parent", now=samples.now, seconds=300)
            assert lease is not None
            await store.publish(lease, samples.publication("old", "kept"), now=samples.now)
            ended = publish_and_die(uri, writes, "whole")
            ids = [row.id for row in await store.showtimes("kyiv", since=samples.now)]
            assert ids in (["kept", "old"], ["kept", "new-1", "new-2"]), f"before write {writes}"
            async with asyncio.timeout(20):  # of a server that lets a transaction live for sixty
                assert await store.free_leases("dying") == (["kyiv"] if ids == ["kept", "old"] else [])
            run = await store.run("dying")
            assert run is None or run.outcome == ("lost" if ids == ["kept", "old"] else "published")
            seen.append(len(ids))
            if ended.stdout == "done\n":
                break
            assert ended.returncode == -9, ended.stderr
        await store.close()
    assert len(seen) > 6, "it was killed before several of its writes"
    assert seen == sorted(seen)
    assert seen[-2:] == [2, 3], "nothing is seen before the transaction is committed"


@pytest.mark.timeout(300)
async def test_what_was_acknowledged_outlives_the_servers_death(samples: "Samples", tmp_path: Path) -> None:
    """The server is killed between the acknowledged writes and their reading, three times; it keeps a journal."""
    with own_server(tmp_path / "mongo", sync_on_commit=True) as server:
        uri = server.database("site", options=SOON_GIVEN_UP)
        prepare(uri)
        visits = fence = 0
        for _ in range(3):
            store = MongoStore(uri, write_timeout=20.0)
            await store.add_location(samples.city())
            for _ in range(5):
                await store.count_visits(DAY, visits=1, views={"kyiv": 1})
                visits += 1
                await store.free_leases("")
                lease = await store.acquire_lease("kyiv", owner="writer", now=samples.now, seconds=300)
                assert lease is not None
                assert lease.fence > fence, "no fence is granted twice"
                fence = lease.fence
                revision = await store.publish(lease, samples.publication(f"f{fence}"), now=samples.now)
            server.kill()
            with pytest.raises(StoreUnavailableError):
                await store.count_visits(DAY, visits=1, views={})
            await store.close()
            server.start()
            store = MongoStore(uri, write_timeout=20.0)
            city, stats = await store.location("kyiv"), await store.stats(now=samples.now)
            assert city is not None
            assert city.revision == revision
            assert stats.visits_total == visits
            assert [row.id for row in await store.showtimes("kyiv", since=samples.now)] == [f"f{fence}"]
            await store.close()


class Acknowledged:
    """What a writer was told is done."""

    def __init__(self) -> None:
        self.visits = self.fence = self.revision = 0
        self.has_published = asyncio.Event()


async def write_until_it_fails(store: MongoStore, samples: "Samples", known: Acknowledged) -> None:
    """Visits, leases and publications without a pause; ends when the server is gone."""
    while True:
        await store.count_visits(DAY, visits=1, views={"kyiv": 1})
        known.visits += 1
        await store.free_leases("")
        lease = await store.acquire_lease("kyiv", owner="writer", now=samples.now, seconds=300)
        assert lease is not None
        assert lease.fence > known.fence, "no fence is granted twice"
        known.fence = lease.fence
        rows = [f"f{lease.fence}-{number}" for number in range(20)]
        known.revision = await store.publish(lease, samples.publication(*rows), now=samples.now)
        known.has_published.set()


@pytest.mark.timeout(300)
async def test_a_server_killed_amid_writes_has_all_that_it_acknowledged(samples: "Samples", tmp_path: Path) -> None:
    """One write of each kind may have been made without the word of it getting out; a publication is whole or not."""
    chance = random.Random(6)  # noqa: S311 - picks moments, guards nothing
    known = Acknowledged()
    with own_server(tmp_path / "mongo", sync_on_commit=True) as server:
        uri = server.database("site", options=SOON_GIVEN_UP)
        prepare(uri)
        for _ in range(3):
            store = MongoStore(uri, write_timeout=20.0)
            await store.add_location(samples.city())
            known.has_published.clear()
            writer = asyncio.create_task(write_until_it_fails(store, samples, known))
            await asyncio.wait_for(known.has_published.wait(), 120)
            await asyncio.sleep(chance.uniform(0, 0.3))
            server.kill()
            with pytest.raises(StoreUnavailableError):
                await writer
            await store.close()
            server.start()
            store = MongoStore(uri, write_timeout=20.0)
            city, stats = await store.location("kyiv"), await store.stats(now=samples.now)
            rows = await store.showtimes("kyiv", since=samples.now)
            await store.close()
            assert city is not None
            assert known.visits <= stats.visits_total <= known.visits + 1
            assert known.revision <= city.revision <= known.revision + 1
            assert len(rows) == 20
            assert len({row.id.partition("-")[0] for row in rows}) == 1, "a publication is whole"
            known.visits, known.revision = stats.visits_total, city.revision
