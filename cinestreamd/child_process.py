"""What every child of the master has in common: what it inherits, how it runs its loop, and how it ends.

A child is forked from the zygote, so everything here runs in a process that has imported its modules already and has
nothing else: no loop, no database, no secret, no descriptor but its own.
"""

import asyncio
import faulthandler
import os
import signal
import socket
from collections.abc import Callable, Coroutine, Mapping
from enum import IntEnum
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import structlog
import uvloop
from msgspec import Struct

from cinestreamd import log as logs
from cinestreamd.channel import STACK_SIGNAL, Channel, Counted, Drain, FromMaster, Heartbeat, Message, Ready, ReopenLog
from cinestreamd.config import Daemon
from cinestreamd.errors import ConfigurationError, UnavailableError
from cinestreamd.log_file import reopen, write_to
from cinestreamd.metering import Meter
from cinestreamd.resting import give_back_zeros
from cinestreamd.sites.env import Held

if TYPE_CHECKING:
    from cinestreamd.serving import HttpServer

log = structlog.get_logger()

Spec = TypeVar("Spec", bound=Struct)


class Exit(IntEnum):
    """How a child ends by itself. The numbers are those of sysexits.h."""

    DONE = 0
    CRASHED = 70
    CANNOT_BOOT = 78


class Inheritance:
    """What a child got from the master: its specification, its descriptors by name, and how logs are written so far.

    ``held`` is what its own env file says: it was read before the child became another user, and locked itself.
    """

    def __init__(
        self, spec: bytes, descriptors: Mapping[str, int], *, logging: Daemon | None = None, held: Held | None = None
    ) -> None:
        self._spec = spec
        self._descriptors = descriptors
        self._logging = logging
        self._held = held

    def spec(self, kind: type[Spec]) -> Spec:
        """The specification of this child's work."""
        return msgspec.msgpack.decode(self._spec, type=kind)

    def secrets(self) -> dict[str, str]:
        """The values of the child's env file.

        Raises:
            MissingEnvError: there is no such file.
            ConfigurationError: it cannot be used.
        """
        if self._held is None:
            raise TypeError("this kind of child has no env file")
        if isinstance(self._held, ConfigurationError):
            raise self._held
        return self._held

    def socket(self, name: str) -> socket.socket:
        """An inherited socket, now owned by the caller."""
        return socket.socket(fileno=self._descriptors[name])

    def configure_log(self, settings: Daemon, **fields: Any) -> None:
        """Write logs by these settings, with ``fields`` in every event; what the zygote has set up is used as it is."""
        if settings == self._logging:
            structlog.contextvars.bind_contextvars(**fields)
        else:
            logs.configure(settings, **fields)

    def watch_for_faults(self) -> None:
        """Write the stacks of all threads into the inherited stack file, if there is one.

        It happens on a fatal signal, or when the master asks a child that it supervises.
        """
        stack = self._descriptors.get("stack")
        if stack is not None:
            faulthandler.enable(stack, all_threads=True)
            faulthandler.register(STACK_SIGNAL, stack, all_threads=True)


def _new_loop() -> asyncio.AbstractEventLoop:
    loop = uvloop.new_event_loop()
    give_back_zeros(id(loop), type(loop).__basicsize__)
    return loop


def run_child(main: Coroutine[Any, Any, None]) -> int:
    """Run a child's coroutine on uvloop and return its exit code; whatever it raises is logged and becomes one."""
    try:
        with asyncio.Runner(loop_factory=_new_loop) as runner:
            runner.run(main)
    except ConfigurationError as error:
        log.error("child_cannot_boot", problem=str(error))  # noqa: TRY400 - the problem is all there is to say
        return Exit.CANNOT_BOOT
    except UnavailableError as error:
        log.error("child_gave_up", problem=str(error), reason=error.reason)  # noqa: TRY400 - it is no defect of its own
        return Exit.CRASHED
    except Exception:
        log.exception("child_crashed")
        return Exit.CRASHED
    return Exit.DONE


class MasterLink:
    """A child's line to the master: it reports to it, and learns from it when to stop.

    ``stopping`` is set by the master's word, by SIGTERM, or by the master's end; ``orders`` tells how to stop then.
    SIGINT is ignored: a terminal's Ctrl-C is the master's to hear.
    """

    def __init__(
        self, sock: socket.socket, *, orders: Drain, on_message: Callable[[FromMaster], None] | None = None
    ) -> None:
        self.stopping = asyncio.Event()
        self.orders = orders
        self._on_message = on_message
        self._channel: Channel[FromMaster] = Channel(
            sock,
            FromMaster,  # type: ignore[arg-type]  # msgspec takes a union where typing wants one class
            on_message=self._receive,
            on_end=self._orphaned,
            takes_descriptors=True,
        )
        loop = asyncio.get_running_loop()
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        loop.add_signal_handler(signal.SIGTERM, self.stopping.set)

    def send(self, message: Message) -> bool:
        """Send one message; False when the master takes none at the moment."""
        return self._channel.send(message)

    def report(self, meter: Meter) -> None:
        """Send what was counted; what the master does not take now stays counted for the next time."""
        for entries in meter.take():
            if not self.send(Counted(entries)):
                meter.put_back(entries)

    async def serve(
        self, server: "HttpServer", *, interval: float, counters: Callable[[], Heartbeat], meter: Meter | None = None
    ) -> None:
        """Report that ``server`` is ready, send a heartbeat every ``interval``, and stop it when the time has come.

        With each heartbeat, and at the end, goes what ``meter`` has counted.
        """
        meter = meter or Meter()
        self.send(Ready(loop=type(asyncio.get_running_loop()).__module__))
        beating = asyncio.create_task(self._beat(interval, counters, meter))
        await self.stopping.wait()
        await server.stop(self.orders.deadline, idle_grace=self.orders.idle_grace)
        beating.cancel()
        self.report(meter)

    def close(self) -> None:
        """Hang up."""
        self._channel.close()

    async def _beat(self, interval: float, counters: Callable[[], Heartbeat], meter: Meter) -> None:
        while True:
            self.send(counters())
            self.report(meter)
            await asyncio.sleep(interval)

    def _receive(self, message: FromMaster) -> None:
        if isinstance(message, Drain):
            self.orders = message
            self.stopping.set()
        elif isinstance(message, ReopenLog):
            self._reopen_log(message.path)
        elif self._on_message is not None:
            self._on_message(message)

    def _reopen_log(self, path: str) -> None:
        descriptor = self._channel.take_descriptor()
        if descriptor is None:
            reopen_log(path)
        else:
            write_to(descriptor)
            os.close(descriptor)

    def _orphaned(self) -> None:
        self.orders = Drain(deadline=0.0)
        self.stopping.set()


def reopen_log(path: str) -> None:
    """Write to the file at ``path`` from now on; if that cannot be, go on as before and say so."""
    try:
        reopen(path)
    except OSError as error:
        log.warning("log_not_reopened", path=path, problem=str(error))
