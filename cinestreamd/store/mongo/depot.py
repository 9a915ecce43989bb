"""All that a database of MongoDB holds, item by item."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final

import msgspec
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import ReplaceOne

from cinestreamd.store.corrections import CinemaCorrection
from cinestreamd.store.errors import StoreBusyError
from cinestreamd.store.journal import JournalEntry
from cinestreamd.store.mongo.connection import RETRY_AFTER_SECONDS, Access, Document, options_of
from cinestreamd.store.mongo.guide import visible
from cinestreamd.store.mongo.leases import settle_all
from cinestreamd.store.mongo.locations import location_of
from cinestreamd.store.mongo.posters import document_of
from cinestreamd.store.mongo.prepare import missing_indexes_of, told_plainly
from cinestreamd.store.mongo.schema import INDEXES, SCHEMA_VERSION
from cinestreamd.store.records import decode_cinema, decode_poster, decode_run, decode_showtime
from cinestreamd.store.reports import PackedReport
from cinestreamd.store.row_corrections import RowCorrection
from cinestreamd.store.spending import ModelCall, PendingBatch
from cinestreamd.store.transfer.items import DayCounts, Item, KeptLocation, canonical

COLLECTIONS: Final = {
    "location": "locations",
    "cinema": "cinemas",
    "correction": "corrections",
    "film": "films",
    "film_poster": "film_posters",
    "showtime": "showtimes",
    "run": "runs",
    "day": "stats",
    "city_view": "city_views",
    "page_memory": "page_memories",
    "discovery": "discoveries",
    "server_pause": "server_pauses",
    "recipe": "recipes",
    "known_title": "known_titles",
    "web_discovery": "web_discoveries",
    "model_call": "calls",
    "spend": "budget",
    "claude_state": "states",
    "pending_batch": "batches",
    "journal": "journal",
    "run_report": "run_reports",
    "row_correction": "row_corrections",
    "found_row": "found_rows",
}
"""Where each kind of item is."""

UNMOVED: Final = frozenset({"duties", "attempts", "site"})
"""Collections that belong to the running daemons and to the database itself, not to the data."""

TRIES: Final = 20
NO_GENERATION: Final = 0

_decode_location: Final = msgspec.json.Decoder(KeptLocation).decode
_decode_correction: Final = msgspec.json.Decoder(CinemaCorrection).decode
_decode_call: Final = msgspec.json.Decoder(ModelCall).decode
_decode_batch: Final = msgspec.json.Decoder(PendingBatch).decode
_decode_sums: Final = msgspec.json.Decoder(dict[str, dict[str, int]]).decode
_decode_entry: Final = msgspec.json.Decoder(JournalEntry).decode
_decode_report: Final = msgspec.json.Decoder(PackedReport).decode
_decode_word: Final = msgspec.json.Decoder(RowCorrection).decode
_decode_day: Final = msgspec.json.Decoder(DayCounts).decode


class MongoDepot:
    """``Depot`` over a prepared database. Cities that change while they are read are read again."""

    def __init__(self, uri: str, *, timeout: float = 10.0) -> None:
        database, options = options_of(uri, timeout=timeout)
        self._client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(uri, **options)
        self._access = Access(self._client, database)
        self._name = database

    async def items(self, kind: str) -> AsyncIterator[Item]:
        """By collection, showtimes by city; each city's are of one moment."""
        with told_plainly():
            if kind == "showtime":
                async for document in self._access["locations"].find({}, {"_id": 1}):
                    for shown in await self._showtimes(document["_id"]):
                        yield Item(shown["id"], shown["record"])
                return
            async for document in self._access[COLLECTIONS[kind]].find({}, {"batches": 0}):
                yield Item(document["_id"], _body(kind, document))

    async def put(self, kind: str, items: Sequence[Item]) -> None:
        """One message."""
        changes = [_replacement(kind, item) for item in items]
        if kind == "showtime":
            await self.remove(kind, [item.key for item in items])  # of whatever generation they are
        with told_plainly():
            await self._access[COLLECTIONS[kind]].bulk_write(changes, ordered=False)

    async def remove(self, kind: str, keys: Sequence[str]) -> None:
        """One message."""
        field = "id" if kind == "showtime" else "_id"
        with told_plainly():
            await self._access[COLLECTIONS[kind]].delete_many({field: {"$in": list(keys)}})

    async def begin(self, mark: str) -> str | None:
        """Note that items are being put here for ``mark``; returns for what it was unfinished already, if it was.

        What was never published goes.
        """
        with told_plainly():
            former = await self._access["site"].find_one({"_id": "unfinished"})
            if former is None:
                await self._access["site"].insert_one({"_id": "unfinished", "mark": mark})
            await self._access["showtimes"].delete_many({"state": "staged"})
        return None if former is None else str(former["mark"])

    async def finish(self) -> None:
        """All is there: the database may be used."""
        with told_plainly():
            await self._access["site"].delete_one({"_id": "unfinished"})

    async def settle(self) -> None:
        """Finish what dead publishers left."""
        with told_plainly():
            await settle_all(self._access)

    async def faults(self) -> list[str]:
        """Missing indexes, and what dead publishers left."""
        with told_plainly():
            found = [
                f"the index {index.document['name']} of {name} is missing"
                for name in INDEXES
                for index in await missing_indexes_of(self._access, name)
            ]
            pending = await self._access["locations"].count_documents({"pending.gen": {"$gte": 0}})
            unfinished = await self._access["site"].find_one({"_id": "unfinished"})
        if pending:
            found.append(f"{pending} cities have a publication to be tidied up; the daemon does so within a second")
        return [*found, *(["it holds an interrupted move or restore"] if unfinished else [])]

    async def facts(self) -> dict[str, object]:
        """Kind, schema, server and size."""
        with told_plainly():
            build = await self._client.admin.command("buildInfo")
            hello = await self._access.command("hello")
            size = await self._access.command("dbStats")
            schema = await self._access["site"].find_one({"_id": "schema"})
        return {
            "kind": "mongodb",
            "place": self._name,
            "schema": 0 if schema is None else schema["version"],
            "schema_wanted": SCHEMA_VERSION,
            "server": build.get("version", ""),
            "transactions": "setName" in hello or hello.get("msg") == "isdbgrid",
            "bytes": int(size.get("storageSize", 0) or size.get("dataSize", 0)),
        }

    async def close(self) -> None:
        """Let go of the connections."""
        self._client.close()

    async def _showtimes(self, city_id: str) -> list[Document]:
        for _ in range(TRIES):
            city = await self._access["locations"].find_one({"_id": city_id})
            if city is None:
                return []
            found = await self._access["showtimes"].find({"city_id": city_id}).to_list(None)
            again = await self._access["locations"].find_one({"_id": city_id}, {"revision": 1})
            if again is not None and again["revision"] == city["revision"]:
                return visible(found, city["listings"])
        raise StoreBusyError(retry_after=RETRY_AFTER_SECONDS)


