"""The master's side of the zygote: keeps one alive, and asks it for children.

A zygote that dies, or does not answer, is replaced; children that serve do not notice. Forks asked for meanwhile wait.
"""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from math import inf
from typing import Final

import msgspec
import structlog
from msgspec.structs import replace

from cinestreamd.channel import Channel, Message, channel_pair
from cinestreamd.config import Daemon, Supervisor
from cinestreamd.master import child as life
from cinestreamd.master.child import Child, Due, Ending
from cinestreamd.master.forking import CONTROL, DEFAULT_ENTRIES, Forked, ForkFailed, ForkRequest, FromZygote, Warm
from cinestreamd.master.process import Process
from cinestreamd.master.zygote import Hatched

IMPORT_TIMEOUT: Final = 60.0
"""Seconds for the zygote's imports, on the slowest machine."""

FORK_PATIENCE: Final = 5
"""So many looks of a second each are had for the answer to a fork; a zygote that needs longer is replaced. They are
counted, so that of the time that the machine was suspended, zygote and all, at most one second counts."""

log = structlog.get_logger()


class ForkError(Exception):
    """No child could be forked now; later it may work."""


class Forker:
    """Keeps one zygote and forks through it.

    ``clock`` is the master's attention in seconds; children write logs by ``logging`` until they are told otherwise.
    ``first`` is a zygote that is there already; a later one is executed.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        logging: Daemon,
        *,
        first: Hatched | None = None,
        entries: str = DEFAULT_ENTRIES,
    ) -> None:
        self._clock = clock
        self._first = first
        self._logging = msgspec.json.encode(logging).decode()
        self.entries = entries
        self._policy = replace(Supervisor(), boot_timeout=IMPORT_TIMEOUT, heartbeat_limit=inf, crash_limit=sys.maxsize)
        self.child = Child()
        self.process: Process | None = None
        self._control: socket.socket | None = None
        self._channel: Channel[FromZygote] | None = None
        self._waiting: dict[int, asyncio.Future[int]] = {}
        self._warm = asyncio.Event()
        self._ends = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        self._count = 0
        self._spare = -1

    async def start(self) -> None:
        """Start the zygote and wait until it has imported everything.

        Raises:
            ForkError: it ended before that; its own last words are on standard error.
        """
        self._keep_spare()
        self.tick()
        waits = [asyncio.ensure_future(event.wait()) for event in (self._warm, self._ends)]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        if not self._warm.is_set():
            raise ForkError(f"the zygote ended at boot ({self.child.cause})")

    def load(self, entries: str) -> None:
        """Have children run these entries from now on, by a new zygote if they are others than before."""
        if entries != self.entries:
            self.entries = entries
            self._give_up_on("it is to load other modules")

    def tick(self) -> None:
        """Do what is due about the zygote."""
        due = life.due(self.child, self._clock(), self._policy)
        if due is Due.START:
            self._start()
        elif due is Due.CONDEMN:
            self._give_up_on("imports take too long")
        elif due is Due.KILL and self.process is not None:
            self.process.kill()

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A caller's turn to fork one child: comes after those of the others, when there is a warm zygote.

        It lasts until the caller has taken charge of the child. What the child shall inherit is opened within it: those
        who wait hold no descriptors.
        """
        async with self._one_at_a_time:
            await self._warm.wait()
            yield

    async def fork(
        self,
        *,
        role: str,
        title: str,
        spec: bytes,
        descriptors: Mapping[str, int],
        user: tuple[int, int] | None = None,
        env: str = "",
    ) -> int:
        """In a turn: fork a child that inherits copies of ``descriptors`` by name, and ``spec``; return its process id.

        It reads the env file at the path ``env``, if one is given, then becomes ``user`` (user and group by number), if
        one is given, before it does anything else.

        Raises:
            ForkError: the zygote died, does not answer, or the system has no room.
        """
        self._count += 1
        request = ForkRequest(id=self._count, role=role, title=title, names=("spec", *descriptors), user=user, env=env)
        answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiting[request.id] = answer
        try:
            self._send(request, spec, descriptors.values())
            for _ in range(FORK_PATIENCE):
                if (await asyncio.wait({answer}, timeout=1.0))[0]:
                    return answer.result()
        except OSError as error:
            raise ForkError(str(error)) from None
        finally:
            del self._waiting[request.id]
        self._give_up_on("a fork took too long")
        raise ForkError("the zygote does not answer")

    @property
    def is_forking(self) -> bool:
        """Whether it is somebody's turn: there may be a child of which nobody else knows yet."""
        return self._one_at_a_time.locked()

    async def wait_for_turn(self) -> None:
        """Wait until those whose turn it is, or who wait for it, have had it."""
        async with self._one_at_a_time:
            return

    def send(self, message: Message) -> bool:
        """Send the zygote a message, if there is one that takes it."""
        return self._channel is not None and self._channel.send(message)

    async def stop(self) -> None:
        """End the zygote."""
        self.child = life.drain(self.child, self._clock(), 0.0)
        self._warm.clear()
        self._ends.clear()
        if self.process is not None:
            self.process.kill()
            await self._ends.wait()

    def _send(self, request: ForkRequest, spec: bytes, descriptors: Iterable[int]) -> None:
        if self._control is None:
            raise ForkError("there is no zygote at the moment")
        memory = self._take_memory()
        try:
            os.write(memory, spec)
            socket.send_fds(self._control, [msgspec.msgpack.encode(request)], [memory, *descriptors])
        finally:
            os.close(memory)
            self._keep_spare()

    def _take_memory(self) -> int:
        """A memory file, in the place of the spare descriptor.

        A fork opens one descriptor more than the death of its predecessor has set free. Without a spare one, a worker
        could not come back to a master that has used up all that it may open.
        """
        if self._spare >= 0:
            os.close(self._spare)
            self._spare = -1
        return os.memfd_create("cinestreamd-spec", os.MFD_CLOEXEC)

    def _keep_spare(self) -> None:
        if self._spare < 0:
            with suppress(OSError):  # then the next fork may fail, and is tried again
                self._spare = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)

    def _start(self) -> None:
        try:
            hatched, self._first = self._first or self._execute(), None
            self.process = Process(hatched.pid, self._ended)
        except OSError as error:
            self.child = life.postpone(self.child, self._clock(), 1.0, str(error))
            log.error("zygote_not_started", problem=str(error))  # noqa: TRY400 - the problem is all there is to say
            return
        self._control = hatched.control
        self._channel = Channel(
            hatched.control,
            FromZygote,  # type: ignore[arg-type]  # msgspec takes a union where typing wants one class
            on_message=self._receive,
            on_end=lambda: None,
        )
        self.child = life.started(self.child, self._clock())

    def _execute(self) -> Hatched:
        ours, theirs = channel_pair()
        with theirs:
            try:
                pid = os.posix_spawn(
                    sys.executable,
                    self._command(),
                    os.environ,
                    file_actions=[
                        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                        (os.POSIX_SPAWN_DUP2, theirs.fileno(), CONTROL),
                    ],
                    setsid=True,
                )
            except OSError:
                ours.close()
                raise
        return Hatched(pid, ours)

    def _command(self) -> list[str]:
        # The search path is handed on as it is: -P keeps the current folder, which may be anyone's, out of it.
        # structlog loads rich wherever it is installed, for a way of printing that is not used here: 4 MiB for nothing.
        statement = (
            f"import sys; sys.path[:] = {sys.path!r}; sys.modules['rich'] = None; "
            "from cinestreamd.hot_names import make_names; make_names(); "
            f"from cinestreamd.master.zygote import main; main({os.getpid()}, {self.entries!r}, {self._logging!r})"
        )
        return [sys.executable, "-P", "-c", statement]

    def _receive(self, message: FromZygote) -> None:
        if isinstance(message, Warm):
            self.child = life.ready(self.child, self._clock())
            self._warm.set()
            log.info("zygote_warm", pid=self.process and self.process.pid, seconds=message.seconds)
            return
        answer = self._waiting.get(message.id)
        if answer is None or answer.done():
            return
        if isinstance(message, ForkFailed):
            answer.set_exception(ForkError(message.problem))
        elif isinstance(message, Forked):
            answer.set_result(message.pid)

    def _give_up_on(self, cause: str) -> None:
        if self.process is not None and self.child.state in {"starting", "ready"}:
            log.warning("zygote_stuck", pid=self.process.pid, cause=cause)
            self.child = life.condemn(self.child, self._clock(), cause)
            self.process.send_signal(signal.SIGKILL)

    def _ended(self, ending: Ending) -> None:
        if self._channel is not None:
            self._channel.close()
        self._channel = self._control = self.process = None
        self._warm.clear()
        self.child = life.exited(self.child, self._clock(), ending, self._policy)
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(ForkError("the zygote ended"))
        self._ends.set()
        if self.child.state != "stopped":
            log.warning("zygote_ended", cause=self.child.cause)
            self.tick()
