"""Find the clock times on a page that may be showings, and group those that stand in the same structure."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from msgspec.structs import replace

from cinestreamd.agent.readers.clock import ClockHit, find_clocks
from cinestreamd.agent.readers.dates import DateHit
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.miner.clock_slots import clocks_in_slots
from cinestreamd.agent.readers.miner.doubtful_numbers import overlaps, settle_doubtful
from cinestreamd.agent.readers.miner.not_showings import (
    LONGEST_FILM_MINUTES,
    heads_opening,
    may_be_showing,
    seldom_block,
    speaks_of_prices,
)
from cinestreamd.agent.readers.miner.time_nodes import Cluster, TimeNode, minutes_between, structure_key

_GLUED_END = re.compile(r"-([01]?\d|2[0-4])[:.]([0-5]\d)(?!\d)")
_ELSEWHERE = frozenset(["nearby", "sister", "elsewhere", "neighbouring"])
_FEWEST_OWN, _FEWEST_SELDOM = 3, 6
_FEWEST_STEPS, _LONGEST_STEP = 6, 60
_SHORTEST_FILM = 40
_FEWEST_PAIRS, _PAIR = 3, 2
_FEWEST_COLONS = 4
_LONGEST_PAIR = 4 * 60
_LONGEST_ADVERTS = 35
_FEW_ODD, _MANY_ODD = 0.1, 0.5
MAX_CLUSTERS = 40
_MIDNIGHT = 24
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])


def find_times(
    document: Document, dates: list[DateHit], seen: Callable[[Sequence["TimeNode"]], list["TimeNode"]] = list
) -> tuple[list[Cluster], list[DateHit]]:
    """The clusters of possible showings, largest first, and the dates that remain when doubtful numbers are settled.

    ``seen`` leaves those of the times that a visitor can come to see.
    """
    hits = find_clocks(document.text)
    unusual = clocks_in_slots(document)
    days = [(day.start, day.end) for day in dates if day.certain]
    if len(unusual) > sum(hit.role == "start" and not overlaps(days, hit.start, hit.end) for hit in hits):
        hits = unusual
        spans = [(hit.start, hit.end) for hit in unusual]
        dates = [day for day in dates if not overlaps(spans, day.start, day.end)]
    nodes = [node for hit in hits if (node := _node(document, hit)) is not None]
    nodes, dates = settle_doubtful(document, nodes, dates)
    ends = _range_ends(hits)
    headings = [element for element in document.elements if element.tag in _HEADINGS and element.end > element.start]
    starts = [element.start for element in headings]
    clock_starts = [node.hit.start for node in nodes]
    closed = [_reach_of_hours(document, element, clock_starts) for element in headings]

    def under_opening_hours(node: TimeNode) -> bool:
        at = bisect_left(starts, node.hit.start)
        return at > 0 and node.hit.start < closed[at - 1]

    known = {hit.start for hit in hits}
    glued = {node.hit.start: _glued_end(document.text, node.hit) for node in nodes}
    glued = {start: end for start, end in glued.items() if end is not None and end.start not in known}
    nodes = [replace(node, until=ends.get(node.hit.start) or glued.get(node.hit.start)) for node in nodes]
    nodes = _without_asides(nodes)
    nodes = [node for node in nodes if may_be_showing(document, node, ends) and not under_opening_hours(node)]
    kept = _without_ends_in_turn(_without_amounts_behind(document, seen(_of_the_programme(nodes))))
    groups: dict[tuple[str, ...], list[TimeNode]] = {}
    for node in kept:
        groups.setdefault(structure_key(node), []).append(node)
    ends_apart = _ends_apart(groups) | _axes(groups) | _amounts(groups)
    clusters = [
        Cluster(key, tuple(members))
        for key, members in groups.items()
        if key not in ends_apart and _round_minutes(members) and not _only_lengths(members)
    ]
    return sorted(clusters, key=lambda cluster: -len(cluster.nodes))[:MAX_CLUSTERS], dates


def _reach_of_hours(document: Document, heading: Element, clock_starts: Sequence[int]) -> int:
    """Where the block ends whose heading speaks of opening hours or prices; 0 for others, and those that tell them."""
    said = document.text[heading.start : min(heading.end, heading.start + 80)]
    if not (heads_opening(said) or speaks_of_prices(said)):
        return 0
    for block in heading.ancestors():
        at = bisect_left(clock_starts, heading.end)
        if block.end > heading.end and at < len(clock_starts) and clock_starts[at] < block.end:
            return block.end
    return 0


def _node(document: Document, hit: ClockHit) -> TimeNode | None:
    element = document.element_of(hit.start, hit.end)
    if element is None or (document.text[hit.start].isalpha() and not _is_whole_text(document, hit)):
        return None
    return TimeNode(hit, element, tuple(element.ancestors()))


def _is_whole_text(document: Document, hit: ClockHit) -> bool:
    """Whether a time in words ("Noon") is all that its text node says; in a title or a sentence it is none."""
    run = document.run_at(hit.start)
    return run is not None and run.start == hit.start and run.end == hit.end


def _without_asides(nodes: list[TimeNode]) -> list[TimeNode]:
    """The times of the page's own programme: those beside it, of other cinemas and events, are left out."""
    own = [node for node in nodes if not any(_is_aside(element) for element in node.chain)]
    return own if len(own) >= _FEWEST_OWN else nodes


