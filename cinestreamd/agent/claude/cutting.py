"""A long text in parts: cut where a day begins, else where a film does, so that no row is parted from its day."""

import re
from collections.abc import Callable, Sequence
from typing import Final

from cinestreamd.agent.readers.clock import find_clocks

LONGEST_HEADING: Final = 120
"""Characters of a line that can be the heading of a day: prose that mentions a date is none."""

_SENTENCE_END: Final = re.compile(r"[.!?…]\s+")

NamesDay = Callable[[str], bool]
"""Tells whether a line names a day."""


def cut(text: str, *, longest: int, names_day: NamesDay) -> list[str]:
    """The text in parts of at most ``longest`` bytes, cut between lines; a line that is too long is shortened.

    A part that does not begin with the heading of a day is headed by the last one before it.
    """
    lines = [_shortened(line, longest // 4) + "\n" for line in text.splitlines()]
    parts, start, heading = [], 0, ""
    while start < len(lines):
        room = longest - len(heading.encode())
        end = _fitting(lines, start, room)
        if end < len(lines):
            end = _better(lines, start, end, names_day)
        parts.append(heading + "".join(lines[start:end]))
        heading = "" if end < len(lines) and _is_heading(lines[end], names_day) else _last(lines[:end], names_day)
        start = end
    return parts or [""]


def halve(text: str, *, names_day: NamesDay) -> list[str]:
    """The text in two parts of about the same length; a single line is cut between sentences."""
    lines = text.splitlines(keepends=True)
    if len(lines) < 2:
        ends = [found.end() for found in _SENTENCE_END.finditer(text, 0, len(text.rstrip()))]
        place = min(ends, key=lambda end: abs(end - len(text) // 2), default=len(text))
        return [part for part in (text[:place], text[place:]) if part]
    middle = _fitting(lines, 0, len(text.encode()) // 2 + 1)
    end = min(_better(lines, 0, max(middle, 1), names_day), len(lines) - 1)
    heading = "" if _is_heading(lines[end], names_day) else _last(lines[:end], names_day)
    return ["".join(lines[:end]), heading + "".join(lines[end:])]


def _fitting(lines: Sequence[str], start: int, room: int) -> int:
    """The end of the lines from ``start`` on that ``room`` bytes hold: one at least."""
    end = start
    while end < len(lines) and (room := room - len(lines[end].encode())) >= 0:
        end += 1
    return max(end, start + 1)


def _better(lines: Sequence[str], start: int, end: int, names_day: NamesDay) -> int:
    """The last place in the second half before ``end`` where a day begins, else a film, else ``end`` itself."""
    places = range(end, start + (end - start + 1) // 2, -1)
    inner = [i for i in places if i < len(lines)]
    days = (i for i in inner if _is_heading(lines[i], names_day))
    films = (i for i in inner if _begins_film(lines, i))
    return next(days, next(films, end))


def _begins_film(lines: Sequence[str], number: int) -> bool:
    """Whether a line without times follows one that has some: in a list of films, the next title."""
    return bool(find_clocks(lines[number - 1])) and not find_clocks(lines[number])


def _is_heading(line: str, names_day: NamesDay) -> bool:
    return len(line) <= LONGEST_HEADING and names_day(line)


def _last(lines: Sequence[str], names_day: NamesDay) -> str:
    return next((line for line in reversed(lines) if _is_heading(line, names_day)), "")


def _shortened(line: str, most: int) -> str:
    return line.encode()[:most].decode("utf-8", "ignore") if len(line) * 4 > most else line
