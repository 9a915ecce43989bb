"""systemd's side of the daemon: notifications, the watchdog, socket activation, log rotation."""

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import psutil
import pytest
from daemon_under_test import CALM, DaemonUnderTest, Load, answers, wait_until
from free_ports import free_ports

from cinestreamd.sites.model import SiteSettings

PASS_SOCKETS = """
import os, socket, sys
first = int(sys.argv[1])
for number, port in enumerate(range(first, first + int(sys.argv[2]))):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind(("127.0.0.1", port))
    sock.listen()
    if sock.fileno() != 3 + number:
        os.dup2(sock.fileno(), 3 + number)
    os.set_inheritable(3 + number, True)
    sock.detach()
os.environ |= {"LISTEN_PID": str(os.getpid()), "LISTEN_FDS": sys.argv[2]}
os.execv(sys.argv[3], sys.argv[3:])
"""


class Manager:
    """The socket on which a service manager listens."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.bind(str(path))
        self._sock.settimeout(60)
        self.lines: list[str] = []

    def read_until(self, line: str) -> None:
        """Collect what is said until a line comes."""
        while line not in self.lines:
            self.lines += self._sock.recv(4096).decode().splitlines()

    def close(self) -> None:
        """Let go of the socket."""
        self._sock.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


def test_ready_reload_and_stop_are_told(daemon: DaemonUnderTest, manager: Manager) -> None:
    daemon.add_site()
    daemon.start(env={"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "600000"})
    manager.read_until("READY=1")
    assert "STATUS=one: 2 of 2 workers" in manager.lines
    manager.read_until("WATCHDOG=1")
    manager.lines.clear()
    begun = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    daemon.send(signal.SIGHUP)
    manager.read_until("READY=1")
    [moment] = [line for line in manager.lines if line.startswith("MONOTONIC_USEC=")]
    assert manager.lines.index("RELOADING=1") < manager.lines.index("READY=1")
    assert begun <= int(moment.removeprefix("MONOTONIC_USEC=")) <= begun + 5_000_000
    assert daemon.stop() == 0
    manager.read_until("STOPPING=1")


def test_manager_that_reads_nothing_stalls_nobody(daemon: DaemonUnderTest, manager: Manager) -> None:
    """The socket takes a handful of messages; some hundred are sent."""
    [port] = daemon.add_site(processes=1)
    daemon.start(env={"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "30000"})
    with Load([port], clients=2) as load:
        time.sleep(2.0)  # long enough for two hundred messages
        load.wait(20)
    assert load.failures == {}
    assert daemon.status()["sites"][0]["state"] == "serving"
    assert daemon.stop() == 0


def test_abstract_and_missing_sockets_are_understood(daemon: DaemonUnderTest) -> None:
    name = f"cinestreamd-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.bind(f"\0{name}")
        sock.settimeout(60)
        daemon.add_site(processes=1)
        daemon.start(env={"NOTIFY_SOCKET": f"@{name}"})
        assert b"READY=1" in sock.recv(4096)
    assert daemon.stop() == 0
    daemon.log_path.unlink()
    daemon.start(env={"NOTIFY_SOCKET": "/nowhere/at/all"})
    assert daemon.stop() == 0


def test_given_sockets_are_served_and_never_shut(daemon: DaemonUnderTest) -> None:
    """Socket activation: ports that a manager listens on. While nobody serves them, clients wait instead of failing."""
    start = free_ports(2)
    daemon.registry.add("one", SiteSettings(start_port=start, processes=2))
    daemon.configure(supervisor={"refuse_after": 0.2, "backoff_initial": 1.0, "heartbeat_interval": 0.2})
    daemon.start(prefix=[sys.executable, "-c", PASS_SOCKETS, str(start), "2"])
    assert answers(start)
    assert answers(start + 1)
    victim = daemon.workers()[start]
    os.kill(victim, signal.SIGSTOP)
    time.sleep(1.5)  # long past the moment when a port of our own would refuse
    assert not daemon.events("port_refuses")
    with socket.create_connection(("127.0.0.1", start), timeout=20.0):
        os.kill(victim, signal.SIGCONT)
    wait_until(lambda: answers(start), what="served again")


def test_given_socket_is_kept_for_the_day_when_its_port_is_wanted_again(daemon: DaemonUnderTest) -> None:
    """Only the manager could listen there again. A socket that no site wants is named in the log."""
    start = free_ports(3)
    daemon.registry.add("one", SiteSettings(start_port=start, processes=2))
    daemon.start(prefix=[sys.executable, "-c", PASS_SOCKETS, str(start), "3"])
    assert [event["port"] for event in daemon.events("given_socket_unused")] == [start + 2]
    for processes in (1, 2):
        daemon.registry.edit("one", SiteSettings(start_port=start, processes=processes))
        daemon.call("reload")
        wait_until(lambda: len(daemon.rows("worker")) == processes, what=f"{processes} workers")  # noqa: B023 - at once
    wait_until(lambda: answers(start + 1), what="served again")


def test_rotated_log_is_reopened_by_all(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.start()
    old = daemon.log_path.with_suffix(".1")
    daemon.log_path.rename(old)
    daemon.send(signal.SIGUSR1)
    wait_until(daemon.log_path.exists, what="a new log file")
    daemon.wait_for("log_reopened")
    for role in ("zygote", "worker"):
        [row] = daemon.rows(role)
        wait_until(lambda pid=row["pid"]: output_of(pid) == daemon.log_path, what=f"{role} writes to the new file")
    assert output_of(daemon.pid) == daemon.log_path
    assert output_of(daemon.pid, 2) == daemon.log_path
    daemon.call("restart")
    daemon.wait_for("child_ready")
    assert "child_ready" not in old.read_text().partition("daemon_ready")[2]


def test_rotated_log_is_reopened_by_a_worker_that_was_just_being_forked(daemon: DaemonUnderTest) -> None:
    """It got the old file from the zygote, and could not be told yet when all others were."""
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor=CALM)
    daemon.start()
    for number in range(8):
        daemon.log_path.rename(daemon.log_path.with_suffix(f".{number}"))
        victim = daemon.workers()[port]
        os.kill(victim, signal.SIGKILL)
        wait_until(lambda: not psutil.pid_exists(victim), what="it was reaped")  # noqa: B023 - at once
        daemon.send(signal.SIGUSR1)
        worker = wait_until(lambda: daemon.workers().get(port), what="another worker")
        wait_until(lambda: output_of(worker) == daemon.log_path, what="it writes to the new file")  # noqa: B023 - at once


def output_of(pid: int, descriptor: int = 1) -> Path:
    return Path(f"/proc/{pid}/fd/{descriptor}").readlink()


def test_output_that_nobody_can_write_ends_nobody(daemon: DaemonUnderTest) -> None:
    """A full disk: every line is lost, every visitor served."""
    [port] = daemon.add_site(processes=1)
    with Path("/dev/full").open("wb") as full:
        daemon.start(wait=False, stdout=full)
        wait_until(lambda: answers(port), what="serving with a full disk")
        daemon.call("restart")
        assert answers(port)
        assert daemon.stop() == 0


@pytest.mark.parametrize("kind", ["pipe", "socket"])
def test_output_that_nobody_reads_stalls_nobody(daemon: DaemonUnderTest, kind: str) -> None:
    """As when the journal hangs: the pipe or socket is full from the start."""
    [port] = daemon.add_site(processes=1)
    with ExitStack() as stack:
        if kind == "pipe":
            reading, writing = os.pipe()
            stack.callback(os.close, reading)
        else:
            mine, theirs = socket.socketpair()
            stack.enter_context(mine)
            writing = theirs.detach()
        stack.callback(os.close, writing)
        os.set_blocking(writing, False)
        with suppress(BlockingIOError):
            while True:
                os.write(writing, b"x" * 65536)
        os.set_blocking(writing, True)
        daemon.start(wait=False, stdout=writing)
        wait_until(lambda: answers(port), what="serving with a full output")
        daemon.call("restart")
        assert answers(port)
        assert daemon.stop() == 0


def test_closed_pipe_as_output_ends_nobody(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    reading, writing = os.pipe()
    daemon.start(wait=False, stdout=writing)
    os.close(writing)
    os.close(reading)
    wait_until(lambda: answers(port), what="serving with a closed pipe")
    daemon.call("restart")
    assert answers(port)
    assert daemon.stop() == 0
