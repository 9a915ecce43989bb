"""Putting a run's findings in place of what was known: whole or not at all, with transactions or without.

Every publication writes its showtimes as new documents of its own generation (``gen``: the lease's fence). They are
not seen before one conditional update of the city's document, which checks the fence, names the new generation of each
listed cinema, raises the revision and ends the lease. What a showtime is:

- ``staged``: written, and seen only if the city names its generation;
- ``live``: part of the city's programme, unless the city names another generation of its cinema for that time.

A publisher that dies before that update leaves nothing that anyone sees; one that dies after it leaves ``pending``,
which the next to look after the city finishes. Names of cinemas and films are written first, so that no showtime is
seen without them; cinemas refuse an older fence.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pymongo import ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError

from cinestreamd.store.admission import future_listings, refuse_foreign_records
from cinestreamd.store.errors import InvalidPublicationError, StoreBusyError
from cinestreamd.store.guide import Cinema, Film, Showtime
from cinestreamd.store.leases import Lease
from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import RETRY_AFTER_SECONDS, Access, Document
from cinestreamd.store.mongo.corrections import blocked_cinemas
from cinestreamd.store.mongo.fence import in_force, stale
from cinestreamd.store.mongo.row_corrections import with_corrections
from cinestreamd.store.mongo.settling import AT_ONCE, delete_staged, settle
from cinestreamd.store.publications import Publication, PublicationStore
from cinestreamd.store.records import (
    encode_cinema,
    encode_film,
    encode_run,
    encode_showtime,
    kept,
)

TRIES: Final = 5


async def put_publication(access: Access, lease: Lease, publication: Publication, *, now: datetime) -> int:
    """Put everything in place under the lease and release it. Returns the city's new revision."""
    for _ in range(TRIES):
        await settle(access, lease.city_id)
        city = await access["locations"].find_one(in_force(lease, now=now), session=access.session)
        if city is None:
            raise stale(lease)
        blocked = await blocked_cinemas(access, lease.city_id)
        given = {
            cinema_id: {} if cinema_id in blocked else given
            for cinema_id, given in future_listings(publication, now=now).items()
        }
        listings = await with_corrections(access, city, given, now=now)
        moved = await _stage(access, lease, publication, listings, now=now)
        revision = await _make_visible(access, lease, publication, city, listed=list(listings), moved=moved, now=now)
        if revision is not None:
            await settle(access, lease.city_id)
            return revision
    raise StoreBusyError(retry_after=RETRY_AFTER_SECONDS)


async def _stage(
    access: Access,
    lease: Lease,
    publication: Publication,
    listings: Mapping[str, Mapping[str, Showtime]],
    *,
    now: datetime,
) -> list[str]:
    """Write all that is not seen yet; returns the documents that the new ones replace elsewhere."""
    rows = [row for given in listings.values() for row in given.values()]
    known = await _known(access, lease.city_id, rows)
    # Inside a transaction nothing is seen before its end, so that nothing has to be staged.
    state = "staged" if access.session is None else "live"
    documents = [_document_of(row, lease.fence, known, state=state) for row in rows]
    films = [ReplaceOne({"_id": film.id}, _film(film), upsert=True) for film in publication.films]
    cinemas = [_put_cinema(cinema, lease) for cinema in publication.cinemas]
    await _refuse_foreign_cinemas(access, lease.city_id, publication.cinemas)
    # Rubbish of this city: what publishers left that died, and what this one wrote before it was tried again.
    if access.session is None:
        await delete_staged(access, lease.city_id, up_to=lease.fence)
    if films:
        await access["films"].bulk_write(films, ordered=False, session=access.session)
    if cinemas:
        await _write_cinemas(access, lease, cinemas)
    for first in range(0, len(documents), AT_ONCE):
        some = documents[first : first + AT_ONCE]
        await access["showtimes"].insert_many(some, ordered=False, session=access.session)
    return [
        document["_id"]
        for document in known.values()
        if document["cinema_id"] not in listings or document["start_time"] < kept(now)
    ]


