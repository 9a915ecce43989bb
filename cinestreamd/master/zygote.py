"""The zygote: one thread, all modules loaded, no loop, no database, no secret. It only forks.

The first one is forked from the master before the master has a loop, a store or a socket, so that both share the
memory of what was loaded. A later one, which replaces a dead one, is executed anew: the master never forks again. Each
child is forked twice: when the process in between ends, the kernel gives the child to the nearest subreaper, which is
the master. So the children are the master's own, to be reaped and signalled by it, and outlive the zygote.

Memory: the collector is off while modules are loaded; what is alive then is frozen out of it, so that a collection in a
child does not write to (and thereby copy) the pages it shares with its siblings.
"""

import gc
import os
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, NoReturn, cast

import msgspec
import structlog
from msgspec import Struct
from setproctitle import setproctitle

from cinestreamd import log as logs
from cinestreamd.channel import PACKET_BYTES, ReopenLog, channel_pair
from cinestreamd.child_process import Exit, Inheritance, reopen_log
from cinestreamd.config import Daemon
from cinestreamd.master.forking import CONTROL, MAX_DESCRIPTORS, Forked, ForkFailed, ForkRequest, FromZygote, Warm
from cinestreamd.master.memory import fill_holes, forget_loaded_files
from cinestreamd.master.prctl import die_with_parent
from cinestreamd.privileges import become
from cinestreamd.sites.env import hold

log = structlog.get_logger()

HELD_BACK: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2)
"""Signals that wait while a child is being forked, until it has cut its ties."""

MASTERS_OWN: Final = (signal.SIGHUP, signal.SIGUSR1)
"""Signals that tell the master something. Children ignore them: a service manager may send one to all processes."""

THREADS_END: Final = 5.0
"""Seconds within which threads that were told to end must be gone."""

PID: Final = struct.Struct("=q")

Entry = Callable[[Inheritance], int]
"""What a role runs: it gets what it inherits and returns its exit code."""


class Hatched(Struct, frozen=True):
    """The first zygote: its process id, and the master's end of its channel."""

    pid: int
    control: socket.socket


