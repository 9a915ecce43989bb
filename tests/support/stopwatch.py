"""Times that are held to a limit on a machine that may have other things to do."""

import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import psutil

figures = logging.getLogger("figures")
"""What was measured: shown by ``pytest -o log_cli=true --log-cli-level=INFO``."""


class Stopwatch:
    """Seconds since its making, less the share of all processors that other programs had meanwhile.

    On a quiet machine that is the time as it passes. On a busy one the time would tell of the others: of four seconds
    in which they used half of all processors, two count; but never less than a twentieth. Own are this test process and
    all below it.
    """

    def __init__(self) -> None:
        self._own, self._busy = own_processor_seconds(), busy_processor_seconds()
        self._begun = time.monotonic()

    def seconds(self) -> float:
        """The time so far."""
        wall = time.monotonic() - self._begun
        others = busy_processor_seconds() - self._busy - (own_processor_seconds() - self._own)
        fair = max(wall - max(others, 0.0) / (os.cpu_count() or 1), wall / 20)
        figures.info("%.3f s passed, %.3f s without what others had of the processors", wall, fair)
        return fair


def own_processor_seconds() -> float:
    """Processor time of this process and of all below it, the ended ones that were waited for included."""
    own = psutil.Process()
    total = 0.0
    for process in [own, *own.children(recursive=True)]:
        try:
            total += sum(process.cpu_times()[:4])
        except psutil.NoSuchProcess:
            continue
    return total


def busy_processor_seconds() -> float:
    """Time in which the machine's processors were not idle, by /proc/stat: all but idle, iowait and the guests'."""
    fields = [int(text) for text in Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:]]
    return (sum(fields[:8]) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def processor_seconds(work: Callable[[], object]) -> float:
    """The processor time that a piece of work takes in this process; what other programs do does not count."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def best_of(tries: int, limit: float, measure: Callable[[], float], *, what: str) -> None:
    """Hold what ``measure`` returns in seconds to a limit, as the best of some tries."""
    taken: list[float] = []
    while not taken or (taken[-1] > limit and len(taken) < tries):
        taken.append(round(measure(), 3))
    figures.info("%s: %s s, limit %s s", what, taken, limit)
    assert taken[-1] <= limit, f"{what}: {taken} s, limit {limit} s"
