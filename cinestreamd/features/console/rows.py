"""Correcting single showings: what an operator says of one, against what its page says."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Meta, Struct

from cinestreamd.i18n import Language
from cinestreamd.store.base import Showtime, Store, UnknownShowtimeError
from cinestreamd.store.business_day import business_day_of
from cinestreamd.store.row_corrections import RowChange, RowCorrection, in_force
from cinestreamd.web.inputs import InvalidFieldError
from cinestreamd.web.text import clean_text

FARTHEST: Final = timedelta(days=400)

Words = Annotated[str, Meta(max_length=60)]


class RowForm(Struct, frozen=True):
    """The form of a showing: all of it as it is to be. ``start`` is the city's own clock ("2026-11-21T18:40")."""

    start: Annotated[str, Meta(max_length=20)]
    film: Annotated[str, Meta(min_length=1, max_length=200)]
    room: Words = ""
    format: Words = ""
    availability: Literal["available", "sold_out", "cancelled"] = "available"
    hidden: Literal["", "yes"] = ""


class RowView(Struct, frozen=True, kw_only=True):
    """A showing to correct. ``found`` is as the page has it, ``shown`` as visitors see it (None: they do not).

    ``start`` is the start that is shown, of the city's own clock; ``films`` can be chosen from, by title.
    """

    found: Showtime
    shown: Showtime | None
    start: str
    films: Sequence[tuple[str, str]]
    words: Sequence[RowCorrection]
    corrected: bool


async def read_row(
    store: Store, city_id: str, showtime_id: str, *, now: datetime, zone: ZoneInfo, language: Language
) -> RowView:
    """Put the page of a showing together.

    Raises:
        UnknownShowtimeError: there is no such showing to come.
    """
    rows = await store.showtimes(city_id, since=now)
    shown = next((row for row in rows if row.id == showtime_id), None)
    found = await store.found_showtime(showtime_id) or shown
    if found is None or found.city_id != city_id:
        raise UnknownShowtimeError
    words = [each for each in await store.row_corrections(city_id) if each.showtime_id == showtime_id]
    films = await store.films(sorted({row.film_id for row in rows} | {found.film_id}))
    return RowView(
        found=found,
        shown=shown,
        start=f"{(shown or found).start_time.astimezone(zone):%Y-%m-%dT%H:%M}",
        films=sorted(((film.id, clean_text(film.titles.of(language))) for film in films), key=lambda item: item[1]),
        words=words[::-1],
        corrected=showtime_id in in_force(words),
    )


def change_of(form: RowForm, view: RowView, *, now: datetime, zone: ZoneInfo) -> RowChange | None:
    """What of the form is otherwise than the page says; None when nothing is.

    Raises:
        InvalidFieldError: a value cannot be what it should be.
    """
    found = view.found
    if form.hidden:
        return RowChange(hidden=True)
    start = _start(form.start, zone)
    moved = start != found.start_time.replace(second=0, microsecond=0)
    if moved and not now < start < now + FARTHEST:
        raise InvalidFieldError(field="start")
    if form.film not in dict(view.films):
        raise InvalidFieldError(field="film")
    change = RowChange(
        start_time=start if moved else None,
        business_day=business_day_of(start, zone) if moved else None,
        film_id=form.film if form.film != found.film_id else None,
        room=_words(form.room, found.room, "room"),
        format=_words(form.format, found.format, "format"),
        availability=form.availability if form.availability != found.availability else None,
    )
    return None if change == RowChange() else change


def new_word(view: RowView, change: RowChange | None, *, who: str, now: datetime) -> RowCorrection:
    """An operator's word on a showing; None takes back what was said."""
    found = view.found
    return RowCorrection(
        id=secrets.token_hex(8),
        at=now,
        who=who,
        city_id=found.city_id,
        cinema_id=found.cinema_id,
        showtime_id=found.id,
        title=found.raw_title,
        start_time=found.start_time,
        change=change,
    )


async def corrected_rows(store: Store, city_id: str, cinema_id: str, *, now: datetime) -> Sequence[RowCorrection]:
    """The words on a cinema's showings to come that count."""
    words = in_force(await store.row_corrections(city_id)).values()
    found = [each for each in words if each.cinema_id == cinema_id and _last_start(each) > now]
    return sorted(found, key=lambda each: (each.start_time, each.id))


def told(change: RowChange | None) -> Mapping[str, str]:
    """A change in words for the journal."""
    if change is None:
        return {}
    if change.hidden:
        return {"hidden": "✓"}
    said = {"room": change.room, "format": change.format, "film": change.film_id, "availability": change.availability}
    found = {name: value or "–" for name, value in said.items() if value is not None}
    if change.start_time is not None:
        found["start"] = change.start_time.astimezone(UTC).isoformat(timespec="minutes")
    return found


def _last_start(word: RowCorrection) -> datetime:
    change = word.change
    return max(word.start_time, change.start_time) if change is not None and change.start_time else word.start_time


def _start(text: str, zone: ZoneInfo) -> datetime:
    try:
        local = datetime.fromisoformat(text)
        start = local.replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidFieldError(field="start") from None
    if local.tzinfo is not None or start.astimezone(zone).replace(tzinfo=None) != local:
        raise InvalidFieldError(field="start")  # with an offset of its own, or an hour that the clocks skip
    return start


def _words(given: str, found: str | None, field: str) -> str | None:
    text = given.strip()
    if not text.isprintable():
        raise InvalidFieldError(field=field)
    return text if text != (found or "") else None
