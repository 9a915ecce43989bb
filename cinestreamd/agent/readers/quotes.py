"""Cut the excerpt that proves a showing out of a document's source."""

import re

_REACH = 120
_MOST_WITHIN = 200
# An entity or escape that the end of an excerpt cuts in two would read as other text.
_HALF_AT_END = re.compile(r"(?:&#?\w{0,8}|\\(?:u[0-9a-fA-F]{0,3})?)$")

_REST_OF_ESCAPE = re.compile(r"#?\w{0,8};|u?[0-9a-fA-F]{1,4}|[^\w]")
_LONGEST_ESCAPE = 9


class SourceQuotes:
    """Excerpts of one source text; the same value asked for again is looked for further on."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._after: dict[str, int] = {}

    def around(self, printed: str) -> str:
        """An excerpt that holds ``printed`` as it stands in the source; empty where it does not stand there."""
        at = self._find(printed, self._after.get(printed, 0))
        if at < 0:
            at = self._find(printed, 0)
        if at < 0:
            return self._escaped(printed)
        self._after[printed] = at + len(printed)
        return self._cut(at, len(printed))

    def _find(self, printed: str, begin: int) -> int:
        """Where a value stands; no number of it within a longer one: "1100" in "8110041", "2:05" in "12:05"."""
        at = self._source.find(printed, begin)
        begins, ends = printed[:1].isdecimal(), printed[-1:].isdecimal()
        for _ in range(_MOST_WITHIN):
            end = at + len(printed)
            before = begins and self._source[at - 1 : at].isdecimal()
            if at < 0 or not (before or (ends and self._source[end : end + 1].isdecimal())):
                break
            at = self._source.find(printed, at + 1)
        return at

    def _whole(self, start: int, at: int) -> int:
        """A beginning that cuts no entity or escape in two: else it would read as other text."""
        if _HALF_AT_END.search(self._source, max(0, start - _LONGEST_ESCAPE), start) is None:
            return start
        rest = _REST_OF_ESCAPE.match(self._source, start, at)
        return rest.end() if rest is not None else start

    def _escaped(self, printed: str) -> str:
        escaped = printed.replace("/", "\\/")
        at = self._source.find(escaped)
        return self._cut(at, len(escaped)) if at >= 0 else ""

    def _cut(self, at: int, length: int) -> str:
        left = self._source.rfind("{", max(0, at - _REACH), at)
        right = self._source.find("}", at + length, at + length + _REACH)
        start = left if left >= 0 else self._whole(max(0, at - 40), at)
        end = right + 1 if right >= 0 else min(len(self._source), at + length + 40)
        return _HALF_AT_END.sub("", self._source[start:end])
