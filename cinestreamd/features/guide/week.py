"""A cinema's week at a glance: its films by day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from msgspec import Struct

from cinestreamd.features.guide.listing import Head, film_head
from cinestreamd.features.guide.programme import Programme
from cinestreamd.features.guide.showing import Viewpoint
from cinestreamd.store.base import Showtime
from cinestreamd.web import formats

DAYS: Final = 7


class WeekDay(Struct, frozen=True, kw_only=True):
    """One column: the short weekday and the day in full."""

    weekday: str
    day: str


class WeekClock(Struct, frozen=True, kw_only=True):
    """One showing of the board: its clock, the anchor of its entry in the list below, and its style marks."""

    clock: str
    anchor: str
    marks: str


class WeekRow(Struct, frozen=True, kw_only=True):
    """One film, with its showings for each of the days."""

    film: Head
    cells: Sequence[Sequence[WeekClock]]


class Week(Struct, frozen=True, kw_only=True):
    """The board of the next seven business days; films in the order of their first showing."""

    days: Sequence[WeekDay]
    rows: Sequence[WeekRow]


def week_of(programme: Programme, view: Viewpoint, first: date) -> Week:
    """The board from the business day ``first`` on; showings that have begun are left out."""
    days = [first + timedelta(days=number) for number in range(DAYS)]
    by_film: dict[str, dict[date, list[WeekClock]]] = {}
    for row in programme.showtimes:
        if row.start_time > view.now and row.business_day <= days[-1]:
            by_film.setdefault(row.film_id, {}).setdefault(row.business_day, []).append(_clock(row, view))
    return Week(
        days=[
            WeekDay(
                weekday=formats.format_weekday(day, view.language),
                day=formats.format_day_of_month(day, view.language),
            )
            for day in days
        ],
        rows=[
            WeekRow(film=film_head(programme.films[film_id], view), cells=[cells.get(day, ()) for day in days])
            for film_id, cells in by_film.items()
        ],
    )


def _clock(row: Showtime, view: Viewpoint) -> WeekClock:
    return WeekClock(
        clock=formats.format_clock(row.start_time.astimezone(view.zone)),
        anchor=f"#s-{row.id}",
        marks="" if row.availability == "available" else f" show-{row.availability}",
    )
