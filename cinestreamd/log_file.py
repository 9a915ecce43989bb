"""Log rotation: when standard output is a file, it can be opened anew after the file was moved away.

The master remembers the file's path at its start, since the descriptor's own path follows the file when that is moved.
"""

import os
import stat
from pathlib import Path
from typing import Final

OUTPUTS: Final = (1, 2)


def log_path(descriptor: int = 1) -> str | None:
    """The path of the regular file that a descriptor writes to; None for a pipe, a terminal or a socket."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return None
    path = Path(f"/proc/self/fd/{descriptor}").readlink()
    return str(path) if path.is_absolute() else None


def reopen(path: str) -> None:
    """Write to the file that is at ``path`` now, on standard output and whatever else wrote to the same file.

    Raises:
        OSError: it cannot be opened; then output goes where it went.
    """
    former = os.fstat(OUTPUTS[0])
    fresh = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        for descriptor in OUTPUTS:
            status = os.fstat(descriptor)
            if (status.st_dev, status.st_ino) == (former.st_dev, former.st_ino):
                os.dup2(fresh, descriptor, inheritable=True)
    finally:
        os.close(fresh)