async def _known(access: Access, city_id: str, rows: Sequence[Showtime]) -> dict[str, Document]:
    """The live documents of those showtimes, by id."""
    known = {}
    for first in range(0, len(rows), AT_ONCE):
        ids = [row.id for row in rows[first : first + AT_ONCE]]
        fields = {"id": 1, "city_id": 1, "cinema_id": 1, "start_time": 1, "created_at": 1}
        cursor = access["showtimes"].find({"id": {"$in": ids}, "state": "live"}, fields, session=access.session)
        for document in await cursor.to_list(None):
            if document["city_id"] != city_id:
                raise InvalidPublicationError(city=city_id, record=f"showtime {document['id']}")
            known[document["id"]] = document
    return known


def _document_of(row: Showtime, fence: int, known: Mapping[str, Document], *, state: str) -> Document:
    former = known.get(row.id)
    created_at = kept(row.created_at) if former is None else former["created_at"]
    return {
        "_id": f"{fence}/{len(row.city_id)}/{row.city_id}/{row.id}",
        "id": row.id,
        "city_id": row.city_id,
        "cinema_id": row.cinema_id,
        "film_id": row.film_id,
        "start_time": kept(row.start_time),
        "created_at": created_at,
        "gen": fence,
        "state": state,
        "record": encode_showtime(row, created_at=created_at),
    }


def _film(film: Film) -> Document:
    return {"_id": film.id, "record": encode_film(film)}


def _put_cinema(cinema: Cinema, lease: Lease) -> UpdateOne:
    fields = {"name": cinema.name, "fence": lease.fence, "record": encode_cinema(cinema)}
    mine = {"_id": cinema.id, "city_id": lease.city_id, "fence": {"$lte": lease.fence}}
    return UpdateOne(mine, {"$set": fields}, upsert=True)


async def _refuse_foreign_cinemas(access: Access, city_id: str, cinemas: Sequence[Cinema]) -> None:
    ids = [cinema.id for cinema in cinemas]
    foreign = {"_id": {"$in": ids}, "city_id": {"$ne": city_id}}
    found = await access["cinemas"].find_one(foreign, {"_id": 1}, session=access.session)
    if found is not None:
        raise InvalidPublicationError(city=city_id, record=f"cinema {found['_id']}")


async def _write_cinemas(access: Access, lease: Lease, cinemas: Sequence[UpdateOne]) -> None:
    try:
        await access["cinemas"].bulk_write(list(cinemas), ordered=False, session=access.session)
    except BulkWriteError as error:
        if access.session is None and {problem["code"] for problem in error.details["writeErrors"]} == {11000}:
            raise stale(lease) from error  # a later holder of the city has written the cinema, or it moved away
        raise


async def _make_visible(
    access: Access,
    lease: Lease,
    publication: Publication,
    city: Document,
    *,
    listed: Sequence[str],
    moved: Sequence[str],
    now: datetime,
) -> int | None:
    """The one update that counts; None when a correction came in between, StaleLeaseError when the lease is lost."""
    since = kept(now)
    others = [entry for entry in city["listings"] if entry["cinema"] not in listed]
    entries = [*others, *({"cinema": cinema_id, "gen": lease.fence, "since": since} for cinema_id in listed)]
    fields: dict[str, Any] = {
        "failures": 0,
        "cooldown_until": None,
        "listings": entries,
        "pending": {
            "mark": city["revision"] + 1,
            "gen": lease.fence,
            "below": lease.fence,
            "cinemas": list(listed),
            "since": since,
            "moved": list(moved),
            "run": encode_run(publication.run),
        },
    }
    if not publication.partial:
        fields["last_updated"] = since
    condition = {**in_force(lease, now=now), "revision": city["revision"], "pending": None}
    change = {"$set": fields, "$unset": {"lease": 1}, "$inc": {"revision": 1}}
    made = await access["locations"].update_one(condition, change, session=access.session)
    return city["revision"] + 1 if made.matched_count else None


class MongoPublicationStore(Connected, PublicationStore):
    """Publications, in a database of MongoDB."""

    async def publish(self, lease: Lease, publication: Publication, *, now: datetime) -> int:
        """In a transaction, or in an order that can be interrupted anywhere; see ``publications``."""
        refuse_foreign_records(lease, publication)
        return await self._write(lambda access: put_publication(access, lease, publication, now=now), whole=True)
