"""Recognise a page about one film, whose times have no title beside them."""

import json
import re
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.labels import could_be_title

_FILM_SEGMENT = re.compile(
    r"^(?:films?|movies?|titles?|events?|shows?|program(?:me)?s?|production|peliculas?|pelicula|"
    r"fiche-?film|filme?s?|filmy|repertuar|"
    r"фильмы?|фільми?|whats-on|kino-?program|seans(?:e|y)?|spettacol\w*|p|f|m|movie-?details?|"
    r"film-?details?|performances?|screenings?)$",
    re.IGNORECASE,
)
_MAX_LD = 300_000
_LONGEST_ADDRESS = 400


def film_of_page(document: Document, parser: LexborHTMLParser, url: str) -> str | None:
    """The title of the one film that a page is about, as its main heading prints it; None for other pages.

    The heading alone proves nothing (it may be the cinema's name): the address, the page's kind in its metadata or
    its schema.org data must say the same.
    """
    heading = _main_heading(document)
    if heading is None:
        return None
    folded = fold(heading)
    if document.metadata.get("og:type", "").startswith(("video.movie", "video.other", "movie")):
        return heading
    if any(fold(name) == folded for name in _named_works(parser)):
        return heading
    return heading if _address_names(url, folded) else None


def _main_heading(document: Document) -> str | None:
    found = [
        " ".join(document.text[element.start : element.end].replace("\x1f", " ").split())
        for element in document.elements
        if element.tag == "h1" and 0 < element.end - element.start <= 160
    ]
    likely = [text for text in found if could_be_title(text)]
    return likely[0] if len(set(likely)) == 1 else None


def _address_names(url: str, folded: str) -> bool:
    segments = [unquote(segment) for segment in urlsplit(url).path.split("/") if segment]
    words = re.findall(r"[^\W_]+", folded)
    if not words or not any(_FILM_SEGMENT.match(segment) for segment in segments[:-1]):
        return False
    slug = set(re.findall(r"[^\W_]+", fold(segments[-1])))
    return len(slug & set(words)) * 2 >= len(words)


def is_film_address(address: str) -> bool:
    """Whether an address is that of one film among others: …/film/anora, …/movies/12."""
    try:
        segments = [segment for segment in urlsplit(address[:_LONGEST_ADDRESS]).path.split("/") if segment]
    except ValueError:
        return False
    return len(segments) > 1 and _FILM_SEGMENT.match(segments[-2]) is not None


def _named_works(parser: LexborHTMLParser) -> Iterator[str]:
    for script in parser.css('script[type="application/ld+json"]')[:20]:
        text = script.text() or ""
        if len(text) > _MAX_LD or "Movie" not in text:
            continue
        try:
            data = json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue
        for item in data if isinstance(data, list) else [data]:
            if isinstance(item, dict) and item.get("@type") == "Movie" and isinstance(item.get("name"), str):
                yield item["name"]
