"""Events as candidates: what of a page's schema.org data is a showing, and what it says of it."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal

import msgspec

from cinestreamd.agent.html import visible_text
from cinestreamd.agent.languages import UNDETERMINED, language_code
from cinestreamd.agent.model import Candidate, Page, ReadContext
from cinestreamd.agent.readers.film_words import names_cinema
from cinestreamd.agent.schema_org.excerpts import Excerpts
from cinestreamd.agent.schema_org.graph import FILMS, SCREENINGS, SHOWS, VENUES, Found, Graph, Node, as_list, types_of
from cinestreamd.agent.schema_org.offers import availability_of, read_offers
from cinestreamd.agent.schema_org.start_dates import Moment, parse_day, parse_moment
from cinestreamd.agent.schema_org.works import absolute, image_of, minutes_of, text_of, year_of
from cinestreamd.agent.verify.titles import CleanTitle, clean_title, fold_title, read_marks

MOST: Final = 5_000
# An event that lasts longer is a run or a festival, not a showing.
LONGEST: Final = timedelta(hours=20)
MIDNIGHT: Final = time(0)
NO_MARKS: Final = CleanTitle(title="")

_ROOM: Final = re.compile(
    r"\b(?:зал\w*|hall|screen|auditorium|theat(?:er|re) \d|room|sala|saal|salle|sál|sála|kino \d"
    r"|אולם)\b|^\d{1,2}$",
    re.IGNORECASE,
)
_SHOWN_CLOCK: Final = re.compile(r"(?<![\d.:])([01]?\d|2[0-3])[:.]([0-5]\d)(?![\d:])\s?([AaPp]\.?[Mm])?")


Certainty = Literal["certain", "likely", "doubtful"]


def screenings(graph: Graph) -> tuple[list[Found], Certainty]:
    """The events that are showings, and how certain that is.

    A ScreeningEvent is one; so is any event that shows a film, and a plain one that is held at a cinema. One at a place
    that is only named like a cinema is likely to be. Other plain events may be anything: they are doubtful.
    """
    listed = [found for found in graph.events() if not _is_run(found.node)]
    certain = [found for found in listed if _is_screening(graph, found)]
    if certain:
        return certain, "certain"
    plain = [found for found in listed if types_of(found.node) & SHOWS]
    at_cinema = [found for found in plain if _is_at_cinema(graph, found)]
    return (at_cinema, "likely") if at_cinema else (plain, "doubtful")


def _is_at_cinema(graph: Graph, found: Found) -> bool:
    """Whether the place of an event is named as cinemas are, whatever type it has been given."""
    places = [graph.resolve(place) for place in as_list(found.node.get("location"))]
    return any(names_cinema(text_of(place.get("name")) or "") for place in places if isinstance(place, dict))


def _is_screening(graph: Graph, found: Found) -> bool:
    if types_of(found.node) & SCREENINGS:
        return True
    film = graph.film_of(found)
    if film and types_of(film) & FILMS:
        return True
    return bool(types_of(found.node) & SHOWS) and graph.venue_of(found) is not None


def _is_run(node: Node) -> bool:
    """Whether an event only groups others, or lasts for days."""
    if any(isinstance(item, dict) and item.get("startDate") for item in as_list(node.get("subEvent"))):
        return True
    start, end = (parse_moment(text_of(node.get(key)) or "") for key in ("startDate", "endDate"))
    if start is None or end is None:
        return False
    return datetime.combine(end.day, end.clock) - datetime.combine(start.day, start.clock) > LONGEST


class Showings:
    """Turns the events of one page into candidates."""

    def __init__(self, page: Page, context: ReadContext, graph: Graph) -> None:
        self._page = page
        self._context = context
        self._graph = graph
        self._excerpts = Excerpts(page.text)

    def candidates(self, events: list[Found]) -> list[Candidate]:
        """The candidates of ``events``; those at a midnight that only stands for "no time given" are left out."""
        found: list[Candidate] = []
        for event in events:
            found += self._of_event(event)
            if len(found) >= MOST:
                break
        at_midnight = sum(candidate.clock == MIDNIGHT for candidate in found)
        if 2 * at_midnight >= len(found):
            found = [candidate for candidate in found if candidate.clock != MIDNIGHT]
        return self._with_true_offsets(found)

    def _of_event(self, found: Found) -> Iterator[Candidate]:
        film = self._graph.film_of(found)
        title, marks = self._title(found, film)
        if title is None:
            return
        for literal, moment in _moments(found.node):
            quote = self._excerpts.take(literal, title)
            if quote is not None:
                yield self._candidate(found, moment, title=title, marks=marks, quote=quote)

    def _title(self, found: Found, film: Node | None) -> tuple[str | None, CleanTitle]:
        """The film's name, and what the event's own name adds to it (format, language)."""
        own = text_of(found.node.get("name"))
        work = text_of(film.get("name")) if film else None
        parent = text_of(found.around.event.get("name")) if found.around.event else None
        title = work or own or parent
        if work and own and fold_title(own).startswith(fold_title(work)):
            tail = own[len(work) :].strip(" -–—|,:()[]")
            if clean_title(own).title == clean_title(work).title:
                return own, NO_MARKS
            return work, read_marks(tail) or NO_MARKS
        return title, NO_MARKS

    def _candidate(self, found: Found, moment: Moment, *, title: str, marks: CleanTitle, quote: str) -> Candidate:
        node = found.node
        film = self._graph.film_of(found)
        offers = read_offers(node, self._graph.resolve)
        venue = self._graph.venue_of(found)
        subtitles = node.get("subtitleLanguage") or (film or {}).get("subtitleLanguage")
        described = read_marks(text_of(node.get("description"))) or NO_MARKS
        return Candidate(
            title=title,
            day=moment.day,
            clock=moment.clock,
            quote=quote,
            utc_offset=moment.offset,
            format=text_of(node.get("videoFormat")) or marks.format,
            language=_language(node.get("inLanguage")) or marks.language or described.language,
            original_language=marks.original_language or described.original_language,
            subtitles=(_language(subtitles) or UNDETERMINED) if subtitles else (marks.subtitles or described.subtitles),
            room=self._room(found),
            price_text=offers.price_text,
            price_currency=offers.currency,
            link=self._link(node, film, offers.url),
            availability=availability_of(node, sold_out=offers.sold_out),
            year=year_of(film) if film else None,
            original_title=_original(film, title) if film else None,
            duration_minutes=minutes_of(film, node),
            poster_url=image_of(self._page.url, film, node),
            venue=text_of(venue.get("name")) if venue else None,
        )

    def _link(self, node: Node, film: Node | None, offered: str | None) -> str | None:
        """The offer's address; without one the event's own, unless that is the page or the film's page."""
        if offered:
            return absolute(self._page.url, offered)
        action = next(iter(as_list(node.get("potentialAction"))), None)
        target = next(iter(as_list(action.get("target"))), None) if isinstance(action, dict) else None
        target = (target.get("urlTemplate") or target.get("url")) if isinstance(target, dict) else target
        for value in (target, text_of(node.get("url"))):
            address = absolute(self._page.url, value) if isinstance(value, str) else None
            others = {self._page.url, absolute(self._page.url, text_of((film or {}).get("url")) or self._page.url)}
            if address and address.partition("#")[0] not in {str(other).partition("#")[0] for other in others}:
                return address
        return None

    def _room(self, found: Found) -> str | None:
        """The room: a place within a cinema, or one that is called hall, screen, зал and the like."""
        for value in as_list(found.node.get("location")):
            place = self._graph.resolve(value)
            name = text_of(place)
            if name is None:
                continue
            inner = text_of(place.get("containsPlace")) if isinstance(place, dict) else None
            if inner or types_of(place) & VENUES:
                return inner
            inside = isinstance(place, dict) and (place.get("containedInPlace") or place.get("containedIn"))
            if inside or (len(name) <= 40 and _ROOM.search(name)):
                return name
        return None

    def _with_true_offsets(self, candidates: list[Candidate]) -> list[Candidate]:
        """Offsets dropped where the page itself shows the clocks as local ones ("Z" is often put there by mistake)."""
        doubtful = [candidate for candidate in candidates if self._is_foreign(candidate)]
        if not doubtful:
            return candidates
        shown = _shown_clocks(visible_text(self._page))
        as_printed = sum(candidate.clock in shown for candidate in doubtful)
        converted = sum(self._converted(candidate) in shown for candidate in doubtful)
        if as_printed < 0.8 * len(doubtful) or converted >= 0.5 * len(doubtful):
            return candidates
        return [
            msgspec.structs.replace(candidate, utc_offset=None) if self._is_foreign(candidate) else candidate
            for candidate in candidates
        ]

    def _is_foreign(self, candidate: Candidate) -> bool:
        return candidate.utc_offset is not None and self._converted(candidate) != candidate.clock

    def _converted(self, candidate: Candidate) -> time:
        """The cinema's wall clock if the offset is right."""
        day, offset = candidate.day or date.min, candidate.utc_offset or timedelta(0)
        try:
            moment = datetime.combine(day, candidate.clock) - offset
            local = moment + (self._context.timezone.utcoffset(moment.replace(tzinfo=self._context.timezone)) or offset)
        except (OverflowError, ValueError):
            return candidate.clock
        return local.time()


