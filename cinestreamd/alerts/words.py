"""What is told, as it can be said in each language: a template, what fills it in, and a number for the plural."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from cinestreamd.i18n import Language, translations

ENGLISH: Final[Language] = "en"
"""The language of the log, of ``cinestreamd alerts`` and of notices unless another is set."""


class Words(Struct, frozen=True, omit_defaults=True):
    """A text to be filled in. Where ``many`` is given, ``count`` (filled in too) chooses between the two.

    ``reason`` is the code of a word that the console has as well; English says it as it is.
    """

    one: str
    many: str = ""
    count: int = 0
    fields: Mapping[str, str] = {}
    reason: str = ""


def say(words: Words, language: Language) -> str:
    """The text in a language."""
    one, many, reason = words.one, words.many, words.reason
    if language == ENGLISH:
        template = many if many and words.count != 1 else one
    else:
        text = translations(language)
        template = text.ngettext(one, many, words.count) if many else text.gettext(one)
        reason = text.gettext(_named().get(reason, reason)) if reason else ""
    return template.format(**words.fields, count=words.count, reason=reason)


def _named() -> Mapping[str, str]:
    from cinestreamd.features.console.words import WORDS  # noqa: PLC0415 - only the process that sends needs it

    return WORDS
