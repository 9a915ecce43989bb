"""The writer thread: a waiting write never stops the loop, and a refused one is never made."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cinestreamd.store.base import StoreBusyError, StoreUnavailableError
from cinestreamd.store.sqlite import SqliteStore
from cinestreamd.store.sqlite.writer import Operation, Writer

if TYPE_CHECKING:
    from conftest import Samples

DAY = date(2026, 11, 21)

HOLD_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=10)
connection.execute("BEGIN IMMEDIATE")
sys.stdout.write("held\\n")
sys.stdout.flush()
sys.stdin.readline()
connection.execute("ROLLBACK")
connection.close()
sys.stdout.write("let go\\n")
sys.stdout.flush()
"""


class Holder:
    """Another process that has the write lock until told to let go."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._input, self._output = process.stdin, process.stdout
        assert self._output.readline() == "held\n"

    def let_go(self) -> None:
        """Free the lock and wait until it is free."""
        self._input.write("\n")
        self._input.flush()
        assert self._output.readline() == "let go\n"


@contextmanager
def lock_held(database: Path) -> Iterator[Holder]:
    command = [sys.executable, "-c", HOLD_LOCK, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Holder(process)
        finally:
            process.kill()


@pytest.fixture
async def writer(database: Path) -> AsyncIterator[Writer]:
    writer = Writer(database, timeout=2.0)
    yield writer
    await writer.close()


def mark(text: str) -> Operation[str]:
    def operation(connection: sqlite3.Connection) -> str:
        connection.execute("INSERT INTO film (id, record) VALUES (?, '{}')", (text,))
        return text

    return operation


def marks(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [text for (text,) in connection.execute("SELECT id FROM film ORDER BY rowid")]


class Ticks:
    """How long a 10 ms rhythm was interrupted at most: in the event loop, or in a thread as the yardstick."""

    def __init__(self) -> None:
        self.longest = 0.0
        self.over = False

    async def in_loop(self) -> None:
        """Tick in the event loop until ``over``."""
        last = time.monotonic()
        while not self.over:
            await asyncio.sleep(0.01)
            last = self._tick(last)

    def in_thread(self) -> None:
        """Tick in the calling thread until ``over``."""
        last = time.monotonic()
        while not self.over:
            time.sleep(0.01)
            last = self._tick(last)

    def _tick(self, last: float) -> float:
        now = time.monotonic()
        self.longest = max(self.longest, now - last)
        return now


async def test_a_held_lock_refuses_writes_in_time_and_never_stops_the_loop(
    store: SqliteStore, database: Path, samples: "Samples"
) -> None:
    """Two writes, one after the other: the lock is held for 4 s in all, and the loop keeps its 10 ms rhythm.

    A loop that waited for the lock would stand still for two seconds at a time; that the machine keeps it waiting for
    its turn is told apart by a second thread, which may be luckier than the loop.
    """
    await store.add_location(samples.city())
    loop_ticks, machine_ticks = Ticks(), Ticks()
    with lock_held(database) as holder:
        yardstick = threading.Thread(target=machine_ticks.in_thread)
        yardstick.start()
        rhythm = asyncio.create_task(loop_ticks.in_loop())
        waits = []
        for _ in range(2):
            began = time.monotonic()
            with pytest.raises(StoreBusyError) as caught:
                await store.add_location(samples.city("lviv"))
            waits.append(time.monotonic() - began)
            assert caught.value.fields["retry_after"] == 2
            assert await store.location("kyiv") == samples.city(), "reads go on"
        loop_ticks.over = machine_ticks.over = True
        await rhythm
        yardstick.join()
        holder.let_go()
    assert loop_ticks.longest < 1.0 + machine_ticks.longest
    assert all(1.9 < waited < 3.0 + machine_ticks.longest for waited in waits)
    assert await store.location("lviv") is None
    await store.add_location(samples.city("lviv"))
    assert await store.location("lviv") == samples.city("lviv")


async def test_a_write_that_gets_its_turn_in_time_is_made(writer: Writer, database: Path) -> None:
    with lock_held(database) as holder:
        waiting = asyncio.create_task(writer.run(mark("patient"), durable=True))
        await asyncio.sleep(0)
        holder.let_go()
        assert await waiting == "patient"
    assert marks(database) == ["patient"]


async def test_a_refused_write_is_never_made_later(database: Path) -> None:
    writer = Writer(database, timeout=0.2)
    with lock_held(database) as holder:
        results = await asyncio.gather(
            *[writer.run(mark(f"late-{number}"), durable=True) for number in range(20)], return_exceptions=True
        )
        assert [type(result) for result in results] == [StoreBusyError] * 20
        holder.let_go()
    assert await writer.run(mark("next"), durable=True) == "next"
    await writer.close()
    assert marks(database) == ["next"]


async def test_a_write_cancelled_while_it_waits_is_never_made(writer: Writer, database: Path) -> None:
    """Both the one that the thread is trying to begin and the one behind it."""
    with lock_held(database) as holder:
        writes = [asyncio.create_task(writer.run(mark(name), durable=True)) for name in ("a", "b", "c")]
        await asyncio.sleep(0.05)
        for cancelled in writes[:2]:
            cancelled.cancel()
            with pytest.raises(asyncio.CancelledError):
                await cancelled
        holder.let_go()
        assert await writes[2] == "c"
    assert marks(database) == ["c"]


async def test_a_write_cancelled_while_it_runs_is_over_when_the_cancellation_arrives(
    writer: Writer, database: Path
) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def slow(connection: sqlite3.Connection) -> None:
        begun.set()
        go_on.wait(10)
        connection.execute("INSERT INTO film (id, record) VALUES ('slow', '{}')")

    write = asyncio.create_task(writer.run(slow, durable=True))
    await asyncio.to_thread(begun.wait, 10)
    for _ in range(3):
        write.cancel()
        await asyncio.sleep(0.01)
    assert not write.done(), "it waits for the write to end"
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await write
    assert marks(database) == ["slow"]


async def test_a_timeout_around_a_running_write_is_a_timeout(writer: Writer, database: Path) -> None:
    loop, go_on = asyncio.get_running_loop(), threading.Event()

    def run_out(limit: asyncio.Timeout) -> None:
        limit.reschedule(loop.time())
        loop.call_later(0.05, go_on.set)

    def slow(connection: sqlite3.Connection) -> None:
        loop.call_soon_threadsafe(run_out, limit)
        go_on.wait(10)
        connection.execute("INSERT INTO film (id, record) VALUES ('slow', '{}')")

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(10) as limit:
            await writer.run(slow, durable=True)
    assert marks(database) == ["slow"]


async def test_a_write_that_runs_past_its_deadline_is_awaited(database: Path) -> None:
    writer = Writer(database, timeout=0.5)
    go_on = threading.Event()

    def slow(connection: sqlite3.Connection) -> str:
        connection.execute("INSERT INTO film (id, record) VALUES ('slow', '{}')")
        go_on.wait(10)
        return "made"

    running = asyncio.create_task(writer.run(slow, durable=True))
    await asyncio.sleep(0)
    with pytest.raises(StoreBusyError):
        await writer.run(mark("behind"), durable=True)
    await asyncio.sleep(0.05)
    go_on.set()
    assert await running == "made"
    await writer.close()
    assert marks(database) == ["slow"]


async def test_cancelling_at_any_moment_tells_the_truth(database: Path) -> None:
    """500 writes cancelled at all stages: a result means made; made without a result only if it had begun."""
    writer = Writer(database, timeout=2.0)
    claimed: set[str] = set()

    def noted(name: str) -> Operation[str]:
        def operation(connection: sqlite3.Connection) -> str:
            claimed.add(name)
            connection.execute("INSERT INTO film (id, record) VALUES (?, '{}')", (name,))
            return name

        return operation

    results: dict[str, object] = {}
    for number in range(500):
        name = str(number)
        write = asyncio.create_task(writer.run(noted(name), durable=False))
        for _ in range(number % 7):
            await asyncio.sleep(0.00005 * (number % 5))
        write.cancel()
        (results[name],) = await asyncio.gather(write, return_exceptions=True)
        # Whatever was told, it is settled now: nothing changes behind the caller's back.
        assert (name in claimed) == (name in marks(database)[-1:])
    await writer.close()
    made = set(marks(database))
    assert {name for name, result in results.items() if result == name} <= made
    assert made == claimed
    assert {type(result) for result in results.values()} == {str, asyncio.CancelledError}
    assert len(made) < 500, "some were withdrawn in time"


async def test_an_operation_that_fails_is_undone_and_tells_why(writer: Writer, database: Path) -> None:
    def failing(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO film (id, record) VALUES ('half', '{}')")
        raise LookupError("why")

    with pytest.raises(LookupError, match="why"):
        await writer.run(failing, durable=True)
    assert await writer.run(mark("whole"), durable=True) == "whole"
    assert marks(database) == ["whole"]


async def test_durable_writes_are_synced_and_others_are_not(writer: Writer) -> None:
    def synchronous(connection: sqlite3.Connection) -> int:
        level: int = connection.execute("PRAGMA synchronous").fetchone()[0]
        return level

    full, normal = 2, 1
    for durable, level in [(True, full), (False, normal), (False, normal), (True, full)]:
        assert await writer.run(synchronous, durable=durable) == level


async def test_the_thread_begins_with_the_first_write_and_ends_with_close(database: Path) -> None:
    def writers() -> int:
        return sum(thread.name == "store-writer" for thread in threading.enumerate())

    store = SqliteStore(database)
    await store.location("kyiv")
    assert writers() == 0
    await asyncio.gather(*[store.count_visits(DAY, visits=1, views={}) for _ in range(10)])
    assert writers() == 1
    await store.close()
    await store.close()
    assert writers() == 0
    assert not list(database.parent.glob("*-wal")), "the last one out empties the log"


async def test_close_lets_waiting_writes_finish(database: Path, samples: "Samples") -> None:
    store = SqliteStore(database)
    with lock_held(database) as holder:
        write = asyncio.create_task(store.add_location(samples.city()))
        await asyncio.sleep(0.02)
        closing_down = asyncio.create_task(store.close())
        await asyncio.sleep(0.02)
        holder.let_go()
        await asyncio.gather(write, closing_down)
    again = SqliteStore(database)
    assert await again.location("kyiv") == samples.city()
    await again.close()


async def test_a_closed_store_is_unavailable(store: SqliteStore, samples: "Samples") -> None:
    await store.close()
    with pytest.raises(StoreUnavailableError):
        await store.location("kyiv")
    with pytest.raises(StoreUnavailableError):
        await store.add_location(samples.city())


def test_a_process_that_forgets_to_close_ends_all_the_same(database: Path) -> None:
    script = (
        "import asyncio, datetime, pathlib, sys; from cinestreamd.store.sqlite import SqliteStore\n"
        "async def main():\n"
        "    store = SqliteStore(pathlib.Path(sys.argv[1]))\n"
        "    await store.count_visits(datetime.date(2026, 11, 21), visits=1, views={})\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(database)], timeout=30, check=False)
    assert done.returncode == 0
