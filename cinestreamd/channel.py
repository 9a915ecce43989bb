"""Typed messages between the master and its children, over ``SOCK_SEQPACKET`` socket pairs.

One packet is one message: nothing is ever half-read, and a child's death is an end of file. Each side decodes only the
messages that the other may send, so a broken or hostile child can say nothing that the master does not understand.
Sending never blocks and never waits: what does not fit is refused, and the caller decides what that means.
"""

import asyncio
import os
import signal
import socket
from array import array
from collections.abc import Callable
from typing import Annotated, Final, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct

from cinestreamd.all_sites import SitesPart
from cinestreamd.metering import Entry
from cinestreamd.site_state import SiteState

PACKET_BYTES: Final = 16 * 1024
"""No message is longer. What can be longer (a site's settings) goes through a memory file instead."""

PACKETS_AT_ONCE: Final = 64
"""So many packets are taken from one channel before the other channels get their turn."""

STACK_SIGNAL: Final = signal.SIGUSR2
"""Asks a child to write the stacks of its threads into its stack file: works even when its loop is stuck."""


class Message(Struct, frozen=True, tag=True, tag_field="kind"):
    """What one packet carries."""


class Ready(Message, frozen=True):
    """Child to master: it serves. ``loop`` names the event loop's class."""

    loop: str = ""


class Heartbeat(Message, frozen=True):
    """Child to master, from the child's own event loop: it turns. Counters are totals since the child's start."""

    requests: int = 0
    in_flight: int = 0
    connections: int = 0


class Counted(Message, frozen=True):
    """Child to master: what was counted since the last report."""

    entries: tuple[Entry, ...]


class ScrapeRequest(Message, frozen=True):
    """Worker to master: a visitor wants this city read, or one of its cinemas again. ``id`` names the answer.

    ``by_operator``: it is read although its data is fresh, or the city rests after a failure. ``request_id`` is that of
    the request in which it was asked for, for the log.
    """

    id: int
    city_id: str
    cinema_id: str | None = None
    by_operator: bool = False
    request_id: Annotated[str, Meta(max_length=64)] = ""


class StateRequest(Message, frozen=True):
    """Worker to master: an operator wants to see the worker's own site. ``id`` names the answer."""

    id: int


class SitesRequest(Message, frozen=True):
    """Worker to master: an operator wants to see all sites whose names come ``after`` one. ``id`` names the answer.

    Answered only where the configuration names the worker's site for it.
    """

    id: int
    after: Annotated[str, Meta(max_length=64)] = ""


class NicenessRefused(Message, frozen=True):
    """Agent to master: the system did not let it lower its priority."""

    problem: str


class ScrapeAnswer(Message, frozen=True):
    """Master to worker: what became of the request ``id``.

    ``unpaid``: only Claude could read the city, and cannot be paid before ``retry_after`` seconds have passed.
    """

    id: int
    answer: Literal["accepted", "full", "unpaid"]
    retry_after: int = 0


class StateAnswer(Message, frozen=True):
    """Master to worker: the answer to the request ``id``."""

    id: int
    state: SiteState


class SitesAnswer(Message, frozen=True):
    """Master to worker: the answer to the request ``id``."""

    id: int
    part: SitesPart


class Drain(Message, frozen=True):
    """Master to child: take nothing new, finish within ``deadline`` seconds, then exit.

    Connections with no request under way may stay for ``idle_grace`` seconds, so that a client that is just sending its
    next request is answered rather than cut.
    """

    deadline: float
    idle_grace: float = 0.0


class ReopenLog(Message, frozen=True):
    """Master to child: the log file was moved away; write to the one at ``path`` from now on.

    A child that may not open it by itself gets it as the descriptor that comes along.
    """

    path: str


FromChild = Ready | Heartbeat | Counted | ScrapeRequest | StateRequest | SitesRequest | NicenessRefused
FromMaster = ScrapeAnswer | StateAnswer | SitesAnswer | Drain | ReopenLog

Received = TypeVar("Received")


class Channel(Generic[Received]):
    """One end of a channel in an event loop. ``kind`` is the union of messages that the other end may send.

    ``on_message`` is called for each message, ``on_end`` once: when the other end is gone, or said what is no message.
    Neither may be called after ``close``.
    """

    def __init__(
        self,
        sock: socket.socket,
        kind: type[Received],
        *,
        on_message: Callable[[Received], None],
        on_end: Callable[[], None],
        takes_descriptors: bool = False,
    ) -> None:
        sock.setblocking(False)
        self._takes_descriptors = takes_descriptors
        self._descriptors: list[int] = []
        self._sock = sock
        self._decoder = msgspec.msgpack.Decoder(kind)
        self._on_message = on_message
        self._on_end = on_end
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(sock.fileno(), self._receive)
        self.open = True

    def send(self, message: Message, *, descriptor: int | None = None) -> bool:
        """Send one message if it fits into the other end's queue now; tells whether it did.

        A copy of ``descriptor`` goes along with it.
        """
        if not self.open:
            return False
        along = [] if descriptor is None else [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array("i", [descriptor]))]
        try:
            self._sock.sendmsg([msgspec.msgpack.encode(message)], along, socket.MSG_NOSIGNAL)
        except OSError:  # the queue is full, or nobody is there any more: the reader learns that by itself
            return False
        return True

    def remaining(self) -> list[Received]:
        """What a dead other end has sent and nobody has taken yet."""
        found: list[Received] = []
        while self.open:
            try:
                packet = self._sock.recv(PACKET_BYTES)
                if not packet:
                    break
                found.append(self._decoder.decode(packet))
            except (OSError, msgspec.MsgspecError):
                break
        return found

    def take_descriptor(self) -> int | None:
        """The descriptor that came with the message at hand, to be closed by the caller; None if none did."""
        return self._descriptors.pop() if self._descriptors else None

    def close(self) -> None:
        """Let go of this end; the other one reads an end of file."""
        if self.open:
            self.open = False
            self._loop.remove_reader(self._sock.fileno())
            self._sock.close()

    def _receive(self) -> None:
        for _ in range(PACKETS_AT_ONCE):
            if not self.open:
                return
            try:
                packet = self._take_packet()
                message = self._decoder.decode(packet) if packet else None
            except BlockingIOError:
                return
            except (OSError, msgspec.MsgspecError):
                message = None
            if message is None:
                self.close()
                self._on_end()
                return
            self._on_message(message)
            while self._descriptors:
                os.close(self._descriptors.pop())

    def _take_packet(self) -> bytes:
        if not self._takes_descriptors:  # what is sent along is closed by the kernel: a child cannot fill our table
            return self._sock.recv(PACKET_BYTES)
        packet, self._descriptors, _, _ = socket.recv_fds(self._sock, PACKET_BYTES, 1)
        return packet


def channel_pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends, both closed on exec."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
