"""What clients may take of a worker, and what happens when the system gives no more."""

import resource
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

import psutil
import pytest
from daemon_under_test import CALM, DaemonUnderTest, answers, get, wait_until
from stopwatch import Stopwatch, best_of

SHORT = {"head_timeout": 1.0, "body_timeout": 1.0, "write_timeout": 1.5, "idle_timeout": 1.5, "heartbeat_interval": 0.2}
HEAD = b"Host: localhost\r\n\r\n"


@contextmanager
def client(port: int, sent: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
        sock.sendall(sent)
        yield sock


def read_to_end(sock: socket.socket) -> bytes:
    received = b""
    try:
        while chunk := sock.recv(65536):
            received += chunk
    except ConnectionResetError:
        pass
    return received


def test_head_that_never_ends_is_answered_408(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor=SHORT)
    daemon.start()

    def ask() -> float:
        watch, begun = Stopwatch(), time.monotonic()
        with client(port, b"GET / HTTP/1.1\r\nHost: loc") as sock:
            assert read_to_end(sock).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - begun >= 1.0
        return watch.seconds()

    best_of(4, 3.0, ask, what="half a head answered, head_timeout 1 s")


def test_head_that_trickles_is_no_better(daemon: DaemonUnderTest) -> None:
    """One byte at a time keeps no connection alive: the time counts from the head's first byte."""
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor=SHORT)
    daemon.start()

    def trickle() -> float:
        watch, begun = Stopwatch(), time.monotonic()
        with client(port) as sock, suppress(OSError):  # reset or broken pipe, as it comes
            while time.monotonic() - begun < 20.0:
                sock.sendall(b"G")
                time.sleep(0.05)
        return watch.seconds()

    best_of(4, 3.0, trickle, what="head in single bytes cut, head_timeout 1 s")


def test_second_head_on_a_connection_has_the_same_limit(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor=SHORT)
    daemon.start()
    with client(port, b"GET /healthz HTTP/1.1\r\n" + HEAD) as sock:
        assert sock.recv(65536).startswith(b"HTTP/1.1 200 ")
        sock.sendall(b"GET /hea")
        assert read_to_end(sock).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HTTP/1.1\r\n" + HEAD], ids=["fresh", "after an answer"])
def test_silent_connection_is_closed(daemon: DaemonUnderTest, sent: bytes) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor=SHORT)
    daemon.start()

    def say_nothing_more() -> float:
        watch = Stopwatch()
        with client(port, sent) as sock:
            received = read_to_end(sock)
        assert received.startswith(b"HTTP/1.1 200 ") if sent else received == b""
        return watch.seconds()

    best_of(4, 3.5, say_nothing_more, what="silent connection closed, idle_timeout 1.5 s")


def test_body_that_never_comes_is_cut(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor=SHORT)
    daemon.start()

    def withhold() -> float:
        watch = Stopwatch()
        with client(port, b"POST /hook/take HTTP/1.1\r\nContent-Length: 9\r\n" + HEAD + b"abc") as sock:
            assert read_to_end(sock) == b""
        return watch.seconds()

    best_of(4, 3.0, withhold, what="half a body cut, body_timeout 1 s")
    assert answers(port)


def test_client_that_takes_nothing_is_cut(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor=SHORT)
    daemon.start()
    with client(port, b"GET /hook/pour HTTP/1.1\r\n" + HEAD):
        wait_until(lambda: daemon.rows("worker")[0]["connections"] == 1, what="connected")
        wait_until(lambda: daemon.rows("worker")[0]["connections"] == 0, what="cut")


def test_slow_handler_is_not_the_clients_fault(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor=SHORT)
    daemon.start()
    assert get(port, "/hook/wait?seconds=2") == (200, "done")


