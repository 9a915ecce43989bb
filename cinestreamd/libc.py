"""The C library: what the system offers that Python has no words for."""

import ctypes
from functools import cache
from typing import Final

CALLS: Final = ("capset", "madvise", "malloc_trim", "prctl", "syscall")
"""What every worker calls: looked up once, before it is forked. A library need not have all of them."""


@cache
def libc() -> ctypes.CDLL:
    """The C library of this process. ``ctypes.get_errno`` tells why a call has failed.

    Each object of this kind makes classes of its own, so all callers share one, and all forks with them.
    """
    library = ctypes.CDLL(None, use_errno=True)
    for name in CALLS:
        getattr(library, name, None)
    return library
