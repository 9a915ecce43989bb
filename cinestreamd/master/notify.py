"""What the service manager is told (sd_notify(3)), and what it has told us. Sending never waits."""

import socket
import time
from collections.abc import Mapping, MutableMapping
from typing import Final

import structlog

NAMES: Final = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")

log = structlog.get_logger()


class Notifier:
    """Sends state to the socket that ``NOTIFY_SOCKET`` names; without one it does nothing."""

    def __init__(self, environment: Mapping[str, str], *, pid: int) -> None:
        self._sock: socket.socket | None = None
        self._address = environment.get("NOTIFY_SOCKET", "")
        self.watchdog_seconds = _watchdog_seconds(environment, pid)
        if self._address.startswith(("/", "@")):
            self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            self._sock.setblocking(False)

    def say(self, *lines: str) -> bool:
        """Send assignments such as ``READY=1``; tells whether they were taken."""
        if self._sock is None:
            return False
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            self._sock.sendto("\n".join(lines).encode(), address)
        except OSError:  # nobody reads, or nobody is there: that must not stop us
            return False
        return True

    def ready(self, status: str) -> None:
        """All sites serve, or were given up."""
        self.say("READY=1", f"STATUS={status}")

    def reloading(self) -> None:
        """The configuration is being read anew; ``ready`` ends it."""
        self.say("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")

    def stopping(self) -> None:
        """The daemon ends."""
        self.say("STOPPING=1", "STATUS=Stopping")

    def close(self) -> None:
        """Let go of the socket."""
        if self._sock is not None:
            self._sock.close()
            self._sock = None


def _watchdog_seconds(environment: Mapping[str, str], pid: int) -> float | None:
    """How often at least the service manager wants to hear from process ``pid`` (sd_watchdog_enabled(3))."""
    text = environment.get("WATCHDOG_USEC", "")
    if not text.isdecimal() or int(text) == 0 or environment.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    return int(text) / 1_000_000


def forget_service_manager(environment: MutableMapping[str, str]) -> None:
    """Drop what was meant for the master alone, so that no child speaks in its name or takes its sockets."""
    for name in NAMES:
        environment.pop(name, None)
