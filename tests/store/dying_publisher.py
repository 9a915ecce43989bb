"""Publishes, and is killed before its Nth write: run by test_mongo_crash, not a test itself.

Arguments: URI, N, "whole" for a run and a publication in a transaction each, or "parts" for a publication without.
Says "done" if it lives through all of its writes.
"""

import asyncio
import os
import signal
import sys

import pymongo.monitoring
from conftest import Samples
from msgspec.structs import replace

from cinestreamd.store.mongo import MongoStore

WRITES = {"insert", "update", "delete", "findAndModify", "commitTransaction"}


class Killer(pymongo.monitoring.CommandListener):
    """Kills this process when a write is about to be sent."""

    def __init__(self, writes: int) -> None:
        self.left = writes
        self.is_armed = False

    def started(self, event: pymongo.monitoring.CommandStartedEvent) -> None:
        """Die, if it is the one."""
        if self.is_armed and event.command_name in WRITES:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def succeeded(self, event: pymongo.monitoring.CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: pymongo.monitoring.CommandFailedEvent) -> None:
        """Nothing to do."""


async def main(uri: str, writes: int, *, whole: bool) -> None:
    killer = Killer(writes)
    pymongo.monitoring.register(killer)
    store, samples = MongoStore(uri, write_timeout=20.0, transactions=whole), Samples()
    lease = await store.acquire_lease("kyiv", owner="dying", now=samples.now, seconds=300)
    assert lease is not None
    killer.is_armed = True
    publication = samples.publication("new-1", "new-2", "kept")
    run = replace(publication.run, id="dying")
    if whole:
        await store.begin_run(lease, run)
        await store.report_progress(lease, run.id, done=1, total=2, now=samples.now)
    publication = replace(publication, run=replace(run, outcome="published"))
    await store.publish(lease, publication, now=samples.now)
    await store.close()
    sys.stdout.write("done\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), whole=sys.argv[3] == "whole"))
