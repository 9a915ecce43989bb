"""A process that writes without pause and tells what was acknowledged: killed by test_sqlite_crash, not a test itself.

Argument: the database. Each line written is one acknowledged write: "visit N", "revision N" or "fence N".
"""

import asyncio
import sys
from datetime import date
from pathlib import Path

from conftest import Samples

from cinestreamd.store.sqlite import SqliteStore


def acknowledge(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main(path: Path) -> None:
    store, samples = SqliteStore(path), Samples()
    while True:
        await store.count_visits(date(2026, 11, 21), visits=1, views={"kyiv": 1})
        acknowledge("visit 1")
        await store.free_leases("")
        lease = await store.acquire_lease("kyiv", owner="writer", now=samples.now, seconds=300)
        assert lease is not None
        acknowledge(f"fence {lease.fence}")
        showtimes = [f"f{lease.fence}-{number}" for number in range(40)]
        revision = await store.publish(lease, samples.publication(*showtimes), now=samples.now)
        acknowledge(f"revision {revision}")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
