"""Find which text of one structure belongs to a time: alone in the smallest common block, or nearest on its side."""

from bisect import bisect_left

from msgspec import Struct

from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.miner.time_nodes import TimeNode
from cinestreamd.agent.readers.miner.title_texts import TitleNode


class Resolution(Struct, frozen=True, eq=False):
    """The title found for one time: how many levels up their common block is, and whether it is the only one there."""

    node: TitleNode
    level: int
    unique: bool


def resolve_nearest(
    starts: list[int], nodes: tuple[TitleNode, ...], time: TimeNode, *, after: bool
) -> Resolution | None:
    """The text of one structure that belongs to a time: alone in the smallest common block, else the nearest."""
    for level, element in enumerate(time.chain):
        first = bisect_left(starts, element.start)
        beyond = bisect_left(starts, element.end)
        count = beyond - first
        if count == 0:
            covering = _covering(starts, nodes, element)
            if covering is not None:
                return Resolution(covering, level, True)
            continue
        if count == 1:
            return Resolution(nodes[first], level, True)
        at = bisect_left(starts, time.hit.start)
        if after:
            return Resolution(nodes[at], level, False) if at < beyond else None
        return Resolution(nodes[at - 1], level, False) if at - 1 >= first else None
    return None


def _covering(starts: list[int], nodes: tuple[TitleNode, ...], row: Element) -> TitleNode | None:
    """The one title in the cells that reach into a table row from above."""
    found = [
        at for cell in row.covering for at in range(bisect_left(starts, cell.start), bisect_left(starts, cell.end))
    ]
    return nodes[found[0]] if len(found) == 1 else None
