"""Processes are killed, stopped and hung; visitors should hardly notice."""

import os
import signal
import threading
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from daemon_under_test import CALM, DaemonUnderTest, Load, answers, get, wait_until
from stopwatch import Stopwatch, best_of


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def seconds_until_served(killed: dict[int, int]) -> float:
    """Kill workers; seconds until other processes serve their ports."""
    watch = Stopwatch()
    for pid in killed.values():
        kill(pid)

    def replaced() -> bool:
        return all(serving_pid(port) not in {None, pid} for port, pid in killed.items())

    wait_until(replaced, what="all served again")
    return watch.seconds()


def serving_pid(port: int) -> int | None:
    try:
        status, body = get(port, "/hook/pid", timeout=2.0)
    except OSError:
        return None
    return int(body) if status == 200 else None


def test_kill_of_one_worker_under_load_refuses_nobody(daemon: DaemonUnderTest) -> None:
    """Its own requests may be reset; every other connection waits in the master's queue. Back within a second."""
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor=CALM)
    daemon.start()
    kills = 0

    def kill_it() -> float:
        nonlocal kills
        victim = wait_until(lambda: daemon.workers().get(port))
        kills += 1
        taken = seconds_until_served({port: victim})
        load.wait(50)
        return taken

    with Load([port], clients=4) as load:
        load.wait(100)
        for _ in range(3):
            kill_it()
        best_of(5, 1.0, kill_it, what="one worker killed under load")
    assert "ConnectionRefusedError" not in load.failures
    assert sum(load.failures.values()) <= 4 * kills


def test_kill_of_all_twelve_at_once(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site(processes=12)
    daemon.configure(supervisor=CALM)
    daemon.start()

    def kill_all() -> float:
        victims = wait_until(lambda: all_workers(daemon, 12), what="twelve workers")
        assert set(victims) == set(ports)
        return seconds_until_served(victims)

    best_of(5, 2.0, kill_all, what="all twelve killed at once")
    assert not daemon.zombies()


@pytest.mark.timeout(400)
def test_two_hundred_kills_leave_no_zombie_no_descriptor_and_no_series(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site(processes=10)
    calm = {**CALM, "backoff_initial": 0.02, "backoff_limit": 0.02, "heartbeat_interval": 0.2}
    daemon.configure(supervisor=calm)
    daemon.start()
    assert all(answers(port) for port in ports)
    requests = {f"{port}" for port in ports}
    wait_until(lambda: requests == {place for _, place, _ in series(daemon, "requests_total")}, what="ten reports")
    wait_until(lambda: daemon.rows("worker"), what="status")
    before = descriptors(daemon)
    for killed in range(20):
        victims = wait_until(lambda: all_workers(daemon, 10), what="ten workers")
        for pid in victims.values():
            kill(pid)
        daemon.wait_for("child_ended", count=10 * (killed + 1))
        if killed == 0:
            wait_until(lambda: all_workers(daemon, 10), what="ten workers")
            few = series(daemon)
    wait_until(lambda: all_workers(daemon, 10), what="ten workers")
    wait_until(lambda: descriptors(daemon) <= before, what=f"{descriptors(daemon)} descriptors, {before} before")
    assert not daemon.zombies()
    assert len(daemon.events("child_ended")) == 200
    assert series(daemon) == few
    restarts = {
        sample.labels["port"]: sample.value for sample in daemon.samples() if sample.name.endswith("restarts_total")
    }
    assert restarts == {"": 0.0, **dict.fromkeys(requests, 20.0)}
    assert all(answers(port) for port in ports)


def series(daemon: DaemonUnderTest, *names: str) -> set[tuple[str, str, str]]:
    """Metric, port and route of what is counted or looked up for each worker."""
    wanted = names or ("requests_total", "restarts_total", "requests_in_flight", "connections", "process_memory_bytes")
    return {
        (sample.name, sample.labels["port"], sample.labels.get("route", sample.labels.get("kind", "")))
        for sample in daemon.samples()
        if sample.name.removeprefix("cinestreamd_") in wanted
    }


def all_workers(daemon: DaemonUnderTest, count: int) -> dict[int, int] | None:
    workers = daemon.workers()
    return workers if len(workers) == count else None


def descriptors(daemon: DaemonUnderTest) -> int:
    """Open descriptors of the master and of the zygote, but for connections to MongoDB, as many as are of use."""
    [zygote] = daemon.rows("zygote")
    opened = sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in (daemon.pid, zygote["pid"]))
    connections = psutil.Process(daemon.pid).net_connections("tcp")
    return opened - sum(each.status == psutil.CONN_ESTABLISHED for each in connections)


def test_kill_of_the_zygote_is_mended_while_workers_serve(daemon: DaemonUnderTest) -> None:
    [port, other] = daemon.add_site(processes=2)
    daemon.configure(supervisor=CALM)
    daemon.start()
    workers = daemon.workers()
    [zygote] = daemon.rows("zygote")
    with Load([port], clients=2) as load:
        load.wait(20)
        kill(zygote["pid"])
        kill(workers[other])  # wants a fork while there is nobody to fork
        daemon.wait_for("zygote_warm", count=2)
        wait_until(lambda: daemon.workers().get(other) not in {None, workers[other]}, what="replacement")
    assert not load.failures
    assert daemon.workers()[port] == workers[port]


def test_stopped_zygote_is_replaced(daemon: DaemonUnderTest) -> None:
    """A zygote that does not fork in time is killed; the fork that waited is done by its successor."""
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor=CALM)
    daemon.start()
    [zygote] = daemon.rows("zygote")
    os.kill(zygote["pid"], signal.SIGSTOP)
    worker = daemon.workers()[port]
    kill(worker)
    wait_until(lambda: daemon.workers().get(port) not in {None, worker}, seconds=100, what="replacement")
    assert not psutil.pid_exists(zygote["pid"])


