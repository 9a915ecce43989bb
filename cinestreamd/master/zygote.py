"""The zygote: one thread, all modules imported, no loop, no database, no secret. It only forks.

The master executes it (never forks it), so that it carries nothing of the master's. Each child is forked twice: when
the process in between ends, the kernel gives the child to the nearest subreaper, which is the master. So the children
are the master's own, to be reaped and signalled by it, and outlive the zygote.

Memory: the collector is off while modules are imported; what is alive then is frozen out of it, so that a collection
in a child does not write to (and thereby copy) the pages it shares with its siblings.
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
from setproctitle import setproctitle

from cinestreamd.channel import PACKET_BYTES, ReopenLog
from cinestreamd.child_process import Exit, Inheritance, reopen_log
from cinestreamd.master.forking import CONTROL, MAX_DESCRIPTORS, Forked, ForkFailed, ForkRequest, FromZygote, Warm
from cinestreamd.master.prctl import die_with_parent

PID: Final = struct.Struct("=q")

Entry = Callable[[Inheritance], int]
"""What a role runs: it gets what it inherits and returns its exit code."""


def main(master: int, entries: str) -> None:
    """Serve the process ``master`` until it is gone.

    ``entries`` ("module:function") names a function that loads all modules and returns the entries by role.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    die_with_parent(signal.SIGKILL)
    if os.getppid() != master:
        return
    setproctitle("cinestreamd: zygote")
    control = socket.socket(fileno=CONTROL)
    started = time.monotonic()
    table = _import(entries)
    _say(control, Warm(round(time.monotonic() - started, 3)))
    _serve(control, table, master)


def _import(entries: str) -> Mapping[str, Entry]:
    gc.disable()
    module, _, name = entries.partition(":")
    table = cast("Mapping[str, Entry]", getattr(import_module(module), name)())
    threads = len(list(Path("/proc/self/task").iterdir()))
    if threads != 1:
        raise RuntimeError(f"importing {entries} left {threads} threads; a fork would copy their locks and not them")
    gc.collect()
    gc.freeze()
    return table


def _serve(control: socket.socket, table: Mapping[str, Entry], master: int) -> None:
    decoder: msgspec.msgpack.Decoder[ForkRequest | ReopenLog] = msgspec.msgpack.Decoder(ForkRequest | ReopenLog)
    while True:
        packet, descriptors, _, _ = socket.recv_fds(control, PACKET_BYTES, MAX_DESCRIPTORS)
        if not packet:
            return
        request = decoder.decode(packet)
        if isinstance(request, ReopenLog):
            reopen_log(request.path)
            continue
        try:
            pid = _fork(request, descriptors, table, control, master)
        except OSError as error:
            _say(control, ForkFailed(request.id, str(error)))
        else:
            _say(control, Forked(request.id, pid))
        finally:
            for descriptor in descriptors:
                os.close(descriptor)


def _fork(
    request: ForkRequest, descriptors: Sequence[int], table: Mapping[str, Entry], control: socket.socket, master: int
) -> int:
    """Fork the master a child; returns its process id, when it is the master's already."""
    answer, answering = os.pipe()
    gate, opening = os.pipe()
    try:
        between = os.fork()
        if between == 0:
            child = _fork_or_give_up()
            if child == 0:
                os.close(opening)
                control.detach()
                _live(request, descriptors, table[request.role], gate, master)
            os.write(answering, PID.pack(child))
            os._exit(0)
        os.close(answering)
        answering = -1
        os.waitpid(between, 0)
        packed = os.read(answer, PID.size)
    finally:
        # Closing ``opening`` lets the child go on: the process in between was reaped, so the child has its new parent.
        for descriptor in (answer, answering, gate, opening):
            if descriptor >= 0:
                os.close(descriptor)
    if len(packed) != PID.size:
        raise OSError("the system has no room for another process")
    return cast("int", PID.unpack(packed)[0])


def _fork_or_give_up() -> int:
    try:
        return os.fork()
    except OSError:
        os._exit(1)


def _live(request: ForkRequest, descriptors: Sequence[int], entry: Entry, gate: int, master: int) -> NoReturn:
    """Be the child: cut all ties to the zygote, tie the own life to the master's, then do the role's work."""
    code: int = Exit.CRASHED
    try:
        signal.set_wakeup_fd(-1)
        _reset_handlers()
        os.read(gate, 1)
        die_with_parent(signal.SIGKILL)
        if os.getppid() != master:
            os._exit(Exit.DONE)
        _close_all_but({0, 1, 2, *descriptors})
        setproctitle(request.title)
        inherited = dict(zip(request.names, descriptors, strict=True))
        spec = _read_and_close(inherited.pop("spec"))
        gc.enable()
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        inheritance = Inheritance(spec, inherited)
        inheritance.watch_for_faults()
        code = entry(inheritance)
    except BaseException:  # noqa: BLE001 - nothing may climb out of the child into the zygote's loop
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(code)


def _reset_handlers() -> None:
    for number in signal.valid_signals():
        if callable(signal.getsignal(number)):
            signal.signal(number, signal.SIG_DFL)


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


def _say(control: socket.socket, message: FromZygote) -> None:
    control.sendall(msgspec.msgpack.encode(message))
