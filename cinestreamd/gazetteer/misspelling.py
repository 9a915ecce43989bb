"""What a person may have meant who typed in the wrong keyboard layout, or made one slip.

Layouts are the standard ones of the US, Ukraine and Russia. A slip is one letter missing, too many, wrong, or two
neighbours swapped (Damerau's four kinds).
"""

from collections.abc import Iterator
from typing import Final

SHORTEST: Final = 4
"""A shorter text is too near to too many names to guess a slip in it."""

LONGEST: Final = 32
"""A longer text has more neighbours than are worth asking for."""

_LATIN_KEYS: Final = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_UKRAINIAN_KEYS: Final = "йцукенгшщзхїфівапролджєячсмитьбюґ"
_RUSSIAN_KEYS: Final = "йцукенгшщзхъфывапролджэячсмитьбюё"
_LATIN: Final = "abcdefghijklmnopqrstuvwxyz"
_CYRILLIC: Final = "абвгдежзийклмнопрстуфхцчшщъыьэюяєі"
_READINGS: Final = tuple(
    str.maketrans(typed, meant)
    for typed, meant in (
        (_LATIN_KEYS, _UKRAINIAN_KEYS),
        (_LATIN_KEYS, _RUSSIAN_KEYS),
        (_UKRAINIAN_KEYS, _LATIN_KEYS),
        (_RUSSIAN_KEYS, _LATIN_KEYS),
        (_RUSSIAN_KEYS, _UKRAINIAN_KEYS),
        (_UKRAINIAN_KEYS, _RUSSIAN_KEYS),
    )
)


def other_layouts(text: str) -> list[str]:
    """``text`` as the same keys would have written it in the other layouts."""
    typed = text.casefold()
    return [read for read in dict.fromkeys(typed.translate(table) for table in _READINGS) if read != typed]


def one_slip_away(key: str) -> Iterator[str]:
    """Each folded text that differs from the folded ``key`` by one slip; none for a key too short or too long."""
    if not SHORTEST <= len(key) <= LONGEST:
        return
    letters = _LATIN if key.isascii() else _CYRILLIC
    for at in range(len(key) + 1):
        head, tail = key[:at], key[at:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in letters if letter != tail[0])
        if len(tail) > 1 and tail[0] != tail[1]:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in letters)
