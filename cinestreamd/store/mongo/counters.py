"""Counters by UTC day, and the site's public figures."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Final

from pymongo.errors import DuplicateKeyError

from cinestreamd.store.counters import CounterStore, DayStats, Stats
from cinestreamd.store.errors import StoreBusyError
from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import RETRY_AFTER_SECONDS, Access, Document
from cinestreamd.store.records import kept

TRIES: Final = 5


BATCHES: Final = 300
"""So many of the last batches are remembered in each document: those of a quarter of an hour with 24 workers are fewer
than may be given again, since a batch of unknown fate is repeated before anything else is counted."""

NO_STATS: Final = Stats(visits_total=0, visits_today=0, cities=0, cinemas=0, films=0, upcoming_showtimes=0, days=())


async def add_visits(access: Access, day: date, *, visits: int, views: Mapping[str, int], batch: str | None) -> None:
    """Add a batch of visits, and of views by city id; each document counts a batch once."""
    name = day.isoformat()
    await _add_once(access, "stats", {"_id": name}, {"visits": visits, "views": sum(views.values())}, batch)
    for city_id, count in views.items():
        if count:
            key = {"_id": f"{name}/{city_id}", "day": name, "city_id": city_id}
            await _add_once(access, "city_views", key, {"views": count}, batch)


async def _add_once(
    access: Access, collection: str, key: Document, amounts: Mapping[str, int], batch: str | None
) -> None:
    change: dict[str, Document] = {"$inc": dict(amounts)}
    unless: Document = {}
    if batch is not None:
        change["$push"] = {"batches": {"$each": [batch], "$slice": -BATCHES}}
        unless = {"batches": {"$ne": batch}}
    for _ in range(TRIES):
        try:
            await access[collection].update_one({**key, **unless}, change, upsert=True)
        except DuplicateKeyError:
            # Either the batch is counted already, or another was the first to add the document, this moment.
            if batch is not None and await access[collection].find_one({"_id": key["_id"], "batches": batch}):
                return
        else:
            return
    raise StoreBusyError(retry_after=RETRY_AFTER_SECONDS)


async def views_by_city(access: Access, since: date) -> dict[str, int]:
    """Views by city id since a day, most viewed first, by id among equals."""
    cursor = access["city_views"].aggregate(
        [
            {"$match": {"day": {"$gte": since.isoformat()}}},
            {"$group": {"_id": "$city_id", "views": {"$sum": "$views"}}},
            {"$sort": {"views": -1, "_id": 1}},
        ]
    )
    return {document["_id"]: document["views"] for document in await cursor.to_list(None)}


async def site_stats(access: Access, *, now: datetime, days: int) -> Stats:
    """The public figures."""
    today = now.astimezone(UTC).date().isoformat()
    last = await access["stats"].find({}, {"batches": 0}).sort("_id", -1).limit(days).to_list(None) if days > 0 else []
    total = await access["stats"].aggregate([{"$group": {"_id": None, "visits": {"$sum": "$visits"}}}]).to_list(None)
    current = await access["stats"].find_one({"_id": today}, {"batches": 0})
    coming = {"state": "live", "start_time": {"$gte": kept(now)}}
    return Stats(
        visits_total=total[0]["visits"] if total else 0,
        visits_today=current.get("visits", 0) if current else 0,
        cities=await access["locations"].estimated_document_count(),
        cinemas=await access["cinemas"].estimated_document_count(),
        films=await access["films"].estimated_document_count(),
        upcoming_showtimes=await access["showtimes"].count_documents(coming),
        days=tuple(_day_of(document) for document in last),
    )


def _day_of(document: Document) -> DayStats:
    counts = {name: document.get(name, 0) for name in ("visits", "views", "runs")}
    return DayStats(day=date.fromisoformat(document["_id"]), **counts)


class MongoCounterStore(Connected, CounterStore):
    """Counters and figures, in a database of MongoDB."""

    async def count_visits(self, day: date, *, visits: int, views: Mapping[str, int], batch: str | None = None) -> None:
        """One document after the other, each of which remembers the batches that it has counted."""
        if visits or views:
            await self._write(lambda access: add_visits(access, day, visits=visits, views=views, batch=batch))

    async def viewed_cities(self, since: date) -> dict[str, int]:
        """By index, added up by the server."""
        return await self._read(lambda access: views_by_city(access, since), {})

    async def stats(self, *, now: datetime, days: int = 30) -> Stats:
        """Counts, not of one moment; cache them."""
        return await self._read(lambda access: site_stats(access, now=now, days=days), NO_STATS)
