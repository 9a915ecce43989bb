"""Finds the stretch of a page's source that proves a showing: its date as written, with the film's name when near."""

import html
import json
import re
from typing import Final

from cinestreamd.agent.verify.presence import plain

NEAR: Final = 300
_TRIES: Final = 25
_LITERAL: Final = re.compile(r"""(?<=["'>;=])\s{0,20}(?P<text>\w[^"'<>&=]{3,78}?)\s{0,20}(?=["'<&>])""")
_KEY: Final = re.compile(r"""["']?(?:startDate|startTime)["']?\s{0,5}:\s{0,5}\[?\s{0,5}["']?\Z""")


class Excerpts:
    """The places of all quoted texts that hold a digit, given out in their order."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._places: dict[str, list[tuple[int, int]]] = {}
        self._next: dict[str, int] = {}
        for match in _LITERAL.finditer(source):
            text = match["text"]
            if any(letter.isdigit() for letter in text):
                self._places.setdefault(plain(text) if "\\" in text else text, []).append(match.span("text"))

    def take(self, literal: str, name: str) -> str | None:
        """The excerpt for the next use of ``literal`` (a date as written), None when it is nowhere in the source."""
        places = self._places.get(" ".join(literal.split())) or self._places.get(literal.strip())
        if not places:
            return None
        first = min(self._next.get(literal, 0), len(places) - 1)
        forms = _forms(name)
        for i in range(first, min(first + _TRIES, len(places))):
            span = self._with_name(places[i], forms)
            if span is not None:
                places[first], places[i] = places[i], places[first]
                self._next[literal] = first + 1
                return self._source[span[0] : span[1]]
        self._next[literal] = first + 1
        start, end = places[first]
        key = _KEY.search(self._source[max(0, start - 30) : start])
        return self._source[start - len(key[0]) if key else start : end]

    def _with_name(self, place: tuple[int, int], forms: list[str]) -> tuple[int, int] | None:
        """The span from the name to the date or from the date to the name, whichever is shorter."""
        start, end = place
        spans = []
        for form in forms:
            before = self._source.rfind(form, max(0, start - NEAR - len(form)), start)
            after = self._source.find(form, end, end + NEAR + len(form))
            if before >= 0:
                spans.append((before, end))
            if after >= 0:
                spans.append((start, after + len(form)))
        return min(spans, key=lambda span: span[1] - span[0]) if spans else None


def _forms(name: str) -> list[str]:
    """The ways in which a name may be written in a page's source."""
    if not name or len(name) > NEAR:
        return []
    escaped = json.dumps(name)[1:-1]
    forms = [name, html.escape(name), html.escape(name, quote=False), json.dumps(name, ensure_ascii=False)[1:-1]]
    return list(dict.fromkeys([*forms, escaped, escaped.replace("/", "\\/"), name.replace("/", "\\/")]))
