"""What speaks for one structure of texts holding the titles of a group of times, and how it is weighed."""

import math
import re
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.genre_words import names_genres
from cinestreamd.agent.readers.labels import could_be_title, is_label, names_room
from cinestreamd.agent.readers.miner.cinema_names import leads_to_cinema
from cinestreamd.agent.readers.miner.film_page import is_film_address
from cinestreamd.agent.readers.miner.nearest_texts import resolve_nearest
from cinestreamd.agent.readers.miner.time_nodes import TimeNode
from cinestreamd.agent.readers.miner.title_texts import BY_ATTRIBUTE, Signature, TitleNode, TitleTexts

_MOSTLY_ROOMS = 0.6

_TITLE_WORDS = frozenset([
    "title", "titel", "titre", "titulo", "titolo", "tytul", "nazev", "name", "film", "movie", "heading", "headline",
    "filmtitle", "movietitle", "pelicula", "event", "show", "summary", "caption", "moviename", "filmname",
    "filmtitel", "tit", "nazwa", "naslov", "cim",
])  # fmt: skip

_OTHER_WORDS = frozenset([
    "genre", "genres", "director", "cast", "actor", "actors", "synopsis", "description", "desc", "excerpt", "meta",
    "tag", "tags", "label", "badge", "version", "format", "lang", "language", "room", "screen", "hall",
    "auditorium", "price", "rating", "age", "country", "venue", "cinema", "theater", "theatre", "location",
    "address", "date", "day", "info", "details", "note", "subtitle", "tagline", "category", "original", "duration",
    "runtime", "year", "credits", "btn", "button", "legend", "author", "status", "breadcrumb", "menu", "nav",
])  # fmt: skip

_HEADINGS = {
    "h1": 1.0,
    "h2": 1.0,
    "h3": 1.0,
    "h4": 1.0,
    "h5": 0.9,
    "h6": 0.8,
    "strong": 0.5,
    "b": 0.5,
    "dt": 0.5,
    "caption": 0.6,
    "th": 0.3,
}

_FILM_PATH = re.compile(
    r"(?:film|movie|title|pelicul|event|show|program|production|programm|repertoar|kino|cinema|фильм|"
    r"seans|whats-on|spettacol|details?)",
    re.IGNORECASE,
)


class Figures(Struct, frozen=True, eq=False):
    """What speaks for one structure holding the titles of one cluster."""

    signature: Signature
    nodes: tuple[TitleNode, ...]
    after: bool
    coverage: float
    unique: float
    distinct: int
    level: float
    likely: float
    heading: float
    link: float
    named: float
    corroborated: float
    length: float
    used: float
    first: float
    single: bool
    rooms: float
    genres: float
    templated: bool
    told: float
    low: float
    cinemas: float
    leading: float


def measure(signature: Signature, sample: tuple[TimeNode, ...], texts: TitleTexts) -> Figures | None:
    """The figures of one structure for a sample of times; None where it gives less than half of them a title."""
    nodes = tuple(texts.by_signature.get(signature, ()))
    likely_nodes = tuple(node for node in nodes if could_be_title(node.text) or _leads_to_film(node))
    if not likely_nodes or len(likely_nodes) * 2 < len(nodes):
        return None
    starts = [node.run.start for node in likely_nodes]
    sides = []
    for after in (False, True):
        found = [resolve_nearest(starts, likely_nodes, time, after=after) for time in sample]
        sides.append([(time, one) for time, one in zip(sample, found, strict=True) if one is not None])
    after = len(sides[1]) > len(sides[0])
    resolved = sides[1] if after else sides[0]
    if len(resolved) * 2 < len(sample):
        return None
    used = {one.node.run.start: one.node for _, one in resolved}
    count = len(used)
    distinct = len({fold(node.text) for node in used.values()})
    first_used, last_used = min(used), max(used)
    between = sum(first_used <= start <= last_used for start in starts)
    return Figures(
        signature=signature, nodes=likely_nodes, after=after,
        coverage=len(resolved) / len(sample),
        unique=sum(one.unique for _, one in resolved) / len(resolved),
        distinct=distinct,
        level=sum(one.level for _, one in resolved) / len(resolved),
        likely=len(likely_nodes) / len(nodes),
        heading=sum(_heading(node.run.element) for node in used.values()) / count,
        link=sum(_own_link(node, sample) for node in used.values()) / count,
        named=sum(_named(node.run.element) for node in used.values()) / count,
        corroborated=sum(texts.is_repeated(node.text) for node in used.values()) / count,
        length=sum(min(len(node.text), 200) for node in used.values()) / count,
        used=count / max(1, between) if len(sample) >= 8 else 1.0,
        first=sum(one.node.run.start < time.hit.start for time, one in resolved) / len(resolved),
        single=count == 1,
        cinemas=sum(leads_to_cinema(node) for node in used.values()) / count,
        templated=are_templated([node.text for node in used.values()]),
        told=sum(_TOLD.search(node.text) is not None for node in used.values()) / count,
        low=sum(node.text[:1].islower() for node in used.values()) / count,
        rooms=sum(names_room(node.text) for node in used.values()) / count,
        genres=sum(names_genres(node.text) for node in used.values()) / count,
        leading=sum(one.unique and texts.leads(one.node, time.chain[one.level]) for time, one in resolved)
        / len(resolved),
    )  # fmt: skip


