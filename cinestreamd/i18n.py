"""The three languages of the guide: which there are, their gettext catalogues, and how one is chosen.

Language codes are ``uk``, ``en`` and ``ru`` everywhere; ``ua`` is understood as input. Catalogues are the reviewed
``.po`` files under ``locale/``. What is read, once per process family, are the ``.mo`` files that ``make catalogues``
compiles from them: what can read the sources would stay in the memory of every daemon.
"""

from functools import cache
from importlib import resources
from typing import Final, Literal

from babel.support import Translations

Language = Literal["uk", "en", "ru"]

LANGUAGES: Final[tuple[Language, ...]] = ("uk", "en", "ru")
LANGUAGE_LABELS: Final[dict[Language, str]] = {"uk": "UA", "en": "EN", "ru": "RU"}
LANGUAGE_NAMES: Final[dict[Language, str]] = {"uk": "Українська", "en": "English", "ru": "Русский"}


def N_(message: str) -> str:  # noqa: N802 - gettext's standard name for "extract, translate later"
    """Mark ``message`` for translation where it is declared; it is translated where it is shown."""
    return message


def N_many(one: str, many: str) -> tuple[str, str]:  # noqa: N802 - as above
    """The same for a message with a plural: the number is known where it is shown."""
    return one, many


def parse_language(text: str) -> Language | None:
    """The language that a person or a browser means by ``text`` ("uk", "UA", "en-GB"), or None."""
    code = text.strip().lower().replace("_", "-").split("-")[0]
    if code == "ua":
        return "uk"
    return next((language for language in LANGUAGES if language == code), None)


def negotiate_language(accept_language: str, default: Language) -> Language:
    """The best of our languages for an ``Accept-Language`` header (RFC 9110 section 12.5.4)."""
    best, best_quality = default, 0.0
    for item in accept_language[:1000].split(","):
        tag, _, parameter = item.partition(";")
        name, _, value = parameter.strip().partition("=")
        try:
            quality = float(value) if name.strip() == "q" else 1.0
        except ValueError:
            continue
        language = parse_language(tag)
        if language is not None and quality > best_quality:
            best, best_quality = language, quality
    return best


@cache
def translations(language: Language) -> Translations:
    """The catalogue of one language, with plural forms."""
    path = resources.files("cinestreamd") / "locale" / language / "LC_MESSAGES" / "messages.mo"
    with path.open("rb") as file:
        return Translations(file)
