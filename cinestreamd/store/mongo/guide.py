"""Reading the guide: cinemas, films and showtimes."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from cinestreamd.store.errors import StoreBusyError
from cinestreamd.store.guide import Cinema, Film, GuideStore, ShowingDay, Showtime
from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import RETRY_AFTER_SECONDS, Access, Document
from cinestreamd.store.records import decode_cinema, decode_film, decode_showing_day, decode_showtime, kept

_SURROGATE: Final = re.compile("[\ud800-\udfff]")
TRIES: Final = 10


async def find_cinema(access: Access, cinema_id: str) -> Cinema | None:
    """The cinema of that id."""
    document = await access["cinemas"].find_one({"_id": cinema_id})
    return None if document is None else decode_cinema(document["record"])


async def cinemas_of(access: Access, city_id: str | None) -> list[Cinema]:
    """A city's cinemas, by name (code point order) and id; or those of all cities, by city first."""
    chosen = {} if city_id is None else {"city_id": city_id}
    cursor = access["cinemas"].find(chosen).sort([("city_id", 1), ("name", 1), ("_id", 1)])
    return [decode_cinema(document["record"]) for document in await cursor.to_list(None)]


async def find_films(access: Access, film_ids: Sequence[str]) -> list[Film]:
    """The films of those ids that exist, each once."""
    wanted = [film_id for film_id in dict.fromkeys(film_ids) if film_id.isascii() or not _SURROGATE.search(film_id)]
    if not wanted:
        return []
    cursor = access["films"].find({"_id": {"$in": wanted}})
    return [decode_film(document["record"]) for document in await cursor.to_list(None)]


async def find_showtimes(
    access: Access,
    city_id: str,
    *,
    since: datetime,
    until: datetime | None,
    film_id: str | None,
    cinema_id: str | None,
) -> list[Showtime]:
    """A city's showtimes in [since, until), of one film, of one cinema, of both or all."""
    condition: dict[str, Any] = {"city_id": city_id, "start_time": {"$gte": kept(since)}}
    if until is not None:
        condition["start_time"]["$lt"] = kept(until)
    if film_id is not None:
        condition["film_id"] = film_id
    if cinema_id is not None:
        condition["cinema_id"] = cinema_id
    return [decode_showtime(record) for record in await _records(access, city_id, condition)]


async def find_showing_days(access: Access, city_id: str, *, since: datetime) -> list[ShowingDay]:
    """When a city's showtimes from ``since`` on begin."""
    condition = {"city_id": city_id, "start_time": {"$gte": kept(since)}}
    return [decode_showing_day(record) for record in await _records(access, city_id, condition)]


async def _records(access: Access, city_id: str, condition: Document) -> list[str]:
    """The records of those of a city's showtimes that count, in order.

    The city's document says which generation of each cinema counts. If its revision rises while the showtimes are
    read, they are read again: a publication is seen whole or not at all.
    """
    state = {"listings": 1, "revision": 1}
    city = await access["locations"].find_one({"_id": city_id}, state)
    for _ in range(TRIES):
        if city is None:
            return []
        documents = await _candidates(access, condition)
        again = await access["locations"].find_one({"_id": city_id}, state)
        if again is not None and again["revision"] == city["revision"]:
            return [document["record"] for document in visible(documents, city["listings"])]
        city = again
    raise StoreBusyError(retry_after=RETRY_AFTER_SECONDS)


async def _candidates(access: Access, condition: Document) -> list[Document]:
    """By index alone; the few that are staged at the moment are left out here, not by the server."""
    order = [("start_time", 1), ("cinema_id", 1), ("id", 1)]
    fields = {"_id": 0, "cinema_id": 1, "start_time": 1, "gen": 1, "state": 1, "record": 1}
    return await access["showtimes"].find(condition, fields).sort(order).to_list(None)


def visible(documents: Sequence[Document], listings: Sequence[Document]) -> list[Document]:
    """Those of the generation that counts for their cinema, and the past that it left alone."""
    counts = {entry["cinema"]: (entry["gen"], entry["since"]) for entry in listings}
    seen = []
    for document in documents:
        gen, since = counts.get(document["cinema_id"], (None, None))
        named = document["gen"] == gen
        past = document["state"] == "live" and (since is None or document["start_time"] < since)
        if named or past:
            seen.append(document)
    return seen


class MongoGuideStore(Connected, GuideStore):
    """Cinemas, films and showtimes, in a database of MongoDB."""

    async def cinemas(self, city_id: str | None = None) -> list[Cinema]:
        """By index; names in code point order."""
        return await self._read(lambda access: cinemas_of(access, city_id), [])

    async def cinema(self, cinema_id: str) -> Cinema | None:
        """By primary key."""
        return await self._read(lambda access: find_cinema(access, cinema_id), None)

    async def film(self, film_id: str) -> Film | None:
        """By primary key."""

        async def find(access: Access) -> Film | None:
            document = await access["films"].find_one({"_id": film_id})
            return None if document is None else decode_film(document["record"])

        return await self._read(find, None)

    async def films(self, film_ids: Sequence[str]) -> list[Film]:
        """By primary key, each id once."""
        return await self._read(lambda access: find_films(access, film_ids), [])

    async def showtimes(
        self,
        city_id: str,
        *,
        since: datetime,
        until: datetime | None = None,
        film_id: str | None = None,
        cinema_id: str | None = None,
    ) -> list[Showtime]:
        """By index; a publication is seen whole or not at all."""
        return await self._read(
            lambda access: find_showtimes(
                access, city_id, since=since, until=until, film_id=film_id, cinema_id=cinema_id
            ),
            [],
        )

    async def showing_days(self, city_id: str, *, since: datetime) -> list[ShowingDay]:
        """By index; a publication is seen whole or not at all."""
        return await self._read(lambda access: find_showing_days(access, city_id, since=since), [])
