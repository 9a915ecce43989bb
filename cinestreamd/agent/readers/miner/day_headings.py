"""Learn which structure of headings gives a cluster of times its days."""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import date

from msgspec import Struct

from cinestreamd.agent.readers.miner.calendar_marks import Calendar
from cinestreamd.agent.readers.miner.day_marks import HEADING_TAGS, DayMark, structure_of
from cinestreamd.agent.readers.miner.time_nodes import TimeNode

_DAY_WORDS = frozenset(
    ["date", "day", "datum", "tag", "dia", "jour", "heading", "title", "giorno", "dag", "den", "dzien"]
)


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


def learn_heading_rule(
    calendar: Calendar, nodes: Sequence[TimeNode], rank: int = 0
) -> Callable[[TimeNode], tuple[date, ...] | None] | None:
    """The structure of day headings that governs most of a cluster's times; with ``rank`` 1 the second best one."""
    groups: dict[tuple[str, ...], list[DayMark]] = {}
    for mark in calendar.headings:
        groups.setdefault(structure_of(mark), []).append(mark)
    sample = nodes[:: max(1, len(nodes) // 60)]
    fitting: list[tuple[_HeadingRule, list[tuple[DayMark, int]]]] = []
    for marks in groups.values():
        rule = _HeadingRule(tuple(marks), tuple(mark.start for mark in marks))
        found = [one for time in sample if (one := rule.find_with_level(time)) is not None]
        if len(found) * 2 >= len(sample):
            fitting.append((rule, found))
    if rank >= len(fitting):
        return None
    most = max(len({mark.start for mark, _ in found}) for _, found in fitting)
    scores = [_heading_score(calendar, rule, found, len(sample), most) for rule, found in fitting]
    chosen = fitting[sorted(range(len(fitting)), key=lambda at: -scores[at])[rank]][0]

    def day_of(time: TimeNode) -> tuple[date, ...] | None:
        mark = chosen.find(time)
        return calendar.days_at(mark) if mark is not None else None

    return day_of


def _heading_score(
    calendar: Calendar, rule: _HeadingRule, found: list[tuple[DayMark, int]], asked: int, most: int
) -> float:
    today = calendar.reading.today
    near = sum(-2 <= (mark.day - today).days <= 60 for mark, _ in found) / len(found)
    used = {mark.start: mark for mark, _ in found}
    named = sum(bool(mark.element.class_words() & _DAY_WORDS) for mark in used.values())
    headed = sum(any(above.tag in HEADING_TAGS for above in mark.element.lineage(3)) for mark in used.values())
    variety = math.log(1 + len(used)) / math.log(1 + most)
    level = sum(level for _, level in found) / len(found)
    return (
        3 * len(found) / asked + 2 * near + 1.5 * variety + 0.5 * (named + headed) / len(used)
        + len(used) / len(rule.marks) - 0.15 * level
    )  # fmt: skip
