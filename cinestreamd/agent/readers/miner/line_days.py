"""The days that a time's own line, table row or cell names beside it."""

from bisect import bisect_left
from datetime import date, timedelta

from cinestreamd.agent.readers.dates import joins_list, joins_range
from cinestreamd.agent.readers.miner.calendar_marks import Calendar, is_release
from cinestreamd.agent.readers.miner.day_marks import DayMark
from cinestreamd.agent.readers.miner.time_nodes import TimeNode
from cinestreamd.agent.readers.miner.weekdays import excepted_weekdays

LONGEST_RUN = 9


_LONGEST_LINE = 2_000


_LONGEST_ROW_HEAD, _LONGEST_CELL = 60, 200


def day_of_line(calendar: Calendar, time: TimeNode) -> date | None:
    """A day named in the same line of text, before the time, else after it."""
    days = days_of_line(calendar, time)
    return days[0] if days else None


def days_of_line(calendar: Calendar, time: TimeNode) -> list[date]:
    """The days that a line gives its time: "Thu 25 & Fri 26/2: 18.30" names two, "20.–23.11. 20:00" four."""
    start, end = calendar.document.line(time.hit.start, time.hit.end)
    if end - start > _LONGEST_LINE:
        return []
    marks = _marks_of_line(calendar, start, end)
    behind = _behind_in_turn(calendar, time, marks, start, end)
    if behind is not None:
        return [behind]
    before = [mark for mark in marks if mark.start < time.hit.start]
    if not marks:
        beside = _beside(calendar, time)
        if beside is not None:
            return [beside]
        start = _row_start(time, start)
        before = marks = [mark for mark in calendar.marks_in(start, time.hit.start) if mark.in_range]
    if not before:
        return (
            [marks[0].day]
            if len(marks) == 1 and not marks[0].in_range and not is_release(calendar.document, marks[0])
            else []
        )
    days, at = [before[-1].day], len(before) - 1
    while at > 0:
        between = calendar.document.text[before[at - 1].end : before[at].start]
        if joins_range(between):
            days = days_between(before[at - 1].day, days[0]) + days
        elif joins_list(between):
            days = [before[at - 1].day, *days]
        else:
            break
        at -= 1
    if is_release(calendar.document, before[at]) or len(days) > LONGEST_RUN or (before[-1].in_range and len(days) == 1):
        return []
    excepted = excepted_weekdays(calendar.document.text[start:end]) if len(days) > 1 else frozenset()
    return [day for day in days if day.weekday() not in excepted]


def _behind_in_turn(calendar: Calendar, time: TimeNode, marks: list[DayMark], start: int, end: int) -> date | None:
    """The day behind a time in a line of times and days in turn: "7pm Thursday 21; 9pm Friday 22"."""
    at = bisect_left(calendar.clock_starts, start)
    clocks = calendar.clock_starts[at : bisect_left(calendar.clock_starts, end)]
    if len(clocks) < 2 or len(clocks) != len(marks) or any(mark.in_range for mark in marks):
        return None
    in_turn = all(clock < mark.start for clock, mark in zip(clocks, marks, strict=True)) and all(
        mark.end <= clock for mark, clock in zip(marks, clocks[1:], strict=False)
    )
    return marks[clocks.index(time.hit.start)].day if in_turn and time.hit.start in clocks else None


def _marks_of_line(calendar: Calendar, start: int, end: int) -> list[DayMark]:
    """The days of a line: one whose words are broken over two lines ("Fri", "27.11.") belongs to that of its end."""
    at = bisect_left(calendar.mark_starts, start)
    reaching = calendar.marks[at - 1 : at] if at and calendar.marks[at - 1].end > start else []
    return [mark for mark in (*reaching, *calendar.marks_in(start, end)) if mark.end <= end]


def _beside(calendar: Calendar, time: TimeNode) -> date | None:
    """The one day that begins a time's own table cell, or is named behind it: "00:10 (the night to 22.11)"."""
    cell = next((element for element in time.chain[:4] if element.column is not None), None)
    if cell is not None and cell.end - cell.start <= _LONGEST_CELL:
        within = calendar.marks_in(cell.start, cell.end)
        if len(within) == 1 and within[0].start == cell.start and not within[0].in_range:
            return within[0].day
    if cell is not None and cell.parent is not None and calendar.clocks_in(cell.parent) == 1:
        named = calendar.marks_in(cell.parent.start, cell.parent.end)
        if len(named) == 1 and named[0].kind == "full" and not is_release(calendar.document, named[0]):
            return named[0].day
    if cell is None or calendar.clocks_in(cell) != 1 or cell.end - cell.start > _LONGEST_ROW_HEAD:
        return None
    marks = calendar.marks_in(time.hit.end, cell.end)
    return marks[0].day if len(marks) == 1 and not is_release(calendar.document, marks[0]) else None


def _row_start(time: TimeNode, start: int) -> int:
    """Where the table row of a time begins, if not far before its line; a period may stand in the row's first cell."""
    row = next((element for element in time.chain[:6] if element.tag == "tr"), None)
    return row.start if row is not None and start - row.start <= _LONGEST_ROW_HEAD else start


def days_between(first: date, last: date) -> list[date]:
    """The days from ``first`` up to the day before ``last``; none where that is no short period."""
    length = (last - first).days
    return [first + timedelta(days=step) for step in range(length)] if 0 < length <= LONGEST_RUN else []
