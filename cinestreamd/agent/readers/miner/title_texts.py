"""The texts of a page that may be titles, by the structures in which they stand, and what else repeats them."""

import re
from bisect import bisect_left
from collections import Counter
from urllib.parse import unquote

from msgspec import Struct

from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.document import Document, Run
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.labels import could_be_title, is_label, without_length
from cinestreamd.agent.readers.poster_words import POSTER_OF

Signature = tuple[str, ...]

# The first part of the signatures of titles that stand in attributes.
BY_ATTRIBUTE = ("picture", "named")
_TELLING = 5
_PLAIN_TAGS = frozenset(["span", "div", "p", "li", "a"])
_HEADING_TAGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
_LONGEST_HEADING, _PIECES = 100, 2
# Attributes that say what an element is called.
_NAMING = frozenset([
    "alt", "title", "aria-label", "data-title", "data-name", "data-film", "data-movie", "data-film-title",
    "data-movie-title",
])  # fmt: skip
_FILM_ATTRIBUTES = (
    "data-title", "data-film", "data-movie", "data-film-title", "data-movie-title", "data-film-name", "data-movie-name",
    "data-event-title", "data-name",
)  # fmt: skip
# The parts of an address before and behind its path.
_NO_PATH = re.compile(r"^(?:[a-z][a-z0-9+.-]{0,20}:)?(?://[^/?#]*)?|[?#].*", re.IGNORECASE | re.DOTALL)
_HOME = re.compile(r"(?:https?://[^/?#]{1,100})?(?:/|/index\.(?:html?|php)|\./)?", re.IGNORECASE)


class TitleNode(Struct, frozen=True, eq=False):
    """A text on the page that may be a title."""

    run: Run
    text: str


class TitleTexts:
    """The page's texts that may be titles, by structure, and what else on the page repeats them."""

    def __init__(self, document: Document, occupied: set[int]) -> None:
        self.document = document
        self.taken = occupied | {run.start for run in document.runs if is_home_link(run.element)}
        self.by_signature: dict[Signature, list[TitleNode]] = {}
        self.of_run: dict[int, tuple[Signature, ...]] = {}
        self.repeated = _repeated_texts(document)
        self.described = "\n".join(self.repeated)
        self.likely_starts = [
            run.start
            for run in document.runs
            if run.start not in self.taken and could_be_title(document.text[run.start : run.end])
        ]
        self.slugs = _slugs(document)
        self.occupied: dict[Signature, list[TitleNode]] = {}
        pieces = _split_headings(document, self.taken)
        self.taken |= {run.start for runs in pieces.values() for run in runs[1:]}
        further = {run.start for runs in pieces.values() for run in runs[1:] if run.element is runs[0].element}
        alike = Counter(map(_beside, document.elements))
        for run in document.runs:
            if run.start in further:
                continue
            signatures = _signatures(run, twin=alike[_beside(run.element)] > 1)
            whole = pieces.get(run.start)
            text = document.text[run.start : whole[-1].end if whole else run.end].replace("\n", " ")
            node = TitleNode(run, _titled(run, text))
            free = run.start not in self.taken
            if free:
                self.of_run[run.start] = signatures
            for signature in signatures:
                (self.by_signature if free else self.occupied).setdefault(signature, []).append(node)

    def add_attributes(self) -> None:
        """Take what attributes call a film as possible titles: a poster's text may be all that names it."""
        starts = [run.start for run in self.document.runs]
        for element in self.document.elements:
            kind, text = _named_by_attribute(element)
            if not text or element.parent is None or not could_be_title(text):
                continue
            at = bisect_left(starts, element.start)
            if at == len(starts):
                continue
            run = self.document.runs[at]
            node = TitleNode(Run(run.start, run.start, element), text)
            above = element.parent.parent
            signature = (
                kind,
                element.signature,
                element.parent.signature,
                above.signature if above is not None else "",
            )
            self.by_signature.setdefault(signature, []).append(node)
            self.of_run[run.start] = (*self.of_run.get(run.start, ()), signature)

    def is_repeated(self, text: str) -> bool:
        """Whether an image's alternative text, an attribute or an address says the same."""
        folded = fold(text)
        if folded in self.repeated or _slug(text) in self.slugs:
            return True
        return len(folded) >= _TELLING and re.search(rf"(?<!\w){re.escape(folded)}(?!\w)", self.described) is not None

    def leads(self, node: TitleNode, card: Element) -> bool:
        """Whether a text is the first in its card that could be a title."""
        return bisect_left(self.likely_starts, card.start) == bisect_left(self.likely_starts, node.run.start)


