"""Taking turns between processes: one lock file for each thing that one process at a time may use.

The kernel gives a lock back whatever becomes of its holder. Waiting is by asking again, so that it can be cancelled.
"""

import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

POLL_SECONDS: Final = 0.05


@asynccontextmanager
async def turn(path: Path, sleep: Callable[[float], Awaitable[None]]) -> AsyncIterator[int]:
    """Hold the lock of the file at ``path``, made where missing, and give its descriptor.

    Raises:
        OSError: the file cannot be made or locked.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        while not _locked(descriptor):
            await sleep(POLL_SECONDS)
        yield descriptor
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
