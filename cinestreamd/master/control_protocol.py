"""What is said over the control socket: one line of JSON each way, with a version, and bounded."""

import os
import socket
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

VERSION: Final = 1
MAX_LINE: Final = 4 * 1024 * 1024
MAX_REQUEST: Final = 64 * 1024
SOCKET_PATH_BYTES: Final = 107
"""The longest path that a unix socket's address holds (unix(7))."""


class Request(Struct, frozen=True, forbid_unknown_fields=True):
    """A command to the daemon."""

    v: int
    command: str
    arguments: dict[str, Any] = {}


class Problem(Struct, frozen=True):
    """Why a command was not carried out."""

    code: str
    message: str
    exit_code: int = 1


class Response(Struct, frozen=True):
    """What came of a command: a result, or a problem."""

    v: int = VERSION
    result: Any = None
    problem: Problem | None = None


def socket_path(state_dir: Path) -> Path:
    """Where the control socket is."""
    return state_dir / "run" / "control.sock"


def with_short_address(path: Path, sock: socket.socket, *, bind: bool) -> None:
    """Bind or connect ``sock`` at ``path``, however long: a long one is reached through its open folder.

    Raises:
        OSError: as ``bind`` or ``connect`` do.
    """
    use = sock.bind if bind else sock.connect
    if len(os.fsencode(path)) <= SOCKET_PATH_BYTES:
        use(str(path))
        return
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        use(f"/proc/self/fd/{folder}/{path.name}")
    finally:
        os.close(folder)
