"""What operators say of cinemas."""

from datetime import datetime
from typing import Any, Final

import msgspec

from cinestreamd.store.admission import corrected
from cinestreamd.store.corrections import CinemaCorrection, CorrectionStore
from cinestreamd.store.errors import StoreBusyError
from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import RETRY_AFTER_SECONDS, Access
from cinestreamd.store.mongo.settling import settle
from cinestreamd.store.records import decode_cinema, encode_cinema, encode_correction, kept

TRIES: Final = 5
NO_GENERATION: Final = 0
"""Fences begin at 1: no showtime is of this generation."""

_decode: Final = msgspec.json.Decoder(CinemaCorrection).decode


async def find_corrections(access: Access, city_id: str | None) -> list[CinemaCorrection]:
    """A city's corrections, by cinema id; or all, by city and cinema id."""
    chosen = {} if city_id is None else {"city_id": city_id}
    cursor = access["corrections"].find(chosen, session=access.session).sort([("city_id", 1), ("_id", 1)])
    return [_decode(document["record"]) for document in await cursor.to_list(None)]


async def blocked_cinemas(access: Access, city_id: str) -> set[str]:
    """The cinemas of a city that an operator forbids."""
    return {known.cinema_id for known in await find_corrections(access, city_id) if known.state == "blocked"}


async def put_correction(access: Access, correction: CinemaCorrection, *, now: datetime) -> None:
    """Keep a correction and apply it to what is known."""
    city_id, session = correction.city_id, access.session
    fields = {"city_id": city_id, "record": encode_correction(correction)}
    await access["corrections"].update_one(
        {"_id": correction.cinema_id}, {"$set": fields}, upsert=True, session=session
    )
    mine = {"_id": correction.cinema_id, "city_id": city_id}
    document = await access["cinemas"].find_one(mine, session=session)
    if document is not None:
        cinema = corrected(decode_cinema(document["record"]), correction)
        change = {"name": cinema.name, "record": encode_cinema(cinema)}
        await access["cinemas"].update_one(mine, {"$set": change}, session=session)
    for _ in range(TRIES):
        if await _raise_revision(access, correction, now=now):
            await settle(access, city_id)
            return
    raise StoreBusyError(retry_after=RETRY_AFTER_SECONDS)


async def _raise_revision(access: Access, correction: CinemaCorrection, *, now: datetime) -> bool:
    """Raise the city's revision and, for a blocked cinema, withdraw what it has yet to show; False: try again."""
    await settle(access, correction.city_id)
    city = await access["locations"].find_one({"_id": correction.city_id}, session=access.session)
    if city is None:
        return True
    change: dict[str, Any] = {"$inc": {"revision": 1}}
    if correction.state == "blocked":
        since, cinema_id = kept(now), correction.cinema_id
        others = [entry for entry in city["listings"] if entry["cinema"] != cinema_id]
        # What is shown is older than the lease in force, whose publication is yet to come.
        below = city["fence"] if city.get("lease") else city["fence"] + 1
        pending = {"mark": city["revision"] + 1, "gen": NO_GENERATION, "below": below, "since": since}
        change["$set"] = {
            "listings": [*others, {"cinema": cinema_id, "gen": NO_GENERATION, "since": since}],
            "pending": {**pending, "cinemas": [cinema_id], "moved": [], "run": None},
        }
    condition = {"_id": correction.city_id, "revision": city["revision"], "pending": None}
    made = await access["locations"].update_one(condition, change, session=access.session)
    return bool(made.matched_count)


class MongoCorrectionStore(Connected, CorrectionStore):
    """What operators say of cinemas, in a database of MongoDB."""

    async def correct_cinema(self, correction: CinemaCorrection, *, now: datetime) -> None:
        """In a transaction, or in an order that can be interrupted anywhere."""
        await self._write(lambda access: put_correction(access, correction, now=now), whole=True)

    async def corrections(self, city_id: str | None = None) -> list[CinemaCorrection]:
        """By index."""
        return await self._read(lambda access: find_corrections(access, city_id), [])
