"""JSON as content systems print it: read by the standard library where it can be, repaired where that is safe.

Repaired are: HTML comments, CDATA and JavaScript comments around and inside, entities in place of quotes, raw control
characters, commas too many or missing, single quotes, bare keys, quotes inside texts, several values in a row, and a
document cut short (what was complete before the cut is kept). Nothing here recurses, and every input is read once.
"""

import html
import json
import re
from typing import Any, Final

DEEPEST: Final = 100
MOST_TOKENS: Final = 100_000

_SPACE: Final = re.compile(
    r"(?:[\s\ufeff\u00a0;]+|//[^\n]*|/\*(?:[^*]|\*(?!/)){0,500}+\*/|<!--|-->|<!\[CDATA\[|\]\]>)*+"
)
_BARE: Final = re.compile(r"[^\s,:{}\[\]\"'<]+")
_STRUCTURE_NEXT: Final = re.compile(
    r"\s*+(?:[:}\]]|\Z|,\s*+(?:[\"'{\[}\],\d-]|true|false|null|//|/\*|<!--|[\w$@]{1,40}\s*+:|\Z))"
)
_MEMBER_NEXT: Final = re.compile(r"[^\S\n]*+\n\s*+[\"'{\[]|\s*+[\"'][^\"'\n]{1,80}[\"']\s*:")
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "b": " ", "f": " "}


def parse_json(text: str) -> list[Any]:
    """The values in ``text``, usually one; numbers stay the text that was printed. Empty when nothing can be read."""
    for attempt in (text, html.unescape(text) if "&" in text else None):
        if attempt is None:
            continue
        try:
            return [json.loads(attempt.strip("\ufeff \n\r\t;"), strict=False, parse_float=str, parse_int=str)]
        except (ValueError, RecursionError):
            continue
    if "&quot;" in text or "&#34;" in text or "&#034;" in text:
        text = html.unescape(text)
    return _Reader(text).values()


class _Open:
    """A container being read: its value, and the key that waits for its value."""

    def __init__(self, value: dict[str, Any] | list[Any]) -> None:
        self.value = value
        self.key: str | None = None

    def put(self, item: Any) -> None:
        if isinstance(self.value, list):
            self.value.append(item)
        elif self.key is not None:
            self.value[self.key] = item
            self.key = None
        elif isinstance(item, str):
            self.key = item


class _Reader:
    """One pass over a damaged text."""

    def __init__(self, text: str) -> None:
        self._text = text
        start = re.search(r"[{\[]", text)
        self._place = start.start() if start else len(text)
        self._stack: list[_Open] = []
        self._values: list[Any] = []

    def values(self) -> list[Any]:
        """All top-level containers that could be read."""
        for _ in range(MOST_TOKENS):
            if not self._step():
                break
        return self._values

    def _step(self) -> bool:
        """Read one token; False at the end or where reading on makes no sense."""
        skipped = _SPACE.match(self._text, self._place)
        self._place = skipped.end() if skipped else self._place
        if self._place >= len(self._text):
            return False
        letter = self._text[self._place]
        if letter in "{[":
            return self._open(letter)
        if letter in "}]":
            self._place += 1
            if self._stack:
                self._stack.pop()
            return True
        if letter in ",:":
            self._place += 1
            return True
        return self._scalar(letter)

    def _open(self, letter: str) -> bool:
        if len(self._stack) >= DEEPEST:
            return False
        opened = _Open({} if letter == "{" else [])
        if self._stack:
            self._stack[-1].put(opened.value)
        else:
            self._values.append(opened.value)
        self._stack.append(opened)
        self._place += 1
        return True

    def _scalar(self, letter: str) -> bool:
        if letter in "\"'":
            value = self._string(letter)
            if value is None:
                return False
        else:
            bare = _BARE.match(self._text, self._place)
            if bare is None:
                self._place += 1
                return True
            self._place = bare.end()
            value = bare[0]
        if self._stack:
            literal = {"null": None, "true": True, "false": False}
            waits_for_value = isinstance(self._stack[-1].value, list) or self._stack[-1].key is not None
            self._stack[-1].put(literal.get(value, value) if letter not in "\"'" and waits_for_value else value)
        return True

    def _string(self, quote: str) -> str | None:
        """A text up to the quote that closes it: one before a separator, or before the next member."""
        start = self._place + 1
        place = start
        while True:
            end = self._text.find(quote, place)
            if end < 0:
                return None
            place = end + 1
            if _backslashes(self._text, start, end) % 2:
                continue
            if _STRUCTURE_NEXT.match(self._text, place) or _MEMBER_NEXT.match(self._text, place):
                break
            if place - start > 20_000:
                return None
        self._place = place
        return _ESCAPE.sub(_unescape, self._text[start:end])


def _backslashes(text: str, start: int, end: int) -> int:
    count = 0
    while end - count > start and text[end - count - 1] == "\\":
        count += 1
    return count


def _unescape(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return _CONTROLS.get(match[2], match[2])
