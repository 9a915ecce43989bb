"""Settle whether numbers such as "19.11" are times, days or marks, for a whole group of like places at once."""

from collections.abc import Sequence

from cinestreamd.agent.readers.dates import DateHit
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.miner.time_nodes import TimeNode, structure_key

_MOST_STARS = 5 * 60
_LATER = 10


def settle_doubtful(
    document: Document, nodes: list[TimeNode], dates: list[DateHit]
) -> tuple[list[TimeNode], list[DateHit]]:
    """Where "19.11" may be a time or a day, decide it for the whole group of like places, not one by one."""
    doubtful = {hit.start: hit for hit in dates if not hit.certain}
    taken = sorted((hit.start, hit.end) for hit in dates if hit.certain)
    free = [node for node in nodes if not overlaps(taken, node.hit.start, node.hit.end)]
    groups: dict[tuple[str, ...], list[TimeNode]] = {}
    for node in free:
        if node.hit.style == ".":
            groups.setdefault(structure_key(node), []).append(node)
    marks = {node.hit.start for members in groups.values() if _are_marks(members, free) for node in members}
    free = [node for node in free if node.hit.start not in marks]
    groups = {key: members for key, members in groups.items() if members[0].hit.start not in marks}
    dates = [hit for hit in dates if hit.start not in marks]
    colons = sum(node.hit.style == ":" and node.hit.role == "start" for node in free)
    are_dates: set[int] = set()
    for members in groups.values():
        if _are_days(document, members, colons):
            are_dates.update(node.hit.start for node in members)
    times = [node for node in free if node.hit.start not in are_dates]
    clock_starts = {node.hit.start for node in times}
    spans = sorted((node.hit.start, node.hit.end) for node in times)
    kept = [
        hit for hit in dates
        if hit.certain
        or hit.start in are_dates
        or not (hit.start in clock_starts or overlaps(spans, hit.start, hit.end))
    ]  # fmt: skip
    del doubtful
    return times, kept


def _are_days(document: Document, members: list[TimeNode], colons: int) -> bool:
    texts = [document.text[node.hit.start : node.hit.end] for node in members]
    numbers = [
        (int(parts[0]), int(parts[1][:2]))
        for text in texts
        if len(parts := text.split(".")) > 1 and parts[1][:2].isdecimal()
    ]
    if any(node.hit.meridian for node in members) or any(minute > 12 or minute == 0 for _, minute in numbers):
        return False
    return (
        colons >= 3
        or any(hour > 23 for hour, _ in numbers)
        or len({minute for _, minute in numbers}) == 1 < len(numbers)
    )


def _are_marks(members: Sequence[TimeNode], nodes: Sequence[TimeNode]) -> bool:
    """Whether numbers are what films are given of five stars: up to 5.00, beside as many clocks of the later day."""
    if any(node.hit.meridian or node.hit.hour * 60 + node.hit.minute > _MOST_STARS for node in members):
        return False
    return sum(node.hit.hour >= _LATER and node.hit.role == "start" for node in nodes) >= len(members) > 1


def overlaps(spans: Sequence[tuple[int, int]], start: int, end: int) -> bool:
    """Whether a span of the text overlaps one of others, which stand in order."""
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        if spans[middle][1] <= start:
            low = middle + 1
        else:
            high = middle
    return low < len(spans) and spans[low][0] < end
