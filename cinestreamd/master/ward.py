"""A child in the master's care: its life, its process, its channel and what it reports."""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Final

import structlog
from msgspec import Struct

from cinestreamd.channel import (
    STACK_SIGNAL,
    Channel,
    Counted,
    Drain,
    FromChild,
    Heartbeat,
    Message,
    Ready,
    channel_pair,
)
from cinestreamd.config import Supervisor
from cinestreamd.master import child as life
from cinestreamd.master.child import Child, Due, Ending
from cinestreamd.master.forker import Forker, ForkError
from cinestreamd.master.listeners import Listener
from cinestreamd.master.process import Process
from cinestreamd.metering import RESTARTS, Entry

RETRY: Final = 0.5
"""Seconds until a fork is tried again that failed for no fault of the child."""

STACK_BYTES: Final = 64 * 1024

log = structlog.get_logger()


class Duty(Struct, frozen=True, kw_only=True):
    """What a ward is for: the fields by which people know it, and the work that its processes are given."""

    role: str
    title: str
    spec: bytes
    site: str | None = None
    port: int | None = None
    user: tuple[int, int] | None = None
    env: str = ""


class Ward:
    """One child, restarted for as long as its life says so.

    ``on_change`` is called after each change of state, ``on_message`` for messages that are the ward's own business.
    """

    def __init__(
        self,
        duty: Duty,
        *,
        forker: Forker,
        policy: Supervisor,
        clock: Callable[[], float],
        listener: Listener,
        on_change: Callable[["Ward"], None],
        on_message: Callable[["Ward", FromChild], None],
    ) -> None:
        self.duty = duty
        self.policy = policy
        self.child = Child()
        self.process: Process | None = None
        self.born = 0.0
        self.loop = ""
        self.beat = Heartbeat()
        self.rate = 0.0
        self._forker = forker
        self._clock = clock
        self._listener = listener
        self._on_change = on_change
        self._on_message = on_message
        self._channel: Channel[FromChild] | None = None
        self._stack = -1
        self._starting: asyncio.Task[None] | None = None
        self._log = log.bind(role=duty.role, site=duty.site, port=duty.port)

    @property
    def state(self) -> life.State:
        """Where the child is in its life."""
        return self.child.state

    @property
    def is_serving(self) -> bool:
        """Whether clients may be sent to it."""
        return life.is_serving(self.child, self._clock(), self.policy)

    def tick(self) -> None:
        """Do what is due."""
        due = life.due(self.child, self._clock(), self.policy)
        if due is Due.START and self._starting is None:
            self._starting = asyncio.create_task(self._start())
        elif due is Due.CONDEMN:
            self._condemn()
        elif due is Due.KILL and self.process is not None:
            self.process.kill()

    def send(self, message: Message, *, descriptor: int | None = None) -> bool:
        """Send its process a message, if there is one that takes it; a copy of ``descriptor`` goes along."""
        return self._channel is not None and self._channel.send(message, descriptor=descriptor)

    def drain(self, seconds: float, *, idle_grace: float = 0.0) -> None:
        """Have it finish within ``seconds`` and go, for good. May be called again with less time."""
        self.child = life.drain(self.child, self._clock(), seconds)
        self._send_drain(seconds, idle_grace)
        self._on_change(self)

    def revive(self) -> None:
        """Try again what was given up."""
        self.child = life.revive(self.child, self._clock())
        self.tick()

    def _send_drain(self, seconds: float, idle_grace: float) -> None:
        if self.process is not None and not self.send(Drain(deadline=seconds, idle_grace=idle_grace)):
            self.process.send_signal(signal.SIGTERM)

    async def _start(self) -> None:
        try:
            async with self._forker.turn():
                if self.child.state == "backoff":
                    await self._fork()
        except (ForkError, OSError) as error:
            if self.child.state == "backoff":
                self.child = life.postpone(self.child, self._clock(), RETRY, str(error))
                self._log.warning("fork_failed", problem=str(error))
        finally:
            self._starting = None

    async def _fork(self) -> None:
        ours, theirs = channel_pair()
        stack = os.memfd_create("cinestreamd-stack", os.MFD_CLOEXEC)
        try:
            with theirs:
                inherited = {"channel": theirs.fileno(), "stack": stack, "listener": self._listener.fileno()}
                duty = self.duty
                pid = await self._forker.fork(
                    role=duty.role,
                    title=duty.title,
                    spec=duty.spec,
                    descriptors=inherited,
                    user=duty.user,
                    env=duty.env,
                )
            self.process = Process(pid, self._ended)
        except BaseException:
            ours.close()
            os.close(stack)
            raise
        self._stack = stack
        self._channel = Channel(
            ours,
            FromChild,  # type: ignore[arg-type]  # msgspec takes a union where typing wants one class
            on_message=self._receive,
            on_end=lambda: None,
        )
        self.born = self._clock()
        self.beat = Heartbeat()
        self.rate = 0.0
        if self.child.state == "backoff":
            self.child = life.started(self.child, self.born)
        else:  # it was told to go while it was being forked
            self.process.kill()
        self._on_change(self)

    def _receive(self, message: FromChild) -> None:
        now = self._clock()
        if isinstance(message, Ready):
            self.loop = message.loop
            self.child = life.ready(self.child, now)
            self._log.info("child_ready", pid=self.process and self.process.pid, seconds=round(now - self.born, 3))
            self._on_change(self)
        elif isinstance(message, Heartbeat):
            was_serving = self.is_serving
            elapsed = max(now - self.child.heard, 0.001)
            self.rate = round((message.requests - self.beat.requests) / elapsed, 1)
            self.beat = message
            self.child = life.heard(self.child, now)
            if not was_serving:
                self._on_change(self)
        else:
            self._on_message(self, message)

    def _condemn(self) -> None:
        """It is stuck: have it write its stacks. A stopped process is continued, or it could not."""
        cause = "not ready in time" if self.child.state == "starting" else "no heartbeat"
        self.child = life.condemn(self.child, self._clock(), cause)
        if self.process is not None:
            self.process.send_signal(STACK_SIGNAL)
            self.process.send_signal(signal.SIGCONT)
        self._on_change(self)

    def _ended(self, ending: Ending) -> None:
        pid = self.process.pid if self.process is not None else 0
        stack = self._let_go()
        before = self.child.state
        self.child = life.exited(self.child, self._clock(), ending, self.policy)
        fields = {"pid": pid, "code": ending.code, "signal": ending.signal, "was": before, "now": self.child.state}
        if self.child.state == "stopped":
            self._log.info("child_stopped", **fields)
        else:
            self._log.warning("child_ended", cause=self.child.cause, **fields)
            self._on_message(self, Counted((Entry(RESTARTS.name, (), 1.0),)))
        if stack:
            self._log.error("child_stack", pid=pid, cause=self.child.cause, stack=stack.splitlines())
        self.tick()
        self._on_change(self)

    def _let_go(self) -> str:
        """Close what belonged to the process that ended; returns the stacks that it wrote."""
        if self._channel is not None:
            for message in self._channel.remaining():  # of its last words only what it has counted still matters
                if isinstance(message, Counted):
                    self._on_message(self, message)
            self._channel.close()
        self._channel = self.process = None
        stack = os.pread(self._stack, STACK_BYTES, 0)
        os.close(self._stack)
        self._stack = -1
        return stack.decode("utf-8", "replace").strip()
