"""Calls of Claude, what they cost against the caps, pending batches, and the state of the access.

All sums of a month are one document, changed only as it was read (``edition``): so a cap holds whatever other
processes and machines reserve meanwhile. Without transactions the sum is raised before the call is recorded, and
lowered after it is settled: who dies in between has counted too much, never too little.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from pymongo.errors import DuplicateKeyError

from cinestreamd.store.errors import StoreBusyError
from cinestreamd.store.mongo import memory
from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import RETRY_AFTER_SECONDS, Access, Document
from cinestreamd.store.mongo.memory import put
from cinestreamd.store.records import kept
from cinestreamd.store.spending import (
    AwaitedBatch,
    Cap,
    Caps,
    ClaudeState,
    ModelCall,
    PendingBatch,
    SpendingStore,
    Spent,
)

Sums = dict[str, dict[str, int]]
"""By period ("2026-11-21", "2026-11"), by city id; "" is the site."""
TRIES: Final = 100

_encoder: Final = msgspec.json.Encoder()
_decode_call: Final = msgspec.json.Decoder(ModelCall).decode
_decode_batch: Final = msgspec.json.Decoder(PendingBatch).decode
_decode_sums: Final = msgspec.json.Decoder(Sums).decode


async def reserve(access: Access, call: ModelCall, caps: Caps) -> Cap | None:
    """Record an open call and count its reservation, unless a cap forbids it; then that cap, the narrowest first."""
    if await _recorded(access, call.id) is not None:
        return None
    if call.reserved > caps.call:
        return "call"
    limits: tuple[tuple[Cap, int], ...] = (("city_day", caps.city_day), ("day", caps.day), ("month", caps.month))

    def count(sums: Sums) -> Cap | None:
        for (cap, most), (period, city_id) in zip(limits, _scopes(call), strict=True):
            if sums.get(period, {}).get(city_id, 0) + call.reserved > most:
                return cap
        _add(sums, call, call.reserved)
        return None

    forbidden = await _change_sums(access, call, count)
    if forbidden is None:
        await access["calls"].insert_one(_document_of(call), session=access.session)
    return forbidden


async def settle_call(access: Access, call: ModelCall) -> None:
    """Put the end of a call in place of its reservation. One that is settled, or was never recorded, stays so."""
    known = await _recorded(access, call.id)
    if known is None or known.outcome != "open":
        return
    settled = msgspec.structs.replace(call, started_at=known.started_at, reserved=known.reserved)
    open_call = {"_id": call.id, "outcome": "open"}
    made = await access["calls"].replace_one(open_call, _document_of(settled), session=access.session)
    if made.matched_count:
        await _change_sums(access, known, lambda sums: _add(sums, known, call.counted - known.reserved))


async def find_calls(
    access: Access,
    *,
    run_id: str | None,
    city_id: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> list[ModelCall]:
    """Calls, newest first."""
    if limit <= 0:
        return []
    condition: dict[str, Any] = {}
    if run_id is not None:
        condition["run_id"] = run_id
    if city_id is not None:
        condition["city_id"] = city_id
    bounds = {"$gte": since and kept(since), "$lt": until and kept(until)}
    if since or until:
        condition["started_at"] = {name: value for name, value in bounds.items() if value}
    cursor = access["calls"].find(condition).sort([("started_at", -1), ("_id", -1)]).limit(limit)
    return [_decode_call(document["record"]) for document in await cursor.to_list(None)]


async def find_spent(access: Access, now: datetime) -> Spent:
    """What counts against the caps of the day and the month of ``now``."""
    day, month = _periods(now)
    document = await access["budget"].find_one({"_id": month})
    sums = {} if document is None else _decode_sums(document["record"])
    return Spent(day=sums.get(day, {}).get("", 0), month=sums.get(month, {}).get("", 0))


async def put_state(access: Access, state: ClaudeState) -> None:
    """Replace what the agents found."""
    moments = {name: getattr(state, name) for name in ("checked_at", "broken_at", "retry_at")}
    whole = msgspec.structs.replace(state, **{name: kept(value) for name, value in moments.items() if value})
    await put(access, "states", "claude", whole)


async def find_batches(access: Access) -> list[PendingBatch]:
    """All pending batches, oldest first."""
    cursor = access["batches"].find().sort([("submitted_at", 1), ("_id", 1)])
    return [_decode_batch(document["record"]) for document in await cursor.to_list(None)]


async def find_awaited(access: Access) -> list[AwaitedBatch]:
    """The same without their pages."""
    cursor = access["batches"].find({}, {"city_id": 1, "submitted_at": 1}).sort([("submitted_at", 1), ("_id", 1)])
    return [
        AwaitedBatch(id=document["_id"], city_id=document["city_id"], submitted_at=document["submitted_at"])
        for document in await cursor.to_list(None)
    ]


async def put_batch(access: Access, batch: PendingBatch) -> None:
    """Keep a batch until it is forgotten."""
    pages = tuple(
        msgspec.structs.replace(page, fetched_at=kept(page.fetched_at), call=_kept(page.call)) for page in batch.pages
    )
    whole = msgspec.structs.replace(batch, submitted_at=kept(batch.submitted_at), pages=pages)
    fields = {"city_id": batch.city_id, "submitted_at": whole.submitted_at, "record": _encoder.encode(whole).decode()}
    await access["batches"].update_one({"_id": batch.id}, {"$set": fields}, upsert=True, session=access.session)


async def _change_sums(access: Access, call: ModelCall, change: Callable[[Sums], Cap | None]) -> Cap | None:
    """Apply ``change`` to the sums of the call's month, unless it names a cap, as one step."""
    month = _periods(call.started_at)[1]
    for _ in range(TRIES):
        document = await access["budget"].find_one({"_id": month}, session=access.session)
        sums = {} if document is None else _decode_sums(document["record"])
        forbidden = change(sums)
        if forbidden is not None or await _put_sums(access, month, document, sums):
            return forbidden
    raise StoreBusyError(retry_after=RETRY_AFTER_SECONDS)