def _beside(element: Element) -> tuple[int, str]:
    """What elements beside each other that look the same have in common."""
    return element.parent.index if element.parent is not None else -1, element.signature


def _titled(run: Run, text: str) -> str:
    """A heading's text without the length behind it: "Paper Crane – 98 min"."""
    headed = any(above.tag in _HEADING_TAGS or above.tag == "summary" for above in run.element.lineage(2))
    return without_length(text) if headed else text


def _split_headings(document: Document, taken: set[int]) -> dict[int, list[Run]]:
    """Start → the text nodes of headings that are one title in several pieces: a span for each word, broken lines.

    Links are headings as well where their text is broken.
    """
    found: dict[int, list[Run]] = {}
    for element in document.elements:
        if element.tag not in _HEADING_TAGS | {"a"} or not 0 < element.end - element.start <= _LONGEST_HEADING:
            continue
        runs = document.runs_between(element.start, element.end)
        text = document.text[element.start : element.end]
        broken = "\n" in text and all(run.element is runs[0].element for run in runs)
        whole = broken or ("\n" not in text and element.tag in _HEADING_TAGS)
        if len(runs) < _PIECES or not whole or "\x1f" in text or any(run.start in taken for run in runs):
            continue
        pieces = [document.text[run.start : run.end] for run in runs]
        if all((len(piece) == 1 or not is_label(piece)) and piece[-1] != ")" for piece in pieces) and could_be_title(
            text.replace("\n", " ")
        ):
            found[runs[0].start] = runs
    return found


def _named_by_attribute(element: Element) -> tuple[str, str]:
    """The kind and the text of a title that an element has in an attribute; both empty where it has none."""
    if element.tag == "img":
        return "picture", POSTER_OF.sub("", " ".join(element.attributes.get("alt", "").split()))
    for name in _FILM_ATTRIBUTES:
        if name in element.attributes:
            return "named", " ".join(element.attributes[name].split())
    return "", ""


def is_home_link(element: Element) -> bool:
    """Whether a text is a link to the site's front page: the cinema's own name, no film's."""
    for above in element.lineage(3):
        if above.tag == "a" and "href" in above.attributes:
            return _HOME.fullmatch(above.attributes["href"].strip()) is not None
    return False


def _signatures(run: Run, *, twin: bool) -> tuple[Signature, ...]:
    """The structures by which a text may be known, from narrow to wide.

    The wide ones name the blocks that hold nothing but this text: one card's title may be a link, the next one's not.
    ``twin`` says that another element beside this one looks the same: its place tells them apart.
    """
    element = run.element
    wrappers = element.wrappers(4)
    lineage = wrappers[:4]
    chain = [above.signature for above in lineage]
    narrow = tuple(chain[:3])
    variants = [tuple(chain[:2]), narrow]
    cell = next((above for above in lineage if above.column is not None), None)
    if cell is not None:
        variants.append((*narrow, f"column {cell.column}"))
    elif element.parent is not None and element.tag in _PLAIN_TAGS and (twin or "." not in element.signature):
        variants.append((*narrow, f"child {element.position}"))
    heading = next((at for at, above in enumerate(wrappers) if above.tag in _HEADING_TAGS), None)
    if heading is not None and (heading <= 1 or wrappers[heading].end == run.end):
        # Classes may be generated anew for each card; headings are told by their tags as well.
        first = heading if heading > 1 else 0
        variants.append(("tags", *(above.tag for above in wrappers[first].lineage(3))))
    for above in wrappers[1:]:
        if above.start != run.start or above.end != run.end or above.parent is None:
            break
        variants.append(("block", above.signature, above.parent.signature))
    return tuple(dict.fromkeys(variants))


def _repeated_texts(document: Document) -> frozenset[str]:
    found: set[str] = set()
    for element in document.elements:
        for name, value in element.attributes.items():
            if name in _NAMING and 1 < len(value) <= 160:
                found.add(fold(" ".join(value.split())))
    return frozenset(found)


def _slug(text: str) -> str:
    return "-".join(re.findall(r"[^\W_]+", fold(text)))


def _slugs(document: Document) -> frozenset[str]:
    """The last path segments of the page's links that lead to a page about one thing."""
    found: set[str] = set()
    for element in document.elements:
        href = element.attributes.get("href", "") if element.tag == "a" else ""
        if not href or len(href) > 400:
            continue
        segments = [segment for segment in unquote(_NO_PATH.sub("", href)).split("/") if segment]
        for segment in segments[1:][-3:]:
            slug = _slug(segment.rsplit(".", 1)[0])
            if len(slug) >= 4:
                found.add(slug)
                found.add(slug.strip("0123456789").strip("-"))
    return frozenset(found)
