"""Find the day of each time of a cluster: by the structure that gives the whole cluster its days, never row by row.

The order is by how certain a source has proved to be: the element's own date, the same line, an attribute above, the
tab that opens the panel, the table column, a heading before, a calendar's numbers, the address, the active tab.
"""

import math
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from msgspec import Struct

from cinestreamd.agent.readers.calendar_words import fold, month_words
from cinestreamd.agent.readers.dates import (
    DateHit,
    DateReading,
    date_in_attribute,
    date_of_timestamp,
    day_named,
    joins_list,
    joins_range,
    find_dates,
)
from cinestreamd.agent.readers.document import Document, Element
from cinestreamd.agent.readers.miner.times import Cluster, TimeNode

DaySource = Literal["own", "line", "attribute", "tab", "column", "heading", "calendar", "address", "active", "none"]

_NOT_THE_DAY = re.compile(
    r"release|premi|publish|modif|creat|updat|expire|birth|src|style|poster|image|canonical|end|until|stop",
    re.IGNORECASE,
)
_RELEASE_BEFORE = re.compile(
    r"(?:releas\w*|premi\w*|прем\W?єр\w*|премьер\w*|у прокаті|в прокате|прокат\w*|in cinemas|in theat\w+|opens?|opening|coming|out on|start(?:et|s)?|kinostart|bundesstart|"
    r"sortie|au cinéma|dès le|depuis le|estreno|desde el|w kinach|od dnia|premiera|v kinech|od|până|din|uscita|dal|estreia|lançamento|in de bioscoop|vanaf|biopremiär|"
    r"ensi-ilta|bemutató|vizyon\w*|από|הקרנת בכורה|החל מ|з|с|до|until|till|bis|ab|from|since|updated|posted|published|stand|оновлено|обновлено|zaktualizowano)"
    r"(?:[\s\x1f]+(?:date|on|am|le|el|il|dnia|tarihi|день|дата|дня))?[\s\x1f:.(]*$",
    re.IGNORECASE,
)
_NAVIGATION_RUN = 3
_LABEL_LENGTH = 60
_STEPS = 16
_LONGEST_RUN = 9


class DayMark(Struct, frozen=True, eq=False):
    """A day named in the page's text, and the element that names it."""

    start: int
    end: int
    day: date
    element: Element
    kind: str
    in_range: bool = False


class Resolved(Struct, frozen=True, eq=False):
    """The day of one time and where it was found; ``more`` are further days that the same line gives it."""

    day: date
    source: DaySource
    more: tuple[date, ...] = ()


class Calendar:
    """Everything on the page that names days, looked up for the times of one cluster."""

    def __init__(
        self, document: Document, hits: list[DateHit], clock_starts: list[int], reading: DateReading, timezone: ZoneInfo
    ) -> None:
        self.document, self.reading, self.timezone = document, reading, timezone
        self.clock_starts = clock_starts
        self.marks = _marks(document, hits, reading)
        self.navigation = _navigation(self.marks, clock_starts)
        self.headings = [
            mark for mark in self.marks if mark.start not in self.navigation and not mark.in_range and not _is_release(document, mark)
        ]
        self.mark_starts = [mark.start for mark in self.marks]
        self._attribute_days: dict[int, date | None] = {}
        self._tabs = _tabs(document, self.marks)

    def attribute_day(self, element: Element) -> date | None:
        """The day that an element's own attributes name."""
        if element.index not in self._attribute_days:
            self._attribute_days[element.index] = _day_of_attributes(element, self.reading, self.timezone)
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
        if element is None or (crosses and element.end - element.start > _LABEL_LENGTH):
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
    marks.sort(key=lambda mark: mark.start)
    return _without_relative_twins(marks)


def _without_relative_twins(marks: list[DayMark]) -> list[DayMark]:
    """ "Today" right beside "21 November" names no second day; "Monday" beside "23 November" neither."""
    kept: list[DayMark] = []
    for index, mark in enumerate(marks):
        beside = [marks[other] for other in (index - 1, index + 1) if 0 <= other < len(marks)]
        near = any(
            other.kind not in ("relative", "weekday")
            and (0 <= mark.start - other.end <= 4 or 0 <= other.start - mark.end <= 4)
            for other in beside
        )
        if mark.kind not in ("relative", "weekday") or not near:
            kept.append(mark)
    return kept


