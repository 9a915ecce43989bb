"""Recognise a page about one film, whose times have no title beside them."""

import json
import re
from collections.abc import Iterator, Sequence
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.film_length import FILM_LENGTH
from cinestreamd.agent.readers.film_words import names_cinema
from cinestreamd.agent.readers.labels import could_be_title, is_label

_FILM_SEGMENT = re.compile(
    r"^(?:film\w{0,4}|movies?|titles?|events?|shows?|program(?:me)?s?|production|peliculas?|pelicula|"
    r"fiche-?film|repertuar|elokuva\w*|kino-?film\w*|"
    r"фильмы?|фільми?|whats-on|kino-?program|seans(?:e|y)?|spettacol\w*|p|f|m|movie-?details?|"
    r"film-?details?|performances?|screenings?)$",
    re.IGNORECASE,
)
_DIRECTOR = re.compile(
    r"(?:^|\n)[\s\x1f]*(?:director|directed by|regie|regisseur(?:in)?|réalisateur|réalisatrice|réalisation|réalisé par|"
    r"un film d[e’']|dirección|dirigida por|regia|reżyseria|reżyser|režie|réžia|režija|redatelj|режисер|режисерка|"
    r"режиссёр|режиссер|rendező|rendezte|yönetmen|yönetmenler|σκηνοθεσία|σκηνοθέτης|instruktør|regissör|regi|ohjaaja|"
    r"ohjaus|režisierius|režisors|režissöör|regizor|realização|realizador|במאי|בימוי|監督|감독|导演|導演|"
    r"المخرج|إخراج)\b",
    re.IGNORECASE,
)
_FILM_QUERY = re.compile(r"(?:^|&)(?:f|m|film|movie|event|production|show)(?:_?(?:id|code|no))?=[\w-]+", re.IGNORECASE)
# What stands between a film and a cinema in a page's title.
_PARTED = re.compile(r"\s+[|–—·•»:/-]+\s+|:\s+")
# Headings of any cinema's page.
_NAMELESS = re.compile(
    r"cin[eé](?:ma)?s?|kinos?|кіно|кино|films?|movies?|filme|filmy|film ?program\w*|on (?:now|screen)", re.IGNORECASE
)
_MOST_TEXT = 100_000
_MAX_LD = 300_000
_TELLING = 5
_FIRST_TEXTS = 40
_LONGEST_ADDRESS = 400
_MOST_BEHIND, _FACTS_REACH = 2, 700
_SHORT_NAME = 3


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
    if _address_names(url, folded):
        return heading
    about_one = is_film_address(url) or _asks_for_film(url) or _credits_one_director(document)
    if about_one and (_is_titled(document, folded) or not document.title):
        return heading
    return None


def film_by_facts(document: Document, clock_starts: Sequence[int], url: str) -> str | None:
    """The title of the one film of a page that says how long it lasts behind its heading, and nowhere amid the times.

    Where a page lists films, their lengths stand beside them. A page without a heading may name the film in its title,
    as its address does.
    """
    heading = _main_heading(document)
    if heading is None:
        parts = [part for part in _PARTED.split(document.title) if _is_slug(url, fold(part), exact=True)]
        once = len(FILM_LENGTH.findall(document.text[:_MOST_TEXT])) == 1
        return parts[0] if parts and once and could_be_title(parts[0]) and not names_cinema(parts[0]) else None
    names = (document.title, document.metadata.get("og:title", ""))
    named = any(name and fold(name).startswith(fold(heading)) for name in names) or not any(names)
    if not named or names_cinema(heading) or _names_site(url, fold(heading)):
        return None
    return heading if facts_of(document, heading, clock_starts) else None


def _names_site(url: str, folded: str) -> bool:
    """Whether a heading is what the site's own host name says: the cinema's name."""
    letters = "".join(re.findall(r"[^\W_]+", folded))
    return len(letters) > _SHORT_NAME and letters in re.sub(r"[\W_]", "", urlsplit(url).hostname or "")


def is_subject(document: Document, title: str, url: str) -> bool:
    """Whether the page's title begins with a film's and the page's address is its name."""
    folded = fold(title)
    if names_cinema(title) or _names_site(url, folded):
        return False
    return _is_titled(document, folded) and _is_slug(url, folded, exact=True)


