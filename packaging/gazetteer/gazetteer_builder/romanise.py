"""Ukrainian in Latin letters by the Resolution of the Cabinet of Ministers No. 55 of 27 January 2010."""

from typing import Final

_LETTERS: Final = {
    **dict(zip("абвгґдезиіклмнопрстуф", "abvhgdezyiklmnoprstuf", strict=True)),
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
}
_FIRST: Final = {"є": "ye", "ї": "yi", "й": "y", "ю": "yu", "я": "ya"}
_INSIDE: Final = {"є": "ie", "ї": "i", "й": "i", "ю": "iu", "я": "ia"}
_SILENT: Final = "ь'’ʼ"


def romanise(name: str) -> str:
    """``name`` in Latin letters: "Згурівка" is "Zghurivka", "Знам’янка" is "Znamianka"."""
    return "".join(_letter(name, position) for position in range(len(name)))


def _letter(name: str, position: int) -> str:
    letter = name[position].lower()
    before = name[position - 1].lower() if position else " "
    if letter in _SILENT:
        latin = ""
    elif letter == "г" and before == "з":
        latin = "gh"
    elif letter in _FIRST:
        inside = before.isalpha() or before in _SILENT
        latin = (_INSIDE if inside else _FIRST)[letter]
    else:
        latin = _LETTERS.get(letter, letter)
    return latin if name[position] == letter else latin.capitalize()
