"""All that an embedded database holds, item by item; and putting one file in place of another."""

import asyncio
import os
import sqlite3
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from cinestreamd.store.errors import StoreUnavailableError
from cinestreamd.store.journal import JournalEntry
from cinestreamd.store.records import (
    decode_cinema,
    decode_poster,
    decode_run,
    decode_showtime,
    milliseconds,
    optional_milliseconds,
)
from cinestreamd.store.reports import PackedReport
from cinestreamd.store.row_corrections import RowCorrection
from cinestreamd.store.spending import ModelCall, PendingBatch
from cinestreamd.store.sqlite.connection import RETRY_AFTER_SECONDS, meaning_of
from cinestreamd.store.sqlite.locations import ALL_LOCATIONS, location_of
from cinestreamd.store.sqlite.migrations import SCHEMA_VERSION
from cinestreamd.store.transfer.items import DayCounts, Item, KeptLocation, canonical

Row = tuple[Any, ...]

_decode_location: Final = msgspec.json.Decoder(KeptLocation).decode
_decode_call: Final = msgspec.json.Decoder(ModelCall).decode
_decode_batch: Final = msgspec.json.Decoder(PendingBatch).decode
_decode_entry: Final = msgspec.json.Decoder(JournalEntry).decode
_decode_report: Final = msgspec.json.Decoder(PackedReport).decode
_decode_word: Final = msgspec.json.Decoder(RowCorrection).decode
_decode_day: Final = msgspec.json.Decoder(DayCounts).decode
_decode_sums: Final = msgspec.json.Decoder(dict[str, dict[str, int]]).decode
_decode_texts: Final = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Table(Struct, frozen=True, kw_only=True):
    """How a kind of item lies in its table: ``read`` selects key and body, ``columns`` makes the rows of an item."""

    name: str
    key: str
    read: str
    columns: tuple[str, ...]
    rows: Callable[[Item], list[Row]]


def _record(name: str, key: str, columns: tuple[str, ...], values: Callable[[str], Row]) -> Table:
    """A table with a record, beside columns that are taken from it."""
    return Table(
        name=name,
        key=key,
        read=f"SELECT {key}, record FROM {name}",  # noqa: S608 - names of our own
        columns=(key, *columns, "record"),
        rows=lambda item: [(item.key, *values(item.body), item.body)],
    )


def _list(name: str) -> Table:
    """A table with several records a key, in order: one item holds them all."""
    return Table(
        name=name,
        key="cinema_id",
        read=f"SELECT cinema_id, record FROM {name} ORDER BY cinema_id, place",  # noqa: S608 - names of our own
        columns=("cinema_id", "place", "record"),
        rows=lambda item: [
            (item.key, place, bytes(text).decode()) for place, text in enumerate(_decode_texts(item.body))
        ],
    )


def _showtime(body: str) -> Row:
    row = decode_showtime(body)
    return row.city_id, row.cinema_id, row.film_id, milliseconds(row.start_time), milliseconds(row.created_at)


def _call(body: str) -> Row:
    call = _decode_call(body)
    return call.run_id, call.city_id, milliseconds(call.started_at), call.outcome


def _cinema(body: str) -> Row:
    cinema = decode_cinema(body)
    return cinema.city_id, cinema.name


def _poster(body: str) -> Row:
    poster = decode_poster(body)
    return poster.url, milliseconds(poster.tried_at), poster.digest


def _run(body: str) -> Row:
    run = decode_run(body)
    return run.city_id, milliseconds(run.started_at), run.outcome


def _day(item: Item) -> list[Row]:
    counts = _decode_day(item.body)
    return [(item.key, counts.visits, counts.views, counts.runs)]


def _location(item: Item) -> list[Row]:
    kept = _decode_location(item.body)
    place, lease = kept.location, kept.location.lease
    names = (place.names.uk, place.names.en, place.names.ru)
    state = (optional_milliseconds(place.last_updated), place.revision, place.failures)
    held = (None, kept.fence, None) if lease is None else (lease.owner, kept.fence, milliseconds(lease.until))
    cooldown = optional_milliseconds(place.cooldown_until)
    return [(place.id, *names, place.lat, place.lon, place.country, place.timezone, *state, cooldown, *held)]


