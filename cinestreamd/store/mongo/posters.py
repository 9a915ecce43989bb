"""Posters of films: one document a film."""

from collections.abc import Sequence

from pymongo import ReplaceOne

from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import Access, Document
from cinestreamd.store.posters import FilmPoster, PosterMark, PosterStore
from cinestreamd.store.records import decode_poster, encode_poster, kept


async def find_marks(access: Access, film_ids: Sequence[str]) -> list[PosterMark]:
    """What is known of these films' posters; the server leaves the pictures where they are."""
    cursor = access["film_posters"].find({"_id": {"$in": list(dict.fromkeys(film_ids))}}, {"record": 0})
    return [
        PosterMark(film_id=each["_id"], url=each["url"], tried_at=each["tried_at"], digest=each["digest"])
        for each in await cursor.to_list(None)
    ]


async def find_poster(access: Access, film_id: str) -> FilmPoster | None:
    """A film's poster with its pictures."""
    document = await access["film_posters"].find_one({"_id": film_id})
    return None if document is None else decode_poster(document["record"])


async def put_posters(access: Access, city_id: str, posters: Sequence[FilmPoster]) -> None:
    """Put posters in place of former ones, then raise the city's revision: what is shown by it is there."""
    changes = [ReplaceOne({"_id": each.film_id}, document_of(each), upsert=True) for each in posters]
    await access["film_posters"].bulk_write(changes, ordered=False, session=access.session)
    await access["locations"].update_one({"_id": city_id}, {"$inc": {"revision": 1}}, session=access.session)


def document_of(poster: FilmPoster) -> Document:
    """A poster as it is kept."""
    return {
        "_id": poster.film_id,
        "url": poster.url,
        "tried_at": kept(poster.tried_at),
        "digest": poster.digest,
        "record": encode_poster(poster),
    }


class MongoPosterStore(Connected, PosterStore):
    """The posters of films, in a database of MongoDB."""

    async def poster_marks(self, film_ids: Sequence[str]) -> list[PosterMark]:
        """By primary key, each id once."""
        return await self._read(lambda access: find_marks(access, film_ids), [])

    async def poster(self, film_id: str) -> FilmPoster | None:
        """By primary key."""
        return await self._read(lambda access: find_poster(access, film_id), None)

    async def put_posters(self, city_id: str, found: Sequence[FilmPoster]) -> None:
        """The posters first, then the city."""
        if found:
            await self._write(lambda access: put_posters(access, city_id, found))
