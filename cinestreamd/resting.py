"""What a worker does when nobody has asked for anything for a while: it gives back what a busy time has left behind."""

import ctypes
import mmap
from collections.abc import Callable
from typing import Final

from cinestreamd.libc import libc

QUIET: Final = 10.0
"""Seconds without a request, after which it is done."""
BUSY: Final = 200
"""Fewer requests leave nothing worth the trouble."""


class Rest:
    """Looks, from time to time, whether a busy time is over; ``forget`` lets go of what is of no use any more."""

    def __init__(self, forget: Callable[[], None], clock: Callable[[], float]) -> None:
        self._forget = forget
        self._clock = clock
        self._requests = self._at_rest = 0
        self._since = clock()

    def look(self, requests: int) -> bool:
        """Note how many requests there were so far; whether memory was given back just now."""
        now = self._clock()
        if requests != self._requests:
            self._requests, self._since = requests, now
        if now - self._since < QUIET or requests - self._at_rest < BUSY:
            return False
        self._at_rest = requests
        self._forget()
        give_back_memory()
        return True


def give_back_memory() -> None:
    """Have the C library give free pages back to the system; see malloc_trim(3). Nothing where it cannot."""
    trim = getattr(libc(), "malloc_trim", None)
    if trim is not None:
        trim(0)


def give_back_zeros(start: int, size: int) -> int:
    """Give back those pages of a piece of memory that hold nothing but zeros; returns how many.

    For what was cleared to be written to later: the system gives such a page anew, full of zeros, when it is touched.
    To be called while nobody else writes to it.
    """
    nothing, size_of = bytes(mmap.PAGESIZE), ctypes.c_size_t(mmap.PAGESIZE)
    first = -(-start // mmap.PAGESIZE) * mmap.PAGESIZE
    pages = range(first, start + size - mmap.PAGESIZE + 1, mmap.PAGESIZE)
    empty = [page for page in pages if ctypes.string_at(page, mmap.PAGESIZE) == nothing]
    return sum(libc().madvise(ctypes.c_void_p(page), size_of, mmap.MADV_DONTNEED) == 0 for page in empty)