async def _put_sums(access: Access, month: str, former: Document | None, sums: Sums) -> bool:
    edition = 0 if former is None else former["edition"]
    fields = {"edition": edition + 1, "record": _encoder.encode(sums).decode()}
    try:
        made = await access["budget"].update_one(
            {"_id": month, "edition": edition}, {"$set": fields}, upsert=former is None, session=access.session
        )
    except DuplicateKeyError:
        if access.session is not None:
            raise
        return False
    return bool(made.matched_count or made.upserted_id is not None)


def _add(sums: Sums, call: ModelCall, amount: int) -> None:
    for period, city_id in _scopes(call):
        amounts = sums.setdefault(period, {})
        amounts[city_id] = amounts.get(city_id, 0) + amount


async def _recorded(access: Access, call_id: str) -> ModelCall | None:
    document = await access["calls"].find_one({"_id": call_id}, session=access.session)
    return None if document is None else _decode_call(document["record"])


def _document_of(call: ModelCall) -> Document:
    whole = _kept(call)
    fields = {name: getattr(whole, name) for name in ("run_id", "city_id", "started_at", "outcome")}
    return {"_id": call.id, **fields, "record": _encoder.encode(whole).decode()}


def _kept(call: ModelCall) -> ModelCall:
    return msgspec.structs.replace(call, started_at=kept(call.started_at))


def _scopes(call: ModelCall) -> tuple[tuple[str, str], ...]:
    """Where a call counts: its city in its day, the site in that day, the site in that month."""
    day, month = _periods(call.started_at)
    return (day, call.city_id), (day, ""), (month, "")


def _periods(moment: datetime) -> tuple[str, str]:
    day = moment.astimezone(UTC).date().isoformat()
    return day, day[:7]


class MongoSpendingStore(Connected, SpendingStore):
    """What calls of Claude cost, in a database of MongoDB."""

    async def reserve_call(self, call: ModelCall, caps: Caps) -> Cap | None:
        """All sums of a month are one document, changed only as it was read."""
        return await self._write(lambda access: reserve(access, call, caps), whole=True)

    async def settle_call(self, call: ModelCall) -> None:
        """As ``reserve_call``."""
        await self._write(lambda access: settle_call(access, call), whole=True)

    async def calls(
        self,
        *,
        run_id: str | None = None,
        city_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 500,
    ) -> list[ModelCall]:
        """By index."""
        return await self._read(
            lambda access: find_calls(access, run_id=run_id, city_id=city_id, since=since, until=until, limit=limit),
            [],
        )

    async def spent(self, now: datetime) -> Spent:
        """By primary key."""
        return await self._read(lambda access: find_spent(access, now), Spent(day=0, month=0))

    async def claude_state(self) -> ClaudeState | None:
        """By primary key."""
        return await self._read(lambda access: memory.find(access, "states", "claude", ClaudeState), None)

    async def set_claude_state(self, state: ClaudeState) -> None:
        """One document."""
        await self._write(lambda access: put_state(access, state))

    async def pending_batches(self) -> list[PendingBatch]:
        """The whole collection, which holds a few documents."""
        return await self._read(find_batches, [])

    async def awaited_batches(self) -> list[AwaitedBatch]:
        """The same without the records."""
        return await self._read(find_awaited, [])

    async def remember_batch(self, batch: PendingBatch) -> None:
        """One document."""
        await self._write(lambda access: put_batch(access, batch))

    async def forget_batch(self, batch_id: str) -> None:
        """One document."""

        async def forget(access: Access) -> None:
            await access["batches"].delete_one({"_id": batch_id})

        await self._write(forget)
