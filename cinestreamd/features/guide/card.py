"""The picture that goes with a link when somebody shares it: 1200 by 630 pixels, as the Open Graph asks for."""

import struct
import zlib
from collections.abc import Sequence
from typing import Final

from cinestreamd.features.guide.lettering import LEVELS, Canvas, Lettering

WIDTH: Final = 1200
HEIGHT: Final = 630
_EDGE: Final = 80
_STUB: Final = 1000
"""Where the ticket's stub begins."""

_HOLE: Final = 13
_HOLES_EVERY: Final = 42
_TEXT_WIDTH: Final = _STUB - 2 * _EDGE
_PAPER: Final = (20, 16, 27)
_INKS: Final = ((245, 238, 227), (255, 183, 87), (176, 167, 186))
_INK, _AMBER, _DIM = 0, LEVELS, 2 * LEVELS
_SHAPES: Final = ((96, 104, 3), (64, 72, 4))
"""Size, line height and number of lines in which a title is tried."""


def draw_card(titles: Sequence[str], note: str, brand: str) -> bytes:
    """A card as PNG: the first of ``titles`` that there are letters for, a line beneath it, and whose guide it is."""
    lettering = Lettering()
    canvas = Canvas(WIDTH, HEIGHT)
    _draw_stub(canvas)
    lettering.write(canvas, (_EDGE, 64), brand, 38, ink=_AMBER)
    title = next((each for each in titles if lettering.can_say(each)), "")
    _write_title(canvas, lettering, title)
    if lettering.can_say(note):
        shown, _ = lettering.broken(note, 38, _TEXT_WIDTH, most=1)
        for line in shown:
            lettering.write(canvas, (_EDGE, 520), line, 38, ink=_DIM)
    return _png(canvas)


def _write_title(canvas: Canvas, lettering: Lettering, title: str) -> None:
    """In the first shape in which all of it fits, else cut in the last one; in the middle of its place."""
    for size, line_height, most in _SHAPES:
        lines, fits = lettering.broken(title, size, _TEXT_WIDTH, most=most)
        if fits or (size, line_height, most) == _SHAPES[-1]:
            top = 175 + (3 * 104 - len(lines) * line_height) // 2
            for number, line in enumerate(lines):
                lettering.write(canvas, (_EDGE, top + number * line_height), line, size, ink=_INK)
            return


def _draw_stub(canvas: Canvas) -> None:
    """A ticket's amber stub on the right, with half holes where it is torn off and a tear line in it."""
    for y in range(HEIGHT):
        off = abs(y % _HOLES_EVERY - _HOLES_EVERY // 2)
        bite = round((_HOLE**2 - off**2) ** 0.5) if off <= _HOLE else 0
        canvas.fill(_STUB + bite, y, WIDTH - _STUB - bite, _AMBER + LEVELS - 1)
        if y % 24 < 12:
            canvas.fill(_STUB + 130, y, 4, 0)


def _png(canvas: Canvas) -> bytes:
    """The canvas as a PNG with a palette (ISO/IEC 15948)."""
    palette = bytes(value for ink in _INKS for level in range(LEVELS) for value in _mix(ink, level))
    rows = b"".join(
        b"\0" + canvas.pixels[begin : begin + canvas.width] for begin in range(0, len(canvas.pixels), canvas.width)
    )
    header = struct.pack(">IIBBBBB", canvas.width, canvas.height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", header), (b"PLTE", palette), (b"IDAT", zlib.compress(rows, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _mix(ink: tuple[int, int, int], level: int) -> tuple[int, ...]:
    share = level / (LEVELS - 1)
    return tuple(round(paper + (full - paper) * share) for paper, full in zip(_PAPER, ink, strict=True))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
