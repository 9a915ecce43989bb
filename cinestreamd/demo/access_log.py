"""The demo server's access log: one JSON line a request, so that fetches can be counted."""

import os
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import msgspec


class AccessLog:
    """Appends a line for each request to a file; each line is written at once and whole.

    Raises:
        OSError: the file cannot be opened for appending.
    """

    def __init__(self, path: Path) -> None:
        # O_APPEND keeps lines of several writers whole; O_NONBLOCK: a pipe that nobody reads must not stall the loop.
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW
        self._descriptor = os.open(path, flags, 0o600)

    def write(self, *, time: datetime, method: str, path: str, status: int, user_agent: str) -> None:
        """Add one request. ``path`` carries the query."""
        fields = {
            "time": time.isoformat(timespec="milliseconds"),
            "method": method,
            "path": path,
            "status": status,
            "user_agent": user_agent,
        }
        with suppress(BlockingIOError, BrokenPipeError):  # a pipe's reader may be slow or gone; requests go on
            os.write(self._descriptor, msgspec.json.encode(fields) + b"\n")

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)
