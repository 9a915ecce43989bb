"""One process that fights for a lease: run by test_contract_contention, not a test itself.

Arguments: backend, address, this process's name, number of tasks. For each line on standard input, a round number, all
tasks try for Kyiv's lease at that round's moment; the fences won are written as one JSON line.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta

from conftest import BACKENDS

BEGINNING = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def main(backend: str, address: str, name: str, tasks: int) -> None:
    store = BACKENDS[backend].connect(address)
    await store.location("kyiv")
    say("ready")
    for line in iter(sys.stdin.readline, ""):
        now = BEGINNING + timedelta(seconds=2 * int(line))
        tries = [store.acquire_lease("kyiv", owner=f"{name}/{task}", now=now, seconds=1) for task in range(tasks)]
        leases = await asyncio.gather(*tries)
        say(json.dumps([lease.fence for lease in leases if lease is not None]))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])))