def _navigation(marks: list[DayMark], clock_starts: list[int]) -> set[int]:
    """Three days or more in a row with no time between them are a bar to choose from; so are days on links.

    Two days in one row of a table head its columns.
    """
    found = {mark.start for mark in marks if _on_link(mark.element)}
    rows = Counter(row.index for mark in marks if (row := _row_of(mark.element)) is not None)
    for mark in marks:
        row = _row_of(mark.element)
        if row is not None and rows[row.index] >= 2 and bisect_left(clock_starts, row.end) == bisect_left(clock_starts, row.start):
            found.add(mark.start)
    run: list[DayMark] = []
    for mark in marks:
        if run:
            between = bisect_left(clock_starts, mark.start) - bisect_left(clock_starts, run[-1].end)
            alike = _structure(mark) == _structure(run[-1])
            if between or not alike or mark.start - run[-1].end > 120:
                run = []
        run.append(mark)
        if len(run) >= _NAVIGATION_RUN:
            found.update(one.start for one in run)
    return found


def _row_of(element: Element) -> Element | None:
    return next((above for above in list(element.ancestors())[:6] if above.tag == "tr"), None)


def _structure(mark: DayMark) -> tuple[str, ...]:
    return tuple(element.signature for element in list(mark.element.ancestors())[:2])


def _on_link(element: Element) -> bool:
    """Whether a day is something to press: a link, a button, an option; a heading that is a link is a heading."""
    pressed = False
    for above in list(element.ancestors())[:4]:
        if above.tag in _HEADING_TAGS:
            return False
        pressed = (
            pressed or above.tag in ("button", "option", "label") or (above.tag == "a" and "href" in above.attributes)
        )
    return pressed


def _is_release(document: Document, mark: DayMark) -> bool:
    before = document.text[max(0, mark.start - 32) : mark.start]
    return bool(_RELEASE_BEFORE.search(before.rsplit("\n", 2)[-1] if before.strip() else before))


def _day_of_attributes(element: Element, reading: DateReading, timezone: ZoneInfo) -> date | None:
    for name, value in element.attributes.items():
        if name in ("class", "src", "srcset", "style", "alt", "content", "data-src") or _NOT_THE_DAY.search(name):
            continue
        day = date_in_attribute(value, reading)
        if day is not None and abs((day - reading.today).days) < 500:
            moment = _utc_moment(value, timezone)
            return moment.date() if moment is not None else day
        digits = value.strip()
        if digits.isdecimal() and len(digits) in (10, 13) and name.startswith("data-"):
            local = date_of_timestamp(float(digits), timezone)
            if local is not None and abs((local.date() - reading.today).days) < 400:
                return local.date()
    return None


def _utc_moment(value: str, timezone: ZoneInfo) -> datetime | None:
    stripped = value.strip()
    if len(stripped) < 16 or not (stripped.endswith("Z") or "+" in stripped[16:] or "-" in stripped[16:]):
        return None
    try:
        moment = datetime.fromisoformat(stripped)
    except ValueError:
        return None
    return moment.astimezone(timezone) if moment.tzinfo is not None else None


def _tabs(document: Document, marks: list[DayMark]) -> dict[str, date]:
    """What a tab opens (href="#…", aria-controls, data-*) → the day it names. A value that names two days names none."""
    found: dict[str, set[date]] = {}
    for mark in marks:
        for element in list(mark.element.ancestors())[:4]:
            if element.end - element.start > _LABEL_LENGTH:
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


# --- one finder for each source -------------------------------------------------------------------------------------


def _own(calendar: Calendar, time: TimeNode) -> date | None:
    """A date in the attributes of the time's element, or of those around it that hold no other time."""
    for element in time.chain[:_STEPS]:
        if calendar.clocks_in(element) > 1:
            return None
        day = calendar.attribute_day(element)
        if day is not None:
            return day
    return None


def _line(calendar: Calendar, time: TimeNode) -> date | None:
    """A day named in the same line of text, before the time, else after it."""
    days = _days_of_line(calendar, time)
    return days[0] if days else None


