"""Keeping the memory of the process family shared, and giving back what loading alone has touched.

A child that allocates gets, first of all, what was freed between the zygote's long-lived objects, and so copies the
pages around many small holes. When the holes are filled before the fork, its allocations lie side by side in pages of
their own. For twelve workers this is worth 17 of 204 MiB.
"""

import ctypes
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SIZES: Final = (*range(64 * 1024, 4096, -1024), *range(4096, 8, -16))
"""Sizes in bytes of what fills the C library's holes, the largest first."""

SMALL_SIZES: Final = range(16, 513, 16)
"""Sizes in bytes of Python's own small blocks (Objects/obmalloc.c)."""

POOL_BYTES: Final = 16 * 1024
POOL_HEAD_BYTES: Final = 48
"""Small blocks of one size lie in pools of this size, the first behind the pool's head."""

MOST_SMALL_BYTES: Final = 8 * 2**20
"""With another allocator than Python's own no pool ever begins: then it ends here."""

PATIENCE: Final = 0.2
"""Seconds of processor time after which the remaining holes are left."""

MADV_DONTNEED: Final = 4


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
    """Allocate, and never free, what fits between live allocations; returns how many pieces that took."""
    return _fill_large_holes() + _fill_small_holes()


def _fill_large_holes() -> int:
    """Fill those of the C library; nothing where it is not glibc 2.33 or newer."""
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallinfo2"):
        return 0
    libc.mallinfo2.restype = _Mallinfo
    libc.malloc.restype = ctypes.c_void_p
    libc.malloc.argtypes = (ctypes.c_size_t,)
    libc.free.argtypes = (ctypes.c_void_p,)
    pieces = 0
    until = time.thread_time() + PATIENCE
    for size in SIZES:
        while time.thread_time() < until and _took_a_hole(libc, size):
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


def _fill_small_holes() -> int:
    """Fill those in the pools of Python's small blocks, up to a pool whose first block is free: mostly a new one."""
    allocate, free = ctypes.pythonapi.PyObject_Malloc, ctypes.pythonapi.PyObject_Free
    allocate.restype, allocate.argtypes = ctypes.c_void_p, (ctypes.c_size_t,)
    free.restype, free.argtypes = None, (ctypes.c_void_p,)
    pieces = taken = 0
    for size in SMALL_SIZES:
        while taken < MOST_SMALL_BYTES:
            block = allocate(size)
            if block % POOL_BYTES == POOL_HEAD_BYTES:
                free(block)
                break
            pieces += 1
            taken += size
    return pieces


def forget_loaded_files() -> None:
    """Unmap the pages of program files that this process has touched so far; what it uses from now on comes back.

    To the master, loading was the only use of most of them: machine code, and the tables by which it was linked. They
    stay in the system's cache of files; see madvise(2).
    """
    libc = ctypes.CDLL(None)
    libc.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for start, end in _unwritten_files():
        libc.madvise(start, end - start, MADV_DONTNEED)


def _unwritten_files() -> Iterator[tuple[int, int]]:
    """Where parts of files are mapped that are in memory just as they are on disk: first and last address; see proc(5).

    A part that may not be written to may have been, while it was linked: then pages of it are the process's own.
    """
    start = end = 0
    with Path("/proc/self/smaps").open(encoding="utf-8") as lines:  # line by line: all of it would be half a megabyte
        for line in lines:
            first, *rest = line.split(maxsplit=5)
            if not first.endswith(":"):
                start, end = (int(address, 16) for address in first.split("-"))
                rights, _offset, _device, inode, *_path = rest
                is_file = rights in {"r-xp", "r--p"} and inode != "0"
            elif first == "Anonymous:" and is_file and rest[0] == "0":
                yield start, end
