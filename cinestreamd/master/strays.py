"""Children that nobody holds.

As a subreaper the master is given processes that it never asked for, or no longer knows of: one whose fork was given
up because the zygote died meanwhile, or what a child has started. Ended ones are reaped; living ones, which nobody
would ever stop, are killed when they are found twice.
"""

import os
import signal
from pathlib import Path
from typing import Final

import structlog

from cinestreamd.master.forker import Forker

CHILDREN: Final = Path("/proc/thread-self/children")

log = structlog.get_logger()


class Strays:
    """Finds and ends stray children."""

    def __init__(self, forker: Forker) -> None:
        self._forker = forker
        self._suspects: set[int] = set()

    def look(self, known: set[int]) -> None:
        """One look, meant for every second. ``known`` are the children that are held: those are left alone."""
        if self._forker.is_forking:
            self._suspects.clear()  # a child is on its way that is not known yet, and may even have ended
            return
        for pid in reap_ended(known):
            log.info("stray_reaped", pid=pid)
        strays = living_children() - known
        for pid in strays & self._suspects:
            log.warning("stray_killed", pid=pid)
            os.kill(pid, signal.SIGKILL)  # it is our own child and not reaped: the number cannot be another's
        self._suspects = strays


def reap_ended(known: set[int]) -> list[int]:
    """Reap ended children that are not among the ``known`` ones; returns their process ids."""
    strays: list[int] = []
    while True:
        try:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return strays
        if found is None or found.si_pid in known:
            return strays
        os.waitid(os.P_PID, found.si_pid, os.WEXITED | os.WNOHANG)
        strays.append(found.si_pid)


def living_children() -> set[int]:
    """The process ids of this thread's children, by /proc; empty where the kernel does not tell."""
    try:
        return {int(text) for text in CHILDREN.read_text(encoding="ascii").split()}
    except OSError:
        return set()