def _of_the_programme(nodes: list[TimeNode]) -> list[TimeNode]:
    """The times without those in blogs, filters and the like, unless those are nearly all there are.

    A post that tells of something names one time; a programme that is built of posts has several in each.
    """
    blocks = [seldom_block(node) for node in nodes]
    own = [node for node, block in zip(nodes, blocks, strict=True) if block is None]
    different = {block.index for block in blocks if block is not None}
    others = len(nodes) - len(own)
    is_programme = len(own) < _FEWEST_OWN and others >= max(_FEWEST_SELDOM, 2 * len(different))
    return nodes if is_programme else own


def _is_aside(element: Element) -> bool:
    return (
        element.tag == "aside"
        or element.attributes.get("role") == "complementary"
        or bool(element.class_words() & _ELSEWHERE)
    )


def _range_ends(hits: Iterable[ClockHit]) -> dict[int, ClockHit]:
    """Start offset of a time → the end time that follows it directly."""
    ends: dict[int, ClockHit] = {}
    previous: ClockHit | None = None
    for hit in hits:
        if previous is not None and hit.role == "end" and hit.start - previous.end <= 12:
            ends[previous.start] = hit
        previous = hit
    return ends


def _glued_end(text: str, hit: ClockHit) -> ClockHit | None:
    """The end of "18:00-19:00", which is no time of its own."""
    found = _GLUED_END.match(text, hit.end)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2])
    return ClockHit(start=found.start(1), end=found.end(), hour=hour, minute=minute, style=":", role="end")


def _without_amounts_behind(document: Document, nodes: list[TimeNode]) -> list[TimeNode]:
    """The times without "12.50", where each of that style stands behind a "19:30" in its line."""
    dotted = {second.hit.start for second in nodes if second.hit.style == "."}
    behind = {
        second.hit.start
        for first, second in pairwise(nodes)
        if second.hit.start in dotted
        and first.hit.style == ":"
        and document.line(first.hit.start, first.hit.end)[1] >= second.hit.end
    }
    few = len(dotted) < _FEWEST_PAIRS or behind != dotted
    return nodes if few else [node for node in nodes if node.hit.start not in dotted]


def _amounts(groups: dict[tuple[str, ...], list[TimeNode]]) -> set[tuple[str, ...]]:
    """The small groups of "12.50" on a page that prints its times as "19:30"."""
    colons = sum(node.hit.style == ":" for members in groups.values() for node in members)
    return {
        key
        for key, members in groups.items()
        if colons >= _FEWEST_COLONS * len(members) and all(node.hit.style == "." for node in members)
    }


