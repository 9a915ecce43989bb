"""Cities: adding and reading them."""

from cinestreamd.store.leases import Lease
from cinestreamd.store.locations import Location, LocationStore, Names
from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import Access, Document
from cinestreamd.store.records import kept


async def find_location(access: Access, city_id: str) -> Location | None:
    """The city of that id."""
    document = await access["locations"].find_one({"_id": city_id}, {"listings": 0, "pending": 0})
    return None if document is None else location_of(document)


async def list_locations(access: Access) -> list[Location]:
    """All cities, by id."""
    cursor = access["locations"].find({}, {"listings": 0, "pending": 0}).sort("_id", 1)
    return [location_of(document) async for document in cursor]


async def put_location(access: Access, location: Location) -> None:
    """Add a city, or bring names, point, country and timezone of a known one up to date."""
    known = {
        "names": {"uk": location.names.uk, "en": location.names.en, "ru": location.names.ru},
        "point": {"type": "Point", "coordinates": [location.lon, location.lat]},
        "country": location.country,
        "timezone": location.timezone,
    }
    fresh: Document = {
        "last_updated": location.last_updated and kept(location.last_updated),
        "revision": location.revision,
        "failures": location.failures,
        "cooldown_until": location.cooldown_until and kept(location.cooldown_until),
        "fence": 0,
        "listings": [],
    }
    await access["locations"].update_one(
        {"_id": location.id}, {"$set": known, "$setOnInsert": fresh}, upsert=True, session=access.session
    )


def location_of(document: Document) -> Location:
    """The city in a document."""
    lease = document.get("lease")
    lon, lat = document["point"]["coordinates"]
    return Location(
        id=document["_id"],
        names=Names(**document["names"]),
        lat=lat,
        lon=lon,
        country=document["country"],
        timezone=document["timezone"],
        last_updated=document["last_updated"],
        revision=document["revision"],
        failures=document["failures"],
        cooldown_until=document["cooldown_until"],
        lease=None
        if lease is None
        else Lease(city_id=document["_id"], owner=lease["owner"], fence=document["fence"], until=lease["until"]),
    )


class MongoLocationStore(Connected, LocationStore):
    """Cities, in a database of MongoDB."""

    async def add_location(self, location: Location) -> None:
        """One document."""
        await self._write(lambda access: put_location(access, location))

    async def location(self, city_id: str) -> Location | None:
        """By primary key."""
        return await self._read(lambda access: find_location(access, city_id), None)

    async def locations(self) -> list[Location]:
        """The whole collection."""
        return await self._read(list_locations, [])
