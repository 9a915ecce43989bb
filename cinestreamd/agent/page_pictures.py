"""Which picture on a cinema's pages is a film's poster, where no data of theirs names one.

A picture counts only where the page itself ties it to one film: by the words that describe it, by standing alone with
the film's title in one block, or as the picture of a page that is about this film. What two films would share is a
placeholder, and nobody's. Whether it has a poster's shape is found out once it is fetched.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from msgspec.structs import replace

from cinestreamd.agent.html import parse_html
from cinestreamd.agent.model import Page
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.poster_words import POSTER, POSTER_OF
from cinestreamd.agent.schema_org.works import absolute
from cinestreamd.agent.verify import Showing
from cinestreamd.agent.verify.titles import fold_title

MOST: Final = 400
"""So many pictures and titles of a page are used: more than schedules have, and little work."""
MOST_SHOWN: Final = 2_000
"""So many elements of a page are looked at that may show a picture, icons and blanks included."""
LONGEST: Final = 300
"""Characters of a text that may be a title."""

LEVELS: Final = 7
"""How far above its title a film's block may begin."""

_NARROWEST, _WIDEST, _LEAST_WIDTH = 0.45, 0.95, 60
_SOURCES: Final = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-srcset", "src", "srcset")
_PAGE_WIDE: Final = frozenset(("html", "body", "main"))
_BACKGROUND: Final = re.compile(r"""background[^;]{0,60}?url\(\s*['"]?([^'")]{1,500})""", re.IGNORECASE)
_DRAWN: Final = re.compile(r"^(?:data|blob):|\.(?:svg|gif|ico)(?:[?#]|$)", re.IGNORECASE)
# On either side of a title, which is known: so it is no matter that "до" may begin one.
_WORDS_BESIDE: Final = re.compile(rf"^(?:постер|плакат) до (?:фільму )?|{POSTER_OF.pattern}| (?:{POSTER})$")


def with_pictures(showings: Sequence[Showing], pages: Iterable[Page]) -> list[Showing]:
    """``showings``, those without a poster with the one that ``pages`` show of their film."""
    wanted = _names(showing for showing in showings if showing.poster_url is None)
    found: dict[str, str] = {}
    for page in pages:
        if wanted and "html" in page.content_type and not set(wanted.values()) <= found.keys():
            found = pictures_on(page, wanted) | found
    return [
        replace(showing, poster_url=found.get(wanted.get(fold_title(showing.title), "")))
        if showing.poster_url is None
        else showing
        for showing in showings
    ]


def _names(showings: Iterable[Showing]) -> dict[str, str]:
    """The films by every title under which they may stand on a page, folded; none whose title two films have."""
    names: dict[str, str] = {}
    years: dict[str, set[int]] = {}
    for showing in showings:
        film = fold_title(showing.title)
        years.setdefault(film, set()).update({showing.year} if showing.year else ())
        for text in (showing.title, showing.raw_title, showing.original_title):
            if text and (folded := fold_title(text)):
                names.setdefault(folded, film)
    return {name: film for name, film in names.items() if len(years[film]) <= 1}


def pictures_on(page: Page, names: Mapping[str, str]) -> dict[str, str]:
    """Film → address of its picture on ``page``; ``names`` are the films by their folded titles."""
    document = Document(parse_html(page.text))
    pictures = list(islice(_pictures(document, page.url), MOST))
    titles = list(islice(_titles(document, names), MOST))
    found = _of_page(document, page.url, {film for _, film in titles})
    found |= _in_blocks(titles, pictures)
    for element, url in pictures:
        film = _described(element, names)
        if film:
            found[film] = url
    shared = [url for url in found.values() if list(found.values()).count(url) > 1]
    return {film: url for film, url in found.items() if url not in shared}


def _pictures(document: Document, base: str) -> Iterator[tuple[Element, str]]:
    """The elements that show what may be a poster, with its address."""
    for element in islice(filter(_may_show, document.elements), MOST_SHOWN):
        url = _address(element, base)
        if url and _fits(element):
            yield element, url


def _may_show(element: Element) -> bool:
    """Whether an element is a picture, or has one behind it."""
    return element.tag == "img" or "url(" in element.attributes.get("style", "").lower()


def _titles(document: Document, names: Mapping[str, str]) -> Iterator[tuple[Element, str]]:
    """Where films' titles stand."""
    for run in document.runs:
        film = names.get(fold_title(document.text[run.start : run.end])) if run.end - run.start <= LONGEST else None
        if film is not None:
            yield run.element, film


def _in_blocks(titles: Sequence[tuple[Element, str]], pictures: Sequence[tuple[Element, str]]) -> dict[str, str]:
    """Pictures that are the only one in a block with the title of one film."""
    found: dict[str, str] = {}
    for element, film in titles:
        for block in element.lineage(LEVELS):
            others = {other for title, other in titles if block.index <= title.index <= block.last} - {film}
            inside = {url for picture, url in pictures if block.index <= picture.index <= block.last}
            if others or len(inside) > 1 or block.tag in _PAGE_WIDE:
                break
            if inside:
                found.setdefault(film, inside.pop())
                break
    return found


def _of_page(document: Document, base: str, films: set[str]) -> dict[str, str]:
    """The picture of a page that names one film, and says in its own title that it is about that one."""
    picture, title = document.metadata.get("og:image", ""), fold_title(document.metadata.get("og:title", ""))
    if len(films) != 1 or _DRAWN.search(picture) or not picture:
        return {}
    film = next(iter(films))
    address = absolute(base, picture)
    return {film: address} if address and f" {film} " in f" {title} " else {}


def _described(element: Element, names: Mapping[str, str]) -> str | None:
    """The film that a picture's own words name."""
    for name in ("alt", "title"):
        words = fold_title(element.attributes.get(name, ""))
        film = names.get(words) or names.get(_WORDS_BESIDE.sub("", words))
        if film:
            return film
    return None


def _address(element: Element, base: str) -> str | None:
    """Where the picture is that an element shows: the one that is loaded late before the blank that holds its place."""
    if element.tag != "img":
        behind = _BACKGROUND.search(element.attributes.get("style", ""))
        sources = [behind[1]] if behind else []
    else:
        sources = [element.attributes.get(name, "").strip() for name in _SOURCES]
    for source in sources:
        first = source.split(" ", 1)[0].rstrip(",")
        if first and not _DRAWN.search(first) and (address := absolute(base, first)):
            return address
    return None


def _fits(element: Element) -> bool:
    """Whether the size that a page gives a picture, where it does, may be a poster's."""
    width, height = (element.attributes.get(name, "").strip().removesuffix("px") for name in ("width", "height"))
    if width.isdecimal() and int(width) < _LEAST_WIDTH:
        return False
    if not width.isdecimal() or not height.isdecimal() or not int(height):
        return True
    return _NARROWEST <= int(width) / int(height) <= _WIDEST
