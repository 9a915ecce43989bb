"""All that a page says of days: where it names them, which of them are only there to choose from, what tabs open."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from cinestreamd.agent.readers.calendar_words import fold, weekday_words
from cinestreamd.agent.readers.dates import DateHit, DateReading, day_named, find_dates
from cinestreamd.agent.readers.document import Document, Run
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.film_length import FILM_LENGTH
from cinestreamd.agent.readers.miner.day_attributes import day_of_attributes
from cinestreamd.agent.readers.miner.day_marks import DayMark, is_chosen, pressed_around, structure_of
from cinestreamd.agent.readers.miner.day_spans import spans_of

_RELEASE_BEFORE = re.compile(
    r"(?:releas\w*|premi\w*|estreia|прем\W?єр\w*|премьер\w*|у прокаті|в прокате|прокат\w*|in cinemas|in "
    r"theat\w+|opens?|opening|coming|out on|start(?:et|s)?|kinostart|bundesstart|"
    r"sortie|au cinéma|dès le|depuis le|estreno|desde el|w kinach|od dnia|premiera|v kinech|od|până|"
    r"din|uscita|dal|estreia|lançamento|in de bioscoop|vanaf|biopremiär|"
    r"ensi-ilta|bemutató|vizyon\w*|khởi chiếu|公開|개봉|"
    r"(?:next|last|final|nächste|letzte|prochaine|dernière|próxima|última|prossima|ultima|następny|ostatni|další|poslední|"
    r"наступний|останній|следующий|последний)\s(?:\w+)|"
    r"από|הקרנת בכורה|החל מ|з|с|до|until|till|bis|ab|from|since|updated|"
    r"posted|published|stand|оновлено|обновлено|zaktualizowano)"
    r"(?:[\s\x1f]+(?:date|on|am|le|el|il|dnia|tarihi|день|дата|дня))?[\s\x1f:.(]*$",
    re.IGNORECASE,
)

_NAVIGATION_RUN, _PAIR = 3, 2
_BLOCK_LEVELS = 4
_WEEK = timedelta(days=7)
_LONGEST_WEEKDAY = 16
_LOWER_WORD = re.compile(r"(?<![\w'’])[^\W\d_A-ZА-ЯІЇЄҐΑ-Ω][^\W\d_]{2,}")
_LONGEST_SENTENCE = 1_000
_TELLING_WORDS, _FEWER_WORDS = 8, 3
_FULL_STOP = re.compile(r"[^\W\d_]{3,}[.!?…](?=\s|$)")

LABEL_LENGTH = 60


class Calendar:
    """Everything on the page that names days, looked up for the times of one cluster."""

    def __init__(
        self, document: Document, hits: list[DateHit], clock_starts: list[int], reading: DateReading, timezone: ZoneInfo
    ) -> None:
        self.document, self.reading, self.timezone = document, reading, timezone
        self.clock_starts = clock_starts
        self.marks = _marks(document, hits, reading)
        self.navigation = _navigation(self.marks, clock_starts)
        self._spans = spans_of(document, self.marks)
        self.headings = self._headings()
        self.heading_starts = [mark.start for mark in self.headings]
        self.mark_starts = [mark.start for mark in self.marks]
        self._attribute_days: dict[int, date | None] = {}
        self._tabs = _options(document, reading) | _tabs(self.marks)

    def _headings(self) -> list[DayMark]:
        """The days that may head times; of a line that names several the first stands for all."""
        alike = Counter(
            structure_of(mark) for mark in self.marks if self._spans.get(mark.start, (mark.start,))[0] == mark.start
        )
        found = []
        for mark in self.marks:
            first, days = self._spans.get(mark.start, (mark.start, ()))
            several = bool(days) and alike[structure_of(mark)] > 1
            heads = several if mark.in_range else several or mark.start not in self.navigation
            if heads and (first == mark.start or not several) and self._may_head(mark):
                found.append(mark)
        return found

    def _may_head(self, mark: DayMark) -> bool:
        return not (
            (not mark.in_range and is_release(self.document, mark))
            or _dates_its_line(self.document, mark)
            or _is_told(self.document, mark)
            or _behind_a_time(mark, self.clock_starts)
            or _amid_facts(self.document, mark, self.clock_starts)
        )

    def days_at(self, mark: DayMark) -> tuple[date, ...]:
        """All days that the line of a mark names: "26.–30.12." five."""
        return self._spans.get(mark.start, (0, (mark.day,)))[1]

    def attribute_day(self, element: Element) -> date | None:
        """The day that an element's own attributes name."""
        if element.index not in self._attribute_days:
            self._attribute_days[element.index] = day_of_attributes(element, self.reading, self.timezone)
        return self._attribute_days[element.index]

    def marks_in(self, start: int, end: int) -> list[DayMark]:
        """The days named in a span of the text."""
        return self.marks[bisect_left(self.mark_starts, start) : bisect_left(self.mark_starts, end)]

    def clocks_in(self, element: Element) -> int:
        """How many times of showings stand in an element."""
        return bisect_left(self.clock_starts, element.end) - bisect_left(self.clock_starts, element.start)

    def tab_day(self, element: Element) -> date | None:
        """The day of the tab that opens this panel."""
        for name, value in element.attributes.items():
            if name in ("id", "aria-labelledby") or name.startswith("data-"):
                day = self._tabs.get(value.lstrip("#"))
                if day is not None:
                    return day
        return None