def _moments(node: Node) -> Iterator[tuple[str, Moment]]:
    """The start moments of an event with their text in the page: one, several, or a day with its time apart."""
    clocks = [text for value in as_list(node.get("startTime")) if (text := text_of(value))]
    for value in as_list(node.get("startDate"))[:500]:
        text = text_of(value)
        if text is None:
            continue
        moment = parse_moment(text)
        if moment is not None:
            yield text, moment
        elif (day := parse_day(text)) is not None:
            for clock in clocks:
                together = parse_moment(clock) or parse_moment(f"{day.isoformat()}T{clock}")
                if together is not None and together.day == day:
                    yield clock, together


def _language(value: Any) -> str | None:
    for item in as_list(value)[:5]:
        texts = [item.get("alternateName"), item.get("name"), item.get("@id")] if isinstance(item, dict) else [item]
        for text in texts:
            if isinstance(text, str) and (code := language_code(text)):
                return code
    return None


def _original(film: Node, title: str) -> str | None:
    name = text_of(film.get("alternateName")) or text_of(film.get("alternativeHeadline"))
    return name if name and fold_title(name) != fold_title(title) else None


def _shown_clocks(text: str) -> set[time]:
    found = set()
    for match in _SHOWN_CLOCK.finditer(text):
        hour = int(match[1])
        half = (match[3] or "").lower()[:1]
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "p" else 0)
        found.add(time(hour, int(match[2])))
    return found
