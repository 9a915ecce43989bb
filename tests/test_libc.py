"""The C library is one for all who call it."""

import ctypes
import errno
import os

from cinestreamd.libc import CALLS, libc


def test_it_is_the_library_of_this_process() -> None:
    assert libc() is libc()
    assert libc().getpid() == os.getpid()


def test_a_failed_call_tells_why() -> None:
    assert libc().close(ctypes.c_int(-1)) == -1
    assert ctypes.get_errno() == errno.EBADF


def test_what_workers_call_is_looked_up_before_they_are_forked() -> None:
    looked_up = vars(libc())
    assert {"prctl", "syscall", "madvise"} <= looked_up.keys() & set(CALLS)