def _marks(document: Document, hits: list[DateHit], reading: DateReading) -> list[DayMark]:
    marks: list[DayMark] = []
    covered: set[int] = set()
    for hit in hits:
        element = document.element_of(hit.start, hit.end)
        crosses = "\n" in document.text[hit.start : hit.end]
        if element is None or (crosses and element.end - element.start > LABEL_LENGTH):
            continue
        marks.append(DayMark(hit.start, hit.end, hit.day, element, hit.kind, hit.in_range))
        covered.update(run.start for run in document.runs_between(hit.start, hit.end))
        first = document.run_at(hit.start)
        if first is not None:
            covered.add(first.start)
    for run in document.runs:
        if run.end - run.start > 40 or run.start in covered:
            continue
        named = day_named(document.text[run.start : run.end], reading)
        if named is not None:
            marks.append(DayMark(run.start, run.end, named.day, run.element, named.kind))
    taken = {mark.start for mark in marks}
    marks += [mark for mark in _weekday_heads(document, reading, marks) if mark.start not in taken]
    marks.sort(key=lambda mark: mark.start)
    return _without_relative_twins(marks)


def _weekday_heads(document: Document, reading: DateReading, dated: Sequence[DayMark]) -> list[DayMark]:
    """The cells of a table's row, or the links of a list, that are the weekdays in their order: "Thu", "Fri", "Sat".

    They are of the week that begins with the last day named before the row, where that falls on the first of them
    ("week commencing Friday 27 November"); else of the coming week.
    """
    rows: dict[int, list[tuple[Run, tuple[int, ...]]]] = {}
    words = weekday_words()
    for run in document.runs:
        if run.end - run.start > 2 * _LONGEST_WEEKDAY:
            continue
        text = document.text[run.start : run.end].strip(" .,:")
        named = words.get(fold(text)) if len(text) <= _LONGEST_WEEKDAY else None
        if not named:
            continue
        cell = next((above for above in run.element.lineage(3) if above.column is not None), None)
        if cell is None and pressed_around(run.element) is not None:
            cell = next((above for above in run.element.lineage(3) if above.tag == "li"), None)
        if cell is not None and cell.parent is not None and (cell.start, cell.end) == (run.start, run.end):
            rows.setdefault(cell.parent.index, []).append((run, named))
    found = []
    for row in rows.values():
        firsts = [one for one in row[0][1] if all((one + at) % 7 in named for at, (_, named) in enumerate(row))]
        if len(row) < _NAVIGATION_RUN or len(firsts) != 1:
            continue
        named_before = [mark.day for mark in dated if mark.start < row[0][0].start][-2:]
        begins = next((day for day in named_before if day.weekday() == firsts[0] and day > reading.today - _WEEK), None)
        for at, (run, _) in enumerate(row):
            ahead = (firsts[0] + at - reading.today.weekday()) % 7
            day = begins + timedelta(days=at) if begins is not None else reading.today + timedelta(days=ahead)
            found.append(DayMark(run.start, run.end, day, run.element, "weekday"))
    return found


