"""How a name and what a person types are made comparable.

Both sides of a search pass through ``fold``: the keys in the table were made by it, so a change here needs a new
table. Folded away are case, apostrophes, the kind of dash or space, diacritics, ё/е, ґ/г, ї/і (a Latin i is often
typed for either) and letters of the other alphabet that only look right, such as a Latin K in «Kиїв». й stays itself.
"""

from itertools import groupby
from typing import Final
from unicodedata import category, combining, normalize

LONGEST: Final = 200
"""Characters of a text that are looked at; no name in the table is as long."""

_APOSTROPHES: Final = frozenset("'’ʼ`‘ʻ′´‛ʹʾʿ＇")
_LATIN_TWINS: Final = "ABCEHIKMOPTXYaceikmoptxyÏïËë"
_CYRILLIC_TWINS: Final = "АВСЕНІКМОРТХУасеікмортхуЇїЁё"
_TO_CYRILLIC: Final = str.maketrans(_LATIN_TWINS, _CYRILLIC_TWINS)
_TO_LATIN: Final = str.maketrans(_CYRILLIC_TWINS, _LATIN_TWINS)
_UNDECOMPOSED: Final = {
    "ґ": "г",
    "æ": "ae",
    "œ": "oe",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ħ": "h",
    "ŧ": "t",
    "ŋ": "ng",
    "ı": "i",
    "ə": "a",
}


def fold(text: str) -> str:
    """The comparable form of ``text``: lower-case words joined by single spaces; empty without a letter or digit."""
    composed = normalize("NFKC", text[:LONGEST])
    if not composed.isascii():
        composed = "".join(_one_alphabet(composed))
    return " ".join("".join(_fold_character(character) for character in composed.casefold()).split())


def _one_alphabet(text: str) -> list[str]:
    """The runs of ``text``, each run of letters written in one alphabet."""
    return [_unmix("".join(run)) if is_word else "".join(run) for is_word, run in groupby(text, key=str.isalpha)]


def _unmix(word: str) -> str:
    """``word`` in the alphabet that most of its unmistakable letters belong to, when it mixes Latin and Cyrillic."""
    latin = [letter for letter in word if _is_latin(letter)]
    cyrillic = [letter for letter in word if _is_cyrillic(letter)]
    if not latin or not cyrillic:
        return word
    only_latin = sum(letter not in _LATIN_TWINS for letter in latin)
    only_cyrillic = sum(letter not in _CYRILLIC_TWINS for letter in cyrillic)
    return word.translate(_TO_LATIN if only_latin > only_cyrillic else _TO_CYRILLIC)


def _is_latin(letter: str) -> bool:
    return letter < "ɐ" or "Ḁ" <= letter <= "ỿ"


def _is_cyrillic(letter: str) -> bool:
    return "Ѐ" <= letter <= "ԯ"


def _fold_character(character: str) -> str:
    if "a" <= character <= "z" or character == "й" or character.isdecimal():
        return character
    if character in _APOSTROPHES:
        return ""
    letters = "".join(letter for letter in normalize("NFKD", character) if not combining(letter))
    if letters.isalnum():
        return _UNDECOMPOSED.get(letters, letters)
    invisible = not letters or (category(character)[0] == "C" and not character.isspace())
    return "" if invisible else " "
