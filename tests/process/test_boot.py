"""From the start to serving: the process family, its speed and its size."""

import json
import os
import signal
from collections.abc import Callable

import psutil
from daemon_under_test import DaemonUnderTest, get, pss, wait_until
from product_store import ON_MONGO
from stopwatch import Stopwatch, best_of, figures

from cinestreamd.master.forking import DEFAULT_ENTRIES

MIB = 2**20
SMALL = {12: 270 * MIB, 36: 620 * MIB} if ON_MONGO else {12: 143 * MIB, 36: 325 * MIB}
"""Proportional memory that a family of so many workers may take. Measured on CPython 3.11: 133 and 285 MiB, with
MongoDB's driver 242 and 571; the rest is room for what else runs on the machine, since text pages count in full when
no other Python shares them."""


def test_twelve_ports_serve_from_one_family(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site(processes=12)
    daemon.start(DEFAULT_ENTRIES)
    assert all(get(port)[0] == 200 for port in ports)
    master = psutil.Process(daemon.pid)
    assert sorted(child.cmdline()[0] for child in master.children()) == sorted(
        ["cinestreamd: zygote", *(f"cinestreamd: worker one :{port}" for port in ports)]
    )
    assert master.cmdline()[0] == "cinestreamd: master"
    assert {row["loop"] for row in daemon.rows("worker")} == {"uvloop"}
    assert daemon.stop() == 0
    assert not daemon.family()


def test_twelve_accept_a_second_after_imports(make_daemon: Callable[[], DaemonUnderTest]) -> None:

    def start() -> float:
        daemon = make_daemon()
        daemon.add_site(processes=12)
        daemon.start(DEFAULT_ENTRIES, wait=False)
        daemon.wait_for("zygote_warm")
        watch = Stopwatch()
        daemon.wait_for("daemon_ready")
        taken = watch.seconds()
        daemon.end()
        return taken

    best_of(4, 1.0, start, what="twelve workers ready after the zygote is warm")


def test_family_of_one_site_stays_small(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site(processes=12)
    daemon.start(DEFAULT_ENTRIES)
    for port in ports:
        for path in ("/healthz", "/uk/", "/en/", "/ru/"):
            assert get(port, path)[0] == 200
    assert mib_of(daemon, 12) <= SMALL[12] / MIB


def mib_of(daemon: DaemonUnderTest, workers: int) -> int:
    """What the family takes now, in MiB."""
    taken = round(pss(daemon.family()) / MIB)
    figures.info("%s workers: %s MiB, limit %s MiB", workers, taken, round(SMALL[workers] / MIB))
    return taken


def test_three_sites_boot_in_three_seconds_and_stay_small(make_daemon: Callable[[], DaemonUnderTest]) -> None:

    def start() -> float:
        daemon = make_daemon()
        ports = [port for name in ("one", "two", "three") for port in daemon.add_site(name, processes=12)]
        watch = Stopwatch()
        daemon.start(DEFAULT_ENTRIES)
        taken = watch.seconds()
        for port in ports:
            for path in ("/healthz", "/uk/", "/en/", "/ru/"):
                assert get(port, path)[0] == 200
        assert mib_of(daemon, 36) <= SMALL[36] / MIB
        daemon.end()
        return taken

    best_of(6, 3.0, start, what="36 workers ready")


def test_children_know_nothing_of_the_service_manager(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site()
    words = {"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "9000000", "WATCHDOG_PID": "1", "LISTEN_FDS": "0"}
    daemon.start(env={**words, "CINESTREAMD_TEST": "handed on"})
    for port in ports:
        told = set(json.loads(get(port, "/hook/environment")[1]))
        assert "CINESTREAMD_TEST" in told
        assert not told & {*words, "LISTEN_PID", "LISTEN_FDNAMES"}


def test_children_hold_only_their_own_descriptors(daemon: DaemonUnderTest) -> None:
    """The zygote keeps no listening socket; a worker has just the one of its port."""
    ports = daemon.add_site(processes=3)
    daemon.start()
    [zygote] = daemon.rows("zygote")
    assert not psutil.Process(zygote["pid"]).net_connections()
    for port, pid in daemon.workers().items():
        listening = [c.laddr.port for c in psutil.Process(pid).net_connections() if c.status == psutil.CONN_LISTEN]
        assert listening == [port]
    assert set(daemon.workers()) == set(ports)


def test_port_in_use_is_named_and_nothing_stays(
    daemon: DaemonUnderTest, make_daemon: Callable[[], DaemonUnderTest]
) -> None:
    ports = daemon.add_site()
    daemon.start()
    other = make_daemon()
    other.registry.add("one", daemon.registry.load("one").settings)
    other.start(wait=False)
    assert other.process is not None
    assert other.process.wait(100) == 78
    [problem] = [line for line in other.log_path.read_text().splitlines() if not line.startswith("{")]
    assert problem == (
        f"cinestreamd: 127.0.0.1:{ports[0]}: cannot listen here (Address already in use); "
        "stop what does, or choose another start_port"
    )


def test_second_daemon_on_the_same_state_is_refused(daemon: DaemonUnderTest) -> None:
    daemon.add_site()
    daemon.start()
    pid, first = daemon.pid, daemon.process
    daemon.start(wait=False)
    assert daemon.process is not None
    assert daemon.process.wait(100) == 69
    assert f"Another cinestreamd (process {pid}) runs on {daemon.state_dir}" in daemon.log_path.read_text()
    daemon.process = first
    assert daemon.rows("master")[0]["pid"] == pid


def test_zygote_that_cannot_load_ends_the_daemon(daemon: DaemonUnderTest) -> None:
    daemon.add_site()
    daemon.start("broken", wait=False)
    assert daemon.process is not None
    assert daemon.process.wait(100) == 70
    assert "daemon_cannot_start" in daemon.log_path.read_text()


def test_interrupt_of_the_whole_process_group_stops_gracefully(daemon: DaemonUnderTest) -> None:
    """Ctrl-C on a terminal reaches the master alone: its children are in a session of their own."""
    daemon.add_site()
    daemon.start(start_new_session=True)
    os.killpg(daemon.pid, signal.SIGINT)
    assert daemon.process is not None
    assert daemon.process.wait(100) == 0
    assert not daemon.events("child_ended")
    wait_until(lambda: not daemon.family(), what="no process left")