def test_spinning_worker_is_replaced_and_its_stack_logged(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={**CALM, "heartbeat_interval": 0.2, "heartbeat_limit": 2.0})
    daemon.start()

    victims = []

    def have_it_spin() -> float:
        victim = wait_until(lambda: daemon.workers().get(port))
        victims.append(victim)
        watch = Stopwatch()
        with pytest.raises(OSError):  # noqa: PT011 - cut or refused, both are right
            get(port, "/hook/spin", timeout=30.0)
        wait_until(lambda: serving_pid(port) not in {None, victim}, what="replacement")
        return watch.seconds()

    best_of(4, 2.0 + 1.0, have_it_spin, what="spinning worker replaced, heartbeat_limit 2 s")
    for victim in victims:
        assert any("children.py" in line and "in spin" in line for line in stack_of(daemon, victim))


def stack_of(daemon: DaemonUnderTest, pid: int) -> list[str]:
    """The lines of the stack that was logged of a process."""
    return wait_until(
        lambda: [line for each in daemon.events("child_stack") if each["pid"] == pid for line in each["stack"]]
    )


def test_stopped_worker_is_replaced_and_its_stack_logged(daemon: DaemonUnderTest) -> None:
    """SIGSTOP: its port refuses after a moment, then another one serves."""
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={**CALM, "heartbeat_interval": 0.2, "heartbeat_limit": 3.0, "refuse_after": 0.5})
    daemon.start()

    victims = []

    def stop_it() -> float:
        victim = wait_until(lambda: daemon.workers().get(port))
        victims.append(victim)
        watch = Stopwatch()
        os.kill(victim, signal.SIGSTOP)
        wait_until(lambda: serving_pid(port) not in {None, victim}, what="replacement")
        return watch.seconds()

    best_of(4, 3.0 + 1.0, stop_it, what="stopped worker replaced, heartbeat_limit 3 s")
    for victim in victims:
        assert any("runners.py" in line for line in stack_of(daemon, victim))


def test_port_of_a_stopped_worker_refuses_until_somebody_serves(daemon: DaemonUnderTest) -> None:
    """A proxy in front turns to another port at once, instead of waiting for a worker that does not answer."""
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"heartbeat_interval": 0.2, "heartbeat_limit": 60.0, "refuse_after": 1.0})
    daemon.start()
    victim = daemon.workers()[port]

    def stop_it() -> float:
        watch = Stopwatch()
        os.kill(victim, signal.SIGSTOP)
        wait_until(lambda: refuses(port), what="the port refuses")
        taken = watch.seconds()
        os.kill(victim, signal.SIGCONT)
        wait_until(lambda: answers(port), what="served again")
        return taken

    best_of(4, 0.4 + 1.0 + 0.6, stop_it, what="port of a stopped worker refuses, refuse_after 1 s")
    assert daemon.events("port_refuses")
    assert daemon.events("port_revived")


def refuses(port: int) -> bool:
    try:
        get(port, timeout=0.2)
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


def test_worker_that_was_slow_for_a_while_serves_on(daemon: DaemonUnderTest) -> None:
    """Its port is shut while it is silent and opened again when it is heard: the same process goes on."""
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"heartbeat_interval": 0.2, "heartbeat_limit": 20.0, "refuse_after": 0.3})
    daemon.start()
    victim = daemon.workers()[port]
    assert get(port, "/hook/block?seconds=2.5", timeout=20.0) == (200, "done")
    assert daemon.wait_for("port_refuses")
    daemon.wait_for("port_revived")
    assert wait_until(lambda: serving_pid(port)) == victim
    assert all(answers(port) for _ in range(5))


