"""Measures what docs/QUALITY.md says about processes (a minute).

Run it by ``PYTHONPATH=.:tests/support python tests/process/figures.py``.
"""

import os
import signal
import statistics
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import psutil
from daemon_under_test import CALM, DaemonUnderTest, Load, get, is_alive, pss, wait_until

from cinestreamd.master.forking import DEFAULT_ENTRIES

ROUNDS = 5


def say(name: str, values: list[float], unit: str) -> None:
    sys.stdout.write(
        f"{name}: median {statistics.median(values):.3g} {unit}, best {min(values):.3g}, of {len(values)}\n"
    )


def moment(daemon: DaemonUnderTest, event: str) -> float:
    return datetime.fromisoformat(daemon.events(event)[0]["timestamp"]).timestamp()


def boot(folder: Path, sites: int) -> DaemonUnderTest:
    folder.mkdir()
    daemon = DaemonUnderTest(folder)
    for number in range(sites):
        daemon.add_site(f"site{number}", processes=12)
    return daemon.start(DEFAULT_ENTRIES)


def measure_boot(folder: Path, sites: int) -> None:
    since_start, since_warm, memory, after_load = [], [], [], []
    for number in range(ROUNDS if sites == 1 else 3):
        daemon = boot(folder / f"boot{sites}-{number}", sites)
        ready = moment(daemon, "daemon_ready")
        since_start.append(ready - psutil.Process(daemon.pid).create_time())
        since_warm.append(ready - moment(daemon, "zygote_warm"))
        memory.append(pss(daemon.family()) / 2**20)
        for port in daemon.workers():
            for path in ("/healthz", "/uk/", "/en/", "/ru/"):
                get(port, path)
        after_load.append(pss(daemon.family()) / 2**20)
        daemon.end()
    workers = 12 * sites
    say(f"{workers} workers ready after the start", since_start, "s")
    say(f"{workers} workers ready after imports", since_warm, "s")
    say(f"PSS of master, zygote and {workers} workers, idle", memory, "MiB")
    say(f"PSS of master, zygote and {workers} workers, after light load", after_load, "MiB")


def measure_kills(folder: Path) -> None:
    (folder / "kills").mkdir()
    daemon = DaemonUnderTest(folder / "kills")
    ports = list(daemon.add_site(processes=12))
    daemon.configure(supervisor={**CALM, "stable_after": 0.001})
    daemon.start(DEFAULT_ENTRIES)
    for name, victims in (("one killed worker", ports[:1]), ("all twelve killed workers", ports)):
        taken = []
        for _ in range(ROUNDS):
            workers = wait_until(lambda: len(found := daemon.workers()) == 12 and found)
            ready = len(daemon.events("child_ready"))
            begun = time.time()
            for port in victims:
                os.kill(workers[port], signal.SIGKILL)
            daemon.wait_for("child_ready", count=ready + len(victims))
            last = daemon.events("child_ready")[ready + len(victims) - 1]["timestamp"]
            taken.append((datetime.fromisoformat(last).timestamp() - begun) * 1000)
        say(f"{name} ready again", taken, "ms")
    with Load(ports[:2], clients=2) as load:
        load.wait(200)
        for _ in range(8):
            os.kill(wait_until(lambda: daemon.workers().get(ports[0])), signal.SIGKILL)
            load.wait(100)
    sys.stdout.write(f"8 kills of one of two workers under load: {dict(load.counts)}\n")
    with Load(ports[:2], clients=4, keep_alive=True) as load:
        load.wait(200)
        begun = time.monotonic()
        daemon.call("restart")
        taken_by_restart = time.monotonic() - begun
        load.wait(200)
    sys.stdout.write(f"rolling restart of 12 workers under load: {taken_by_restart:.2f} s, {dict(load.counts)}\n")
    family = daemon.family()
    begun = time.monotonic()
    os.kill(daemon.pid, signal.SIGKILL)
    wait_until(lambda: not any(is_alive(process) for process in family))
    sys.stdout.write(f"kill -9 of the master: no process left after {(time.monotonic() - begun) * 1000:.0f} ms\n")
    daemon.end()


def measure_idle(folder: Path) -> None:
    daemon = boot(folder / "idle", 1)
    family = daemon.family()
    used = sum(sum(process.cpu_times()[:2]) for process in family)
    time.sleep(10)
    used = sum(sum(process.cpu_times()[:2]) for process in family) - used
    sys.stdout.write(f"processor time of master, zygote and 12 idle workers: {used * 10:.2f} % of one core\n")
    daemon.end()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        measure_boot(Path(name), 1)
        measure_boot(Path(name), 3)
        measure_kills(Path(name))
        measure_idle(Path(name))
