"""Another program holds the lock of a site's database for ten seconds: what visitors of the real daemon notice."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from daemon_under_test import DaemonUnderTest, get, wait_until
from demo_town import ask, demo_on, read_city, showtimes

HELD_SECONDS = 10.0
WRITE_TIMEOUT = 2.0
HOLD_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=20)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("ROLLBACK")
"""


@contextmanager
def lock_held(database: str) -> Iterator[None]:
    command = [sys.executable, "-c", HOLD_LOCK, database]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "held\n"
            yield
        finally:
            process.kill()


class Asker:
    """Asks one address again and again in a thread of its own; notes what came and how long the longest took."""

    def __init__(self, port: int, path: str) -> None:
        self.statuses: set[int] = set()
        self.warned = False
        self.longest = 0.0
        self.count = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask, args=(port, path))
        self._thread.start()

    def end(self) -> None:
        """Ask no more."""
        self._over.set()
        self._thread.join(60)

    def _ask(self, port: int, path: str) -> None:
        while not self._over.wait(0.02):
            asked = time.monotonic()
            status, headers, _ = ask(port, path)
            self.longest = max(self.longest, time.monotonic() - asked)
            self.statuses.add(status)
            self.warned |= "Warning" in headers
            self.count += 1


class Yardstick:
    """How long this machine kept a thread that wants to sleep for 20 ms, at the most."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tick)
        self._thread.start()

    def end(self) -> None:
        """Measure no more."""
        self._over.set()
        self._thread.join(60)

    def _tick(self) -> None:
        last = time.monotonic()
        while not self._over.wait(0.02):
            now = time.monotonic()
            self.longest = max(self.longest, now - last)
            last = now


@pytest.fixture
def demo_town(daemon: DaemonUnderTest) -> DaemonUnderTest:
    """A site on a file, one worker, one city that was read."""
    demo_on(daemon, None, processes=1).start("hooked", str(daemon.demo_port))
    read_city(daemon)
    return daemon


def visits(port: int) -> int:
    """All visits that the store has counted, from the figures, which are at most ten seconds old."""
    return int(get(port, "/api/stats")[1].partition('"total":')[2].partition(",")[0])


def test_a_writer_that_holds_the_lock_leads_to_bounded_refusals_and_stops_no_loop(
    demo_town: DaemonUnderTest,
) -> None:
    """Writes are 503s after their two seconds; pages go on as ever, from the loop that the waiting writes share.

    What was accepted meanwhile is done: a visit is counted, a city read.
    """
    [port] = demo_town.workers()
    workers = demo_town.workers()
    yardstick, page, health = Yardstick(), Asker(port, "/en/city/kyiv"), Asker(port, "/healthz")
    refused: list[tuple[int, str, float]] = []
    try:
        with lock_held(demo_town.registry.load("demo").database):
            begun = time.monotonic()
            assert ask(port, "/api/visit", data={"city": "kyiv"})[0] == 204
            assert ask(port, "/api/scrape", data={"city": "lviv"})[0] == 202
            while (asked := time.monotonic()) < begun + HELD_SECONDS:
                status, headers, _ = ask(port, "/hook/write", data={})
                refused.append((status, headers.get("Retry-After", ""), time.monotonic() - asked))
        wait_until(lambda: ask(port, "/hook/write", data={})[0] == 200, what="writes are made again")
    finally:
        for each in (yardstick, page, health):
            each.end()
    assert {(status, after) for status, after, _ in refused} == {(503, "2")}
    assert all(WRITE_TIMEOUT - 0.1 < taken < 2 * WRITE_TIMEOUT + yardstick.longest for _, _, taken in refused)
    assert len(refused) >= 2
    assert (page.statuses, page.warned, health.statuses) == ({200}, False, {200})
    assert max(page.longest, health.longest) < 0.75 * WRITE_TIMEOUT + yardstick.longest
    assert min(page.count, health.count) > 12, "a loop that waits for the lock would answer five times"
    assert demo_town.workers() == workers, "nobody took the worker for stuck"
    wait_until(lambda: showtimes(port, "lviv"), seconds=100, what="the city that was wished for meanwhile is read")
    wait_until(lambda: visits(port) >= 2, seconds=100, what="the visit during the lock is counted")
