"""The control socket as commands and strangers meet it."""

import json
import os
import socket
import stat
import subprocess
import tempfile
from pathlib import Path

import psutil
import pytest
from daemon_under_test import DaemonUnderTest, get, wait_until

from cinestreamd.master.client import CommandFailedError, ControlClient, NotRunningError


def talk(daemon: DaemonUnderTest, line: bytes, *, seconds: float = 20.0) -> bytes:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(seconds)
        sock.connect(str(daemon.state_dir / "run" / "control.sock"))
        sock.sendall(line)
        return sock.makefile("rb").readline()


def test_status_shows_every_process(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site(processes=2)
    daemon.configure(supervisor={"heartbeat_interval": 0.2})
    daemon.start()
    for port in ports:
        get(port)
    wait_until(lambda: all(row["requests"] >= 1 for row in daemon.rows("worker")), what="counted requests")
    status = daemon.status()
    assert [row["role"] for row in status["processes"]] == ["master", "zygote", "worker", "worker"]
    for row, port in zip(status["processes"][2:], ports, strict=True):
        assert (row["site"], row["port"], row["state"], row["restarts"]) == ("one", port, "ready", 0)
        assert psutil.Process(row["pid"]).ppid() == daemon.pid
        assert 0 < row["pss"] < row["rss"]
        assert 0 <= row["heartbeat_age"] < 2
        assert row["age"] > 0
        assert row["requests_per_second"] >= 0
    [site] = status["sites"]
    assert site == {
        "site": "one",
        "state": "serving",
        "ports": [ports.start, ports.stop - 1],
        "workers": 2,
        "ready": 2,
        "outdated": False,
        "refusing": [],
        "claude": {
            "key": False,
            "model": None,
            "priced": None,
            "simulated": False,
            "problem": "",
            "breaker": None,
            "retry_at": None,
            "today": 0,
            "day_cap": 2_000_000,
            "month": 0,
            "month_cap": 20_000_000,
        },
    }


def test_restart_renews_all_workers(daemon: DaemonUnderTest) -> None:
    daemon.add_site("one")
    daemon.add_site("two")
    daemon.start()
    before = daemon.workers()
    assert daemon.call("restart") == {"renewed": ["one", "two"], "failed": []}
    assert not set(before.values()) & set(daemon.workers().values())


@pytest.mark.parametrize(
    ("command", "arguments", "code"),
    [
        ("restart", {"site": "none"}, "unknown_site"),
        ("scrape", {}, "missing_argument"),
        ("scrape", {"city": "atlantis-nowhere"}, "unknown_city"),
        ("scrape", {"city": "kyiv", "site": "none"}, "unknown_site"),
        ("format_disk", {}, "bad_command"),
    ],
)
def test_commands_that_cannot_be_carried_out_say_why(
    daemon: DaemonUnderTest, command: str, arguments: dict[str, str], code: str
) -> None:
    daemon.add_site(processes=1)
    daemon.start()
    with pytest.raises(CommandFailedError) as caught:
        daemon.call(command, **arguments)
    assert caught.value.problem_code == code


def test_nonsense_and_slow_clients_hurt_nobody(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.start()
    for line in (
        b"\n",
        b"{}\n",
        b'{"v": 2, "command": "status"}\n',
        b"\xff\x00\n",
        b'{"v":1,"command":"status","x":1}\n',
    ):
        assert json.loads(talk(daemon, line))["problem"]["code"] == "bad_command"
    assert talk(daemon, b"x" * 200_000) == b""
    silent = [socket.socket(socket.AF_UNIX) for _ in range(40)]
    for sock in silent:
        sock.connect(str(daemon.state_dir / "run" / "control.sock"))
    wait_until(lambda: answers_status(daemon), what="an answer beside forty silent clients")
    for sock in silent:
        sock.close()
    assert daemon.workers()


def answers_status(daemon: DaemonUnderTest) -> bool:
    try:
        return bool(ControlClient(daemon.state_dir).call("status", timeout=3.0))
    except NotRunningError:
        return False


def test_socket_is_the_owners_alone(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.start()
    run = daemon.state_dir / "run"
    assert stat.S_IMODE((run / "control.sock").stat().st_mode) == 0o600
    assert stat.S_IMODE(run.stat().st_mode) == 0o700
    assert daemon.stop() == 0
    assert not (run / "control.sock").exists()
    with pytest.raises(NotRunningError):
        daemon.status()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a file to any group")
def test_socket_may_be_opened_to_a_group(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.configure(supervisor={"control_group": "daemon"})
    daemon.start()
    run = daemon.state_dir / "run"
    assert stat.S_IMODE((run / "control.sock").stat().st_mode) == 0o660
    assert (run / "control.sock").group() == run.group() == "daemon"
    assert stat.S_IMODE(run.stat().st_mode) == 0o750


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_a_member_of_the_group_reaches_the_socket_and_a_stranger_does_not() -> None:
    with tempfile.TemporaryDirectory(prefix="cinestreamd-group-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        daemon = DaemonUnderTest(folder)
        daemon.add_site(processes=1)
        daemon.state_dir.chmod(0o700)
        daemon.configure(supervisor={"control_group": "daemon"})
        daemon.start()
        try:
            assert [connects(daemon, group) for group in ("daemon", "nogroup")] == ["", "PermissionError"]
            assert stat.S_IMODE(daemon.state_dir.stat().st_mode) == 0o710
        finally:
            daemon.end()


def connects(daemon: DaemonUnderTest, group: str) -> str:
    """What error the user nobody meets at the control socket as a member of ``group``; empty: none."""
    path = str(daemon.state_dir / "run" / "control.sock")
    program = (
        "import socket, sys\n"
        "try: socket.socket(socket.AF_UNIX).connect(sys.argv[1])\n"
        "except OSError as error: print(type(error).__name__)"
    )
    done = subprocess.run(
        ["/usr/bin/python3", "-S", "-c", program, path],
        capture_output=True,
        text=True,
        check=True,
        user="nobody",
        group=group,
        extra_groups=[],
        env={"PATH": "/usr/bin:/bin"},
    )
    return done.stdout.strip()


def test_unknown_group_is_refused_at_the_start(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.configure(supervisor={"control_group": "no-such-group"})
    daemon.start(wait=False)
    assert daemon.process is not None
    assert daemon.process.wait(100) == 78
    assert "no group no-such-group" in daemon.log_path.read_text()


def test_long_state_directory_works(daemon: DaemonUnderTest) -> None:
    """A unix socket's address holds 107 bytes; a state directory may have more."""
    daemon.state_dir = daemon.state_dir / ("d" * 80) / ("e" * 80)
    daemon.state_dir.mkdir(parents=True)
    daemon.registry = type(daemon.registry)(daemon.state_dir)
    daemon.add_site(processes=1)
    daemon.start()
    assert len(str(daemon.state_dir / "run" / "control.sock")) > 200
    assert daemon.status()["sites"][0]["state"] == "serving"


def test_socket_of_a_killed_daemon_is_in_nobodys_way(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.start()
    daemon.end()
    assert Path(daemon.state_dir, "run", "control.sock").exists()
    daemon.start()
    assert daemon.workers()
