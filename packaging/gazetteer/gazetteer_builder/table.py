"""Writes the table. The same records give the same bytes with the same SQLite, and the same content with any."""

import hashlib
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from cinestreamd.gazetteer.database import SCHEMA, SCHEMA_VERSION, pack
from cinestreamd.gazetteer.sphere import unit_vector
from gazetteer_builder.keys import keys_of, prepared_answers
from gazetteer_builder.record import Record, Region

_CONTENT: Final = ("about", "regions", "timezones", "cities", "names", "prefixes")


def write_table(path: Path, records: Sequence[Record], ids: Sequence[str], about: Mapping[str, str]) -> None:
    """Write ``records``, the most populous first, with their ids to a new file at ``path``."""
    with closing(sqlite3.connect(path)) as database:
        database.executescript(f"PRAGMA page_size = 4096; PRAGMA journal_mode = OFF; {SCHEMA}")
        database.executemany("INSERT INTO about VALUES (?, ?)", sorted(about.items()))
        regions = _write_regions(database, records)
        timezones = _write_timezones(database, records)
        for rank, (record, city_id) in enumerate(zip(records, ids, strict=True), start=1):
            database.execute(
                "INSERT INTO cities VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(rank, city_id, record.geonameid, record.uk, record.en, record.ru, record.country),
                    *(record.lat, record.lon, timezones[record.timezone], record.population),
                    regions.get(record.region),
                ),
            )
            edges = [edge for value in unit_vector(record.lat, record.lon) for edge in (value, value)]
            database.execute("INSERT INTO points VALUES (?, ?, ?, ?, ?, ?, ?)", (rank, *edges))
        keys = sorted(key for rank, record in enumerate(records, start=1) for key in keys_of(record, rank))
        database.executemany("INSERT INTO names VALUES (?, ?, ?)", keys)
        database.executemany(
            "INSERT INTO prefixes VALUES (?, ?)", ((prefix, pack(ranks)) for prefix, ranks in prepared_answers(keys))
        )
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        database.commit()
        database.execute("VACUUM")


def _write_regions(database: sqlite3.Connection, records: Sequence[Record]) -> dict[Region | None, int]:
    regions = sorted({record.region for record in records if record.region})
    numbers: dict[Region | None, int] = {region: number for number, region in enumerate(regions, start=1)}
    database.executemany("INSERT INTO regions VALUES (?, ?, ?, ?)", ((numbers[r], r.uk, r.en, r.ru) for r in regions))
    return numbers


def _write_timezones(database: sqlite3.Connection, records: Sequence[Record]) -> dict[str, int]:
    numbers = {name: number for number, name in enumerate(sorted({record.timezone for record in records}), start=1)}
    database.executemany("INSERT INTO timezones VALUES (?, ?)", ((number, name) for name, number in numbers.items()))
    return numbers


def content_digest(path: Path) -> str:
    """SHA-256 over every row of a table: equal digests mean equal answers, whatever SQLite wrote the file."""
    digest = hashlib.sha256()
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        for name in _CONTENT:
            for row in sorted(database.execute(f"SELECT * FROM {name}")):  # noqa: S608 - names from _CONTENT
                digest.update(repr(row).encode())
    return digest.hexdigest()


def issued_ids(path: Path) -> dict[int, str]:
    """The ids that a table has given, by geonameid; none when there is no table yet."""
    if not path.exists():
        return {}
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as database:
        return dict(database.execute("SELECT geonameid, id FROM cities"))
