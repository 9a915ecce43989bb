"""One showing in the words of one language, ready to be printed."""

from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from cinestreamd.i18n import N_, Language, translations
from cinestreamd.store.accessibility import Access
from cinestreamd.store.base import Evidence, Location, Showtime
from cinestreamd.store.row_corrections import OPERATOR
from cinestreamd.store.spending import CLAUDE, RECIPE, SIMULATED_CLAUDE
from cinestreamd.web import formats
from cinestreamd.web.points import Point
from cinestreamd.web.text import clean_text, link_host, readable_quote, safe_link
from cinestreamd.web.urls import city_path, qr_path, quoted, recheck_path

MAX_QUOTE: Final = 400
"""Characters of a quote that a page shows; the API gives all."""


_ACCESS: Final[dict[Access, str]] = {
    "described": N_("audio description"),
    "captioned": N_("captions for the deaf"),
    "relaxed": N_("relaxed screening"),
    "signed": N_("sign language"),
}


class Viewpoint(Struct, frozen=True, kw_only=True):
    """For whom a page is made: the city, its timezone, the language, the moment; the point to tell distances from."""

    location: Location
    zone: ZoneInfo
    language: Language
    now: datetime
    point: Point | None = None

    @property
    def city_path(self) -> str:
        """The path of the city's page."""
        return city_path(self.language, self.location.id)


class Showing(Struct, frozen=True, gc=False):
    """One showing, every field a text. Links are web addresses; what a row does not say is empty.

    ``recheck`` is where to say that it is wrong, ``qr`` its code; ``marks`` are style classes; ``night`` is said of one
    after midnight, ``state`` of one that is sold out or cancelled, ``doubt`` of a ticket link that did not answer.
    ``facts`` are short (format, languages, room), ``spoken`` says the languages in full. ``quote``, fit for people,
    was read at ``source`` (on ``host``), ``age`` ago; ``by`` is said of a row that Claude read, a stand-in for it, or a
    recipe.
    """

    id: str
    recheck: str
    qr: str
    marks: str
    clock: str
    start: str
    night: str
    state: str
    facts: str
    spoken: str
    price: str
    buy: str
    doubt: str
    quote: str
    source: str
    host: str
    age: str
    fetched_at: str
    by: str


class Teller:
    """Tells rows in words, for one viewpoint. What rows have in common is worked out once: a page may hold hundreds."""

    def __init__(self, viewpoint: Viewpoint) -> None:
        self._view = viewpoint
        self._read: Evidence | None = None
        self._source = ("", "", "", "")

    def tell(self, row: Showtime) -> Showing:
        """One row in words."""
        return Showing(*self.fields(row))

    def fields(self, row: Showtime) -> tuple[str, ...]:
        """The fields of ``Showing``, in their order: a list needs no more, and a tuple costs half as much."""
        view, language = self._view, self._view.language
        start = row.start_time
        local = start.astimezone(view.zone)
        clock = formats.format_clock(local)
        over = start <= view.now
        can_buy = row.availability == "available" and not over
        return (
            row.id,
            _recheck_path(language, row.city_id, row.cinema_id),
            f"{_qr_path(language, row.city_id, row.film_id)}?show={quoted(row.id)}",
            _marks(row.availability, over),
            clock,
            f"{_date(local.date())}T{clock}{_offset(local.utcoffset())}",
            formats.format_night(local, row.business_day, language) or "",
            "" if row.availability == "available" else _state(row.availability, language),
            _facts(row, language),
            _spoken(row.language, row.original_language, row.subtitles, language),
            formats.format_price(row.price, language) if row.price else "",
            (safe_link(row.buy_link) or "") if can_buy else "",
            _doubt(language) if can_buy and row.buy_link_state == "unverified" else "",
            clean_text(readable_quote(row.evidence.quote), MAX_QUOTE),
            *self._source_of(row.evidence),
            _by(row.reader, language),
        )

    def _source_of(self, evidence: Evidence) -> tuple[str, str, str, str]:
        """Address, host, age and moment of a source. Neighbours in a list were mostly read from the same page."""
        last = self._read
        if last is None or evidence.fetched_at != last.fetched_at or evidence.url != last.url:
            url = safe_link(evidence.url) or ""
            age = (self._view.now - evidence.fetched_at).total_seconds()
            self._source = (
                url,
                link_host(url) if url else "",
                formats.format_age(age, self._view.language),
                evidence.fetched_at.isoformat(timespec="seconds"),
            )
            self._read = evidence
        return self._source


