"""Words set in the guide's display face as pixels, from letters that were drawn beforehand.

The letters are a file beside this one, made by ``packaging/drawings/letters.py``. It is read when a card is drawn and
not kept: few cards are asked for, and what a worker keeps is paid by every worker.
"""

import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

LETTERS: Final = Path(__file__).with_name("letters.msgpack")
SIZES: Final = (96, 64, 38)
"""Pixels from line to line, about; letters are there in these sizes."""

LEVELS: Final = 16
"""A letter's pixels are 0 (ground) to 15 (ink)."""


class Letter(Struct, frozen=True, array_like=True):
    """One letter: how far it moves on, where its box begins, the box's width, and its pixels row by row (zlib)."""

    advance: int
    left: int
    top: int
    width: int
    rows: bytes


class Canvas:
    """A picture of ``width`` by ``height`` pixels, one byte each. Letters are laid over what is there."""

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.pixels = bytearray(width * height)

    def fill(self, x: int, y: int, length: int, value: int) -> None:
        """Set a run of pixels of one row."""
        begin = y * self.width + x
        self.pixels[begin : begin + length] = bytes((value,)) * length

    def lay(self, x: int, y: int, width: int, rows: bytes) -> None:
        """Combine a box of pixels with what is there (by or: both are levels of the same ink)."""
        for row in range(len(rows) // width):
            if 0 <= y + row < self.height and x >= 0 and x + width <= self.width:
                begin = (y + row) * self.width + x
                there = int.from_bytes(self.pixels[begin : begin + width])
                laid = int.from_bytes(rows[row * width : (row + 1) * width])
                self.pixels[begin : begin + width] = (there | laid).to_bytes(width)


class Lettering:
    """The letters in all sizes."""

    def __init__(self) -> None:
        self._letters: Mapping[int, Mapping[str, Letter]] = msgspec.msgpack.decode(
            LETTERS.read_bytes(), type=dict[int, dict[str, Letter]]
        )

    def can_say(self, text: str) -> bool:
        """Whether there is a letter for every character."""
        letters = self._letters[SIZES[0]]
        return all(each in letters for each in settable(text))

    def width(self, text: str, size: int) -> int:
        """How many pixels wide the text is."""
        letters = self._letters[size]
        return sum(letters[each].advance for each in text if each in letters)

    def write(self, canvas: Canvas, place: tuple[int, int], text: str, size: int, *, ink: int) -> None:
        """Write one line at ``place`` (left, top). Each pixel becomes its level in the bank of colours at ``ink``."""
        x, y = place
        bank = bytes((0, *(ink + level for level in range(1, LEVELS))))
        for each in settable(text):
            letter = self._letters[size].get(each)
            if letter is None:
                continue
            if letter.width:
                rows = zlib.decompress(letter.rows).translate(bank + bytes(256 - LEVELS))
                canvas.lay(x + letter.left, y + letter.top, letter.width, rows)
            x += letter.advance

    def broken(self, text: str, size: int, width: int, *, most: int) -> tuple[Sequence[str], bool]:
        """The text in at most ``most`` lines of ``width`` pixels, and whether all of it fits."""
        lines: list[str] = []
        whole = True
        for word in settable(text).split():
            joined = f"{lines[-1]} {word}" if lines else word
            if lines and self.width(joined, size) <= width:
                lines[-1] = joined
            else:
                lines.append(word)
        if len(lines) > most:
            lines, whole = [*lines[: most - 1], f"{lines[most - 1]}…"], False
        cut = [self._cut(line, size, width) for line in lines]
        return cut, whole and cut == lines

    def _cut(self, line: str, size: int, width: int) -> str:
        if self.width(line, size) <= width:
            return line
        while line and self.width(f"{line}…", size) > width:
            line = line[:-1]
        return f"{line}…"


_SPELLED: Final = {"\N{COMBINING ACUTE ACCENT}": "", "ʼ": "’", "₴": "грн", "₽": "руб."}
"""What the face has no letter for, and how it is written instead."""


def settable(text: str) -> str:
    """The text in whole letters (NFC), without signs that have no picture of their own, and with others spelled out."""
    whole = unicodedata.normalize("NFC", text)
    return "".join(_SPELLED.get(each, each) for each in whole)
