"""kill -9 at any moment: the store opens, is whole, and has everything that was acknowledged."""

import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from cinestreamd.store.sqlite import SqliteStore, prepare

if TYPE_CHECKING:
    from conftest import Samples

KILLS = 20


def killed_writer(database: Path, seconds: float) -> list[str]:
    """Let the writer work for some time, kill it, and return what it had been told was done."""
    script = Path(__file__).with_name("crash_writer.py")
    with subprocess.Popen([sys.executable, str(script), str(database)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        time.sleep(seconds)
        process.kill()
        rest = process.stdout.read()
    assert first.startswith("visit"), "the writer got to work"
    # A last line without its end was being written while the process died, yet what it says had been acknowledged.
    return [line for line in (first + rest).split("\n") if len(line.split(" ")) == 2 and line.split(" ")[1]]


async def test_nothing_acknowledged_is_lost(database: Path, samples: "Samples") -> None:
    store = SqliteStore(database)
    await store.add_location(samples.city())
    await store.close()
    chance = random.Random(20)  # noqa: S311 - picks moments, guards nothing
    visits = revision = fence = 0
    for _ in range(KILLS):
        acknowledged = killed_writer(database, chance.uniform(0, 0.15))
        kinds = Counter(line.split(" ")[0] for line in acknowledged)
        revision = max([revision, *(int(line[9:]) for line in acknowledged if line.startswith("revision "))])
        fence = max([fence, *(int(line[6:]) for line in acknowledged if line.startswith("fence "))])

        prepare(database)
        with closing(sqlite3.connect(database)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        store = SqliteStore(database)
        city, stats = await store.location("kyiv"), await store.stats(now=samples.now)
        rows = await store.showtimes("kyiv", since=samples.now)
        held = await store.free_leases("writer")
        lease = await store.acquire_lease("kyiv", owner="writer", now=samples.now, seconds=300)
        await store.close()

        assert city is not None
        assert lease is not None
        # One write of each kind may have been made without the word of it getting out.
        assert visits + kinds["visit"] <= stats.visits_total <= visits + kinds["visit"] + 1
        assert revision <= city.revision <= revision + 1
        assert fence < lease.fence <= fence + 2
        assert len(rows) == (40 if city.revision else 0)
        assert len({row.id.split("-")[0] for row in rows}) <= 1, "a publication is whole"
        assert len(held) <= 1
        visits, revision, fence = stats.visits_total, city.revision, lease.fence
