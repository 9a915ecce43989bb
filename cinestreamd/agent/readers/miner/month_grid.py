"""Read a month's grid: cells numbered in sequence under the name of a month."""

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import pairwise

from cinestreamd.agent.readers.calendar_words import fold, month_words, weekday_words
from cinestreamd.agent.readers.dates import DateReading
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.miner.calendar_marks import LABEL_LENGTH, Calendar
from cinestreamd.agent.readers.miner.day_marks import is_pressed
from cinestreamd.agent.readers.miner.time_nodes import TimeNode

_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")

_FEWEST, _FEWEST_NAMED = 7, 3
# From the 21st on.
_MOST_LEFT = 11
_WORD = re.compile(r"[^\W\d_]{3,16}")


def learn_month_numbers(calendar: Calendar, nodes: Sequence[TimeNode]) -> Callable[[TimeNode], date | None] | None:
    """A month grid: cells numbered in sequence under the name of a month."""
    document = calendar.document
    numbers = _day_numbers(document)
    months = _month_headings(document, calendar.reading)
    best: list[tuple[int, date]] = []
    for found in numbers.values():
        dated = _numbered_days(found, months)
        enough = len(dated) >= _FEWEST or (len(dated) >= _FEWEST_NAMED and _name_weekdays(document, dated))
        if enough and len(dated) > len(best):
            best = dated
    if not best:
        return None
    if _contradicted(calendar, best):
        return None
    starts = [start for start, _ in best]

    def day_of(time: TimeNode) -> date | None:
        for element in time.chain:
            first, beyond = bisect_left(starts, element.start), bisect_left(starts, element.end)
            if beyond - first == 1:
                return best[first][1]
            if beyond > first:
                return None
        return None

    resolved = sum(day_of(time) is not None for time in nodes)
    return day_of if resolved * 2 >= len(nodes) else None


def _name_weekdays(document: Document, dated: list[tuple[int, date]]) -> bool:
    """Whether beside each number a text names the weekday of its day, and nothing else."""
    starts = {run.start: at for at, run in enumerate(document.runs)}
    words = weekday_words()
    for start, day in dated:
        at = starts[start]
        texts = [document.text[run.start : run.end].strip(" .,") for run in document.runs[max(0, at - 1) : at + 2]]
        if not any(day.weekday() in words.get(fold(text), ()) for text in texts):
            return False
    return True


def _day_numbers(document: Document) -> dict[str, list[tuple[int, int, Element]]]:
    """The numbers from 1 to 31 that stand alone, by the structure of their elements: offset, number, element."""
    numbers: dict[str, list[tuple[int, int, Element]]] = {}
    for run in document.runs:
        text = document.text[run.start : run.end].rstrip(".")
        if text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= 31:
            numbers.setdefault(run.element.signature, []).append((run.start, int(text), run.element))
    return numbers


def _contradicted(calendar: Calendar, dated: list[tuple[int, date]]) -> bool:
    """Whether weekdays beside the numbers say that most of the coming days are others."""
    marks = {mark.start + offset: mark.day for mark in calendar.marks for offset in range(mark.end - mark.start)}
    known = [
        (day, marks[start])
        for start, day in dated
        if marks.get(start, day) >= calendar.reading.today and start in marks
    ]
    return sum(day != told for day, told in known) * 2 > len(known) > 0


def _month_headings(document: Document, reading: DateReading) -> list[tuple[int, int, int]]:
    """(offset, year, month) of the places, no links, where the page names a month."""
    months = month_words()
    found = []
    for number, run in enumerate(document.runs):
        text = document.text[run.start : run.end]
        if len(text) > LABEL_LENGTH:
            continue
        named = [months[fold(word)] for word in _WORD.findall(text) if fold(word) in months]
        if len(named) != 1 or is_pressed(run.element):
            continue
        beside = (
            text
            + " "
            + (
                document.text[document.runs[number + 1].start : document.runs[number + 1].end]
                if number + 1 < len(document.runs)
                else ""
            )
        )
        year = _YEAR.search(beside[: len(text) + 6])
        bare = len(_WORD.findall(text)) == 1
        if year is not None or bare:
            guessed = reading.today.year + (named[0] < reading.today.month - 6) - (named[0] > reading.today.month + 8)
            found.append((run.start, int(year[0]) if year is not None else guessed, named[0]))
    return found


def _ends_month(found: list[tuple[int, int, Element]], months: list[tuple[int, int, int]]) -> bool:
    """Whether numbers that begin late are the rest of a month: no "1" follows, or the next month's name before it."""
    drop = next((at for at in range(1, len(found)) if found[at][1] < found[at - 1][1]), None)
    if drop is None:
        return all(second[1] > first[1] for first, second in pairwise(found)) and len(found) <= _MOST_LEFT
    return any(found[drop - 1][0] < start < found[drop][0] for start, _, _ in months)


def _numbered_days(found: list[tuple[int, int, Element]], months: list[tuple[int, int, int]]) -> list[tuple[int, date]]:
    """The days of numbers that count up under a month's name; what precedes the first "1" is the month before."""
    if not months or len(found) < _FEWEST_NAMED:
        return []
    steps = sum(second[1] == first[1] + 1 or (second[1] == 1 and first[1] >= 28) for first, second in pairwise(found))
    if steps < (len(found) - 1) * 0.8:
        return []
    before = [month for month in months if month[0] < found[0][0]]
    _, year, month = before[-1] if before else months[0]
    current = date(year, month, 1)
    if found[0][1] > 20 and not _ends_month(found, months):
        current = (current - timedelta(days=1)).replace(day=1)
    dated, previous, place = [], 0, found[0][0]
    for start, number, _ in found:
        if number < previous:
            named = [month for month in months if place < month[0] < start]
            current = date(*named[-1][1:], 1) if named else (current + timedelta(days=32)).replace(day=1)
        previous, place = number, start
        try:
            dated.append((start, current.replace(day=number)))
        except ValueError:
            return []
    return dated
