"""The two settings of prctl(2) on which the process family rests."""

import ctypes
import os
from typing import Final

from cinestreamd.libc import libc

PR_SET_PDEATHSIG: Final = 1
PR_SET_CHILD_SUBREAPER: Final = 36


def die_with_parent(signal_number: int) -> None:
    """Have the kernel send this process a signal when the thread that is its parent ends.

    A change of user id undoes it, and a parent that is gone already is not noticed: set the user first, and compare
    ``os.getppid()`` afterwards.

    Raises:
        OSError: the kernel refused.
    """
    _prctl(PR_SET_PDEATHSIG, signal_number)


def adopt_orphans() -> None:
    """Become the parent of all descendants that lose theirs.

    Raises:
        OSError: the kernel refused.
    """
    _prctl(PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"prctl({option}): {os.strerror(number)}")
