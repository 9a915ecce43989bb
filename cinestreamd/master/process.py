"""One process of the master's own, held by a pidfd: signals cannot hit a stranger, and its end is an event."""

import asyncio
import os
import signal
from collections.abc import Callable

from cinestreamd.master.child import Ending


class Process:
    """A child process. ``on_exit`` is called once, after it was reaped."""

    def __init__(self, pid: int, on_exit: Callable[[Ending], None]) -> None:
        self.pid = pid
        self._on_exit = on_exit
        self._pidfd = os.pidfd_open(pid)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._pidfd, self._reap)
        self.alive = True

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal; one that has ended gets none."""
        if self.alive:
            try:
                signal.pidfd_send_signal(self._pidfd, number)
            except ProcessLookupError:
                return  # it ended this moment; its reader will tell

    def kill(self) -> None:
        """End it now."""
        self.send_signal(signal.SIGKILL)

    def _reap(self) -> None:
        result = os.waitid(os.P_PIDFD, self._pidfd, os.WEXITED | os.WNOHANG)
        if result is None:
            return
        self.alive = False
        self._loop.remove_reader(self._pidfd)
        os.close(self._pidfd)
        exited = result.si_code == os.CLD_EXITED
        self._on_exit(Ending(code=result.si_status) if exited else Ending(signal=result.si_status))
