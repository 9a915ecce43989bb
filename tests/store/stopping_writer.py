"""Works without transactions, and stops itself before its Nth command: run by test_mongo_stopped, not a test itself.

Argument: URI. "publish N" on standard input: it takes Kyiv's lease and publishes; before the Nth command of that, be it
a read, it says "stops" and stops (SIGSTOP), until it is woken up and told a line. "acquire N": it takes over the lease
of one whose time is up, and stops in the same way. In the end it says what came of it.
"""

import asyncio
import os
import signal
import sys
from datetime import timedelta

import pymongo.monitoring
from conftest import Samples
from mongo_publications import programme

from cinestreamd.errors import CinestreamError
from cinestreamd.store.mongo import MongoStore

COMMANDS = frozenset({"find", "insert", "update", "delete", "findAndModify"})


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Stopper(pymongo.monitoring.CommandListener):
    """Stops this process when a command is about to be sent; ``left`` counts down to it."""

    left = 0

    def started(self, event: pymongo.monitoring.CommandStartedEvent) -> None:
        """Stop, if it is the one."""
        if self.left and event.command_name in COMMANDS:
            self.left -= 1
            if self.left == 0:
                say("stops")
                os.kill(os.getpid(), signal.SIGSTOP)
                sys.stdin.readline()  # the thread that sends the signal may go on for a moment before it is stopped

    def succeeded(self, event: pymongo.monitoring.CommandSucceededEvent) -> None:
        """Nothing to do."""

    def failed(self, event: pymongo.monitoring.CommandFailedEvent) -> None:
        """Nothing to do."""


async def publish(store: MongoStore, stopper: Stopper, commands: int) -> str:
    samples = Samples()
    lease = await store.acquire_lease("kyiv", owner="stopped", now=samples.now, seconds=300)
    assert lease is not None
    stopper.left = commands
    try:
        revision = await store.publish(lease, programme(samples, "late-1", "late-2", "kept"), now=samples.now)
    except CinestreamError as error:
        return type(error).__name__
    return f"published {revision}"


async def acquire(store: MongoStore, stopper: Stopper, commands: int) -> str:
    stopper.left = commands
    now = Samples().now + timedelta(seconds=301)
    lease = await store.acquire_lease("kyiv", owner="stopped", now=now, seconds=300)
    return "refused" if lease is None else "granted"


async def main(uri: str) -> None:
    stopper = Stopper()
    pymongo.monitoring.register(stopper)
    store = MongoStore(uri, write_timeout=20.0, transactions=False)
    await store.location("kyiv")
    for line in iter(sys.stdin.readline, ""):
        what, number = line.split()
        say(await (publish if what == "publish" else acquire)(store, stopper, int(number)))
        stopper.left = 0
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