def _without_relative_twins(marks: list[DayMark]) -> list[DayMark]:
    """Drop doubles: "Today" right beside "21 November" names no second day; "Monday" beside "23 November" neither."""
    kept: list[DayMark] = []
    for index, mark in enumerate(marks):
        beside = [marks[other] for other in (index - 1, index + 1) if 0 <= other < len(marks)]
        near = any(
            other.kind not in ("relative", "weekday")
            and (0 <= mark.start - other.end <= 4 or 0 <= other.start - mark.end <= 4)
            and (other.day == mark.day if mark.kind == "relative" else other.day.weekday() == mark.day.weekday())
            for other in beside
        )
        if mark.kind not in ("relative", "weekday") or not near:
            kept.append(mark)
    return kept


def _navigation(marks: list[DayMark], clock_starts: list[int]) -> set[int]:
    """Three days or more in a row with no time between them are a bar to choose from; so are days on links.

    Two days in one row of a table head its columns.
    """
    found = {mark.start for mark in marks if _is_chosen_from(mark, clock_starts)}
    rows = Counter(row.index for mark in marks if (row := _row_of(mark.element)) is not None)
    for mark in marks:
        row = _row_of(mark.element)
        if (
            row is not None
            and rows[row.index] >= 2
            and bisect_left(clock_starts, row.end) == bisect_left(clock_starts, row.start)
        ):
            found.add(mark.start)
    run: list[DayMark] = []
    for mark in marks:
        if run:
            between = bisect_left(clock_starts, mark.start) - bisect_left(clock_starts, run[-1].end)
            alike = structure_of(mark) == structure_of(run[-1])
            if between or not alike or mark.start - run[-1].end > 120:
                run = []
        run.append(mark)
        if len(run) >= _NAVIGATION_RUN or _one_is_chosen(run):
            found.update(one.start for one in run[-_NAVIGATION_RUN:])
    starts = [mark.start for mark in marks]
    return {
        start
        for start in found
        if _is_chosen_from((mark := marks[bisect_left(starts, start)]), clock_starts)
        or not _heads_times(mark, starts, clock_starts)
    }


def _one_is_chosen(run: Sequence[DayMark]) -> bool:
    """Whether two days side by side are a bar of which one is chosen: "today", "tomorrow"."""
    if len(run) < _PAIR:
        return False
    first, second = (mark.element if mark.element.signature != "span" else mark.element.parent for mark in run[-_PAIR:])
    beside = first is not None and second is not None and first.parent is second.parent and first is not second
    return beside and sum(is_chosen(one) for one in (first, second) if one is not None) == 1


def _is_chosen_from(mark: DayMark, clock_starts: list[int]) -> bool:
    """Whether a day is there to be pressed; a card that is a link as a whole has its time in it too."""
    pressed = pressed_around(mark.element)
    return pressed is not None and bisect_left(clock_starts, pressed.end) == bisect_left(clock_starts, pressed.start)


def _heads_times(mark: DayMark, starts: Sequence[int], clock_starts: Sequence[int]) -> bool:
    """Whether a day shares a small block with times and with no other day: a column of its own among empty ones."""
    for block in mark.element.lineage(_BLOCK_LEVELS) if mark.kind != "weekday" else ():
        if bisect_left(starts, block.end) - bisect_left(starts, block.start) > 1:
            return False
        if bisect_left(clock_starts, block.end) > bisect_left(clock_starts, block.start):
            return True
    return False


