"""Listening sockets: bound by the master once, inherited by every worker of their port.

While a worker is being replaced, the kernel keeps accepting connections into the queue, so none is refused. When that
lasts too long, the port refuses at once, so that a proxy in front turns to another one: ``shutdown`` on the shared
socket does it even while a stuck child holds a copy, and ``listen`` revives it. A socket that a service manager has
given us is not ours to shut.
"""

import os
import socket
import stat
from collections.abc import Iterable, Mapping
from typing import Final

import structlog

from cinestreamd.errors import ConfigurationError

BACKLOG: Final = 1024
FIRST_PASSED: Final = 3
"""The descriptor of the first passed socket (sd_listen_fds(3))."""

log = structlog.get_logger()


class Listener:
    """One listening socket on one port."""

    def __init__(self, sock: socket.socket, *, given: bool = False) -> None:
        self._sock = sock
        self._given = given
        self.port: int = sock.getsockname()[1]
        self.refusing = False

    def fileno(self) -> int:
        """The descriptor that children inherit."""
        return self._sock.fileno()

    def refuse(self) -> bool:
        """Refuse connections from now on, also those that wait in the queue; tells whether that is new."""
        if self._given or self.refusing:
            return False
        self.refusing = True
        self._sock.shutdown(socket.SHUT_RDWR)
        return True

    def revive(self) -> None:
        """Accept connections again."""
        if self.refusing:
            self._sock.listen(BACKLOG)
            self.refusing = False

    def close(self) -> None:
        """Let go of the master's copy. One that was given stays open: only its giver could listen there again."""
        if not self._given:
            self._sock.close()


def bind(
    address: str, ports: Iterable[int], given: Mapping[int, socket.socket], *, option: str = "start_port"
) -> dict[int, Listener]:
    """Listen on all ``ports`` of ``address``, or on none. ``given`` sockets, by port, are used where they fit.

    ``option`` is what an operator changes to have other ports.

    Raises:
        ConfigurationError: a port is in use, or may not be used; says which.
    """
    bound: dict[int, Listener] = {}
    try:
        for port in ports:
            bound[port] = Listener(given[port], given=True) if port in given else Listener(_listen(address, port))
    except OSError as error:
        for listener in bound.values():
            listener.close()
        problem = f"cannot listen here ({os.strerror(error.errno or 0)}); stop what does, or choose another {option}"
        raise ConfigurationError(place=f"{address}:{port}", problem=problem) from None
    return bound


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.setblocking(False)
        sock.bind((address, port))
        sock.listen(BACKLOG)
    except BaseException:
        sock.close()
        raise
    return sock


def take_given(environment: Mapping[str, str]) -> dict[int, socket.socket]:
    """The listening TCP sockets that a service manager passed to this process, by port (sd_listen_fds(3))."""
    if environment.get("LISTEN_PID") != str(os.getpid()):
        return {}
    count = environment.get("LISTEN_FDS", "")
    given: dict[int, socket.socket] = {}
    for descriptor in range(FIRST_PASSED, FIRST_PASSED + (int(count) if count.isdecimal() else 0)):
        if not _is_socket(descriptor):
            log.warning("given_socket_unused", descriptor=descriptor, problem="is no socket")
            continue
        sock = socket.socket(fileno=descriptor)
        sock.set_inheritable(False)
        if sock.family not in {socket.AF_INET, socket.AF_INET6} or not _listens(sock):
            log.warning("given_socket_unused", descriptor=descriptor, problem="is no listening TCP socket")
            sock.close()
            continue
        sock.setblocking(False)
        given[sock.getsockname()[1]] = sock
    return given


def _is_socket(descriptor: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(descriptor).st_mode)
    except OSError:
        return False


def _listens(sock: socket.socket) -> bool:
    return bool(sock.type == socket.SOCK_STREAM and sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
