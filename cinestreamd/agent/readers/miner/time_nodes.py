"""A clock time's place on a page, and times that stand in the same structure."""

from msgspec import Struct

from cinestreamd.agent.readers.clock import ClockHit
from cinestreamd.agent.readers.elements import Element


class TimeNode(Struct, frozen=True, eq=False):
    """A clock time in the page, its deepest element, and that element's chain of ancestors.

    ``until`` is the time behind it at which what it begins ends, where the page says so.
    """

    hit: ClockHit
    element: Element
    chain: tuple[Element, ...]
    until: ClockHit | None = None

    @property
    def minutes(self) -> int | None:
        """How long it lasts, where the page says so."""
        return minutes_between(self.hit, self.until) if self.until is not None else None


class Cluster(Struct, frozen=True, eq=False):
    """Times that stand in the same structure: same tags and classes of leaf, parent and grandparent."""

    key: tuple[str, ...]
    nodes: tuple[TimeNode, ...]


def minutes_between(first: ClockHit, second: ClockHit) -> int:
    """How many minutes a clock has to go from one time to the next, less than a day."""
    one, two = first.clock(), second.clock()
    if one is None or two is None:
        return 0
    return (two.hour * 60 + two.minute - one.hour * 60 - one.minute) % (24 * 60)


def structure_key(node: TimeNode) -> tuple[str, ...]:
    """What times of one cluster have in common: tags and classes of leaf, parent and grandparent."""
    return tuple(element.signature for element in node.chain[:3])