def _days_of_line(calendar: Calendar, time: TimeNode) -> list[date]:
    """The days that a line gives its time: "Thu 25 & Fri 26/2: 18.30" names two, "20.–23.11. 20:00" four."""
    start, end = calendar.document.line(time.hit.start, time.hit.end)
    marks = calendar.marks_in(start, end)
    before = [mark for mark in marks if mark.start < time.hit.start]
    if not before:
        return [marks[0].day] if len(marks) == 1 and not marks[0].in_range and not _is_release(calendar.document, marks[0]) else []
    days, at = [before[-1].day], len(before) - 1
    while at > 0:
        between = calendar.document.text[before[at - 1].end : before[at].start]
        if joins_range(between):
            days = _days_between(before[at - 1].day, days[0]) + days
        elif joins_list(between):
            days = [before[at - 1].day, *days]
        else:
            break
        at -= 1
    if _is_release(calendar.document, before[at]) or len(days) > _LONGEST_RUN or (before[-1].in_range and len(days) == 1):
        return []
    return days


def _days_between(first: date, last: date) -> list[date]:
    """The days from ``first`` up to the day before ``last``; none where that is no short period."""
    length = (last - first).days
    return [first + timedelta(days=step) for step in range(length)] if 0 < length <= _LONGEST_RUN else []


def _attribute(calendar: Calendar, time: TimeNode) -> date | None:
    """A date in the attributes of an element further up."""
    for element in time.chain[:_STEPS]:
        if element.tag == "body":
            return None
        day = calendar.attribute_day(element)
        if day is not None:
            return day
    return None


def _tab(calendar: Calendar, time: TimeNode) -> date | None:
    """The day of the tab that opens the panel in which the time stands."""
    for element in time.chain[:_STEPS]:
        day = calendar.tab_day(element)
        if day is not None:
            return day
    return None


def _column(calendar: Calendar, time: TimeNode) -> date | None:
    """The day at the head of the table column in which the time stands."""
    cell = next((element for element in time.chain if element.column is not None), None)
    if cell is None or cell.parent is None:
        return None
    table = next((element for element in cell.ancestors() if element.tag == "table"), None)
    if table is None:
        return None
    heads = [
        (mark, head)
        for mark in calendar.marks_in(table.start, cell.start)
        for head in [next((element for element in mark.element.ancestors() if element.column is not None), None)]
        if head is not None and head.parent is not cell.parent
    ]
    rows = Counter(head.parent.index for _, head in heads if head.parent is not None)
    in_column = [
        mark
        for mark, head in heads
        if head.column == cell.column and head.parent is not None and rows[head.parent.index] >= 2
    ]
    return in_column[-1].day if in_column else None


class _HeadingRule(Struct, frozen=True, eq=False):
    """Days of one structure; each governs the times after it in their common block, or the block it is alone in."""

    marks: tuple[DayMark, ...]
    starts: tuple[int, ...]

    def find(self, time: TimeNode) -> DayMark | None:
        found = self.find_with_level(time)
        return found[0] if found is not None else None

    def find_with_level(self, time: TimeNode) -> tuple[DayMark, int] | None:
        """The mark that governs a time, and how many levels up their common block is."""
        for level, element in enumerate(time.chain):
            first, beyond = bisect_left(self.starts, element.start), bisect_left(self.starts, element.end)
            if beyond == first:
                continue
            if beyond - first == 1:
                mark = self.marks[first]
                return (mark, level) if mark.start < time.hit.start or element.end - element.start < 400 else None
            at = bisect_left(self.starts, time.hit.start)
            return (self.marks[at - 1], level) if at > first else None
        return None


