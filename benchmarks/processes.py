"""Part (c): how soon one, twelve and thirty-six workers serve, what memory they have, how fast a dead one is back."""

import os
import signal
import time
from pathlib import Path

from results import Part, Plan
from servers import Daemon, fetch, wait_until


def measure_processes(folder: Path, plan: Plan) -> Part:
    """Boot each number of workers some times, have each worker make four pages, kill a few."""
    part = Part("Boot, memory, deaths (c)")
    for sites, processes in ((1, 2),) if plan.quick else ((1, 1), (1, 12), (3, 12)):
        _measure_boots(part, folder, plan, sites=sites, processes=processes)
    return part


def _measure_boots(part: Part, folder: Path, plan: Plan, *, sites: int, processes: int) -> None:
    since_start, since_warm, memory, back = [], [], [], []
    for number in range(plan.rounds):
        with Daemon(folder / f"{sites}x{processes}-{number}", sites=sites, processes=processes).running() as daemon:
            ready = daemon.moments("daemon_ready")[0]
            since_start.append(ready - daemon.begun)
            since_warm.append(ready - daemon.moments("zygote_warm")[0])
            for port in daemon.ports:
                for path in ("/healthz", "/uk/", "/en/", "/ru/"):
                    fetch(port, path)
            memory.append(daemon.memory())
            if (sites, number) == (1, 0) and processes > 1:
                back = _kill(daemon)
    count = sites * processes
    part.note(f"{count} workers serve, after the start", "s", since_start)
    warm = part.note(f"{count} workers serve, after the imports", "s", since_warm)
    size = part.note(f"memory of master, zygote and {count} workers after four pages each", "MB", memory)
    if back:
        part.hold(f"{count} workers serve, seconds after the imports", warm.median, 0.5, at_most=True)
        part.hold(f"memory of master, zygote and {count} workers, MB", size.median, 150, at_most=True)
        killed = part.note("a killed worker serves again, after", "ms", back)
        part.hold("a killed worker serves again, ms", killed.median, 50, at_most=True)


def _kill(daemon: Daemon) -> list[float]:
    """Kill each worker once, one after the other; milliseconds until its successor says that it serves."""
    taken = []
    for port, pid in list(daemon.workers().items()):
        ready = len(daemon.moments("child_ready"))
        begun = time.time()
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(daemon.moments("child_ready")) > ready, f"port {port} is served again")  # noqa: B023 - waited for at once
        taken.append((daemon.moments("child_ready")[ready] - begun) * 1000)
    return taken