def test_worker_that_hangs_at_boot_is_killed(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.configure(supervisor={**CALM, "boot_timeout": 0.5})
    daemon.start("hanging", wait=False)
    ended = daemon.wait_for("child_ended", count=2)
    assert {event["cause"] for event in ended} == {"not ready in time"}
    assert any("hanging_worker" in line for line in daemon.events("child_stack")[0]["stack"])


def test_segfault_leaves_its_stack_in_the_log(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.start("segfaulting", wait=False)
    stack = daemon.wait_for("child_stack")[0]
    assert any("segfaulting_worker" in line for line in stack["stack"])
    assert daemon.wait_for("child_ended")[0]["signal"] == signal.SIGSEGV


def test_freezing_everybody_for_five_seconds_kills_nobody(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=3)
    daemon.configure(supervisor={"heartbeat_interval": 0.2, "heartbeat_limit": 3.0})
    daemon.start()
    before = daemon.workers()
    freeze(daemon, 5.0)
    daemon.wait_for("master_was_late")
    time.sleep(4.0)  # longer than the limit: long enough to kill somebody
    assert daemon.workers() == before
    assert not daemon.events("child_ended")
    assert not daemon.events("zygote_ended")


def test_freezing_everybody_while_children_are_forked_kills_nobody(daemon: DaemonUnderTest) -> None:
    """Neither the worker that was starting nor the zygote that did not answer is blamed."""
    ports = daemon.add_site(processes=12)
    daemon.configure(supervisor={"boot_timeout": 8.0})
    daemon.start(wait=False)
    daemon.wait_for("zygote_warm")
    freeze(daemon, 9.0)
    daemon.wait_for("daemon_ready", seconds=100)
    assert all(answers(port) for port in ports)
    assert not daemon.events("child_ended")
    assert not daemon.events("zygote_ended")


def freeze(daemon: DaemonUnderTest, seconds: float) -> None:
    """Stop the whole family for a time, as if the machine slept; the master first, so that it forks no more."""
    frozen: list[psutil.Process] = []
    while more := [process for process in daemon.family() if process not in frozen]:
        for process in more:
            with suppress(psutil.NoSuchProcess):
                process.suspend()
                frozen.append(process)
    time.sleep(seconds)  # the freeze itself
    for process in frozen:
        with suppress(psutil.NoSuchProcess):
            process.resume()


def test_worker_terminated_by_hand_is_replaced_at_once(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.start()
    victim = daemon.workers()[port]
    os.kill(victim, signal.SIGTERM)
    wait_until(lambda: daemon.workers().get(port) not in {None, victim}, what="replacement")
    [ended] = daemon.events("child_ended")
    assert ended["code"] == 0


def test_signal_to_a_child_just_forked_leaves_the_master_alone(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=3)
    daemon.configure(supervisor=CALM)
    daemon.start("terminated", wait=False)
    ended = daemon.wait_for("child_ended", count=9)
    assert {event["signal"] for event in ended} == {signal.SIGTERM}
    assert not daemon.events("signal")
    assert daemon.rows("master")[0]["pid"] == daemon.pid


def test_term_to_a_child_right_after_its_fork_leaves_the_master_alone(daemon: DaemonUnderTest) -> None:
    """From outside, the moment a new process is seen: with its signals still blocked, or nothing set up, or booting."""
    ports = daemon.add_site(processes=12)
    daemon.configure(supervisor={**CALM, "crash_limit": 100})
    daemon.start(wait=False)
    [zygote] = [event["pid"] for event in daemon.wait_for("zygote_warm")]
    struck: set[int] = set()
    enough = threading.Event()

    def strike() -> None:
        children = Path(f"/proc/{daemon.pid}/task/{daemon.pid}/children")
        while not enough.is_set() and len(struck) < 24:
            for pid in {int(text) for text in children.read_text().split()} - struck - {zygote}:
                struck.add(pid)
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)

    striking = threading.Thread(target=strike)
    striking.start()
    try:
        wait_until(lambda: len(struck) == 24, what="twenty-four children were struck")
    finally:
        enough.set()
        striking.join()
    wait_until(lambda: all_workers(daemon, 12), seconds=100, what="twelve workers")
    assert all(answers(port) for port in ports)
    assert not daemon.events("signal")
    assert {(event["code"], event["signal"]) for event in daemon.events("child_ended")} <= {(0, None), (None, 15)}
