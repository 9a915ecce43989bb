"""Read object and array literals out of JavaScript: unquoted keys, single quotes, arguments of a wrapping function.

Nothing is executed. One token budget for a whole page keeps hostile scripts linear.
"""

import json
import re
from typing import Any

MAX_DEPTH = 120
_TOKEN = re.compile(
    r"\s*(?:(?P<punct>[{}\[\],:()])|(?P<number>-?(?:0x[0-9a-fA-F]+|\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+))|"
    r"(?P<string>\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*')"
    r"|(?P<plain>`[^`\\$]*`)|(?P<word>[A-Za-z_$][\w$]*)|(?P<operator>![01]|\.\.\.|.))",
    re.DOTALL,
)
_BLANKS = re.compile(r"(?:\s++|//[^\n]*+|/\*.*?\*/)*+", re.DOTALL)
_ESCAPE = re.compile(r"\\(u\{[0-9a-fA-F]{1,6}\}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|\r?\n|.)", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_CONSTANTS = {"true": True, "false": False, "null": None, "undefined": None, "NaN": None, "Infinity": None}


class NotALiteralError(ValueError):
    """The script at this place is not a literal that can be read."""


class TokenBudget:
    """How many tokens may still be read on this page."""

    def __init__(self, tokens: int) -> None:
        self.left = tokens

    def spend(self) -> None:
        """Take one token; raises ``NotALiteralError`` when none is left."""
        self.left -= 1
        if self.left < 0:
            raise NotALiteralError


def unquote_string(token: str) -> str:
    """The value of a quoted JavaScript string."""
    body = token[1:-1]
    if "\\" not in body:
        return body
    if token[0] == '"':
        try:
            return str(json.loads(token, strict=False))
        except ValueError:
            pass  # JavaScript allows escapes that JSON does not: \x41, \'
    return _ESCAPE.sub(_unescape, body).encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescape(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] == "u" and len(code) > 1:
        number = int(code.strip("u{}"), 16)
        return chr(number) if number < 0x110000 else ""
    if code[0] == "x" and len(code) == 3:
        return chr(int(code[1:], 16))
    return "" if code in ("\n", "\r\n") else _SIMPLE.get(code, code)


class LiteralReader:
    """Reads one literal of a script from a place on; ``names`` are a wrapping function's arguments."""

    def __init__(self, source: str, at: int, budget: TokenBudget, names: dict[str, Any] | None = None) -> None:
        self.source, self.at, self.budget = source, at, budget
        self.names = names or {}

    def _next(self) -> re.Match[str]:
        self.budget.spend()
        found = _TOKEN.match(self.source, self.at)
        if found is None:
            raise NotALiteralError
        self.at = found.end()
        return found

    def _peek(self) -> str:
        found = _BLANKS.match(self.source, self.at)
        self.at = found.end() if found is not None else self.at
        return self.source[self.at : self.at + 1]

    def value(self, depth: int = 0) -> Any:  # noqa: PLR0911 - one way out for each kind of value
        """The value that begins here. Raises ``NotALiteralError`` for anything that is not a literal."""
        if depth > MAX_DEPTH:
            raise NotALiteralError
        found = self._next()
        if found["punct"] == "{":
            return self._object(depth)
        if found["punct"] == "[":
            return self._array(depth, "]")
        if found["string"]:
            return unquote_string(found["string"])
        if found["plain"]:
            return found["plain"][1:-1]
        if found["number"]:
            return _number(found["number"])
        if found["operator"] in ("!0", "!1"):
            return found["operator"] == "!0"
        if found["word"]:
            return self._word(found["word"], depth)
        raise NotALiteralError

    def _word(self, word: str, depth: int) -> Any:
        if word in _CONSTANTS:
            return _CONSTANTS[word]
        if word == "void":
            self._next()
            return None
        if word == "new":
            return self._construction(depth)
        if word in self.names:
            return self.names[word]
        if word == "JSON" and self.source.startswith(".parse(", self.at):
            self.at += len(".parse(")
            text = self.value(depth + 1)
            self._expect(")")
            return json_in(text)
        if word in ("Array", "Object", "Date") and self._peek() == "(":
            self._next()
            inner = self._array(depth, ")")
            return inner[0] if word == "Date" and inner else inner
        raise NotALiteralError

    def _construction(self, depth: int) -> Any:
        self._next()
        if self._peek() != "(":
            return None
        self._next()
        inner = self._array(depth, ")")
        return inner[0] if inner else None

    def _expect(self, punctuation: str) -> None:
        if self._next()["punct"] != punctuation:
            raise NotALiteralError

    def items(self, closing: str) -> list[Any]:
        """The values from here to a closing bracket, commas between them."""
        return self._array(0, closing)

    def _array(self, depth: int, closing: str) -> list[Any]:
        items: list[Any] = []
        while True:
            following = self._peek()
            if following == closing:
                self._next()
                return items
            if following == ",":
                self._next()
                continue
            items.append(self.value(depth + 1))
            if self._peek() not in (",", closing):
                raise NotALiteralError

    def _object(self, depth: int) -> dict[str, Any]:
        item: dict[str, Any] = {}
        while True:
            found = self._next()
            if found["punct"] == "}":
                return item
            if found["punct"] == ",":
                continue
            key = unquote_string(found["string"]) if found["string"] else found["word"] or found["number"]
            if key is None:
                raise NotALiteralError
            if self._peek() in (",", "}") and found["word"]:
                item[key] = self.names.get(key)
                continue
            self._expect(":")
            item[key] = self.value(depth + 1)
            if self._peek() not in (",", "}"):
                raise NotALiteralError


def _number(text: str) -> int | float:
    if text.lower().startswith(("0x", "-0x")):
        return int(text, 16)
    return float(text) if any(letter in text for letter in ".eE") else int(text[:30])


def json_in(text: object) -> Any:
    """The data that a script has as JSON in a string. Raises ``NotALiteralError`` where there are none."""
    if not isinstance(text, str):
        raise NotALiteralError
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        raise NotALiteralError from None


_FUNCTION = re.compile(r"\(?\s*(?:function\s*\w*\s*\(([^)]{0,20000})\)|\(([^)]{0,20000})\)\s*=>)\s*\{")


def read_function_call(source: str, at: int, budget: TokenBudget) -> Any:
    """The object that ``(function(a,b){…return {…}}(1,"x"))`` returns, its arguments put in; nothing is executed."""
    found = _FUNCTION.match(source, at)
    if found is None:
        raise NotALiteralError
    names = [name.strip() for name in (found[1] or found[2] or "").split(",") if name.strip()]
    returned = source.find("return", found.end())
    if returned < 0:
        raise NotALiteralError
    arguments = _arguments(source, returned, budget)
    return LiteralReader(source, returned + len("return"), budget, dict(zip(names, arguments, strict=False))).value()


def _arguments(source: str, after: int, budget: TokenBudget) -> list[Any]:
    """The arguments of the call: the last "}(" or "})(" of the script opens them."""
    end = source.find("</script", after)
    end = end if end >= 0 else len(source)
    opened = max(
        source.rfind("}(", after, end),
        source.rfind("})(", after, end) + 1 if source.rfind("})(", after, end) >= 0 else -1,
    )
    if opened < 0:
        raise NotALiteralError
    reader = LiteralReader(source, opened + 2, budget)
    return reader.items(")")