def _body(kind: str, document: Document) -> str:
    if kind == "location":
        return canonical(KeptLocation(location=location_of(document), fence=document["fence"]))
    if kind == "day":
        counts = {name: document.get(name, 0) for name in ("visits", "views", "runs")}
        return canonical(DayCounts(**counts))
    if kind == "city_view":
        return str(document["views"])
    if kind == "spend":
        return canonical(_decode_sums(document["record"]))
    return str(document["record"])


def _replacement(kind: str, item: Item) -> ReplaceOne[Document]:
    document = _MADE.get(kind, _plain)(item)
    return ReplaceOne({"_id": document["_id"]}, document, upsert=True)


def _plain(item: Item) -> Document:
    return {"_id": item.key, "record": item.body}


def _location(item: Item) -> Document:
    kept = _decode_location(item.body)
    place, lease = kept.location, kept.location.lease
    document: Document = {
        "_id": place.id,
        "names": {"uk": place.names.uk, "en": place.names.en, "ru": place.names.ru},
        "point": {"type": "Point", "coordinates": [place.lon, place.lat]},
        "country": place.country,
        "timezone": place.timezone,
        "last_updated": place.last_updated,
        "revision": place.revision,
        "failures": place.failures,
        "cooldown_until": place.cooldown_until,
        "fence": kept.fence,
        "listings": [],
    }
    return document if lease is None else {**document, "lease": {"owner": lease.owner, "until": lease.until}}


def _showtime(item: Item) -> Document:
    row = decode_showtime(item.body)
    return {
        "_id": f"{NO_GENERATION}/{len(row.city_id)}/{row.city_id}/{row.id}",
        "id": row.id,
        "city_id": row.city_id,
        "cinema_id": row.cinema_id,
        "film_id": row.film_id,
        "start_time": row.start_time,
        "created_at": row.created_at,
        "gen": NO_GENERATION,
        "state": "live",
        "record": item.body,
    }


def _cinema(item: Item) -> Document:
    cinema = decode_cinema(item.body)
    return {**_plain(item), "city_id": cinema.city_id, "name": cinema.name, "fence": 0}


def _run(item: Item) -> Document:
    run = decode_run(item.body)
    return {**_plain(item), "city_id": run.city_id, "started_at": run.started_at, "outcome": run.outcome}


def _call(item: Item) -> Document:
    call = _decode_call(item.body)
    return {
        **_plain(item),
        **{name: getattr(call, name) for name in ("run_id", "city_id", "started_at", "outcome")},
    }


def _day(item: Item) -> Document:
    counts = _decode_day(item.body)
    return {"_id": item.key, "visits": counts.visits, "views": counts.views, "runs": counts.runs}


def _word(item: Item) -> Document:
    word = _decode_word(item.body)
    return {**_plain(item), "city_id": word.city_id, "at": word.at}


def _city_view(item: Item) -> Document:
    day, city_id = item.key.split("/", 1)
    return {"_id": item.key, "day": day, "city_id": city_id, "views": int(item.body)}


_MADE: Final[dict[str, Callable[[Item], Document]]] = {
    "location": _location,
    "showtime": _showtime,
    "film_poster": lambda item: {**document_of(decode_poster(item.body)), "record": item.body},
    "cinema": _cinema,
    "run": _run,
    "model_call": _call,
    "day": _day,
    "city_view": _city_view,
    "correction": lambda item: {**_plain(item), "city_id": _decode_correction(item.body).city_id},
    "spend": lambda item: {**_plain(item), "edition": 1},
    "pending_batch": lambda item: {**_plain(item), "submitted_at": _decode_batch(item.body).submitted_at},
    "run_report": lambda item: {**_plain(item), "started_at": _decode_report(item.body).started_at},
    "row_correction": _word,
    "found_row": lambda item: {**_plain(item), "start_time": decode_showtime(item.body).start_time},
    "journal": lambda item: {**_plain(item), "at": _decode_entry(item.body).at},
}
