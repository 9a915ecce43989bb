"""Processes are killed, stopped and hung; visitors should hardly notice."""

import os
import signal
import time
from pathlib import Path

import psutil
import pytest
from daemon_under_test import CALM, DaemonUnderTest, Load, answers, get, is_alive, wait_until


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def seconds_until_served(killed: dict[int, int]) -> float:
    """Seconds until other processes than the killed ones serve their ports."""
    begun = time.monotonic()

    def replaced() -> bool:
        return all(serving_pid(port) not in {None, pid} for port, pid in killed.items())

    wait_until(replaced, what="all served again")
    return time.monotonic() - begun


def serving_pid(port: int) -> int | None:
    try:
        return int(get(port, "/hook/pid", timeout=2.0)[1])
    except OSError:
        return None


def test_kill_of_one_worker_under_load_refuses_nobody(daemon: DaemonUnderTest) -> None:
    """Its own requests may be reset; every other connection waits in the master's queue. Back within a second."""
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor=CALM)
    daemon.start()
    taken = []
    with Load([port], clients=4) as load:
        load.wait(100)
        for _ in range(4):
            victim = daemon.workers()[port]
            kill(victim)
            taken.append(seconds_until_served({port: victim}))
            load.wait(50)
            wait_until(lambda: daemon.workers().get(port))
    assert "ConnectionRefusedError" not in load.failures
    assert sum(load.failures.values()) <= 4 * 4
    assert min(taken) <= 1.0


