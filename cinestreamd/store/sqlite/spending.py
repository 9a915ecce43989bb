"""Calls of Claude, what they cost against the caps, pending batches, and the state of the access."""

from datetime import UTC, datetime
from sqlite3 import Connection
from typing import Final

import msgspec

from cinestreamd.store.records import kept, milliseconds, moment
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
from cinestreamd.store.sqlite.connection import Reader
from cinestreamd.store.sqlite.opened import OpenedFile

_CALL: Final = "SELECT CAST(record AS BLOB) FROM model_call WHERE id = ?"
_INSERT_CALL: Final = """
    INSERT INTO model_call (id, run_id, city_id, started_at, outcome, record) VALUES (?, ?, ?, ?, ?, ?)
"""
_UPDATE_CALL: Final = "UPDATE model_call SET outcome = ?, record = ? WHERE id = ?"
_BETWEEN: Final = """
    SELECT CAST(record AS BLOB) FROM model_call WHERE started_at >= ? AND started_at < ?
    ORDER BY started_at DESC, id DESC LIMIT ?
"""
_OF_RUN: Final = """
    SELECT CAST(record AS BLOB) FROM model_call WHERE run_id = ? AND started_at >= ? AND started_at < ?
    ORDER BY started_at DESC, id DESC LIMIT ?
"""
_OF_CITY: Final = """
    SELECT CAST(record AS BLOB) FROM model_call WHERE city_id = ? AND started_at >= ? AND started_at < ?
    ORDER BY started_at DESC, id DESC LIMIT ?
"""
_AMOUNT: Final = "SELECT amount FROM spend WHERE period = ? AND city_id = ?"
_ADD: Final = """
    INSERT INTO spend (period, city_id, amount) VALUES (?, ?, ?)
    ON CONFLICT (period, city_id) DO UPDATE SET amount = amount + excluded.amount
"""
_STATE: Final = "SELECT CAST(record AS BLOB) FROM claude_state WHERE name = 'claude'"
_PUT_STATE: Final = """
    INSERT INTO claude_state (name, record) VALUES ('claude', ?)
    ON CONFLICT (name) DO UPDATE SET record = excluded.record
"""
_BATCHES: Final = "SELECT CAST(record AS BLOB) FROM pending_batch ORDER BY submitted_at, id"
_AWAITED: Final = """
    SELECT id, json_extract(record, '$.city_id'), submitted_at FROM pending_batch ORDER BY submitted_at, id
"""
_PUT_BATCH: Final = """
    INSERT INTO pending_batch (id, submitted_at, record) VALUES (?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET submitted_at = excluded.submitted_at, record = excluded.record
"""
_FORGET_BATCH: Final = "DELETE FROM pending_batch WHERE id = ?"
_PRUNE: Final = """
    DELETE FROM model_call WHERE rowid IN (SELECT rowid FROM model_call WHERE started_at < ? LIMIT ?)
"""
_LATEST: Final = 2**62

_encoder: Final = msgspec.json.Encoder()
_decode_call: Final = msgspec.json.Decoder(ModelCall).decode
_decode_state: Final = msgspec.json.Decoder(ClaudeState).decode
_decode_batch: Final = msgspec.json.Decoder(PendingBatch).decode


def reserve(connection: Connection, call: ModelCall, caps: Caps) -> Cap | None:
    """Record an open call and count its reservation, unless a cap forbids it; then that cap, the narrowest first."""
    if _recorded(connection, call.id) is not None:
        return None
    if call.reserved > caps.call:
        return "call"
    limits: tuple[tuple[Cap, int], ...] = (("city_day", caps.city_day), ("day", caps.day), ("month", caps.month))
    for (cap, most), (period, city_id) in zip(limits, _scopes(call), strict=True):
        if _amount(connection.execute(_AMOUNT, (period, city_id)).fetchall()) + call.reserved > most:
            return cap
    whole = _kept(call)
    connection.execute(
        _INSERT_CALL,
        (call.id, call.run_id, call.city_id, milliseconds(call.started_at), call.outcome, _text(whole)),
    )
    _count(connection, call, call.reserved)
    return None


def settle(connection: Connection, call: ModelCall) -> None:
    """Put the end of a call in place of its reservation. One that is settled, or was never recorded, stays so."""
    known = _recorded(connection, call.id)
    if known is None or known.outcome != "open":
        return
    settled = msgspec.structs.replace(_kept(call), started_at=known.started_at, reserved=known.reserved)
    connection.execute(_UPDATE_CALL, (settled.outcome, _text(settled), call.id))
    _count(connection, known, call.counted - known.reserved)


def find_calls(
    reader: Reader,
    *,
    run_id: str | None,
    city_id: str | None,
    since: datetime | None,
    until: datetime | None,
    limit: int,
) -> list[ModelCall]:
    """Calls, newest first, of one run, else of one city, else of all."""
    bounds = (milliseconds(since) if since else 0, milliseconds(until) if until else _LATEST, max(limit, 0))
    if run_id is not None:
        found = [_decode_call(row) for (row,) in reader.rows(_OF_RUN, (run_id, *bounds))]
        return [call for call in found if city_id is None or call.city_id == city_id]
    rows = reader.rows(_BETWEEN, bounds) if city_id is None else reader.rows(_OF_CITY, (city_id, *bounds))
    return [_decode_call(row) for (row,) in rows]