def test_client_that_takes_slowly_is_served(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor=SHORT)
    daemon.start()
    received = 0
    with client(port, b"GET /hook/pour HTTP/1.1\r\n" + HEAD) as sock:
        begun = time.monotonic()
        while received < 50_000_000 and (chunk := sock.recv(1_000_000)):
            received += len(chunk)
            if time.monotonic() - begun < 2.0:
                time.sleep(0.05)
    assert received >= 50_000_000


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\n" + HEAD, b"400"),
        (b"GET / HTTP/1.1\r\nX-Long: " + b"a" * 9000 + b"\r\n" + HEAD, b"400"),
        (b"GET / HTTP/1.1\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(200)) + HEAD, b"400"),
        (b"\x00\xff\x00\xff\r\n\r\n", b"400"),
        (b"POST /hook/take HTTP/1.1\r\nContent-Length: 16385\r\n" + HEAD + b"a" * 16_385, b"413"),
    ],
    ids=["long line", "long header", "many headers", "no HTTP", "large body"],
)
def test_too_large_or_unreadable_requests_are_refused_quietly(
    daemon: DaemonUnderTest, request_: bytes, status: bytes
) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.start()
    with socket.create_connection(("127.0.0.1", port), timeout=60) as sock:
        with suppress(OSError):  # it may be refused before it was all sent
            sock.sendall(request_)
        assert sock.recv(12).split(b" ")[1] == status
    loud = [event["event"] for event in daemon.events() if event.get("level") not in {"info", "debug"}]
    assert set(loud) <= {"master_was_late"}, "which a busy machine may bring about"


def test_idle_connections_give_way_to_new_ones(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"max_connections": 20, "heartbeat_interval": 0.2})
    daemon.start()
    with ExitStack() as stack:
        for _ in range(60):
            sock = stack.enter_context(client(port, b"GET /healthz HTTP/1.1\r\n" + HEAD))
            assert sock.recv(12) == b"HTTP/1.1 200"
        wait_until(lambda: 1 <= daemon.rows("worker")[0]["connections"] <= 20, what="at most twenty")
        assert answers(port)


def test_busy_connections_are_kept_and_new_ones_told_503(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"max_connections": 10, "heartbeat_interval": 0.2})
    daemon.start()
    with ExitStack() as stack:
        busy = [stack.enter_context(client(port, b"GET /hook/wait?seconds=3 HTTP/1.1\r\n" + HEAD)) for _ in range(10)]
        wait_until(lambda: daemon.rows("worker")[0]["in_flight"] == 10, what="ten requests")
        with client(port, b"GET /healthz HTTP/1.1\r\n" + HEAD) as sock:
            answer = read_to_end(sock)
        assert answer.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After: 1\r\n" in answer
        assert [sock.recv(12) for sock in busy] == [b"HTTP/1.1 200"] * 10
    wait_until(lambda: answers(port), what="room again")


def test_few_open_files_lower_the_cap_and_nothing_spins(daemon: DaemonUnderTest) -> None:
    """``ulimit -n 160``: 500 clients that say nothing; the worker serves on and hardly uses the processor."""
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"head_timeout": 3.0, "heartbeat_interval": 0.2})
    daemon.start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (160, 160)))
    [capped] = daemon.wait_for("connections_capped")
    assert (capped["wanted"], capped["open_files"], capped["cap"]) == (1000, 160, 40)
    worker = psutil.Process(daemon.workers()[port])
    with ExitStack() as stack:
        for _ in range(500):
            stack.enter_context(client(port))
        used = sum(worker.cpu_times()[:2])
        time.sleep(2.0)  # the stretch over which the processor's time is measured
        assert sum(worker.cpu_times()[:2]) - used <= 0.8
        assert worker.num_fds() < 160
        wait_until(lambda: answers(port), what="the silent ones are gone")
    assert daemon.workers()[port] == worker.pid
    assert not [event for event in daemon.events() if event.get("level") in {"error", "critical"}]


def test_master_without_descriptors_serves_what_it_can(daemon: DaemonUnderTest) -> None:
    """``ulimit -n 64``: there is no room for all twenty workers. Nobody dies of it, and those that are there serve.

    For one that is killed another comes with the descriptors that became free: on its port, or on one that waited.
    """
    daemon.add_site(processes=20)
    daemon.configure(supervisor=CALM)
    daemon.start(wait=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)))
    daemon.wait_for("fork_failed")
    ready = wait_until(lambda: daemon.events("child_ready"), what="some workers")
    for number in range(3):
        victim = ready[number]
        psutil.Process(victim["pid"]).kill()
        daemon.wait_for("child_ended", count=number + 1)
        ready = daemon.wait_for("child_ready", count=len(ready) + 1, seconds=100)
        wait_until(lambda: answers(ready[-1]["port"]), what="another one serves")  # noqa: B023 - at once
    assert daemon.stop() == 0
    assert len(daemon.events("child_ended")) == 3
