"""Where logs go: written without ever waiting, and, if it is a file, opened anew after it was moved away.

A process that waits for its log to be read serves nobody. Standard output is shared with other programs, so it cannot
simply be made non-blocking: that would change it for all of them. A pipe or a terminal is opened a second time for
each line instead, and a socket is told for each line.
"""

import os
import socket
import stat
from pathlib import Path
from typing import Final

OUTPUTS: Final = (1, 2)


def write_without_waiting(descriptor: int, data: bytes) -> None:
    """Write to a descriptor what it takes at this moment.

    Raises:
        OSError: it takes nothing: full, closed, or nobody reads (``BlockingIOError``).
    """
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISSOCK(mode):
        with socket.socket(fileno=os.dup(descriptor)) as sock:
            sock.send(data, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
    elif stat.S_ISFIFO(mode) or os.isatty(descriptor):
        flags = os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
        own = os.open(f"/proc/self/fd/{descriptor}", flags)
        try:
            os.write(own, data)
        finally:
            os.close(own)
    else:
        os.write(descriptor, data)


def log_path(descriptor: int = 1) -> str | None:
    """The path of the regular file that a descriptor writes to; None for a pipe, a terminal or a socket.

    It is to be asked before the file is moved away: the descriptor's own path follows the file.
    """
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return None
    path = Path(f"/proc/self/fd/{descriptor}").readlink()
    return str(path) if path.is_absolute() else None


def reopen(path: str) -> None:
    """Write to the file that is at ``path`` now, on standard output and whatever else wrote to the same file.

    Raises:
        OSError: it cannot be opened; then output goes where it went.
    """
    fresh = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        write_to(fresh)
    finally:
        os.close(fresh)


def write_to(fresh: int) -> None:
    """Write to an open file, on standard output and whatever else wrote to the same file as that."""
    former = os.fstat(OUTPUTS[0])
    for descriptor in OUTPUTS:
        status = os.fstat(descriptor)
        if (status.st_dev, status.st_ino) == (former.st_dev, former.st_ino):
            os.dup2(fresh, descriptor, inheritable=True)