def find_spent(reader: Reader, now: datetime) -> Spent:
    """What counts against the caps of the day and the month of ``now``."""
    day, month = _periods(now)
    return Spent(day=_amount(reader.rows(_AMOUNT, (day, ""))), month=_amount(reader.rows(_AMOUNT, (month, ""))))


def find_state(reader: Reader) -> ClaudeState | None:
    """What the agents found last."""
    rows = reader.rows(_STATE)
    return _decode_state(rows[0][0]) if rows else None


def put_state(connection: Connection, state: ClaudeState) -> None:
    """Replace what the agents found."""
    moments = {name: getattr(state, name) for name in ("checked_at", "broken_at", "retry_at")}
    whole = msgspec.structs.replace(state, **{name: kept(value) for name, value in moments.items() if value})
    connection.execute(_PUT_STATE, (_encoder.encode(whole).decode(),))


def find_batches(reader: Reader) -> list[PendingBatch]:
    """All pending batches, oldest first."""
    return [_decode_batch(row) for (row,) in reader.rows(_BATCHES)]


def find_awaited(reader: Reader) -> list[AwaitedBatch]:
    """The same without their pages."""
    return [
        AwaitedBatch(id=batch_id, city_id=city_id, submitted_at=moment(submitted_at))
        for batch_id, city_id, submitted_at in reader.rows(_AWAITED)
    ]


def put_batch(connection: Connection, batch: PendingBatch) -> None:
    """Keep a batch until it is forgotten."""
    pages = tuple(
        msgspec.structs.replace(page, fetched_at=kept(page.fetched_at), call=_kept(page.call)) for page in batch.pages
    )
    whole = msgspec.structs.replace(batch, submitted_at=kept(batch.submitted_at), pages=pages)
    connection.execute(_PUT_BATCH, (batch.id, milliseconds(batch.submitted_at), _encoder.encode(whole).decode()))


def forget_batch(connection: Connection, batch_id: str) -> None:
    """Let a batch go."""
    connection.execute(_FORGET_BATCH, (batch_id,))


def prune_calls(connection: Connection, before: datetime, *, limit: int) -> int:
    """Delete up to ``limit`` calls that began before a moment; what they cost stays counted. Returns how many."""
    return connection.execute(_PRUNE, (milliseconds(before), limit)).rowcount


def _recorded(connection: Connection, call_id: str) -> ModelCall | None:
    rows = connection.execute(_CALL, (call_id,)).fetchall()
    return _decode_call(rows[0][0]) if rows else None


def _kept(call: ModelCall) -> ModelCall:
    return msgspec.structs.replace(call, started_at=kept(call.started_at))


def _text(call: ModelCall) -> str:
    return _encoder.encode(call).decode()


def _count(connection: Connection, call: ModelCall, amount: int) -> None:
    connection.executemany(_ADD, [(period, city_id, amount) for period, city_id in _scopes(call)])


def _scopes(call: ModelCall) -> tuple[tuple[str, str], ...]:
    """Where a call counts: its city in its day, the site in that day, the site in that month."""
    day, month = _periods(call.started_at)
    return (day, call.city_id), (day, ""), (month, "")


def _periods(moment: datetime) -> tuple[str, str]:
    day = moment.astimezone(UTC).date().isoformat()
    return day, day[:7]


def _amount(rows: list[tuple[int]] | list[tuple[object, ...]]) -> int:
    return int(str(rows[0][0])) if rows else 0


class SqliteSpendingStore(OpenedFile, SpendingStore):
    """What calls of Claude cost, in a file."""

    async def reserve_call(self, call: ModelCall, caps: Caps) -> Cap | None:
        """Durable: money that may be spent must not be forgotten."""
        return await self._write(lambda connection: reserve(connection, call, caps), durable=True)

    async def settle_call(self, call: ModelCall) -> None:
        """Durable, as ``reserve_call``."""
        await self._write(lambda connection: settle(connection, call), durable=True)

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
        return find_calls(self._reader, run_id=run_id, city_id=city_id, since=since, until=until, limit=limit)

    async def spent(self, now: datetime) -> Spent:
        """By primary key."""
        return find_spent(self._reader, now)

    async def claude_state(self) -> ClaudeState | None:
        """By primary key."""
        return find_state(self._reader)

    async def set_claude_state(self, state: ClaudeState) -> None:
        """Not durable: the next agent finds the same."""
        await self._write(lambda connection: put_state(connection, state), durable=False)

    async def pending_batches(self) -> list[PendingBatch]:
        """The whole table, which holds a few rows."""
        return find_batches(self._reader)

    async def awaited_batches(self) -> list[AwaitedBatch]:
        """The whole table, its pages left where they are."""
        return find_awaited(self._reader)

    async def remember_batch(self, batch: PendingBatch) -> None:
        """Durable: it has been paid for."""
        await self._write(lambda connection: put_batch(connection, batch), durable=True)

    async def forget_batch(self, batch_id: str) -> None:
        """Not durable: one that comes back is collected again, and changes nothing."""
        await self._write(lambda connection: forget_batch(connection, batch_id), durable=False)
