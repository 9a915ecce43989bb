"""Posters of films."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from sqlite3 import Connection
from typing import Final

from cinestreamd.store.posters import FilmPoster, PosterMark, PosterStore
from cinestreamd.store.records import decode_poster, encode_poster, milliseconds, moment
from cinestreamd.store.sqlite.connection import Reader
from cinestreamd.store.sqlite.opened import OpenedFile

_AT_ONCE: Final = 64
_MARKS: Final = f"""
    SELECT film_id, url, tried_at, digest FROM film_poster WHERE film_id IN ({", ".join("?" * _AT_ONCE)})
"""  # noqa: S608 - nothing but placeholders is put in
_POSTER: Final = "SELECT CAST(record AS BLOB) FROM film_poster WHERE film_id = ?"
_PUT: Final = """
    INSERT INTO film_poster (film_id, url, tried_at, digest, record) VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (film_id) DO UPDATE SET
        url = excluded.url, tried_at = excluded.tried_at, digest = excluded.digest, record = excluded.record
"""
_RAISE_REVISION: Final = "UPDATE location SET revision = revision + 1 WHERE id = ?"
_PRUNE: Final = """
    DELETE FROM film_poster WHERE rowid IN (SELECT rowid FROM film_poster WHERE tried_at < ? LIMIT ?)
"""


def find_marks(reader: Reader, film_ids: Iterable[str]) -> list[PosterMark]:
    """What is known of these films' posters."""
    wanted = list(dict.fromkeys(film_ids))
    marks: list[PosterMark] = []
    for first in range(0, len(wanted), _AT_ONCE):
        some = wanted[first : first + _AT_ONCE]
        # NULL equals nothing: it fills the places, so that the statement is always the same one.
        for film_id, url, tried_at, digest in reader.rows(_MARKS, (*some, *[None] * (_AT_ONCE - len(some)))):
            marks.append(PosterMark(film_id=film_id, url=url, tried_at=moment(tried_at), digest=digest))
    return marks


def find_poster(reader: Reader, film_id: str) -> FilmPoster | None:
    """A film's poster with its pictures."""
    rows = reader.rows(_POSTER, (film_id,))
    return decode_poster(rows[0][0]) if rows else None


def put_posters(connection: Connection, city_id: str, posters: Sequence[FilmPoster]) -> None:
    """Put posters in place of former ones, and raise the city's revision."""
    rows = [(each.film_id, each.url, milliseconds(each.tried_at), each.digest, encode_poster(each)) for each in posters]
    connection.executemany(_PUT, rows)
    connection.execute(_RAISE_REVISION, (city_id,))


def prune_posters(connection: Connection, before: datetime, *, limit: int) -> int:
    """Delete up to ``limit`` posters that were last tried before a moment. Returns how many."""
    return connection.execute(_PRUNE, (milliseconds(before), limit)).rowcount


class SqlitePosterStore(OpenedFile, PosterStore):
    """The posters of films, in a file."""

    async def poster_marks(self, film_ids: Sequence[str]) -> list[PosterMark]:
        """By primary key, each id once; the pictures are not touched."""
        return find_marks(self._reader, film_ids)

    async def poster(self, film_id: str) -> FilmPoster | None:
        """By primary key."""
        return find_poster(self._reader, film_id)

    async def put_posters(self, city_id: str, found: Sequence[FilmPoster]) -> None:
        """Not durable, as ``remember_pages``."""
        if found:
            await self._write(lambda connection: put_posters(connection, city_id, found), durable=False)
