"""Take JSON out of the wrappings in which servers answer: a byte order mark, guards, JSONP, assignments, lines."""

import json
import re
from typing import Any

MAX_LINES = 5_000
_GUARD = re.compile(r"(?:\)\]\}',?|while\(1\);|for\(;;\);)\s*")
_COMMENT = re.compile(r"/\*[^*]{0,200}\*/\s*")
_CALL = re.compile(r"(?:typeof [\w$.]{1,60} === 'function' && )?[A-Za-z_$][\w$.]{0,80}\(\s*(?=[\[{])")
_ASSIGNMENT = re.compile(r"(?:(?:var|let|const)\s+)?[A-Za-z_$][\w$.]{0,80}\s*=\s*(?=[\[{])")
_DECODER = json.JSONDecoder(strict=False)


def parse_answer(text: str) -> Any:
    """The data of a document that is JSON as a whole, however wrapped; several lines of JSON become a list.

    None where it is something else.
    """
    body = text.lstrip("\ufeff \t\r\n")
    for wrapping in (_GUARD, _COMMENT):
        found = wrapping.match(body)
        body = body[found.end() :] if found else body
    opened = _CALL.match(body) or _ASSIGNMENT.match(body)
    body = body[opened.end() :] if opened else body
    if body[:1] not in ("{", "["):
        return None
    try:
        first, end = _DECODER.raw_decode(body)
    except (ValueError, RecursionError):
        return None
    rest = body[end:].strip()
    if not rest:
        return first
    if opened:
        return first if len(rest) <= 3 and not rest.strip("); ") else None
    return _lines(first, rest)


def _lines(first: Any, rest: str) -> Any:
    values = [first]
    for line in rest.splitlines()[:MAX_LINES]:
        if not line.strip():
            continue
        try:
            values.append(json.loads(line, strict=False))
        except (ValueError, RecursionError):
            return None
    return values