def _row_correction(word: RowCorrection) -> Row:
    return word.city_id, milliseconds(word.at)


def _no_values(_body: str) -> Row:
    return ()


TABLES: Final = {
    "location": Table(
        name="location",
        key="id",
        read=ALL_LOCATIONS,
        columns=(
            *("id", "name_uk", "name_en", "name_ru", "lat", "lon", "country", "timezone", "last_updated", "revision"),
            *("failures", "cooldown_until", "lease_owner", "lease_fence", "lease_until"),
        ),
        rows=_location,
    ),
    "cinema": _record("cinema", "id", ("city_id", "name"), _cinema),
    "correction": _record(
        "correction", "cinema_id", ("city_id",), lambda body: (msgspec.json.decode(body)["city_id"],)
    ),
    "film": _record("film", "id", (), _no_values),
    "film_poster": _record("film_poster", "film_id", ("url", "tried_at", "digest"), _poster),
    "showtime": _record("showtime", "id", ("city_id", "cinema_id", "film_id", "start_time", "created_at"), _showtime),
    "run": _record("run", "id", ("city_id", "started_at", "outcome"), _run),
    "day": Table(
        name="day",
        key="day",
        read="SELECT day, visits, views, runs FROM day",
        columns=("day", "visits", "views", "runs"),
        rows=_day,
    ),
    "city_view": Table(
        name="city_view",
        key="day || '/' || city_id",
        read="SELECT day || '/' || city_id, views FROM city_view",
        columns=("day", "city_id", "views"),
        rows=lambda item: [(*item.key.split("/", 1), int(item.body))],
    ),
    "page_memory": _list("page_memory"),
    "discovery": _record("discovery", "city_id", (), _no_values),
    "server_pause": Table(
        name="server_pause",
        key="server",
        read="SELECT server, until FROM server_pause",
        columns=("server", "until"),
        rows=lambda item: [(item.key, int(item.body))],
    ),
    "recipe": _list("recipe"),
    "known_title": _record("known_title", "key", (), _no_values),
    "web_discovery": _record("web_discovery", "city_id", (), _no_values),
    "model_call": _record("model_call", "id", ("run_id", "city_id", "started_at", "outcome"), _call),
    "spend": Table(
        name="spend",
        key="substr(period, 1, 7)",
        read="SELECT substr(period, 1, 7), period, city_id, amount FROM spend ORDER BY 1, 2, 3",
        columns=("period", "city_id", "amount"),
        rows=lambda item: [
            (period, city_id, amount)
            for period, amounts in _decode_sums(item.body).items()
            for city_id, amount in amounts.items()
        ],
    ),
    "claude_state": _record("claude_state", "name", (), _no_values),
    "pending_batch": _record(
        "pending_batch", "id", ("submitted_at",), lambda body: (milliseconds(_decode_batch(body).submitted_at),)
    ),
    "run_report": _record(
        "run_report", "run_id", ("started_at",), lambda body: (milliseconds(_decode_report(body).started_at),)
    ),
    "row_correction": _record(
        "row_correction", "id", ("city_id", "at"), lambda body: _row_correction(_decode_word(body))
    ),
    "found_row": _record(
        "found_row", "showtime_id", ("start_time",), lambda body: (milliseconds(decode_showtime(body).start_time),)
    ),
    "journal": _record("journal", "id", ("at",), lambda body: (milliseconds(_decode_entry(body).at),)),
}
"""Where each kind of item is."""

UNMOVED: Final = frozenset({"duty", "attempt"})
"""Tables that belong to the running daemons, not to the data."""


