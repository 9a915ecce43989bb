"""The values of a streamed React tree that stand for others: "$D…" for a date, "$1a:…" for a row or a part of one."""

import re
from typing import Any

_MOST_VALUES, _DEEPEST = 60_000, 60
_LINK = re.compile(r"\$[L@Q]?([0-9a-f]{1,6})((?::[\w-]{1,60}){0,12})")
# Where a React element keeps what its parts are called by: ["$", type, key, props].
_PARTS = {"type": 1, "key": 2, "props": 3}


class FlightLinks:
    """Follows the links between the rows of one stream."""

    def __init__(self, rows: dict[str, Any]) -> None:
        self._rows = rows
        self._left = _MOST_VALUES

    def followed(self, value: Any, depth: int = 0) -> Any:
        """The value with dates plain and links replaced by what they lead to, as far as the bounds allow."""
        self._left -= 1
        if self._left < 0 or depth > _DEEPEST:
            return None
        if isinstance(value, str):
            return self._text(value, depth) if value.startswith("$") else value
        if isinstance(value, list):
            return [self.followed(one, depth + 1) for one in value]
        if isinstance(value, dict):
            return {key: self.followed(one, depth + 1) for key, one in value.items()}
        return value

    def _text(self, text: str, depth: int) -> Any:
        if text.startswith("$D"):
            return text[2:]
        link = _LINK.fullmatch(text)
        if link is None or link[1] not in self._rows:
            return text
        at = self._rows[link[1]]
        for step in link[2].split(":")[1:]:
            if isinstance(at, list):
                place = _PARTS.get(step) if at[:1] == ["$"] else int(step) if step.isdecimal() else None
                at = at[place] if place is not None and place < len(at) else None
            else:
                at = at.get(step) if isinstance(at, dict) else None
        # What is linked is mostly a record that several others share: much deeper it is not followed.
        return self.followed(at, depth + 10) if isinstance(at, dict | list | str) else text
