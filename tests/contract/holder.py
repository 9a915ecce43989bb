"""A process that takes Kyiv's lease and is stopped with it: run by test_contract_stopped_holder, not a test itself.

Arguments: backend, address. It says "held FENCE", waits for a line on standard input, tries every write that a lease
allows, as of the moment at which it was stopped, and says what came of each.
"""

import asyncio
import sys
from collections.abc import Awaitable

from conftest import BACKENDS, Records

from cinestreamd.errors import CinestreamError


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def outcome(write: Awaitable[object]) -> str:
    try:
        await write
    except CinestreamError as error:
        return type(error).__name__
    return "written"


async def main(backend: str, address: str) -> None:
    store, records = BACKENDS[backend].connect(address), Records()
    lease = await records.lease(store, seconds=60)
    await store.begin_run(lease, records.run("of the holder"))
    say(f"held {lease.fence}")
    await asyncio.to_thread(sys.stdin.readline)
    publication = records.publication(records.showtime("late"), run=records.run("of the holder", outcome="published"))
    say("publish " + await outcome(store.publish(lease, publication, now=records.now)))
    say("begin " + await outcome(store.begin_run(lease, records.run("another"))))
    say("report " + await outcome(store.report_progress(lease, "of the holder", done=1, total=2, now=records.now)))
    say("renew " + await outcome(store.renew_lease(lease, now=records.now, seconds=60)))
    say("release " + await outcome(store.release_lease(lease, now=records.now, cooldown_until=None)))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
