"""The one thread of a process that writes, so that waiting for SQLite's write lock never stops an event loop.

A write waits in a queue and then, inside ``BEGIN IMMEDIATE``, for other processes. Until that statement has succeeded
the write can be withdrawn, by its deadline or by cancellation; from then on it runs to its end. One lock per write
decides between the two, so a write that was reported as refused is never made.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from time import monotonic
from typing import Any, Generic, Literal, TypeVar

from cinestreamd.store.errors import StoreBusyError, StoreUnavailableError, UnstorableTextError
from cinestreamd.store.sqlite.connection import RETRY_AFTER_SECONDS, meaning_of, open_writer

T = TypeVar("T")
Operation = Callable[[sqlite3.Connection], T]
_End = Callable[[], object]


class Write(Generic[T]):
    """One write on its way: waiting, then either withdrawn or claimed by the thread, never both.

    ``outcome`` belongs to the event loop that asked; ``deadline`` is a ``time.monotonic()`` value. A ``durable``
    write has reached the disk when it is acknowledged.
    """

    def __init__(self, operation: Operation[T], *, durable: bool, seconds: float) -> None:
        self.operation = operation
        self.durable = durable
        self.deadline = monotonic() + seconds
        self.outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._state: Literal["waiting", "withdrawn", "claimed"] = "waiting"
        self._lock = threading.Lock()

    def withdraw(self) -> bool:
        """Take the write back; False when the thread has claimed it and its outcome must be awaited."""
        return self._leave_waiting_for("withdrawn")

    def claim(self) -> bool:
        """Called in the thread, to begin the write for good; False when it was withdrawn."""
        return self._leave_waiting_for("claimed")

    def expire(self) -> None:
        """Called in the loop when the deadline has come."""
        if self.withdraw():
            self.outcome.set_exception(StoreBusyError(retry_after=RETRY_AFTER_SECONDS))

    def succeed(self, result: T) -> None:
        """Called in the thread, once, for a claimed write that is complete."""
        self._deliver(lambda: self.outcome.set_result(result))

    def fail(self, error: Exception) -> None:
        """Called in the thread, once, for a write that was not made; a withdrawn one has had its answer."""
        if self.claim() or self._state == "claimed":
            self._deliver(lambda: self.outcome.set_exception(error))

    def _leave_waiting_for(self, state: Literal["withdrawn", "claimed"]) -> bool:
        with self._lock:
            if self._state != "waiting":
                return False
            self._state = state
            return True

    def _deliver(self, resolve: Callable[[], None]) -> None:
        # A loop that was closed meanwhile has nobody left who awaits the outcome.
        with suppress(RuntimeError):
            self.outcome.get_loop().call_soon_threadsafe(resolve)


class Writer:
    """Writes of one process. The thread starts with the first write and ends with ``close``."""

    def __init__(self, path: Path, *, timeout: float) -> None:
        self._path = path
        self._timeout = timeout
        self._queue: SimpleQueue[Write[Any] | _End] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def run(self, operation: Operation[T], *, durable: bool) -> T:
        """Call ``operation`` in the thread, in a transaction that is committed if it returns, and return its result.

        Raises:
            StoreBusyError: it could not start before the deadline and will not be made.
            StoreUnavailableError: the database is missing, damaged or full, or this writer is closed.
        """
        if self._closed:
            raise StoreUnavailableError(retry_after=RETRY_AFTER_SECONDS, reason="the store is closed")
        write = Write(operation, durable=durable, seconds=self._timeout)
        self._start()
        self._queue.put(write)
        timer = write.outcome.get_loop().call_later(self._timeout, write.expire)
        try:
            await asyncio.wait([write.outcome])
        except asyncio.CancelledError:
            if not write.withdraw():
                await _end_of(write.outcome)
            raise
        finally:
            timer.cancel()
        return write.outcome.result()

    async def close(self) -> None:
        """Let the writes that wait run or expire, and end the thread."""
        self._closed = True
        if self._thread is not None:
            ended = asyncio.Event()
            loop = asyncio.get_running_loop()
            self._queue.put(lambda: loop.call_soon_threadsafe(ended.set))
            await ended.wait()
            self._thread.join()
            self._thread = None

    def _start(self) -> None:
        if self._thread is None:
            # A daemon thread: a process that ends without close() must not hang in its exit.
            self._thread = threading.Thread(
                target=_serve, args=(self._queue, _Session(self._path)), name="store-writer", daemon=True
            )
            self._thread.start()


async def _end_of(outcome: asyncio.Future[Any]) -> None:
    """Wait for a write that has begun; further cancellations have nothing left to stop."""
    while not outcome.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait([outcome])
    outcome.exception()  # looked at: asyncio need not report it as forgotten


def _serve(queue: SimpleQueue[Write[Any] | _End], session: "_Session") -> None:
    """The thread: one write after another until the end is asked for."""
    while isinstance(item := queue.get(), Write):
        session.perform(item)
    session.close()
    # A loop that was closed meanwhile no longer waits for the end.
    with suppress(RuntimeError):
        item()


class _Session:
    """The writing connection, opened when needed. It lives in the writer thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._durable: bool | None = None

    def perform(self, write: Write[Any]) -> None:
        """Make one write and deliver what came of it."""
        try:
            connection = self._begin(write)
            if connection is None:
                return
            result = write.operation(connection)
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, the one who asked for the write must hear it
            meaning = _meaning(error)
            self._abandon(usable=not isinstance(meaning, StoreUnavailableError))
            write.fail(meaning)
        else:
            write.succeed(result)

    def close(self) -> None:
        """Close the connection; the next write opens a new one."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
            self._durable = None

    def _begin(self, write: Write[Any]) -> sqlite3.Connection | None:
        """Open the write's transaction within its deadline; None when it was withdrawn."""
        left_ms = int((write.deadline - monotonic()) * 1000)
        if left_ms <= 0:
            raise StoreBusyError(retry_after=RETRY_AFTER_SECONDS)
        if self._connection is None:
            self._connection = open_writer(self._path, busy_ms=left_ms)
        self._connection.execute(f"PRAGMA busy_timeout = {left_ms}")
        if self._durable != write.durable:
            self._connection.execute(f"PRAGMA synchronous = {'FULL' if write.durable else 'NORMAL'}")
            self._durable = write.durable
        self._connection.execute("BEGIN IMMEDIATE")
        if write.claim():
            return self._connection
        self._connection.execute("ROLLBACK")
        return None

    def _abandon(self, *, usable: bool) -> None:
        """Undo the failed write; let go of a connection that may be part of the trouble."""
        if self._connection is not None and self._connection.in_transaction:
            try:
                self._connection.execute("ROLLBACK")
            except sqlite3.Error:
                usable = False
        if not usable:
            self.close()


def _meaning(error: Exception) -> Exception:
    """What a failed write means to the one who asked for it."""
    if isinstance(error, UnicodeEncodeError):
        meaning: Exception = UnstorableTextError()
    elif isinstance(error, sqlite3.Error):
        meaning = meaning_of(error)
    else:
        meaning = error
    if meaning is not error:
        meaning.__cause__ = error
    return meaning