def _axes(groups: dict[tuple[str, ...], list[TimeNode]]) -> set[tuple[str, ...]]:
    """The groups whose times follow one another in equal steps: the hours down the side of a timetable.

    Only where other times stand in the timetable: else the hours themselves may be when films begin.
    """
    found = set()
    for key, members in groups.items():
        others = sum(
            len(nodes) for other, nodes in groups.items()
            if other != key
            and sum(members[0].hit.start < node.hit.start < members[-1].hit.start for node in nodes) * 2 > len(nodes)
        )  # fmt: skip
        if others < _FEWEST_PAIRS or len(members) < _FEWEST_STEPS:
            continue
        steps = [minutes_between(first.hit, second.hit) for first, second in pairwise(members)]
        step, count = Counter(steps).most_common(1)[0]
        if 0 < step <= _LONGEST_STEP and count >= _FEWEST_STEPS - 1 and count * 5 >= len(steps) * 4:
            found.add(key)
    return found


def _ends_apart(groups: dict[tuple[str, ...], list[TimeNode]]) -> set[tuple[str, ...]]:
    """The groups whose every time follows one of another group by the length of a film: when it ends."""
    found: set[tuple[str, ...]] = set()
    for key, ends in groups.items():
        for other, starts in groups.items():
            if other == key or other in found or len(starts) != len(ends) or len(ends) < _FEWEST_PAIRS:
                continue
            pairs = list(zip(starts, ends, strict=True))
            in_turn = all(start.hit.start < end.hit.start for start, end in pairs) and all(
                end.hit.start < start.hit.start for (_, end), (start, _) in pairwise(pairs)
            )
            if in_turn and all(
                _SHORTEST_FILM <= minutes_between(start.hit, end.hit) <= LONGEST_FILM_MINUTES for start, end in pairs
            ):
                found.add(key)
    return found


def _without_ends_in_turn(nodes: list[TimeNode]) -> list[TimeNode]:
    """The times without those that belong to the one before: two in each block.

    Where the second is soon behind the first, the film itself begins then. Where the first is round and the second to
    the minute, it ends: films begin at round minutes, and are over when they are over.
    """
    blocks: dict[int, list[TimeNode]] = {}
    starts = [node.hit.start for node in nodes]
    for node in nodes:
        for block in node.chain:
            inside = bisect_left(starts, block.end) - bisect_left(starts, block.start)
            if inside > 1:
                blocks.setdefault(block.index, []).append(node)
                break
    pairs = [block for block in blocks.values() if len(block) == _PAIR]
    if len(pairs) < _FEWEST_PAIRS or len(pairs) * _PAIR * 10 < len(nodes) * 9:
        return nodes
    if all(0 < minutes_between(a.hit, b.hit) <= _LONGEST_ADVERTS for a, b in pairs):
        begun = {pair[1].hit.start for pair in pairs}
        return [node for node in nodes if node.hit.start not in begun]
    lasting = all(_SHORTEST_FILM <= minutes_between(a.hit, b.hit) <= _LONGEST_PAIR for a, b in pairs)
    odd = [sum(pair[at].hit.minute % 5 != 0 for pair in pairs) / len(pairs) for at in range(_PAIR)]
    if not lasting or odd[0] > _FEW_ODD or odd[1] < _MANY_ODD:
        return nodes
    ends = {pair[1].hit.start for pair in pairs}
    until = {pair[0].hit.start: pair[1].hit for pair in pairs}
    return [replace(node, until=until.get(node.hit.start, node.until)) for node in nodes if node.hit.start not in ends]


def _only_lengths(members: list[TimeNode]) -> bool:
    """Whether all of a group would begin past midnight: "25:10" is a time beside evening ones, else a length."""
    return all(node.hit.hour > _MIDNIGHT for node in members)


def _round_minutes(members: list[TimeNode]) -> bool:
    """Showings begin at round minutes; a group with odd ones is something else (timers, posts, lengths)."""
    return sum(node.hit.minute % 5 == 0 for node in members) * 2 >= len(members)