class SqliteDepot:
    """``Depot`` over a prepared file. Belongs to a command: it blocks."""

    def __init__(self, path: Path, *, shown: Path | None = None) -> None:
        self._shown = shown or path
        self._connection = sqlite3.connect(path, timeout=10.0, isolation_level=None)

    async def items(self, kind: str) -> AsyncIterator[Item]:
        """In one statement: of one moment."""
        table = TABLES[kind]
        with _neutral():
            rows = self._connection.execute(table.read)
            for key, group in groupby(rows, key=lambda row: row[0]):
                for body in _bodies(kind, list(group)):
                    yield Item(key, body)

    async def put(self, kind: str, items: Sequence[Item]) -> None:
        """In one transaction."""
        table = TABLES[kind]
        places = ", ".join("?" * len(table.columns))
        statement = f"INSERT INTO {table.name} ({', '.join(table.columns)}) VALUES ({places})"  # noqa: S608 - own names
        with _neutral(), self._transaction():
            self._delete(table, [item.key for item in items])
            for item in items:
                self._connection.executemany(statement, table.rows(item))

    async def remove(self, kind: str, keys: Sequence[str]) -> None:
        """In one transaction."""
        with _neutral(), self._transaction():
            self._delete(TABLES[kind], keys)

    async def faults(self) -> list[str]:
        """What SQLite says of the file, and columns that are not what their record says."""
        with _neutral():
            found = [row[0] for row in self._connection.execute("PRAGMA integrity_check(20)") if row[0] != "ok"]
            wrong = self._connection.execute(
                "SELECT count(*) FROM showtime WHERE json_extract(record, '$.id') IS NOT id "
                "OR json_extract(record, '$.cinema_id') IS NOT cinema_id "
                "OR json_extract(record, '$.city_id') IS NOT city_id"
            ).fetchone()[0]
        return [*(f"SQLite: {line}" for line in found), *([f"{wrong} showtimes lie in a wrong place"] if wrong else [])]

    async def facts(self) -> dict[str, object]:
        """Kind, schema and size."""
        files = [Path(f"{self._shown}{end}") for end in ("", "-wal")]
        (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        return {
            "kind": "sqlite",
            "place": str(self._shown),
            "schema": version,
            "schema_wanted": SCHEMA_VERSION,
            "server": sqlite3.sqlite_version,
            "bytes": sum(file.stat().st_size for file in files if file.exists()),
        }

    async def close(self) -> None:
        """Close the connection; what was written is in the file then."""
        with _neutral():
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def _delete(self, table: Table, keys: Sequence[str]) -> None:
        statement = f"DELETE FROM {table.name} WHERE {table.key} = ?"  # noqa: S608 - names of our own
        self._connection.executemany(statement, [(key,) for key in keys])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


def _bodies(kind: str, rows: list[Row]) -> list[str]:
    """The bodies of the items in rows of one key: several for tables where that is not the whole key."""
    if kind == "location":
        return [canonical(KeptLocation(location=location_of(row), fence=row[13])) for row in rows]
    if kind == "day":
        return [canonical(DayCounts(visits=row[1], views=row[2], runs=row[3])) for row in rows]
    if kind in {"page_memory", "recipe"}:
        return ["[" + ",".join(row[1] for row in rows) + "]"]
    if kind == "spend":
        sums: dict[str, dict[str, int]] = {}
        for _, period, city_id, amount in rows:
            sums.setdefault(period, {})[city_id] = amount
        return [canonical(sums)]
    return [str(row[1]) for row in rows]


async def snapshot(path: Path, copy: Path) -> None:
    """Copy a database that may be in use into a new file, as of one moment, by SQLite's online backup."""

    def back_up() -> None:
        with _neutral(), closing(sqlite3.connect(path, timeout=10.0)) as source, closing(sqlite3.connect(copy)) as made:
            copy.chmod(0o600)
            source.backup(made, pages=1000)

    await asyncio.to_thread(back_up)


def remove_database(path: Path) -> None:
    """Delete a database that nobody uses, with all that lies beside it; one that is not there changes nothing."""
    for end in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def put_in_place(new: Path, path: Path) -> Path | None:
    """Put a closed database in place of another that nobody uses; returns where the former one is now, if any.

    Whenever this is interrupted, there is a whole database at ``path``: the former one or the new one.
    """
    former = path.with_name(f"{path.name}.former") if path.exists() else None
    if former is not None:
        remove_database(former)
        _empty_log(path)
        for end in ("-wal", "-shm"):
            file = path.with_name(path.name + end)
            if file.exists():
                file.rename(former.with_name(former.name + end))
        former.hardlink_to(path)
    new.rename(path)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return former


def _empty_log(path: Path) -> None:
    """Have a database be whole in its file alone; one that is damaged stays as it is."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, timeout=10.0)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def _neutral() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        meaning = meaning_of(error)
        if meaning is error:
            raise StoreUnavailableError(retry_after=RETRY_AFTER_SECONDS, reason=str(error)) from error
        raise meaning from error
