"""Which cinema each time belongs to, on a page that lists several: by headings that name cinemas."""

from collections.abc import Sequence

from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.miner.cinema_names import is_cinema
from cinestreamd.agent.readers.miner.nearest_texts import resolve_nearest
from cinestreamd.agent.readers.miner.time_nodes import TimeNode
from cinestreamd.agent.readers.miner.title_texts import Signature, TitleNode, TitleTexts

_FEWEST, _MOST = 2, 60


def venues_of(nodes: Sequence[TimeNode], texts: TitleTexts, titles: Signature | None) -> list[str | None]:
    """The cinema of each time as its heading names it; None for all where the page does not list several."""
    best: list[str | None] = [None] * len(nodes)
    for signature, found in texts.by_signature.items():
        if signature == titles or not _FEWEST <= len(found) <= _MOST or not _name_cinemas(found):
            continue
        starts = [node.run.start for node in found]
        resolved = [resolve_nearest(starts, tuple(found), time, after=False) for time in nodes]
        named = [one.node.text.replace("\x1f", " ") if one is not None else None for one in resolved]
        distinct = len({fold(name) for name in named if name})
        if distinct >= _FEWEST and sum(map(bool, named)) > max(sum(map(bool, best)), len(nodes) * 0.9 - 1):
            best = named
    return best


def _name_cinemas(found: Sequence[TitleNode]) -> bool:
    if len({fold(node.text) for node in found}) < _FEWEST:
        return False
    return sum(is_cinema(node) for node in found) * 3 >= len(found) * 2
