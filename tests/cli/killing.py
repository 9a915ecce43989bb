"""Kills a command with SIGKILL just before its n-th change of a file."""

import itertools
import os
import signal
import sys
import traceback
from collections.abc import Callable

CHANGES = frozenset(
    {
        "os.rename",
        "os.mkdir",
        "os.remove",
        "os.rmdir",
        "os.chmod",
        "os.chown",
        "ctypes.dlsym",
        "os.link",
        "sqlite3.connect",
    }
)
"""Events (sys.addaudithook) that come just before a file is changed; renameat2 is called after it was looked up."""


def is_change(event: str, arguments: tuple[object, ...]) -> bool:
    if event == "open" and isinstance(arguments[2], int):
        return bool(arguments[2] & os.O_CREAT) and "__pycache__" not in str(arguments[0])
    return event in CHANGES


def killed_before(step: int, action: Callable[[], object]) -> bool:
    """Run ``action`` in a child that dies before its ``step``-th change of a file; False if it ended before that."""
    child = os.fork()
    if child == 0:
        steps = itertools.count(1)

        def watch(event: str, arguments: tuple[object, ...]) -> None:
            if is_change(event, arguments) and next(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(watch)
            action()
            os._exit(0)
        except BaseException:  # noqa: BLE001 - nothing may climb out of the child into the test
            traceback.print_exc()
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)
