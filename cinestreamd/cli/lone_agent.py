"""An agent without a daemon: forked by the command itself, its user, files and resources bound as any agent's are.

It is forked before the command has opened any database, and waits to be told what to do: MongoDB's driver has threads,
and a fork leaves behind whatever they hold at that moment.
"""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import BinaryIO, NoReturn

import msgspec
from msgspec import Struct

from cinestreamd.channel import channel_pair
from cinestreamd.child_process import Exit, Inheritance
from cinestreamd.errors import CinestreamError
from cinestreamd.i18n import N_
from cinestreamd.privileges import become
from cinestreamd.sites.env import hold
from cinestreamd.sites.system_user import agent_identity_of
from cinestreamd.specs import AgentSpec, encode_spec

STANDARD_ERROR = 2


class AgentEndedError(CinestreamError):
    """The agent ended in another way than by finishing its run."""

    code = "agent_ended"
    message = N_("The agent that read {city} ended without a result ({how}); what it said is above")


class Orders(Struct, frozen=True):
    """What the waiting process is told: the user that it becomes (None: as it is), and its work."""

    user: tuple[int, int] | None
    spec: AgentSpec


class LoneAgent:
    """A process that waits to be told which city it reads. ``line`` is what an agent has to its master."""

    def __init__(self, pid: int, orders: BinaryIO, line: socket.socket) -> None:
        self._pid = pid
        self._orders = orders
        self._line = line
        self._is_gone = False

    def read(self, spec: AgentSpec) -> None:
        """Have it do its work, and wait until it is gone. What it logs goes to standard error.

        Raises:
            AgentEndedError: it crashed, or was ended by the system.
            ConfigurationError: the site's folder is somebody else's.
        """
        orders = Orders(agent_identity_of(spec.site, spec.settings.daemon.agent_user), spec)
        with suppress(BrokenPipeError), self._orders:
            self._orders.write(encode_spec(orders))
        try:
            code = self._end()
        except KeyboardInterrupt:
            self.dismiss()
            raise
        if code != Exit.DONE:
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise AgentEndedError(city=spec.city_id, how=how)

    def dismiss(self) -> None:
        """See it gone: one that was never told anything ends, one that is at work gives its lease back first."""
        if not self._is_gone:
            with suppress(BrokenPipeError):
                self._orders.close()
            self._line.close()
            self._end()

    def _end(self) -> int:
        _, status = os.waitpid(self._pid, 0)
        self._is_gone = True
        self._line.close()
        return os.waitstatus_to_exitcode(status)


@contextmanager
def agent_in_waiting() -> Iterator[LoneAgent]:
    """Fork an agent that waits for its work; it is gone afterwards.

    The caller must have one thread, no event loop and no open database. When it is interrupted, or dies, the agent
    gives its lease back and goes.
    """
    ours, theirs = channel_pair()
    reading, writing = os.pipe()
    sys.stdout.flush()
    with theirs:
        child = os.fork()
        if child == 0:
            ours.close()
            os.close(writing)
            _live(reading, theirs.fileno())
    os.close(reading)
    agent = LoneAgent(child, os.fdopen(writing, "wb"), ours)
    try:
        yield agent
    finally:
        agent.dismiss()


def _live(orders: int, channel: int) -> NoReturn:
    """Be the agent, as soon as there is something to do. A terminal's Ctrl-C is the command's to hear."""
    code: int = Exit.CRASHED
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with os.fdopen(orders, "rb") as file:
            told = file.read()
        code = _work(msgspec.msgpack.decode(told, type=Orders), channel) if told else Exit.DONE
    except BaseException:  # noqa: BLE001 - nothing may climb out of the child into the command
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _work(orders: Orders, channel: int) -> int:
    from cinestreamd import agent_process  # noqa: PLC0415 - only by a process that has work
    from cinestreamd import log as logs  # noqa: PLC0415 - only by a process that has work

    spec = orders.spec
    held = hold(Path(spec.site.directory, "agent.env"))
    if spec.mongo_uri is not None:
        import_module("cinestreamd.store.mongo")  # while libraries that lie in root's own folders can be read
    become(orders.user)
    logs.configure(spec.settings.daemon, descriptor=STANDARD_ERROR)
    inherited = Inheritance(encode_spec(spec), {"channel": channel}, logging=spec.settings.daemon, held=held)
    return agent_process.run(inherited)