def _is_slug(url: str, folded: str, *, exact: bool = False) -> bool:
    """Whether a step of an address is a heading's words, with at most a town or a number behind them."""
    words = re.findall(r"[^\W_]+", folded)
    steps = [re.findall(r"[^\W_]+", fold(unquote(step))) for step in urlsplit(url).path.split("/") if step]
    return len("".join(words)) >= _TELLING and any(
        step[: len(words)] == words and len(step) <= len(words) + (0 if exact else _MOST_BEHIND) for step in steps
    )


def facts_of(document: Document, heading: str, clock_starts: Sequence[int]) -> bool:
    """Whether how long a film lasts stands behind the heading and nowhere amid the times: they are all of that film."""
    at = document.text.find(heading)
    if at < 0 or not clock_starts:
        return False
    lengths = [found.start() for found in FILM_LENGTH.finditer(document.text)]
    before = [place for place in lengths if at <= place < min(clock_starts[0], at + _FACTS_REACH)]
    amid = [place for place in lengths if clock_starts[0] < place < clock_starts[-1]]
    return len(before) == 1 and not amid


def subject_of_page(document: Document) -> str | None:
    """The main heading with which the page's title begins: of a film, a cinema or a town."""
    heading = _main_heading(document)
    return heading if heading is not None and _is_titled(document, fold(heading)) else None


def _is_titled(document: Document, folded: str) -> bool:
    """Whether the page's title names what its heading does, and not the site alone."""
    return any(
        fold(name).startswith(folded) or folded in map(fold, _PARTED.split(name))
        for name in (document.title, document.metadata.get("og:title", ""))
    ) and folded != fold(document.metadata.get("og:site_name", ""))


def _asks_for_film(url: str) -> bool:
    """Whether an address asks for one film by its number: …?f=1148, …?film_id=12."""
    return _FILM_QUERY.search(urlsplit(url).query) is not None


def _credits_one_director(document: Document) -> bool:
    """Whether the page names who directed one film, and one only."""
    return len(_DIRECTOR.findall(document.text[:_MOST_TEXT])) == 1


def _main_heading(document: Document) -> str | None:
    found = [
        " ".join(_without_labels_behind(document, element).replace("\x1f", " ").split())
        for element in document.elements
        if element.tag == "h1" and 0 < element.end - element.start <= 160
    ]
    likely = [text for text in found if could_be_title(text) and not _NAMELESS.fullmatch(text)] or _titled_texts(
        document
    )
    return likely[0] if len(set(likely)) == 1 else None


def _without_labels_behind(document: Document, heading: Element) -> str:
    """A heading without the pieces at its end that are labels: its age rating, its version."""
    runs = document.runs_between(heading.start, heading.end)
    while len(runs) > 1 and is_label(document.text[runs[-1].start : runs[-1].end]):
        runs.pop()
    return document.text[heading.start : runs[-1].end] if runs else ""


def _titled_texts(document: Document) -> list[str]:
    """The texts near the beginning of a page without a main heading with which its title begins."""
    named = [fold(name) for name in (document.title, document.metadata.get("og:title", "")) if name]
    site = fold(document.metadata.get("og:site_name", ""))
    found = [
        text
        for run in document.runs[:_FIRST_TEXTS]
        for text in [document.text[run.start : run.end]]
        if could_be_title(text)
        and not _NAMELESS.fullmatch(text)
        and fold(text) != site
        and not any(above.tag in ("a", "nav", "button", "li") for above in run.element.ancestors())
    ]
    return [text for text in found if any(re.match(rf"{re.escape(fold(text))}(?!\w)", name) for name in named)]


def _address_names(url: str, folded: str) -> bool:
    segments = [unquote(segment) for segment in urlsplit(url).path.split("/") if segment]
    words = re.findall(r"[^\W_]+", folded)
    if not words or not any(_FILM_SEGMENT.match(segment) for segment in segments[:-1]):
        return False
    slug = set(re.findall(r"[^\W_]+", fold(segments[-1])))
    return len(slug & set(words)) * 2 >= len(words) or (slug <= set(words) and len("".join(slug)) >= _TELLING)


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
