"""Part (d): what visitors bear while a worker is killed each second, behind the product's nginx."""

import os
import signal
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from front import PAST_CACHE, from_many
from results import Part, Plan
from servers import Daemon, nginx
from serving import JSON_PATH
from wrk import Load, put_load_on


class Killer:
    """Kills a worker a second, each time of another port, while the block runs."""

    def __init__(self, daemon: Daemon) -> None:
        self.killed = 0
        self._daemon = daemon
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(1.0):
            workers = sorted(self._daemon.workers().items())
            if workers:
                os.kill(workers[self.killed % len(workers)][1], signal.SIGKILL)
                self.killed += 1


def measure_deaths(folder: Path, plan: Plan) -> Part:
    """The same load with and without deaths, in turn."""
    part = Part("A worker killed each second (d)")
    seconds = plan.size(plan.seconds + 3, 2)
    calm: list[Load] = []
    deadly: list[Load] = []
    killed = 0
    with ExitStack() as stack:
        daemon = stack.enter_context(Daemon(folder, processes=plan.size(12, 3)).running())
        front = stack.enter_context(nginx(folder, daemon.sites[0], files={}))
        asked = from_many(JSON_PATH, **PAST_CACHE)
        for _ in range(plan.rounds):
            calm.append(put_load_on(front.http, asked, seconds=seconds))
            with Killer(daemon) as killer:
                deadly.append(put_load_on(front.http, asked, seconds=seconds, tolerant=True))
            killed += killer.killed
    for name, loads in (("nobody dies", calm), ("a worker dies each second", deadly)):
        part.note(f"{name}: answers", "/s", [load.rate for load in loads])
        part.note(f"{name}: delay at the median", "ms", [load.p50 for load in loads])
        part.note(f"{name}: delay at the 99th percentile", "ms", [load.p99 for load in loads])
    failed = sum(sum(load.failures.values()) for load in deadly)
    part.hold(
        f"failed of {sum(load.requests for load in deadly):,} requests over {killed} deaths", failed, 0, at_most=True
    )
    return part
