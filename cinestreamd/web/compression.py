"""Gzip for answers (RFC 1952), by a compressor that is small: each worker has its own, and keeps what it once took."""

import gzip
import zlib
from typing import Final

LEVEL: Final = 1
"""Most of the gain for a third of the cost."""

WINDOW_BITS: Final = 16 + 14
"""Gzip's frame around a window of 16 KiB, which holds a dozen showings.

With one of 4 KiB, which holds three, a page takes twice the time and a third more bytes.
"""

MEMORY_LEVEL: Final = 5
"""With the window 80 KiB in all, in the place of zlib's usual 260."""


def pack(body: bytes) -> bytes:
    """``body`` compressed; the same bytes for the same body."""
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, WINDOW_BITS, MEMORY_LEVEL)
    return compressor.compress(body) + compressor.flush()


def unpack(packed: bytes) -> bytes:
    """What was packed."""
    return gzip.decompress(packed)
