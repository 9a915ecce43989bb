"""Times that a page shows to no eye: in the labels and data of its links and buttons."""

import re
from collections.abc import Mapping

_LABELS = ("title", "aria-label", "datetime")
_SPEAKING = re.compile(r"data-(?:[a-z-]{0,20}-)?(?:start\w*|time|showtime|datetime|begin|hour|session)")
_CLOCK = re.compile(r"(?<![\d:.,])([01]?\d|2[0-3])[:.h]([0-5]\d)(?![\d,])")
_UTC = re.compile(r"T\d\d:\d\d(?::\d\d)?(?:\.\d+)?(?:Z|\+00:?00)\b")
_SHORTEST, _LONGEST = 4, 200


def spoken_clock(attributes: Mapping[str, str]) -> tuple[str, str] | None:
    """The value of an attribute that says one clock time, and that clock as it is printed; None where none does."""
    for name, value in attributes.items():
        if not _SHORTEST <= len(value) <= _LONGEST or not (name in _LABELS or _SPEAKING.fullmatch(name)):
            continue
        clocks = _CLOCK.findall(value.replace("T", " "))
        if len(clocks) == 1 and _UTC.search(value) is None:
            found = _CLOCK.search(value.replace("T", " "))
            return (value, found[0]) if found is not None else None
    return None
