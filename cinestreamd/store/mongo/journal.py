"""What operators did, and how often somebody tried to become one."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final

import msgspec
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from cinestreamd.store.errors import StoreBusyError
from cinestreamd.store.journal import JournalEntry, JournalStore
from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import RETRY_AFTER_SECONDS, Access
from cinestreamd.store.records import kept

TRIES: Final = 5

_encoder: Final = msgspec.json.Encoder()
_decode: Final = msgspec.json.Decoder(JournalEntry).decode


async def put_entry(access: Access, entry: JournalEntry) -> None:
    """Add an entry, unless one of its id is there."""
    whole = msgspec.structs.replace(entry, at=kept(entry.at))
    fields = {"at": kept(entry.at), "record": _encoder.encode(whole).decode()}
    await access["journal"].update_one({"_id": entry.id}, {"$setOnInsert": fields}, upsert=True)


async def find_entry(access: Access, entry_id: str) -> JournalEntry | None:
    """The entry of that id."""
    document = await access["journal"].find_one({"_id": entry_id})
    return None if document is None else _decode(document["record"])


async def latest_entries(access: Access, *, limit: int) -> list[JournalEntry]:
    """The latest entries, newest first."""
    if limit <= 0:
        return []
    cursor = access["journal"].find().sort([("at", -1), ("_id", -1)]).limit(limit)
    return [_decode(document["record"]) async for document in cursor]


async def count_attempts(access: Access, period: str, names: Sequence[str]) -> Mapping[str, int]:
    """One document a period, in which each name is a field; those of other periods go."""
    attempts = access["attempts"]
    change = {"$inc": dict.fromkeys((f"counts.{name}" for name in names), 1)}
    for _ in range(TRIES):
        with suppress(DuplicateKeyError):  # another was the first of this period, this moment
            await attempts.update_one({"_id": period}, {"$setOnInsert": {"counts": {}}}, upsert=True)
        made = await attempts.find_one_and_update({"_id": period}, change, return_document=ReturnDocument.AFTER)
        if made is not None:
            await attempts.delete_many({"_id": {"$ne": period}})
            return {name: int(made["counts"][name]) for name in names}
    raise StoreBusyError(retry_after=RETRY_AFTER_SECONDS)


class MongoJournalStore(Connected, JournalStore):
    """The operators' journal, in a database of MongoDB."""

    async def note(self, entry: JournalEntry) -> None:
        """One document."""
        await self._write(lambda access: put_entry(access, entry))

    async def noted(self, entry_id: str) -> JournalEntry | None:
        """By primary key."""
        return await self._read(lambda access: find_entry(access, entry_id), None)

    async def journal(self, *, limit: int = 100) -> list[JournalEntry]:
        """By index, newest first."""
        return await self._read(lambda access: latest_entries(access, limit=limit), [])

    async def count_attempts(self, period: str, names: Sequence[str]) -> Mapping[str, int]:
        """One document."""
        return await self._write(lambda access: count_attempts(access, period, names))