def hatch(entries: str, logging: Daemon) -> Hatched:
    """Load everything in this process, which is to become the master, and fork the first zygote from it.

    So the master shares the zygote's memory instead of having its own, and nothing is loaded twice. To be called before
    the master opens anything: the zygote gets a copy of all there is. Signals wait meanwhile, but those that stop.

    Raises:
        KeyboardInterrupt: SIGTERM or SIGINT came while modules were loaded.
        Exception: whatever loading ``entries`` raises.
    """
    master = os.getpid()
    former = signal.pthread_sigmask(signal.SIG_BLOCK, set(HELD_BACK) - {signal.SIGTERM, signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        table = _load(entries, logging)
        signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
        ours, theirs = channel_pair()
        pid = os.fork()
        if pid == 0:
            _hatchling(theirs, table, master, logging)
        theirs.close()
        forget_loaded_files()
    finally:
        gc.enable()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
    return Hatched(pid, ours)


def _hatchling(control: socket.socket, table: Mapping[str, Entry], master: int, logging: Daemon) -> NoReturn:
    """Be the first zygote."""
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        _close_all_but({0, 1, 2, control.fileno()})
        _serve(control, table, master, logging, loaded_in=0.0)
    except BaseException:  # noqa: BLE001 - nothing may climb out of the zygote into the master's code
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(Exit.DONE)


def main(master: int, entries: str, logging: str) -> None:
    """Be a later zygote, in a process of its own: load everything, then serve ``master`` until it is gone.

    ``entries`` ("module:function") names a function that loads all modules and returns the entries by role; ``logging``
    is the configuration's [daemon] table as JSON.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, HELD_BACK)
    die_with_parent(signal.SIGKILL)
    started = time.monotonic()
    settings = msgspec.json.decode(logging, type=Daemon)
    table = _load(entries, settings)
    _serve(socket.socket(fileno=CONTROL), table, master, settings, loaded_in=round(time.monotonic() - started, 3))


def _load(entries: str, logging: Daemon) -> Mapping[str, Entry]:
    """Load all modules and set up what every child needs alike; nothing of it may be written to later."""
    gc.disable()
    module, _, name = entries.partition(":")
    table = cast("Mapping[str, Entry]", getattr(import_module(module), name)())
    if not _is_single_threaded():
        raise RuntimeError(f"loading {entries} left a thread; a fork would copy its locks and not it")
    for number in HELD_BACK:
        signal.signal(number, signal.SIG_DFL)  # children begin without handlers, whatever loading has set up
    logs.configure(logging)
    gc.collect()
    fill_holes()
    gc.freeze()
    return table


def _is_single_threaded() -> bool:
    """Whether no thread is left. One that Python has joined may live on in the kernel for a moment more."""
    until = time.monotonic() + THREADS_END
    while len(list(Path("/proc/self/task").iterdir())) != 1:
        if time.monotonic() > until:
            return False
        time.sleep(0.001)
    return True


def _serve(
    control: socket.socket, table: Mapping[str, Entry], master: int, logging: Daemon, *, loaded_in: float
) -> None:
    die_with_parent(signal.SIGKILL)
    if os.getppid() != master:
        return
    for number in MASTERS_OWN:
        signal.signal(number, signal.SIG_IGN)
    setproctitle("cinestreamd: zygote")
    zygote = Zygote(control, table, master, logging)
    zygote.say(Warm(loaded_in))
    zygote.serve()


class Zygote:
    """Forks children of ``master`` that run the entries of ``table``, as it is told over ``control``."""

    def __init__(self, control: socket.socket, table: Mapping[str, Entry], master: int, logging: Daemon) -> None:
        self._control = control
        self._table = table
        self._master = master
        self._logging = logging

    def serve(self) -> None:
        """Do what the master says, until it is gone."""
        decoder: msgspec.msgpack.Decoder[ForkRequest | ReopenLog] = msgspec.msgpack.Decoder(ForkRequest | ReopenLog)
        while True:
            try:
                packet, descriptors, _, _ = socket.recv_fds(self._control, PACKET_BYTES, MAX_DESCRIPTORS)
            except ConnectionResetError:  # the master ended without having read all that was said
                return
            if not packet:
                return
            request = decoder.decode(packet)
            if isinstance(request, ReopenLog):
                reopen_log(request.path)
                continue
            try:
                self.say(Forked(request.id, self._fork(request, descriptors)))
            except OSError as error:
                self.say(ForkFailed(request.id, str(error)))
            finally:
                for descriptor in descriptors:
                    os.close(descriptor)

    def say(self, message: FromZygote) -> None:
        """Tell the master."""
        self._control.sendall(msgspec.msgpack.encode(message))

    def _fork(self, request: ForkRequest, descriptors: Sequence[int]) -> int:
        """Fork the master a child; returns its process id, when it is the master's already."""
        answer, answering = os.pipe()
        gate, opening = os.pipe()
        try:
            between = os.fork()
            if between == 0:
                child = _fork_or_give_up()
                if child == 0:
                    os.close(opening)
                    self._live(request, descriptors, gate)
                os.write(answering, PID.pack(child))
                os._exit(0)
            os.close(answering)
            answering = -1
            os.waitpid(between, 0)
            packed = os.read(answer, PID.size)
        finally:
            # Closing ``opening`` lets the child go on: the one in between was reaped, so the child has its new parent.
            for descriptor in (answer, answering, gate, opening):
                if descriptor >= 0:
                    os.close(descriptor)
        if len(packed) != PID.size:
            raise OSError("the system has no room for another process")
        return cast("int", PID.unpack(packed)[0])

    def _live(self, request: ForkRequest, descriptors: Sequence[int], gate: int) -> NoReturn:
        """Be the child: cut all ties to the zygote, tie the own life to the master's, then do the role's work."""
        code: int = Exit.CRASHED
        try:
            signal.set_wakeup_fd(-1)
            self._control.detach()
            os.read(gate, 1)
            held = hold(Path(request.env)) if request.env else None
            become(request.user)
            die_with_parent(signal.SIGKILL)
            if os.getppid() != self._master:
                os._exit(Exit.DONE)
            _close_all_but({0, 1, 2, *descriptors})
            setproctitle(request.title)
            inherited = dict(zip(request.names, descriptors, strict=True))
            spec = _read_and_close(inherited.pop("spec"))
            gc.enable()
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD_BACK)
            inheritance = Inheritance(spec, inherited, logging=self._logging, held=held)
            inheritance.watch_for_faults()
            code = self._table[request.role](inheritance)
        except BaseException:  # nothing may climb out of the child into the zygote's loop
            log.exception("child_crashed")
        finally:
            os._exit(code)


def _fork_or_give_up() -> int:
    try:
        return os.fork()
    except OSError:
        os._exit(1)


def _close_all_but(kept: set[int]) -> None:
    low = 0
    for descriptor in sorted(kept):
        if low < descriptor:  # closerange(0, 0) closes all there are
            os.closerange(low, descriptor)
        low = descriptor + 1
    os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def _read_and_close(descriptor: int) -> bytes:
    with os.fdopen(descriptor, "rb") as file:
        file.seek(0)
        return file.read()
