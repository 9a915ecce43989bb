"""The tokens of a text in which dates are read: words, numbers and signs."""

import re
from typing import NamedTuple

from cinestreamd.agent.readers.calendar_words import fold

MAX_TOKENS = 40_000

_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’ʼ`´׳״][^\W\d_]+)*|[^\w\s]")


class Token(NamedTuple):
    """A word, a number or a sign of the text; ``folded`` is empty for what is no word."""

    start: int
    end: int
    text: str
    number: int | None
    folded: str


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, at most ``MAX_TOKENS``."""
    tokens = []
    for found in _TOKEN.finditer(text):
        word = found[0]
        glued = found.start() > 0 and text[found.start() - 1].isalpha() and text[found.start() - 1].isascii()
        number = int(word) if word[0].isdecimal() and len(word) <= 4 and not glued else None
        folded = fold(word) if number is None and word[0].isalpha() and len(word) <= 16 else ""
        tokens.append(Token(found.start(), found.end(), word, number, folded))
        if len(tokens) >= MAX_TOKENS:
            break
    return tokens
