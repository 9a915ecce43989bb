"""The heading of the card in which an element of a page stands."""

from typing import Final

from selectolax.lexbor import LexborNode

from cinestreamd.agent.readers.labels import could_be_title

_LEVELS: Final = 4
_HEADINGS: Final = "h1,h2,h3,h4,h5,h6"


def heading_of_card(node: LexborNode) -> str | None:
    """The one heading in the smallest block around an element that has any; None where it has several."""
    at = node.parent
    for _ in range(_LEVELS):
        if at is None or at.tag in ("body", "html"):
            return None
        headings = at.css(_HEADINGS)
        if headings:
            text = " ".join(headings[0].text().split())
            return text if len(headings) == 1 and could_be_title(text) else None
        at = at.parent
    return None
