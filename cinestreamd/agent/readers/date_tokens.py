"""The tokens of a text in which dates are read: words, numbers and signs."""

import re
from itertools import islice

from msgspec import Struct

from cinestreamd.agent.readers.calendar_words import fold

MAX_TOKENS = 40_000

_TOKEN = re.compile(r"\d+|[^\W\d_]+(?:['’ʼ`´׳״][^\W\d_]+)*|[^\w\s]")


class Token(Struct, frozen=True, gc=False):
    """A word, a number or a sign of the text; ``folded`` is empty for what is no word."""

    start: int
    end: int
    text: str
    number: int | None
    folded: str


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text, at most ``MAX_TOKENS``."""
    tokens = []
    for found in islice(_TOKEN.finditer(text), MAX_TOKENS):
        word, start, end = found[0], found.start(), found.end()
        number, folded = None, ""
        if word[0].isdecimal():
            glued = start > 0 and text[start - 1].isalpha() and text[start - 1].isascii()
            number = int(word) if end - start <= 4 and not glued else None
        elif word[0].isalpha() and end - start <= 16:
            folded = fold(word)
        tokens.append(Token(start, end, word, number, folded))
    return tokens
