"""Which cinema each time belongs to, on a page that lists several: by headings that name cinemas."""

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.film_words import names_cinema
from cinestreamd.agent.readers.labels import names_room
from cinestreamd.agent.readers.miner.film_page import is_film_address
from cinestreamd.agent.readers.miner.time_nodes import TimeNode
from cinestreamd.agent.readers.miner.title_texts import Signature, TitleNode, TitleTexts
from cinestreamd.agent.readers.miner.titles import resolve_nearest

_CINEMA_SEGMENT = re.compile(
    r"^(?:cinemas?|cines?|kinos?|kinoteatr\w*|theat(?:er|re)s?|salles?|venues?|biograf\w*|sinema\w*|mozik?|кинотеатры?|кінотеатри?)$",
    re.IGNORECASE,
)
_LONGEST = 80
_NUMBERED = re.compile(r"\W*\d{1,2}\W*$")
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
    return sum(_names_cinema(node) for node in found) * 3 >= len(found) * 2


def _names_cinema(node: TitleNode) -> bool:
    text = node.text
    if not 3 < len(text) <= _LONGEST or names_room(text) or _NUMBERED.search(text):
        return False
    for above in node.run.element.lineage(3):
        address = above.attributes.get("href", "") if above.tag == "a" else ""
        if address:
            return not is_film_address(address) and (_leads_to_cinema(address) or names_cinema(text))
    return names_cinema(text)


def _leads_to_cinema(address: str) -> bool:
    try:
        segments = [segment for segment in unquote(urlsplit(address[:400]).path).split("/") if segment]
    except ValueError:
        return False
    return any(_CINEMA_SEGMENT.match(segment) for segment in segments[:-1][-2:])
