"""Read the Planeta Kino showtimes feed (XML), recognised by its shape: movies by id, shows with full dates."""

from datetime import datetime
from xml.parsers import expat

from cinestreamd.agent.model import Candidate, Page, ReadContext, Reading
from cinestreamd.agent.readers.details import format_in
from cinestreamd.agent.readers.quotes import SourceQuotes

MAX_SOURCE = 4_000_000


class EntityRefusedError(ValueError):
    """The feed declares entities, which no such feed needs and which can grow without bound."""


class _Feed:
    """What one pass over the feed collects."""

    def __init__(self) -> None:
        self.titles: dict[str, str] = {}
        self.rooms: dict[str, str] = {}
        self.shows: list[dict[str, str]] = []
        self._movie = ""
        self._text: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "movie":
            self._movie = attributes.get("id", "")
        elif name == "title" and self._movie:
            self._text = []
        elif name == "hall" and "id" in attributes:
            self.rooms[attributes["id"]] = attributes.get("name", attributes.get("title", ""))
        elif name == "show" and "full-date" in attributes:
            self.shows.append(attributes)

    def text(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def end(self, name: str) -> None:
        if name == "title" and self._text is not None:
            self.titles[self._movie] = " ".join("".join(self._text).split())
            self._text = None
        elif name == "movie":
            self._movie = ""


def _refuse_entity(*_: object) -> None:
    raise EntityRefusedError


def read_planeta_kino(page: Page, context: ReadContext) -> Reading | None:
    """The showings of the feed; ``full-date`` is the cinema's wall clock."""
    del context
    text = page.text.lstrip("\ufeff \t\r\n")
    if "full-date=" not in text or "<show" not in text or len(text) > MAX_SOURCE:
        return None
    feed = _Feed()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = feed.start, feed.end
    parser.CharacterDataHandler, parser.EntityDeclHandler = feed.text, _refuse_entity
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except (expat.ExpatError, EntityRefusedError, ValueError):
        return None
    quotes = SourceQuotes(page.text)
    made = (_candidate(show, feed, quotes) for show in feed.shows)
    candidates = tuple(candidate for candidate in made if candidate is not None)
    return Reading(reader="planeta_kino", candidates=candidates, confidence=0.99) if candidates else None


def _candidate(show: dict[str, str], feed: _Feed, quotes: SourceQuotes) -> Candidate | None:
    title = feed.titles.get(show.get("movie-id", ""))
    try:
        moment = datetime.fromisoformat(show["full-date"])
    except ValueError:
        return None
    if not title:
        return None
    link = show.get("order-url") or None
    return Candidate(
        title=title,
        day=moment.date(),
        clock=moment.time(),
        quote=quotes.around(show["full-date"]),
        utc_offset=moment.utcoffset(),
        format=format_in(show.get("technology", "").replace("+", " ")),
        room=feed.rooms.get(show.get("hall-id", "")) or None,
        link=link,
    )
