"""Tell the name of a cinema from a film's title: by its words, or by a link to a cinema's page."""

import re
from urllib.parse import unquote, urlsplit

from cinestreamd.agent.readers.film_words import names_cinema
from cinestreamd.agent.readers.labels import names_room
from cinestreamd.agent.readers.miner.film_page import is_film_address
from cinestreamd.agent.readers.miner.title_texts import TitleNode

_CINEMA_SEGMENT = re.compile(
    r"^(?:cinemas?|cines?|kinos?|kinoteatr\w*|theat(?:er|re)s?|salles?|venues?|biograf\w*|sinema\w*|mozik?|кинотеатры?|кінотеатри?)$",
    re.IGNORECASE,
)


# Those that name a list of cinemas, and not all that is on at one.
_CINEMAS_SEGMENT = re.compile(
    r"^(?:cinemas|cines|kinos|kinoteatr\w*|theat(?:er|re)s?|salles?|venues?|biografer|mozik|кинотеатры?|кінотеатри?)$",
    re.IGNORECASE,
)

_LONGEST = 80


_NUMBERED = re.compile(r"\W*\d{1,2}\W*$")


def is_cinema(node: TitleNode) -> bool:
    """Whether a text names a cinema."""
    text = node.text
    if not 3 < len(text) <= _LONGEST or names_room(text) or _NUMBERED.search(text):
        return False
    for above in node.run.element.lineage(3):
        address = above.attributes.get("href", "") if above.tag == "a" else ""
        if address:
            return not is_film_address(address) and (_leads_to_cinema(address) or names_cinema(text))
    return names_cinema(text)


def leads_to_cinema(node: TitleNode) -> bool:
    """Whether a text is a link to a cinema's page, by its address or its name. "…/kino/12" may as well be a film's."""
    links = [above.attributes.get("href", "") for above in node.run.element.lineage(3) if above.tag == "a"]
    plain = _CINEMAS_SEGMENT if not names_cinema(node.text) else _CINEMA_SEGMENT
    elsewhere = [link for link in links if link and not is_film_address(link)]
    named = names_cinema(node.text) and len(elsewhere) == len(links) > 0
    return named or any(_leads_to_cinema(link, plain) for link in elsewhere)


def _leads_to_cinema(address: str, segment: re.Pattern[str] = _CINEMA_SEGMENT) -> bool:
    try:
        segments = [part for part in unquote(urlsplit(address[:400]).path).split("/") if part]
    except ValueError:
        return False
    return any(map(segment.match, segments[:-1][-2:]))
