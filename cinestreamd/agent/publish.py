"""From what was read of a city's cinemas to the publication that the store puts in place."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec
from msgspec import Struct

from cinestreamd.agent.films import identify_films
from cinestreamd.agent.model import Refusal
from cinestreamd.agent.verify import Showing
from cinestreamd.agent.verify.duplicates import discriminators
from cinestreamd.agent.verify.titles import fold_title
from cinestreamd.store.base import Cinema, Film, Listing, Publication, Run, Showtime, SourceOutcome, SourceResult
from cinestreamd.store.memory import PageMemory, Recipe

AWAITED: Final = "batch_pending"
"""What a source's detail says while its pages are on their way to be answered."""


class CinemaReading(Struct, frozen=True, kw_only=True):
    """What came of one cinema in one run. ``showings`` is None when what is known of the cinema is to stay.

    ``carried`` are showtimes known before that stay although the cinema was read: their own page did not answer.
    ``refusals`` are the rows that verification did not let through, ``held`` those of a quarantined reading.
    ``pages`` is what to remember of the pages that were read, None to leave that as it is; so with ``recipes``.
    """

    cinema: Cinema
    result: SourceResult
    showings: tuple[Showing, ...] | None = None
    carried: tuple[Showtime, ...] = ()
    pages: tuple[PageMemory, ...] | None = None
    recipes: tuple[Recipe, ...] | None = None
    refusals: tuple[Refusal, ...] = ()
    held: tuple[Showing, ...] = ()


def failed(cinema: Cinema, outcome: SourceOutcome, detail: str) -> CinemaReading:
    """A cinema that gave nothing: what is known of it stays."""
    return CinemaReading(cinema=cinema, result=result_of(cinema, outcome, detail=detail))


def result_of(cinema: Cinema, outcome: SourceOutcome, *, detail: str = "") -> SourceResult:
    """A bare result."""
    return SourceResult(cinema_id=cinema.id, url=cinema.url, outcome=outcome, detail=detail)


def showtime_id(cinema_id: str, showing: Showing, discriminator: str) -> str:
    """A short stable id: cinema, title, start, and what tells it from a twin where it has one.

    Deliberately no more: price, link, room or format of a showing without twins may become known or change later, and
    it is still the same showing.
    """
    parts = (cinema_id, fold_title(showing.title), showing.start_time.isoformat(), fold_title(discriminator))
    return sha256("\x1f".join(parts).encode()).hexdigest()[:16]


def build_publication(
    readings: Sequence[CinemaReading], *, known_films: Iterable[Film], run: Run, now: datetime
) -> Publication:
    """The publication of a finished run: health of every cinema, films, and a listing of each cinema that was read."""
    listed = [(reading, reading.showings) for reading in readings if reading.showings is not None]
    everything = [showing for _, showings in listed for showing in showings]
    film_ids, films = identify_films(everything, known_films)
    listings, place = [], 0
    for reading, showings in listed:
        ids = [film_ids[place + i] for i in range(len(showings))]
        place += len(showings)
        fresh = _showtimes(reading.cinema, showings, ids, run=run, now=now)
        known = {showtime.id for showtime in fresh}
        carried = tuple(showtime for showtime in reading.carried if showtime.id not in known)
        listings.append(Listing(cinema_id=reading.cinema.id, showtimes=fresh + carried))
    return Publication(
        cinemas=tuple(_with_health(reading, now) for reading in readings),
        films=films,
        listings=tuple(listings),
        run=run,
    )


def _showtimes(
    cinema: Cinema, showings: Sequence[Showing], film_ids: Sequence[str], *, run: Run, now: datetime
) -> tuple[Showtime, ...]:
    twins: dict[tuple[str, datetime], list[int]] = {}
    for i, showing in enumerate(showings):
        twins.setdefault((fold_title(showing.title), showing.start_time), []).append(i)
    found: dict[str, Showtime] = {}
    for places in twins.values():
        texts = discriminators([showings[i] for i in places])
        for i, text in zip(places, texts, strict=True):
            name = showtime_id(cinema.id, showings[i], text)
            found[name] = _showtime(name, cinema, showings[i], film_id=film_ids[i], run=run, now=now)
    return tuple(sorted(found.values(), key=lambda showtime: (showtime.start_time, showtime.id)))


def _showtime(name: str, cinema: Cinema, showing: Showing, *, film_id: str, run: Run, now: datetime) -> Showtime:
    return Showtime(
        id=name,
        city_id=cinema.city_id,
        cinema_id=cinema.id,
        film_id=film_id,
        start_time=showing.start_time,
        business_day=showing.business_day,
        raw_title=showing.raw_title,
        evidence=showing.evidence,
        reader=showing.reader,
        run_id=run.id,
        created_at=now,
        format=showing.format,
        language=showing.language,
        original_language=showing.original_language,
        subtitles=showing.subtitles,
        room=showing.room,
        price=showing.price,
        buy_link=showing.link,
        buy_link_state=showing.link_state,
        availability=showing.availability,
        access=showing.access,
    )


def _with_health(reading: CinemaReading, now: datetime) -> Cinema:
    """The cinema with how its last reading went; ``failures`` counts those in a row that gave nothing."""
    if reading.result.detail == AWAITED:
        return reading.cinema
    outcome = reading.result.outcome
    read = outcome in {"published", "empty"}
    return msgspec.structs.replace(
        reading.cinema,
        last_read=now if read else reading.cinema.last_read,
        last_outcome=outcome,
        failures=0 if read else reading.cinema.failures + 1,
    )
