"""Ports for servers that a test starts, which no other test process on this machine is given at the same time.

A port that was free a moment ago may be somebody else's now, and a test would talk to a stranger's server. So each test
process owns a block of ports, by a lock that ends with it; within its block it goes round. The blocks lie below the
range from which the kernel takes ports for outgoing connections.
"""

import fcntl
import os
import socket
import tempfile
from functools import cache
from pathlib import Path

FIRST, LAST, BLOCK = 10_000, 32_000, 200


class PortBlock:
    """A block of ports that is this process's own until it ends."""

    def __init__(self) -> None:
        self.first = self._own()
        self._next = self.first

    def take(self, count: int) -> int:
        """The first of ``count`` ports in a row on which nobody listens; each call goes on where the last one ended."""
        for _ in range(2 * BLOCK):
            if self._next + count > self.first + BLOCK:
                self._next = self.first
            start = self._next
            taken = [port for port in range(start, start + count) if not _is_free(port)]
            self._next = taken[-1] + 1 if taken else start + count
            if not taken:
                return start
        raise AssertionError(f"no {count} free ports in a row from {self.first}")

    def _own(self) -> int:
        folder = Path(tempfile.gettempdir(), "cinestreamd-test-ports")
        folder.mkdir(mode=0o777, exist_ok=True)
        for first in range(FIRST, LAST, BLOCK):
            descriptor = os.open(folder / f"{first}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
            else:
                return first  # the descriptor stays open, and with it the lock
        raise AssertionError("every block of ports is taken")


def _is_free(port: int) -> bool:
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the daemon does: a port in TIME_WAIT is free
        try:
            sock.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


@cache
def _block(_pid: int) -> PortBlock:
    return PortBlock()


def free_ports(count: int = 1) -> int:
    """The first of ``count`` ports in a row that this test process may listen on."""
    return _block(os.getpid()).take(count)
