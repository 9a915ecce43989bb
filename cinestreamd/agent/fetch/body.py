"""The body of an answer, unpacked as it arrives and never beyond a limit.

A gzip of 700 kB can hold 1.4 GB. Each step here asks zlib for at most what is still allowed, so that neither memory nor
the event loop ever sees more than the limit.
"""

import zlib
from collections.abc import AsyncIterable
from typing import Final, Protocol

ACCEPT_ENCODING: Final = "gzip, deflate"
STEP: Final = 65_536


class OverLimitError(Exception):
    """The decoded body is larger than allowed."""


class BadCodingError(Exception):
    """The body is packed in a way that was not asked for, or is damaged."""


class Unpacker(Protocol):
    """Turns packed bytes into plain ones, at most ``room`` + 1 of them."""

    def feed(self, data: bytes, room: int) -> bytes:
        """Plain bytes for the next packed ones."""


class Plain:
    """No content coding."""

    def feed(self, data: bytes, room: int) -> bytes:
        """The bytes themselves."""
        return data[: room + 1]


class Zipped:
    """gzip (also of several members) and deflate (with zlib's header or, as some servers send it, without)."""

    def __init__(self, coding: str) -> None:
        self._gzip = coding != "deflate"
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16) if self._gzip else None

    def feed(self, data: bytes, room: int) -> bytes:
        """Unpack ``data``.

        Raises:
            BadCodingError: the bytes are not what their coding says.
        """
        if self._stream is None:
            has_header = len(data) > 1 and data[0] & 0x0F == 8 and (data[0] << 8 | data[1]) % 31 == 0
            self._stream = zlib.decompressobj(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
        plain = bytearray()
        try:
            while data and len(plain) <= room:
                plain += self._stream.decompress(data, room + 1 - len(plain))
                data = self._rest()
        except zlib.error:
            raise BadCodingError from None
        return bytes(plain)

    def _rest(self) -> bytes:
        """What is left after one call: the packed rest, or the next gzip member behind a finished one."""
        stream = self._stream
        if stream is None:
            return b""
        if not stream.eof:
            return stream.unconsumed_tail
        rest = stream.unused_data
        if not self._gzip or not rest.startswith(b"\x1f\x8b"):
            return b""
        self._stream = zlib.decompressobj(zlib.MAX_WBITS | 16)
        return rest


def unpacker_of(coding: str) -> Unpacker:
    """The unpacker for a Content-Encoding.

    Raises:
        BadCodingError: a coding that was not offered.
    """
    name = coding.strip().lower()
    if name in {"", "identity"}:
        return Plain()
    if name in {"gzip", "x-gzip", "deflate"}:
        return Zipped(name)
    raise BadCodingError


async def read_body(chunks: AsyncIterable[bytes], coding: str, limit: int, *, cut: bool = False) -> bytes:
    """The decoded body; with ``cut``, its first ``limit`` bytes if it is larger.

    Raises:
        OverLimitError: more than ``limit`` bytes, packed or decoded.
        BadCodingError: packed otherwise than asked for, or damaged.
    """
    unpacker = unpacker_of(coding)
    body = bytearray()
    packed = 0
    async for chunk in chunks:
        packed += len(chunk)
        for start in range(0, len(chunk), STEP):
            body += unpacker.feed(chunk[start : start + STEP], limit - len(body))
            if len(body) > limit or packed > limit:
                if cut:
                    return bytes(body[:limit])
                raise OverLimitError
    return bytes(body)
