"""The master is killed: nothing of it stays, whatever it was about to do."""

import os
import signal
import time
from pathlib import Path

import pytest
from daemon_under_test import CALM, DaemonUnderTest, is_free, wait_until
from stopwatch import Stopwatch, best_of


def seconds_to_vanish(daemon: DaemonUnderTest, ports: range) -> float:
    """Kill the master; seconds until none of its processes is left and every port is free.

    The zygote has a session of its own, in which all children live: so those count, too, that were just being forked.
    """
    session = daemon.events("zygote_warm")[-1]["pid"]
    watch = Stopwatch()
    os.kill(daemon.pid, signal.SIGKILL)
    assert daemon.process is not None
    daemon.process.wait(100)
    wait_until(lambda: not living_in(session), what="no process is left")
    wait_until(lambda: all(is_free(port) for port in ports), what="all ports are free")
    return watch.seconds()


def living_in(session: int) -> list[int]:
    """The processes of a session that have not ended, by /proc/PID/stat: name in brackets, state, …, session."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[3]) == session and fields[0] not in {"Z", "X"}:
            found.append(int(folder.name))
    return found


def test_kill_of_the_master_ends_all_and_frees_the_ports(daemon: DaemonUnderTest) -> None:
    """Also an agent that is at work."""
    ports = daemon.add_site(processes=12)

    def kill_it() -> float:
        daemon.start("sleeping_agents")
        daemon.call("scrape", city="kyiv")
        daemon.wait_for("agent_started", count=len(daemon.events("daemon_ready")))
        return seconds_to_vanish(daemon, ports)

    best_of(4, 1.0, kill_it, what="master of twelve workers and an agent killed")


def test_kill_of_the_master_ends_workers_that_are_stopped(daemon: DaemonUnderTest) -> None:
    """They cannot notice by themselves: the kernel ends them."""
    ports = daemon.add_site(processes=2)

    def kill_it() -> float:
        daemon.start()
        for pid in daemon.workers().values():
            os.kill(pid, signal.SIGSTOP)
        return seconds_to_vanish(daemon, ports)

    best_of(4, 1.0, kill_it, what="master of two stopped workers killed")


@pytest.mark.parametrize("delay", [0.0, 0.01, 0.03, 0.06, 0.1, 0.2])
def test_kill_of_the_master_while_it_forks(daemon: DaemonUnderTest, delay: float) -> None:
    ports = daemon.add_site(processes=12)

    def kill_it() -> float:
        before = len(daemon.events("zygote_warm"))
        daemon.start(wait=False)
        daemon.wait_for("zygote_warm", count=before + 1, seconds=100)
        time.sleep(delay)  # not to wait for something: to hit another moment of the forking
        return seconds_to_vanish(daemon, ports)

    best_of(4, 1.0, kill_it, what=f"master killed {delay} s into the forking")


@pytest.mark.parametrize("delay", [0.0, 0.02, 0.05])
def test_kill_of_the_master_while_it_replaces_all_its_workers(daemon: DaemonUnderTest, delay: float) -> None:
    ports = daemon.add_site(processes=12)
    daemon.configure(supervisor=CALM)

    def kill_it() -> float:
        daemon.start()
        for pid in daemon.workers().values():
            os.kill(pid, signal.SIGKILL)
        time.sleep(delay)  # as above
        return seconds_to_vanish(daemon, ports)

    best_of(4, 1.0, kill_it, what=f"master killed {delay} s after all its workers")