def learn_heading_rule(calendar: Calendar, nodes: Sequence[TimeNode]) -> Callable[[TimeNode], date | None] | None:
    """The structure of day headings that governs most of a cluster's times."""
    groups: dict[tuple[str, ...], list[DayMark]] = {}
    for mark in calendar.headings:
        groups.setdefault(_structure(mark), []).append(mark)
    sample = nodes[:: max(1, len(nodes) // 60)]
    fitting: list[tuple[_HeadingRule, list[tuple[DayMark, int]]]] = []
    for marks in groups.values():
        rule = _HeadingRule(tuple(marks), tuple(mark.start for mark in marks))
        found = [one for time in sample if (one := rule.find_with_level(time)) is not None]
        if len(found) * 2 >= len(sample):
            fitting.append((rule, found))
    if not fitting:
        return None
    most = max(len({mark.start for mark, _ in found}) for _, found in fitting)
    chosen = max(fitting, key=lambda one: _heading_score(calendar, one[0], one[1], len(sample), most))[0]

    def day_of(time: TimeNode) -> date | None:
        mark = chosen.find(time)
        return mark.day if mark is not None else None

    return day_of


_DAY_WORDS = frozenset(
    ["date", "day", "datum", "tag", "dia", "jour", "heading", "title", "giorno", "dag", "den", "dzien"]
)
_HEADING_TAGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6", "th", "caption", "dt"])


def _heading_score(
    calendar: Calendar, rule: _HeadingRule, found: list[tuple[DayMark, int]], asked: int, most: int
) -> float:
    today = calendar.reading.today
    near = sum(-2 <= (mark.day - today).days <= 60 for mark, _ in found) / len(found)
    used = {mark.start: mark for mark, _ in found}
    named = sum(bool(mark.element.class_words() & _DAY_WORDS) for mark in used.values())
    headed = sum(
        any(above.tag in _HEADING_TAGS for above in list(mark.element.ancestors())[:3]) for mark in used.values()
    )
    variety = math.log(1 + len(used)) / math.log(1 + most)
    level = sum(level for _, level in found) / len(found)
    return (
        3 * len(found) / asked + 2 * near + 1.5 * variety + 0.5 * (named + headed) / len(used)
        + len(used) / len(rule.marks) - 0.15 * level
    )  # fmt: skip


def learn_month_numbers(calendar: Calendar, nodes: Sequence[TimeNode]) -> Callable[[TimeNode], date | None] | None:
    """A month grid: cells numbered in sequence under the name of a month."""
    document = calendar.document
    numbers: dict[tuple[str, ...], list[tuple[int, int, Element]]] = {}
    for run in document.runs:
        text = document.text[run.start : run.end].rstrip(".")
        if text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= 31:
            key = tuple(element.signature for element in list(run.element.ancestors())[:1])
            numbers.setdefault(key, []).append((run.start, int(text), run.element))
    months = _month_headings(document, calendar.reading)
    best: list[tuple[int, date]] = []
    for found in numbers.values():
        dated = _numbered_days(found, months)
        if len(dated) >= 7 and len(dated) > len(best):
            best = dated
    if not best:
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


_YEAR = re.compile(r"(?<!\d)20\d\d(?!\d)")
_WORD = re.compile(r"[^\W\d_]{3,16}")


def _month_headings(document: Document, reading: DateReading) -> list[tuple[int, int, int]]:
    """(offset, year, month) of the places, no links, where the page names a month; the year stands beside or is near."""
    months = month_words()
    found = []
    for number, run in enumerate(document.runs):
        text = document.text[run.start : run.end]
        if len(text) > _LABEL_LENGTH or _on_link(run.element):
            continue
        named = [months[fold(word)] for word in _WORD.findall(text) if fold(word) in months]
        if len(named) != 1:
            continue
        beside = text + " " + (document.text[document.runs[number + 1].start : document.runs[number + 1].end] if number + 1 < len(document.runs) else "")
        year = _YEAR.search(beside[: len(text) + 6])
        bare = len(_WORD.findall(text)) == 1
        if year is not None or bare:
            guessed = reading.today.year + (named[0] < reading.today.month - 6) - (named[0] > reading.today.month + 8)
            found.append((run.start, int(year[0]) if year is not None else guessed, named[0]))
    return found


def _numbered_days(found: list[tuple[int, int, Element]], months: list[tuple[int, int, int]]) -> list[tuple[int, date]]:
    """The days of numbers that count up by one under a month's name; what precedes the first "1" is the month before."""
    if not months or len(found) < 7:
        return []
    steps = sum(
        second[1] == first[1] + 1 or (second[1] == 1 and first[1] >= 28)
        for first, second in zip(found, found[1:], strict=False)
    )
    if steps < (len(found) - 1) * 0.8:
        return []
    before = [month for month in months if month[0] < found[0][0]]
    _, year, month = before[-1] if before else months[0]
    current = date(year, month, 1)
    if found[0][1] > 20:
        current = (current - timedelta(days=1)).replace(day=1)
    dated, previous = [], 0
    for start, number, _ in found:
        if number < previous:
            current = (current + timedelta(days=32)).replace(day=1)
        previous = number
        try:
            dated.append((start, current.replace(day=number)))
        except ValueError:
            return []
    return dated


def day_in_address(url: str, reading: DateReading) -> date | None:
    """The day that the page's own address names."""
    parts = urlsplit(url)
    day = date_in_attribute(f"{parts.path}?{parts.query}", reading)
    if day is not None and abs((day - reading.today).days) <= 400:
        return day
    return None


def active_day(calendar: Calendar) -> date | None:
    """The day of the one tab that is marked as chosen; None where none or several are."""
    days: set[date] = set()
    for mark in calendar.marks:
        for element in list(mark.element.ancestors())[:4]:
            if element.end - element.start > _LABEL_LENGTH:
                break
            words = element.class_words()
            chosen = words & {"active", "selected", "current", "chosen", "checked", "aktiv", "activ"}
            state = element.attributes.get("aria-selected") == "true" or element.attributes.get("aria-current") in (
                "true",
                "date",
                "page",
                "step",
            )
            if chosen or state or element.attributes.get("aria-pressed") == "true":
                days.add(mark.day)
    return next(iter(days)) if len(days) == 1 else None


_Finder = Callable[[TimeNode], date | None]
_Learner = Callable[[Calendar, Sequence[TimeNode]], _Finder | None]


def resolve_days(calendar: Calendar, cluster: Cluster, url: str) -> list[Resolved | None]:
    """The day of each time of a cluster, in its order."""
    finders: list[tuple[DaySource, Callable[[TimeNode], date | None]]] = [
        ("own", lambda time: _own(calendar, time)),
        ("line", lambda time: _line(calendar, time)),
        ("attribute", lambda time: _attribute(calendar, time)),
        ("tab", lambda time: _tab(calendar, time)),
    ]
    resolved: list[Resolved | None] = [None] * len(cluster.nodes)
    for source, finder in finders:
        _take(resolved, cluster.nodes, source, finder, calendar.reading.today)
    learners: list[tuple[DaySource, _Learner]] = [
        ("calendar", learn_month_numbers),
        ("column", lambda known, _: lambda time: _column(known, time)),
        ("heading", learn_heading_rule),
    ]
    for source, learn in learners:
        rest = [node for node, one in zip(cluster.nodes, resolved, strict=True) if one is None]
        learnt = learn(calendar, rest) if rest else None
        if learnt is not None:
            _take(resolved, cluster.nodes, source, learnt, calendar.reading.today)
    fallback = _fallback(calendar, url)
    resolved = [one or fallback for one in resolved]
    for at, one in enumerate(resolved):
        if one is not None and one.source == "line":
            days = _days_of_line(calendar, cluster.nodes[at])
            resolved[at] = Resolved(one.day, "line", tuple(day for day in days if day != one.day))
    return resolved


_WEEK_BACK, _MONTH_BACK = 7, 35
_CERTAIN = frozenset(["own", "line"])


def _take(
    resolved: list[Resolved | None],
    nodes: Sequence[TimeNode],
    source: DaySource,
    finder: Callable[[TimeNode], date | None],
    today: date,
) -> None:
    """Let a source date the times that have no day yet, if it dates most of them and plausibly.

    What stands at the time itself need not date most: a page may date some of its rows in the row, others above.
    """
    open_at = [at for at, one in enumerate(resolved) if one is None]
    days = [finder(nodes[at]) for at in open_at]
    known = sum(day is not None for day in days)
    share = 0.3 if source in _CERTAIN else 0.8
    reach = _MONTH_BACK if source in ("calendar", "own", "attribute") else _WEEK_BACK
    if not open_at or known < share * len(open_at) or not _is_plausible(days, today, reach):
        return
    for at, day in zip(open_at, days, strict=True):
        if day is not None:
            resolved[at] = Resolved(day, source)


def _is_plausible(days: list[date | None], today: date, back: int) -> bool:
    """Whether most of the days are ones that a programme would show; release dates lie further back."""
    known = [day for day in days if day is not None]
    return sum(-back <= (day - today).days <= 120 for day in known) * 2 >= len(known) > 0


def _fallback(calendar: Calendar, url: str) -> Resolved | None:
    day = day_in_address(url, calendar.reading)
    if day is not None:
        return Resolved(day, "address")
    day = active_day(calendar)
    return Resolved(day, "active") if day is not None else None


def date_hits(document: Document, reading: DateReading) -> list[DateHit]:
    """All days named in the page's text."""
    return find_dates(document.text, reading)