def test_kill_of_all_twelve_at_once(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site(processes=12)
    daemon.configure(supervisor=CALM)
    daemon.start()
    taken = []
    for _ in range(3):
        victims = daemon.workers()
        assert set(victims) == set(ports)
        for pid in victims.values():
            kill(pid)
        taken.append(seconds_until_served(victims))
        wait_until(lambda: set(daemon.workers()) == set(ports))
        if taken[-1] <= 2.0:
            break
    assert min(taken) <= 2.0
    assert not [p for p in psutil.Process(daemon.pid).children() if p.status() == psutil.STATUS_ZOMBIE]


def test_two_hundred_kills_leave_no_zombie_and_no_descriptor(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site(processes=10)
    daemon.configure(supervisor={**CALM, "backoff_initial": 0.02, "backoff_limit": 0.02})
    daemon.start()
    wait_until(lambda: daemon.rows("worker"), what="status")
    before = descriptors(daemon)
    for killed in range(20):
        victims = wait_until(lambda: all_workers(daemon, 10), what="ten workers")
        for pid in victims.values():
            kill(pid)
        daemon.wait_for("child_ended", count=10 * (killed + 1))
    wait_until(lambda: all_workers(daemon, 10), what="ten workers")
    wait_until(lambda: descriptors(daemon) <= before, what=f"{descriptors(daemon)} descriptors, {before} before")
    assert not [p for p in psutil.Process(daemon.pid).children() if p.status() == psutil.STATUS_ZOMBIE]
    assert len(daemon.events("child_ended")) == 200
    assert all(answers(port) for port in ports)


def all_workers(daemon: DaemonUnderTest, count: int) -> dict[int, int] | None:
    workers = daemon.workers()
    return workers if len(workers) == count else None


def descriptors(daemon: DaemonUnderTest) -> int:
    return len(list(Path(f"/proc/{daemon.pid}/fd").iterdir()))


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
    wait_until(lambda: daemon.workers().get(port) not in {None, worker}, seconds=20.0, what="replacement")
    assert not psutil.pid_exists(zygote["pid"])


def test_kill_of_the_master_ends_all_and_frees_the_ports(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site(processes=6)
    taken = []
    for _ in range(3):
        daemon.start()
        taken.append(seconds_to_vanish(daemon, list(ports)))
        if taken[-1] <= 1.0:
            break
    assert min(taken) <= 1.0


def test_kill_of_the_master_ends_a_worker_that_is_stopped(daemon: DaemonUnderTest) -> None:
    """It cannot notice by itself: the kernel ends it."""
    ports = daemon.add_site(processes=2)
    daemon.start()
    for pid in daemon.workers().values():
        os.kill(pid, signal.SIGSTOP)
    assert seconds_to_vanish(daemon, list(ports)) <= 2.0


@pytest.mark.parametrize("delay", [0.0, 0.01, 0.03, 0.06, 0.1, 0.2])
def test_kill_of_the_master_while_it_forks(daemon: DaemonUnderTest, delay: float) -> None:
    ports = daemon.add_site(processes=12)
    taken = []
    for _ in range(3):
        daemon.start(wait=False)
        daemon.wait_for("zygote_warm", count=len(taken) + 1)
        time.sleep(delay)  # not to wait for something: to hit another moment of the forking
        taken.append(seconds_to_vanish(daemon, list(ports)))
        if taken[-1] <= 1.0:
            break
    assert min(taken) <= 1.0


def seconds_to_vanish(daemon: DaemonUnderTest, ports: list[int]) -> float:
    """Kill the master; seconds until no process is left and no port is open."""
    family = daemon.family()
    begun = time.monotonic()
    kill(daemon.pid)
    assert daemon.process is not None
    daemon.process.wait(5)
    title = f"worker one :{ports[0]}"
    wait_until(lambda: not any(is_alive(process) for process in family), seconds=5.0, what="no process of the family")
    wait_until(lambda: not any(title in name for name in titles()), seconds=5.0, what="no worker forked meanwhile")
    assert not any(answers(port) for port in ports)
    return time.monotonic() - begun


def titles() -> list[str]:
    return [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]


def test_spinning_worker_is_replaced_and_its_stack_logged(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"heartbeat_interval": 0.2, "heartbeat_limit": 2.0})
    daemon.start()
    victim = daemon.workers()[port]
    begun = time.monotonic()
    with pytest.raises(OSError):  # noqa: PT011 - cut or refused, both are right
        get(port, "/hook/spin", timeout=10.0)
    wait_until(lambda: serving_pid(port) not in {None, victim}, what="replacement")
    assert time.monotonic() - begun <= 2.0 + 0.2 + 1.0
    [stack] = daemon.wait_for("child_stack")
    assert stack["pid"] == victim
    assert any("children.py" in line and "in spin" in line for line in stack["stack"])


def test_stopped_worker_is_replaced_and_its_stack_logged(daemon: DaemonUnderTest) -> None:
    """SIGSTOP: its port refuses after a moment, then another one serves."""
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"heartbeat_interval": 0.2, "heartbeat_limit": 3.0, "refuse_after": 0.5})
    daemon.start()
    victim = daemon.workers()[port]
    os.kill(victim, signal.SIGSTOP)
    begun = time.monotonic()
    wait_until(lambda: refuses(port), seconds=2.5, what="the port refuses")
    wait_until(lambda: serving_pid(port) not in {None, victim}, what="replacement")
    assert time.monotonic() - begun <= 3.0 + 0.2 + 1.0
    [stack] = daemon.wait_for("child_stack")
    assert any("runners.py" in line for line in stack["stack"])
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
    daemon.configure(supervisor={"heartbeat_interval": 0.2, "heartbeat_limit": 10.0, "refuse_after": 0.3})
    daemon.start()
    victim = daemon.workers()[port]
    assert get(port, "/hook/block?seconds=2.5", timeout=8.0) == (200, "done")
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
    daemon.configure(supervisor={"heartbeat_interval": 0.2, "heartbeat_limit": 1.0})
    daemon.start()
    before = daemon.workers()
    family = daemon.family()
    for process in family:
        process.suspend()
    time.sleep(5.0)  # the freeze itself
    for process in family:
        process.resume()
    daemon.wait_for("master_was_late")
    time.sleep(2.0)  # twice the limit: long enough to kill somebody
    assert daemon.workers() == before
    assert not daemon.events("child_ended")


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
