"""Counters by UTC day, and the site's public figures."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from pymongo import UpdateOne

from cinestreamd.store.base import DayStats, Stats
from cinestreamd.store.mongo.connection import Access, Document
from cinestreamd.store.mongo.runs import add_to_day
from cinestreamd.store.records import kept


async def add_visits(access: Access, day: date, *, visits: int, views: Mapping[str, int]) -> None:
    """Add a batch of visits, and of views by city id."""
    name = day.isoformat()
    changes = [
        UpdateOne(
            {"_id": f"{name}/{city_id}"},
            {"$inc": {"views": count}, "$setOnInsert": {"day": name, "city_id": city_id}},
            upsert=True,
        )
        for city_id, count in views.items()
        if count
    ]
    await add_to_day(access, day, visits=visits, views=sum(views.values()))
    if changes:
        await access["city_views"].bulk_write(changes, ordered=False, session=access.session)


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
    last = await access["stats"].find().sort("_id", -1).limit(days).to_list(None) if days > 0 else []
    total = await access["stats"].aggregate([{"$group": {"_id": None, "visits": {"$sum": "$visits"}}}]).to_list(None)
    current = await access["stats"].find_one({"_id": today})
    coming = {"state": "live", "start_time": {"$gte": kept(now)}}
    return Stats(
        visits_total=total[0]["visits"] if total else 0,
        visits_today=current.get("visits", 0) if current else 0,
        cities=await access["locations"].count_documents({}),
        cinemas=await access["cinemas"].count_documents({}),
        films=await access["films"].count_documents({}),
        upcoming_showtimes=await access["showtimes"].count_documents(coming),
        days=tuple(_day_of(document) for document in last),
    )


def _day_of(document: Document) -> DayStats:
    counts = {name: document.get(name, 0) for name in ("visits", "views", "runs")}
    return DayStats(day=date.fromisoformat(document["_id"]), **counts)