def _doubt(language: Language) -> str:
    return translations(language).gettext("The ticket link did not answer when we checked it.")


@lru_cache(maxsize=64)
def _by(reader: str, language: Language) -> str:
    """Who read a row, where it was no plain program."""
    text = translations(language)
    if reader == OPERATOR:
        return text.gettext("Corrected by the people of this guide: the source says otherwise.")
    if reader == CLAUDE:
        return text.gettext("Read by Claude, and checked against the page.")
    if reader == RECIPE:
        return text.gettext("Read by rules that an answer of Claude's has taught, and checked against the page.")
    if reader == SIMULATED_CLAUDE:
        return text.gettext("Simulated: a stand-in for Claude read this, no real model. Checked against the page.")
    return ""


_recheck_path = lru_cache(maxsize=512)(recheck_path)
_qr_path = lru_cache(maxsize=512)(qr_path)


@lru_cache(maxsize=64)
def _date(day: date) -> str:
    return day.isoformat()


@lru_cache(maxsize=64)
def _offset(offset: timedelta | None) -> str:
    """An offset from UTC in ISO 8601: "+02:00". Put together from parts, a moment costs half of its isoformat()."""
    return datetime(1, 1, 2, tzinfo=timezone(offset or timedelta())).isoformat()[19:]


def _marks(availability: str, over: bool) -> str:
    marks = " show-over" if over else ""
    return marks if availability == "available" else f"{marks} show-off show-{availability}"


def _state(availability: str, language: Language) -> str:
    text = translations(language)
    return text.gettext("Sold out") if availability == "sold_out" else text.gettext("Cancelled")


def _facts(row: Showtime, language: Language) -> str:
    """What is known of format, languages and room: "IMAX · EN · sub. UA · screen 3"."""
    version = _version(row.format, row.language, row.original_language, row.subtitles, language)
    if row.access:
        version = "\N{NO-BREAK SPACE}· ".join(
            filter(None, (version, *(access_label(each, language) for each in row.access)))
        )
    if not row.room:
        return version
    room = _room(row.room, language)
    return f"{version}\N{NO-BREAK SPACE}· {room}" if version else room


@lru_cache(maxsize=1024)
def _version(form: str | None, sound: str | None, original: bool, subtitles: str | None, language: Language) -> str:
    text = translations(language)
    facts = [clean_text(form or "", 30), formats.language_label(sound) if sound else ""]
    if original:
        facts.append(text.gettext("original"))
    if subtitles:
        facts.append(text.gettext("sub. %(language)s") % {"language": formats.language_label(subtitles)})
    return "\N{NO-BREAK SPACE}· ".join(_kept_together(fact) for fact in facts if fact)


@lru_cache(maxsize=1024)
def _room(room: str, language: Language) -> str:
    room = clean_text(room, 40)
    if room.isdecimal():
        room = translations(language).gettext("screen %(room)s") % {"room": room}
    return _kept_together(room)


def _kept_together(fact: str) -> str:
    """``fact`` so that a line does not break inside it, unless it is long."""
    return fact.replace(" ", "\N{NO-BREAK SPACE}") if len(fact) <= 16 else fact


def access_label(access: Access, language: Language) -> str:
    """In what way a screening is made accessible."""
    return translations(language).gettext(_ACCESS[access])


@lru_cache(maxsize=512)
def _spoken(sound: str | None, original: bool, subtitles: str | None, language: Language) -> str:
    """The languages of a showing in full."""
    text = translations(language)
    said = []
    if sound:
        said.append(text.gettext("Sound: %(language)s.") % {"language": formats.language_name(sound, language)})
    if original:
        said.append(text.gettext("Original version."))
    if subtitles:
        named = formats.language_name(subtitles, language)
        said.append(text.gettext("Subtitles: %(language)s.") % {"language": named})
    return " ".join(said)
