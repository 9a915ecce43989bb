"""Draws the letters of preview cards from the guide's own display face (Brygada 1918, SIL Open Font License)."""  # noqa: INP001 - a script

import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec
from PIL import ImageFont

from cinestreamd.features.guide.lettering import LETTERS, LEVELS, SIZES, Letter

STATIC = Path(__file__).parents[2] / "cinestreamd" / "web" / "static"
WEIGHTS = {96: 640, 64: 640, 38: 480}
RANGES = (
    ("cyrillic", (range(0x400, 0x460), range(0x490, 0x492), (0x2116,))),
    ("latin", (range(0x20, 0x7F), range(0xA0, 0x100), range(0x2010, 0x2027), (0x152, 0x153, 0x20AC, 0x2122))),
    ("latin-ext", (range(0x100, 0x152), range(0x154, 0x180), range(0x218, 0x21C), (0x20B4, 0x1E9E))),
)


def letters(size: int) -> Iterator[tuple[str, Letter]]:
    """Every letter that the face has, at ``size`` pixels."""
    for name, ranges in RANGES:
        font = ImageFont.truetype(STATIC / f"brygada-{name}.woff2", size)
        font.set_variation_by_axes([WEIGHTS[size]])
        missing = bytes(font.getmask("\uffff"))
        for code in (code for each in ranges for code in each):
            mask = font.getmask(chr(code))
            left, top, _, _ = font.getbbox(chr(code))
            drawn = bytes(round(value * (LEVELS - 1) / 255) for value in mask)
            if any(drawn) and bytes(mask) == missing:
                continue
            width = mask.size[0] if any(drawn) else 0
            rows = zlib.compress(drawn, 9) if width else b""
            yield chr(code), Letter(round(font.getlength(chr(code))), int(left), int(top), width, rows)


def main() -> None:
    """Write the file."""
    alphabet = {size: dict(letters(size)) for size in SIZES}
    LETTERS.write_bytes(msgspec.msgpack.encode(alphabet))


if __name__ == "__main__":
    main()
