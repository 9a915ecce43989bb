"""Tell evening from morning where a page prints twelve-hour clocks without am and pm."""

from datetime import time

from cinestreamd.agent.readers.miner.time_nodes import TimeNode

_EARLIEST_MORNING_HOUR = 10


def is_twelve_hour(nodes: list[TimeNode]) -> bool:
    """Whether bare hours can only be twelve-hour ones: none above 12, and most at hours when cinemas sleep."""
    bare = [node for node in nodes if node.hit.meridian is None]
    if len(bare) < 3 or any(node.hit.hour > 12 or node.hit.hour == 0 for node in bare):
        return False
    if any(_spelt_out(node) for node in bare):
        return False
    small = sum(1 <= node.hit.hour < _EARLIEST_MORNING_HOUR for node in bare)
    return small * 2 >= len(bare)


def _spelt_out(node: TimeNode) -> bool:
    """Whether the time's own element gives the same clock for machines, which count to 24."""
    clock = f"T{node.hit.hour:02d}:{node.hit.minute:02d}"
    return any(clock in value for element in node.chain[:2] for value in element.attributes.values())


def evening_clock(node: TimeNode, *, twelve: bool) -> time | None:
    """The time of day; a bare twelve-hour one is in the morning only from ten on."""
    clock = node.hit.clock()
    if clock is None or not twelve or node.hit.meridian is not None:
        return clock
    if clock.hour == 12 or clock.hour >= _EARLIEST_MORNING_HOUR:
        return clock
    return time(clock.hour + 12, clock.minute)