def _row_of(element: Element) -> Element | None:
    return next((above for above in element.lineage(6) if above.tag == "tr"), None)


def is_release(document: Document, mark: DayMark) -> bool:
    """Whether the words before a day say that a film comes out, opens or runs until then."""
    before = document.text[max(0, mark.start - 32) : mark.start]
    if mark.element.tag in ("dd", "td") and before.endswith("\n"):
        before = before.rstrip("\n")
    return bool(_RELEASE_BEFORE.search(before.rsplit("\n", 2)[-1] if before.strip() else before))


def _dates_its_line(document: Document, mark: DayMark) -> bool:
    """Whether "today" or "tomorrow" is said of a clock time right behind it: it dates that time, and heads nothing."""
    _, end = document.line(mark.start, mark.end)
    return mark.kind == "relative" and any(letter.isdecimal() for letter in document.text[mark.end : end])


def _behind_a_time(mark: DayMark, clock_starts: list[int]) -> bool:
    """Whether a day stands in a table's row behind a time: it is said of that time ("00:10, the night to 22.11")."""
    row = _row_of(mark.element)
    return row is not None and bisect_left(clock_starts, mark.start) > bisect_left(clock_starts, row.start)


def _is_told(document: Document, mark: DayMark) -> bool:
    """Whether a day is named within a sentence of many words: news, not a heading."""
    run = document.run_at(mark.start)
    if run is None:
        return False
    end = min(run.end, run.start + _LONGEST_SENTENCE)
    words = _LOWER_WORD.findall(document.text, run.start, end)
    goes_on = len(_LOWER_WORD.findall(document.text, mark.end, end)) > 1 and _FULL_STOP.search(
        document.text, run.start, end
    )
    return len(words) >= (_FEWER_WORDS if goes_on else _TELLING_WORDS)


def _amid_facts(document: Document, mark: DayMark, clock_starts: list[int]) -> bool:
    """Whether a day shares its line with how long a film lasts, and with no time: it came out then."""
    start, end = document.line(mark.start, mark.end)
    timed = bisect_left(clock_starts, end) > bisect_left(clock_starts, start)
    return not timed and end - start <= 4 * LABEL_LENGTH and FILM_LENGTH.search(document.text, start, end) is not None


_LONGEST_OPTION = 40


def _options(document: Document, reading: DateReading) -> dict[str, date]:
    """The value of each option of a list to choose from → the day that it names; none where values come twice."""
    found: dict[str, date] = {}
    for element, text in document.options:
        value = element.attributes.get("value", "").lstrip("#")
        if not 0 < len(value) <= LABEL_LENGTH or value in found or len(text) > _LONGEST_OPTION:
            continue
        days = {hit.day for hit in find_dates(text, reading) if hit.certain}
        named = day_named(text, reading) if not days else None
        if named is not None:
            days = {named.day}
        if len(days) == 1:
            found[value] = days.pop()
    return found


def _tabs(marks: list[DayMark]) -> dict[str, date]:
    """What a tab opens (href="#…", aria-controls, data-*) → the day it names; none where it names two."""
    found: dict[str, set[date]] = {}
    for mark in marks:
        for element in mark.element.lineage(4):
            if element.end - element.start > LABEL_LENGTH:
                break
            for name, value in element.attributes.items():
                opens = (
                    value.startswith("#")
                    if name == "href"
                    else name in ("aria-controls", "id") or name.startswith("data-")
                )
                if opens and 0 < len(value.lstrip("#")) <= 60:
                    found.setdefault(value.lstrip("#"), set()).add(mark.day)
    return {value: next(iter(days)) for value, days in found.items() if len(days) == 1}
