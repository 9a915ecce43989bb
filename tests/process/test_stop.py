"""The end: graceful within its deadline, and nothing is left."""

import os
import signal
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from daemon_under_test import DaemonUnderTest, get, wait_until
from stopwatch import Stopwatch, best_of

from cinestreamd.master.client import CommandFailedError


def test_requests_under_way_are_finished(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"stop_timeout": 8.0})
    daemon.start()
    answer: list[tuple[int, str]] = []
    asking = threading.Thread(target=lambda: answer.append(get(port, "/hook/wait?seconds=1.5", timeout=60.0)))
    asking.start()
    wait_until(lambda: daemon.rows("worker")[0]["in_flight"] == 1, what="the request is under way")
    assert daemon.stop() == 0
    asking.join()
    assert answer == [(200, "done")]


def test_client_that_never_finishes_cannot_hold_the_stop(daemon: DaemonUnderTest) -> None:
    """Half a head, half a body, an answer that nobody reads, and a handler that waits."""
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"stop_timeout": 2.0})

    def stop() -> float:
        daemon.start()
        with ExitStack() as clients:
            for request in (
                b"GET / HTT",
                b"POST /hook/take HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nabc",
                b"GET /hook/pour HTTP/1.1\r\nHost: localhost\r\n\r\n",
                b"GET /hook/wait?seconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n",
            ):
                clients.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(request)
            wait_until(lambda: daemon.rows("worker")[0]["connections"] == 4, what="four clients")
            return seconds_to_stop(daemon)

    best_of(3, 2.0 + 1.0, stop, what="stop in spite of four clients, stop_timeout 2 s")


def seconds_to_stop(daemon: DaemonUnderTest) -> float:
    watch = Stopwatch()
    assert daemon.stop() == 0
    assert not daemon.family()
    return watch.seconds()


def test_stuck_worker_cannot_hold_the_stop(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=2)
    daemon.configure(supervisor={"stop_timeout": 1.0})

    def stop() -> float:
        daemon.start()
        os.kill(next(iter(daemon.workers().values())), signal.SIGSTOP)
        return seconds_to_stop(daemon)

    best_of(3, 1.0 + 1.0, stop, what="stop in spite of a stopped worker, stop_timeout 1 s")


def test_agent_that_hears_nothing_cannot_hold_the_stop(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.configure(supervisor={"stop_timeout": 1.0})

    def stop() -> float:
        daemon.start("sleeping_agents")
        daemon.call("scrape", city="kyiv")
        daemon.wait_for("agent_started", count=len(daemon.events("daemon_ready")))
        return seconds_to_stop(daemon)

    best_of(3, 1.0 + 1.0, stop, what="stop in spite of a deaf agent, stop_timeout 1 s")


def test_second_signal_stops_at_once(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"stop_timeout": 60.0})
    daemon.start()
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /hook/wait?seconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: daemon.rows("worker")[0]["in_flight"] == 1, what="the request is under way")
        daemon.send(signal.SIGTERM)
        daemon.wait_for("daemon_stops")
        assert daemon.stop(seconds=40) == 0  # well before the sixty seconds that the request would have had


def test_deliberate_stop_restarts_nothing(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=3)
    daemon.start()
    assert daemon.stop() == 0
    assert len(daemon.events("child_ready")) == 3
    assert {event["code"] for event in daemon.events("child_stopped")} == {0}
    assert not daemon.events("child_ended")


def test_stop_over_the_control_socket(daemon: DaemonUnderTest) -> None:
    daemon.add_site()
    daemon.start()
    assert daemon.call("stop") == {"pid": daemon.pid}
    assert daemon.process is not None
    assert daemon.process.wait(100) == 0


def test_stop_while_modules_are_loaded(daemon: DaemonUnderTest) -> None:
    """Whatever holds loading up, the word to stop is heard."""
    daemon.add_site()
    daemon.start("loading", wait=False)
    wait_until(lambda: "loading for an hour" in daemon.log_path.read_text(), seconds=100, what="modules are loaded")
    assert daemon.stop() == 0
    assert not daemon.family()


def test_other_signals_wait_while_modules_are_loaded(daemon: DaemonUnderTest) -> None:
    daemon.add_site()
    daemon.start("loading", wait=False)
    wait_until(lambda: "loading for an hour" in daemon.log_path.read_text(), seconds=100, what="modules are loaded")
    for number in (signal.SIGHUP, signal.SIGUSR1):
        daemon.send(number)
    assert daemon.stop() == 0
    assert not daemon.family()


def test_what_was_told_during_the_start_is_done_then(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.start(wait=False)
    wait_until((daemon.state_dir / "run" / "daemon.lock").exists, seconds=100, what="the daemon has begun")
    daemon.send(signal.SIGHUP)
    [heard] = daemon.wait_for("signal")
    assert heard["name"] == "SIGHUP"
    daemon.wait_for("daemon_ready")


def test_children_ignore_what_is_the_masters_to_hear(daemon: DaemonUnderTest) -> None:
    """A service manager may send a signal to all processes of a service."""
    daemon.add_site(processes=1)
    daemon.start()
    unheard = (1 << signal.SIGHUP - 1) | (1 << signal.SIGUSR1 - 1)
    for row in (*daemon.rows("worker"), *daemon.rows("zygote")):
        lines = Path(f"/proc/{row['pid']}/status").read_text().splitlines()
        [ignored] = [int(line.split()[1], 16) for line in lines if line.startswith("SigIgn")]
        assert ignored & unheard == unheard, row["role"]


def test_nothing_new_is_taken_up_while_stopping(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"stop_timeout": 60.0})
    daemon.start()
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /hook/wait?seconds=60 HTTP/1.1\r\nHost: localhost\r\n\r\n")
        wait_until(lambda: daemon.rows("worker")[0]["in_flight"] == 1, what="the request is under way")
        daemon.send(signal.SIGTERM)
        daemon.wait_for("daemon_stops")
        daemon.add_site("two")
        with pytest.raises(CommandFailedError) as caught:
            daemon.call("reload")
        assert caught.value.problem_code == "daemon_stops"
        assert daemon.call("restart") == {"renewed": [], "failed": ["one"]}
        assert {row["site"] for row in daemon.rows("worker")} == {"one"}
        daemon.send(signal.SIGTERM)
        assert daemon.process is not None
        assert daemon.process.wait(40) == 0


@pytest.mark.parametrize("delay", [0.0, 0.2, 0.4, 0.6, 0.8])
def test_stop_at_any_moment_of_the_start(daemon: DaemonUnderTest, delay: float) -> None:
    """While Python starts, modules load, the zygote hatches, sockets are bound: it ends soon, and nothing is left."""
    daemon.add_site(processes=4)
    daemon.start(wait=False)
    time.sleep(delay)  # not to wait for something: to hit another moment of the start
    assert daemon.stop(seconds=100) in {0, -signal.SIGTERM}
    assert not daemon.family()


def test_stop_during_boot(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=12)
    daemon.start(wait=False)
    daemon.wait_for("zygote_warm")
    assert daemon.stop() == 0
    assert not daemon.family()
