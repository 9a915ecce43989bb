"""What operators say of single showings, and how the pages have these.

The word is written first, then the showing, then the city's revision rises, if it is still the one that was read. A
publication that began before does not become visible then, and is written again with the word.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

import msgspec

from cinestreamd.store.errors import StoreBusyError, UnknownShowtimeError
from cinestreamd.store.guide import Showtime
from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import RETRY_AFTER_SECONDS, Access, Document
from cinestreamd.store.mongo.guide import visible
from cinestreamd.store.mongo.settling import settle
from cinestreamd.store.records import decode_showtime, encode_row_correction, encode_showtime, kept
from cinestreamd.store.row_corrections import OPERATOR, RowCorrection, RowCorrectionStore, corrected_row, in_force

TRIES: Final = 5
NO_GENERATION: Final = 0

_decode: Final = msgspec.json.Decoder(RowCorrection).decode


async def find_corrections(access: Access, city_id: str) -> list[RowCorrection]:
    """All that operators have said of a city's showings, oldest first."""
    order = [("at", 1), ("_id", 1)]
    cursor = access["row_corrections"].find({"city_id": city_id}, session=access.session).sort(order)
    return [_decode(document["record"]) for document in await cursor.to_list(None)]


async def find_found(access: Access, showtime_id: str) -> Showtime | None:
    """A corrected showing as its page has it."""
    document = await access["found_rows"].find_one({"_id": showtime_id}, session=access.session)
    return None if document is None else decode_showtime(document["record"])


async def put_correction(access: Access, correction: RowCorrection, *, now: datetime) -> None:
    """Keep a word on a showing, and let it count at once."""
    name, city_id = correction.showtime_id, correction.city_id
    for attempt in range(TRIES):
        await settle(access, city_id)
        city = await access["locations"].find_one({"_id": city_id}, session=access.session)
        if city is None:
            raise UnknownShowtimeError
        shown = await _shown(access, city, name)
        found = await _as_found(access, shown, name)
        if attempt == 0:
            if found is None and correction.change is not None:
                raise UnknownShowtimeError
            await _note(access, correction)
        if found is None:
            return
        if correction.change is None:
            row = found if kept(found.start_time) >= kept(now) else None
        else:
            row = corrected_row(found, correction.change)
        await _show(access, city, shown, name, row)
        unchanged = {"_id": city_id, "revision": city["revision"], "pending": None}
        made = await access["locations"].update_one(unchanged, {"$inc": {"revision": 1}}, session=access.session)
        if made.matched_count:
            if correction.change is None:
                await access["found_rows"].delete_one({"_id": name}, session=access.session)
            return
    raise StoreBusyError(retry_after=RETRY_AFTER_SECONDS)


async def with_corrections(
    access: Access, city: Document, listings: Mapping[str, Mapping[str, Showtime]], *, now: datetime
) -> Mapping[str, Mapping[str, Showtime]]:
    """What cinemas' pages list, as operators say it is; how the pages have it is kept beside."""
    found = {cinema_id: dict(given) for cinema_id, given in listings.items()}
    for name, word in in_force(await find_corrections(access, city["_id"])).items():
        given = found.get(word.cinema_id)
        if given is None or word.change is None:
            continue
        if name in given:
            row = corrected_row(await _as_listed(access, given.pop(name)), word.change)
        else:
            row = await _gone_by_its_page(access, city, name, listed=bool(given), now=now)
        if row is not None and kept(row.start_time) >= kept(now):
            given[name] = row
    return found


async def _as_listed(access: Access, row: Showtime) -> Showtime:
    """A row as its page has it; one that is carried over from before is as it was corrected then."""
    if row.reader == OPERATOR:
        return await find_found(access, row.id) or row
    await _keep_found(access, row)
    return row


async def _gone_by_its_page(
    access: Access, city: Document, name: str, *, listed: bool, now: datetime
) -> Showtime | None:
    """A showing that its page does not list: it stays where the page only takes it for begun already."""
    known = await find_found(access, name)
    if known is not None and kept(known.start_time) < kept(now):
        shown = await _shown(access, city, name)
        return None if shown is None else decode_showtime(shown["record"])
    if listed:  # a page that lists nothing at all may be one whose showings are all hidden
        await access["found_rows"].delete_one({"_id": name}, session=access.session)
    return None


async def _note(access: Access, correction: RowCorrection) -> None:
    fields = {
        "city_id": correction.city_id,
        "at": kept(correction.at),
        "record": encode_row_correction(correction),
    }
    await access["row_corrections"].update_one(
        {"_id": correction.id}, {"$setOnInsert": fields}, upsert=True, session=access.session
    )


async def _as_found(access: Access, shown: Document | None, name: str) -> Showtime | None:
    """A showing as its page has it: as it is shown if nobody has corrected that, else as it was kept."""
    row = None if shown is None else decode_showtime(shown["record"])
    if row is None or row.reader == OPERATOR:
        return await find_found(access, name)
    await _keep_found(access, row)
    return row


async def _keep_found(access: Access, row: Showtime) -> None:
    fields = {"start_time": kept(row.start_time), "record": encode_showtime(row, created_at=kept(row.created_at))}
    await access["found_rows"].update_one({"_id": row.id}, {"$set": fields}, upsert=True, session=access.session)


async def _shown(access: Access, city: Document, name: str) -> Document | None:
    """The document of a showing that is seen."""
    mine = {"id": name, "city_id": city["_id"], "state": "live"}
    documents = await access["showtimes"].find(mine, session=access.session).to_list(None)
    return next(iter(visible(documents, city["listings"])), None)


async def _show(access: Access, city: Document, shown: Document | None, name: str, row: Showtime | None) -> None:
    """Let a showing be seen so, or not at all."""
    if row is None:
        await access["showtimes"].delete_many({"id": name, "city_id": city["_id"]}, session=access.session)
        return
    fields: dict[str, Any] = {
        "film_id": row.film_id,
        "start_time": kept(row.start_time),
        "record": encode_showtime(row, created_at=kept(row.created_at)),
    }
    if shown is not None:
        await access["showtimes"].update_one({"_id": shown["_id"]}, {"$set": fields}, session=access.session)
        return
    gen = next((each["gen"] for each in city["listings"] if each["cinema"] == row.cinema_id), NO_GENERATION)
    key = {"_id": f"{gen}/{len(row.city_id)}/{row.city_id}/{row.id}"}
    whole = {
        "id": row.id,
        "city_id": row.city_id,
        "cinema_id": row.cinema_id,
        "created_at": kept(row.created_at),
        "gen": gen,
        "state": "live",
        **fields,
    }
    await access["showtimes"].update_one(key, {"$set": whole}, upsert=True, session=access.session)


class MongoRowCorrectionStore(Connected, RowCorrectionStore):
    """What operators say of showings, in a database of MongoDB."""

    async def correct_showtime(self, correction: RowCorrection, *, now: datetime) -> None:
        """In a transaction, or in an order that can be interrupted anywhere."""
        await self._write(lambda access: put_correction(access, correction, now=now), whole=True)

    async def row_corrections(self, city_id: str) -> list[RowCorrection]:
        """By index."""
        return await self._read(lambda access: find_corrections(access, city_id), [])

    async def found_showtime(self, showtime_id: str) -> Showtime | None:
        """By primary key."""
        return await self._read(lambda access: find_found(access, showtime_id), None)
