"""Read the showings out of a JSON document: type by type, with titles and days inherited, joined and learnt."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.agent.model import Candidate, Page, ReadContext, Reading
from cinestreamd.agent.readers.dates import date_in_attribute, date_order
from cinestreamd.agent.readers.details import read_details
from cinestreamd.agent.readers.film_words import names_other_kind, speaks_of_films
from cinestreamd.agent.readers.json_records.fragments import read_fragments
from cinestreamd.agent.readers.json_records.keys import NEVER_A_START, key_words, start_score
from cinestreamd.agent.readers.json_records.moments import ValueReading
from cinestreamd.agent.readers.json_records.record_fields import (
    availability_of,
    link_of,
    room_of,
    texts_of,
    whole_number_of,
    year_of,
)
from cinestreamd.agent.readers.json_records.shapes import unfolded
from cinestreamd.agent.readers.json_records.starts import (
    ENVELOPES,
    FieldStatistics,
    Start,
    choose_day,
    choose_starts,
    field_statistics,
    starts_by_value,
    starts_of,
)
from cinestreamd.agent.readers.json_records.titles import Titled, learn_titles
from cinestreamd.agent.readers.json_records.titles_by_value import titles_by_value
from cinestreamd.agent.readers.json_records.tree import Spot, index_films, text_of, walk
from cinestreamd.agent.readers.json_records.wrappings import parse_answer
from cinestreamd.agent.readers.labels import could_be_title, names_month
from cinestreamd.agent.readers.late_starts import Listed, after_midnight
from cinestreamd.agent.readers.local_time import in_zone, utc_is_local
from cinestreamd.agent.readers.quotes import SourceQuotes

MAX_ROWS = 1_000
MAX_TYPES = 400
MAX_SOURCE = 4_000_000


class _Row(Struct, frozen=True, eq=False):
    """A showing before its clock is settled."""

    start: Start
    titled: Titled


def read_json_records(page: Page, context: ReadContext) -> Reading | None:
    """The showings of a page that is JSON as a whole; None where it is not or holds none."""
    data = parse_answer(page.text) if len(page.text) <= MAX_SOURCE else None
    if data is None:
        return None
    candidates = records_in(data, page, context, source=page.text)
    if not candidates:
        return read_fragments(data, page, context)
    return Reading(reader="json_records", candidates=candidates, confidence=records_confidence(candidates))


def records_in(
    data: object, page: Page, context: ReadContext, *, source: str, shown: frozenset[time] = frozenset()
) -> tuple[Candidate, ...]:
    """The showings in parsed data. Quotes are cut from ``source``; ``shown`` are wall clocks that the page prints."""
    reading = ValueReading(
        today=context.now.astimezone(context.timezone).date(),
        order=date_order(source[:200_000], context.timezone, ""),
        timezone=context.timezone,
    )
    spots = list(walk(unfolded(data, reading)))
    index = index_films(spots)
    groups: dict[tuple[str, ...], list[Spot]] = {}
    for spot in spots:
        groups.setdefault(spot.path, []).append(spot)
    chosen: list[tuple[tuple[str, ...], list[_Row]]] = []
    of_films = speaks_of_films(page.url + source)
    for path, members in sorted(groups.items(), key=lambda group: -len(group[1]))[:MAX_TYPES]:
        if not _may_be_programme(path, members):
            continue
        rows = _rows_of(members, index, reading, of_films=of_films)
        if rows:
            chosen.append((path, rows))
    quotes = SourceQuotes(source)
    fallback = date_in_attribute(urlsplit(page.url).path + "?" + urlsplit(page.url).query, reading)
    candidates: list[Candidate] = []
    for _, rows in _without_summaries(chosen):
        candidates += _settle(rows, context, shown, _Making(page.url, quotes, fallback))
    return tuple(_distinct(candidates))[:MAX_ROWS]


# Branches and kinds of records whose moments are those of opening, writing and publishing.
_OTHER_BRANCHES = frozenset(
    ["opening", "openinghours", "news", "article", "articles", "blog", "press", "comment", "comments", "log", "logs"]
)
_OTHER_KINDS = frozenset(["post", "page", "article", "news", "attachment", "comment"])


def _may_be_programme(path: tuple[str, ...], members: list[Spot]) -> bool:
    if any(_OTHER_BRANCHES & set(key_words(step)) for step in path):
        return False
    if path and NEVER_A_START & set(key_words(path[-1])):
        return False
    kinds = [spot.value.get("type") for spot in members[:20]]
    return not all(isinstance(kind, str) and kind.casefold() in _OTHER_KINDS for kind in kinds)


def _rows_of(spots: list[Spot], index: dict[str, Any], reading: ValueReading, *, of_films: bool) -> list[_Row]:
    fields = field_statistics(spots, reading)
    choices = choose_starts(fields, objects=len(spots))
    if not choices and of_films:
        choices = starts_by_value(field_statistics(spots, reading, any_name=True), objects=len(spots))
    if not choices or not _plausible(spots, choices[0], reading):
        return []
    title_of = learn_titles(spots, index) or (_by_value(spots) if of_films else None)
    if title_of is None:
        return []
    day_key = choose_day(fields)
    rows: list[_Row] = []
    for spot in spots:
        made = (list(starts_of(spot, field, day_key, reading)) for field in choices[:3])
        for start in next((starts for starts in made if starts), []):
            titled = title_of(spot)
            if titled is not None and (could_be_title(titled.title) or names_month(titled.title)):
                rows.append(_Row(start, titled))
        if len(rows) >= MAX_ROWS:
            break
    return _without_other_kinds(rows)


def _by_value(spots: list[Spot]) -> Callable[[Spot], Titled | None] | None:
    found = titles_by_value(spots)
    if found is None:
        return None

    def title_of(spot: Spot) -> Titled | None:
        titled = found(spot)
        return Titled(*titled, 0.0) if titled is not None else None

    return title_of


def _without_other_kinds(rows: list[_Row]) -> list[_Row]:
    """Leave out the events of which a field says that they are courses, exhibitions or talks."""
    kinds = [key for key in dict.fromkeys(key for row in rows[:50] for key in row.start.spot.value) if _names_kind(key)]
    return [
        row for row in rows if not any(names_other_kind(text_of(row.start.spot.value.get(key)) or "") for key in kinds)
    ]


def _names_kind(key: str) -> bool:
    return key_words(key)[-1:] in (("category",), ("kind",), ("type",), ("eventtype",), ("categories",))


def _plausible(spots: list[Spot], field: FieldStatistics, reading: ValueReading) -> bool:
    """Showings begin at round minutes; what computers record does not."""
    minutes = [
        start.moment.clock.minute
        for spot in spots[:200]
        for start in starts_of(spot, field, None, reading)
        if start.moment.clock
    ]
    return bool(minutes) and sum(minute % 5 == 0 for minute in minutes) * 2 >= len(minutes)


def _without_summaries(chosen: list[tuple[tuple[str, ...], list[_Row]]]) -> list[tuple[tuple[str, ...], list[_Row]]]:
    """Drop what a parent says of its showings ("next at 18:00") where the showings themselves are listed below it."""
    paths = [path for path, _ in chosen]

    def has_below(path: tuple[str, ...]) -> bool:
        below = (other[len(path) :] for other in paths if len(other) > len(path) and other[: len(path)] == path)
        return any(not {step.casefold() for step in rest} <= {"*", "#", *ENVELOPES} for rest in below)

    def in_envelope(path: tuple[str, ...]) -> bool:
        return bool(path) and path[-1].casefold() in ENVELOPES and path[:-1] in paths

    return [(path, rows) for path, rows in chosen if not has_below(path) and not in_envelope(path)]


class _Making(Struct, frozen=True, eq=False):
    """What turning rows into candidates depends on."""

    url: str
    quotes: SourceQuotes
    fallback_day: date | None


def _settle(rows: Sequence[_Row], context: ReadContext, shown: frozenset[time], making: _Making) -> list[Candidate]:
    zulu = [row for row in rows if row.start.moment.offset == timedelta(0)]
    moments = [(row.start.moment.day, row.start.moment.clock) for row in zulu]
    known = [(day, clock) for day, clock in moments if day is not None and clock is not None]
    literal = bool(known) and utc_is_local(known, context.timezone, shown or _sibling_clocks(zulu))
    made = [(row, _candidate(row, making, context, literal=literal)) for row in rows]
    candidates = [(row, candidate) for row, candidate in made if candidate is not None]
    late = after_midnight(
        [
            Listed(
                group=f"{id(row.start.spot.parent)} {candidate.title}",
                day=candidate.day,
                clock=candidate.clock,
                movable=row.start.moment.kind == "clock" and not row.start.moment.next_day,
            )
            for row, candidate in candidates
        ]
    )
    return [
        replace(candidate, day=candidate.day + timedelta(days=1), business_day=candidate.day)
        if moved and candidate.day is not None
        else candidate
        for (_, candidate), moved in zip(candidates, late, strict=True)
    ]


def _sibling_clocks(rows: Sequence[_Row]) -> frozenset[time]:
    """Wall clocks that the same objects print in another field."""
    from_text = []
    for row in rows[:200]:
        for key, value in row.start.spot.value.items():
            if key == row.start.key or not isinstance(value, str) or len(value) > 40:
                continue
            words = set(key_words(key))
            if {"end", "ends", "utc", "gmt"} & words or start_score(key) < 0:
                continue
            found = _plain_clock(value)
            if found is not None:
                from_text.append(found)
    return frozenset(from_text)


def _plain_clock(value: str) -> time | None:
    if value.endswith(("Z", "+00:00")):
        return None
    try:
        return (
            datetime.fromisoformat(value).time().replace(tzinfo=None) if len(value) > 10 else time.fromisoformat(value)
        )
    except ValueError:
        return None


def _candidate(row: _Row, making: _Making, context: ReadContext, *, literal: bool) -> Candidate | None:
    start, moment = row.start, row.start.moment
    clock, day, offset = moment.clock, start.day or making.fallback_day, moment.offset
    if clock is None:
        return None
    if offset == timedelta(0) and literal and not moment.stamp:
        offset = None
    if moment.stamp and offset is not None and day is not None:
        local = in_zone(day, clock, context.timezone)
        day, clock, offset = local.date(), local.time().replace(tzinfo=None), local.utcoffset()
    item = start.spot.value
    texts = [value for key, value in texts_of(item)]
    details = read_details(texts)
    return Candidate(
        title=row.titled.title,
        day=day,
        clock=clock,
        quote=making.quotes.around(start.printed),
        utc_offset=offset,
        format=details.format,
        language=details.language,
        original_language=details.original_language,
        subtitles=details.subtitles,
        room=room_of(item) or details.room,
        price_text=details.price_text,
        price_currency=details.price_currency,
        link=link_of(item, making.url),
        availability=availability_of(item),
        duration_minutes=whole_number_of(
            row.titled.holder, ("duration", "runtime", "length", "runningtime", "durationminutes")
        ),
        year=year_of(row.titled.holder),
        poster_url=None,
    )


def _distinct(candidates: list[Candidate]) -> list[Candidate]:
    """The same showing in two branches of the data is one; two rooms at one time are two."""
    seen: set[tuple[object, ...]] = set()
    kept = []
    for candidate in candidates:
        key = (candidate.title, candidate.day, candidate.clock, candidate.utc_offset, candidate.room, candidate.link)
        if key not in seen:
            seen.add(key)
            kept.append(candidate)
    return kept


def records_confidence(candidates: Sequence[Candidate]) -> float:
    """How far such rows can be trusted: days known, titles varied, films not overlapping themselves."""
    dated = sum(candidate.day is not None for candidate in candidates) / len(candidates)
    titles = {candidate.title for candidate in candidates}
    confidence = 0.9 if dated > 0.95 else 0.6
    if len(candidates) >= 12 and len(titles) == 1:
        confidence -= 0.25
    return confidence