# A sentence: words in small letters up to a full stop.
_TOLD = re.compile(r"(?:[\s,;][^\W\d_A-ZА-ЯІЇЄҐ][^\W\d_]{2,}){3}[^.!?]{0,60}[.!?…]$")
_WORDS = re.compile(r"[^\W\d_]+|\d+")
_TELLING, _ALIKE, _FEW_WORDS = 4, 0.7, 3


def are_templated(texts: Sequence[str]) -> bool:
    """Whether most of several different texts are one pattern: facts and rooms are named so, films are not.

    "Length: 113 min", "Length: 98 min" differ in a number alone; of "Great Hall" and "Small Hall" half is the same. The
    films of one series have more words of their own.
    """
    distinct = {fold(text) for text in texts if not is_label(text)}
    if len(distinct) < 2:
        return False
    if sum(not any(letter.isalpha() for letter in text) for text in distinct) * 2 > len(distinct):
        return True  # seats left, prices: a film is named by a number now and then, not each
    words = [["0" if word.isdecimal() else word for word in _WORDS.findall(text)] for text in distinct]
    enough = max(2, _ALIKE * len(distinct))
    counts = Counter(word for found in words for word in set(found))
    common = {word for word, count in counts.items() if count >= enough}
    if any(len(word) >= _TELLING for word in common):
        numbered = sum(set(found) <= common | {"0"} for found in words)
        if numbered >= enough:
            return True
    for end in (0, -1):
        ends = Counter(found[end] for found in words if 1 < len(found) <= _FEW_WORDS and len(found[end]) >= _TELLING)
        word, count = ends.most_common(1)[0] if ends else ("", 0)
        # Versions stand behind titles: "Shore (dubbed)", "Mill (dubbed)".
        if count >= enough and not (end and is_label(word)):
            return True
    return False


def _leads_to_film(node: TitleNode) -> bool:
    """Whether a text is a link to a page about one film: then even "Hora" and "Info" are titles."""
    links = (above.attributes.get("href", "") for above in node.run.element.lineage(2) if above.tag == "a")
    slugs = (link.rstrip("/").rsplit("/", 1)[-1] for link in links if is_film_address(link))
    return any(fold(node.text) == slug.casefold() for slug in slugs)


def _heading(element: Element) -> float:
    return max((_HEADINGS.get(above.tag, 0.0) for above in element.wrappers(3)), default=0.0)


def _own_link(node: TitleNode, sample: tuple[TimeNode, ...]) -> float:
    """Whether a text is, or lies in, a link of its own that leads to a page about a film."""
    del sample
    for above in node.run.element.wrappers(3):
        if above.tag == "a" and above.attributes.get("href", "#") not in ("", "#"):
            return 1.0 if _FILM_PATH.search(above.attributes["href"]) else 0.6
    return 0.0


def _named(element: Element) -> float:
    words: set[str] = set()
    for above in element.lineage(3):
        own = above.class_words() | class_of_attribute(above)
        words |= own
        if own:
            break
    score = 0.0
    if words & _TITLE_WORDS:
        score += 1.0
    if words & _OTHER_WORDS:
        score -= 1.0
    return score


def class_of_attribute(element: Element) -> frozenset[str]:
    """What microdata and test attributes call an element: itemprop="name", data-testid="film-title"."""
    values = " ".join(
        element.attributes.get(name, "") for name in ("itemprop", "data-testid", "data-test", "data-qa", "property")
    )
    return frozenset(re.findall(r"[a-z]+", values.casefold())) if values.strip() else frozenset()


def weigh(figures: Figures, most: int) -> float:
    """How much speaks for a structure; ``most`` is how many different titles the richest one gives."""
    variety = math.log(1 + figures.distinct) / math.log(1 + most) if most > 1 else 1.0
    score = 3.0 * figures.coverage + 1.0 * figures.unique + 2.5 * variety
    score += 1.5 * figures.heading + 0.7 * figures.link + 1.0 * figures.named + 1.2 * figures.corroborated
    score += 1.0 * figures.used + 0.5 * figures.first - 0.12 * figures.level - 2.0 * (1 - figures.likely)
    score += 0.6 * figures.leading
    if figures.signature[0] in BY_ATTRIBUTE:
        score -= 1.0
    if figures.single and most > 1:
        score -= 2.5 if most > 2 else 1.8
    if max(figures.rooms, figures.cinemas, figures.genres) >= _MOSTLY_ROOMS:
        score -= 3.0
    if figures.templated:
        score -= 3.0
    score -= 2.5 * figures.told + 1.5 * figures.low
    if figures.length > 70:
        score -= 1.5
    if figures.length < 5:
        score -= 0.5
    return score
