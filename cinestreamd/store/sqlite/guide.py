"""Reading the guide: cinemas, films and showtimes."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from cinestreamd.store.guide import Cinema, Film, GuideStore, ShowingDay, Showtime
from cinestreamd.store.records import decode_cinema, decode_film, decode_showing_day, decode_showtime, milliseconds
from cinestreamd.store.sqlite.connection import Reader, Row
from cinestreamd.store.sqlite.opened import OpenedFile

_FOR_EVER: Final = 2**63 - 1
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

# CAST hands the text over as bytes, which the decoder reads without a detour through str: a third of the time.
_CINEMA: Final = "SELECT CAST(record AS BLOB) FROM cinema WHERE id = ?"
_CINEMAS: Final = "SELECT CAST(record AS BLOB) FROM cinema WHERE city_id = ? ORDER BY name, id"
_ALL_CINEMAS: Final = """
    SELECT CAST(record AS BLOB) FROM cinema INDEXED BY cinema_by_city ORDER BY city_id, name, id
"""
_FILM: Final = "SELECT CAST(record AS BLOB) FROM film WHERE id = ?"
_FILMS_AT_ONCE: Final = 16
_FILMS: Final = f"""
    SELECT CAST(record AS BLOB) FROM film WHERE id IN ({", ".join("?" * _FILMS_AT_ONCE)})
"""  # noqa: S608 - nothing but placeholders is put in
_BY_CITY: Final = """
    SELECT CAST(record AS BLOB) FROM showtime INDEXED BY showtime_by_city
    WHERE city_id = ? AND start_time >= ? AND start_time < ?
    ORDER BY start_time, cinema_id, id
"""
_BY_FILM: Final = """
    SELECT CAST(record AS BLOB) FROM showtime INDEXED BY showtime_by_film
    WHERE city_id = ? AND film_id = ? AND start_time >= ? AND start_time < ?
    ORDER BY start_time, cinema_id, id
"""
_BY_CINEMA: Final = """
    SELECT CAST(record AS BLOB) FROM showtime INDEXED BY showtime_by_cinema
    WHERE city_id = ? AND cinema_id = ? AND start_time >= ? AND start_time < ?
    ORDER BY start_time, id
"""
_BY_FILM_AND_CINEMA: Final = """
    SELECT CAST(record AS BLOB) FROM showtime INDEXED BY showtime_by_cinema
    WHERE city_id = ? AND film_id = ? AND cinema_id = ? AND start_time >= ? AND start_time < ?
    ORDER BY start_time, id
"""


def find_cinema(reader: Reader, cinema_id: str) -> Cinema | None:
    """The cinema of that id."""
    rows = reader.rows(_CINEMA, (cinema_id,))
    return decode_cinema(rows[0][0]) if rows else None


def cinemas_of(reader: Reader, city_id: str | None) -> list[Cinema]:
    """A city's cinemas, by name (code point order) and id; or those of all cities, by city first."""
    rows = reader.rows(_ALL_CINEMAS) if city_id is None else reader.rows(_CINEMAS, (city_id,))
    return [decode_cinema(record) for (record,) in rows]


def find_film(reader: Reader, film_id: str) -> Film | None:
    """The film of that id."""
    rows = reader.rows(_FILM, (film_id,))
    return decode_film(rows[0][0]) if rows else None


def find_films(reader: Reader, film_ids: Sequence[str]) -> list[Film]:
    """The films of those ids that exist, each once."""
    # A lone surrogate is in no stored id, and would keep SQLite from being asked for the others.
    wanted = [film_id for film_id in dict.fromkeys(film_ids) if film_id.isascii() or not _SURROGATE.search(film_id)]
    films: list[Film] = []
    for first in range(0, len(wanted), _FILMS_AT_ONCE):
        some = wanted[first : first + _FILMS_AT_ONCE]
        # NULL equals nothing: it fills the places, so that the statement is always the same one.
        rows = reader.rows(_FILMS, (*some, *[None] * (_FILMS_AT_ONCE - len(some))))
        films += [decode_film(record) for (record,) in rows]
    return films


def find_showtimes(
    reader: Reader,
    city_id: str,
    *,
    since: datetime,
    until: datetime | None,
    film_id: str | None,
    cinema_id: str | None,
) -> list[Showtime]:
    """A city's showtimes in [since, until), of one film, of one cinema, of both or all."""
    times = (milliseconds(since), _FOR_EVER if until is None else milliseconds(until))
    rows: list[Row]
    if film_id is not None and cinema_id is not None:
        rows = reader.rows(_BY_FILM_AND_CINEMA, (city_id, film_id, cinema_id, *times))
    elif film_id is not None:
        rows = reader.rows(_BY_FILM, (city_id, film_id, *times))
    elif cinema_id is not None:
        rows = reader.rows(_BY_CINEMA, (city_id, cinema_id, *times))
    else:
        rows = reader.rows(_BY_CITY, (city_id, *times))
    return [decode_showtime(record) for (record,) in rows]


class SqliteGuideStore(OpenedFile, GuideStore):
    """Cinemas, films and showtimes, in a file."""

    async def cinemas(self, city_id: str | None = None) -> list[Cinema]:
        """By index; names in code point order."""
        return cinemas_of(self._reader, city_id)

    async def cinema(self, cinema_id: str) -> Cinema | None:
        """By primary key."""
        return find_cinema(self._reader, cinema_id)

    async def film(self, film_id: str) -> Film | None:
        """By primary key."""
        return find_film(self._reader, film_id)

    async def films(self, film_ids: Sequence[str]) -> list[Film]:
        """By primary key, each id once."""
        return find_films(self._reader, film_ids)

    async def showtimes(
        self,
        city_id: str,
        *,
        since: datetime,
        until: datetime | None = None,
        film_id: str | None = None,
        cinema_id: str | None = None,
    ) -> list[Showtime]:
        """By index, in one statement: a publication is seen whole or not at all."""
        return find_showtimes(self._reader, city_id, since=since, until=until, film_id=film_id, cinema_id=cinema_id)

    async def showing_days(self, city_id: str, *, since: datetime) -> list[ShowingDay]:
        """By the same index; one row after the other, of which three values stay."""
        times = (milliseconds(since), _FOR_EVER)
        return self._reader.each(lambda row: decode_showing_day(row[0]), _BY_CITY, (city_id, *times))
