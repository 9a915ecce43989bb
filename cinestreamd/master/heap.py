"""Keeping the zygote's memory shared.

A child that allocates gets, first of all, what was freed between the zygote's long-lived objects, and so copies the
pages around many small holes. When the holes are filled before the fork, its allocations lie side by side in pages of
their own. For twelve workers this was worth 17 of 204 MiB.
"""

import ctypes
import time
from typing import Final

SIZES: Final = (*range(64 * 1024, 4096, -1024), *range(4096, 8, -16))
"""Sizes in bytes of what fills the holes, the largest first."""

PATIENCE: Final = 0.2
"""Seconds after which the remaining holes are left."""


class _Mallinfo(ctypes.Structure):
    """struct mallinfo2 (mallinfo(3))."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks"),
            *("uordblks", "fordblks", "keepcost"),
        )
    )


def fill_holes() -> int:
    """Allocate, and never free, what fits between live allocations; returns how many pieces that took.

    Does nothing where the C library is not glibc 2.33 or newer.
    """
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        return 0
    libc.mallinfo2.restype = _Mallinfo
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = (ctypes.c_size_t,)
    libc.free.argtypes = (ctypes.c_void_p,)
    pieces = 0
    until = time.monotonic() + PATIENCE
    for size in SIZES:
        while time.monotonic() < until and _took_a_hole(libc, size):
            pieces += 1
    return pieces


def _took_a_hole(libc: ctypes.CDLL, size: int) -> bool:
    """Allocate once; whether it came from a hole, and not from the end of the heap: then it is given back."""
    before = libc.mallinfo2()
    piece = libc.malloc(size)
    after = libc.mallinfo2()
    if (before.keepcost, before.arena, before.hblks) == (after.keepcost, after.arena, after.hblks):
        return True
    libc.free(piece)
    return False
