"""Headings that name several days at once: "12/26(Sat)–12/30(Wed)", "Fri 27 & Sat 28 November"."""

from collections.abc import Sequence
from datetime import date, timedelta

from cinestreamd.agent.readers.dates import joins_list, joins_range
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.miner.day_marks import DayMark, is_pressed

_LONGEST_SPAN = 15
_MOST_OTHER_LETTERS = 12


def spans_of(document: Document, marks: Sequence[DayMark]) -> dict[int, tuple[int, tuple[date, ...]]]:
    """Start of each day named in a line of several → start of the first of them, and all days that the line names.

    Only lines that say little else: in a sentence a period is told of something.
    """
    found: dict[int, tuple[int, tuple[date, ...]]] = {}
    at = 0
    while at < len(marks):
        last = at
        days = [marks[at].day]
        while last + 1 < len(marks):
            between = document.text[marks[last].end : marks[last + 1].start]
            following = marks[last + 1].day
            if joins_range(between) and 0 < (following - days[-1]).days < _LONGEST_SPAN:
                days += _after(days[-1], following)
            elif joins_list(between) and following > days[-1]:
                days.append(following)
            else:
                break
            last += 1
        if (
            1 < len(days) <= _LONGEST_SPAN
            and not is_pressed(marks[at].element)
            and _is_alone(document, marks, at, last)
        ):
            found.update((mark.start, (marks[at].start, tuple(days))) for mark in marks[at : last + 1])
        at = last + 1
    return found


def _after(first: date, last: date) -> list[date]:
    return [first + timedelta(days=step) for step in range(1, (last - first).days + 1)]


def _is_alone(document: Document, marks: Sequence[DayMark], first: int, last: int) -> bool:
    """Whether the line of a list of days says little else, and no time."""
    start, end = document.line(marks[first].start, marks[last].end)
    rest = document.text[start : marks[first].start] + " " + document.text[marks[last].end : end]
    return not any(map(str.isdecimal, rest)) and sum(map(str.isalpha, rest)) <= _MOST_OTHER_LETTERS
