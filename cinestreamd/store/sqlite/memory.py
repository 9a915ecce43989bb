"""What one run leaves for the next."""

from collections.abc import Sequence
from datetime import datetime
from sqlite3 import Connection
from typing import Final

import msgspec

from cinestreamd.store.memory import Discovery, PageMemory
from cinestreamd.store.sqlite.connection import Reader
from cinestreamd.store.sqlite.records import kept, milliseconds, moment

_PAGES: Final = "SELECT CAST(record AS BLOB) FROM page_memory WHERE cinema_id = ? ORDER BY place"
_FORGET_PAGES: Final = "DELETE FROM page_memory WHERE cinema_id = ?"
_PUT_PAGE: Final = "INSERT INTO page_memory (cinema_id, place, record) VALUES (?, ?, ?)"
_DISCOVERY: Final = "SELECT CAST(record AS BLOB) FROM discovery WHERE city_id = ?"
_PUT_DISCOVERY: Final = """
    INSERT INTO discovery (city_id, record) VALUES (?, ?) ON CONFLICT (city_id) DO UPDATE SET record = excluded.record
"""
_PAUSE: Final = "SELECT until FROM server_pause WHERE server = ?"
_PUT_PAUSE: Final = """
    INSERT INTO server_pause (server, until) VALUES (?, ?) ON CONFLICT (server) DO UPDATE SET until = excluded.until
"""

_encoder: Final = msgspec.json.Encoder()
_decode_page: Final = msgspec.json.Decoder(PageMemory).decode
_decode_discovery: Final = msgspec.json.Decoder(Discovery).decode


def find_pages(reader: Reader, cinema_id: str) -> list[PageMemory]:
    """A cinema's pages in the order in which they were remembered."""
    return [_decode_page(record) for (record,) in reader.rows(_PAGES, (cinema_id,))]


def put_pages(connection: Connection, cinema_id: str, pages: Sequence[PageMemory]) -> None:
    """Replace a cinema's pages."""
    connection.execute(_FORGET_PAGES, (cinema_id,))
    rows = []
    for place, page in enumerate(pages):
        whole = msgspec.structs.replace(page, read_at=kept(page.read_at))
        rows.append((cinema_id, place, _encoder.encode(whole).decode()))
    connection.executemany(_PUT_PAGE, rows)


def find_discovery(reader: Reader, city_id: str) -> Discovery | None:
    """What was last learned of a city."""
    rows = reader.rows(_DISCOVERY, (city_id,))
    return _decode_discovery(rows[0][0]) if rows else None


def put_discovery(connection: Connection, discovery: Discovery) -> None:
    """Replace what was learned of a city."""
    whole = msgspec.structs.replace(discovery, asked_at=kept(discovery.asked_at))
    connection.execute(_PUT_DISCOVERY, (discovery.city_id, _encoder.encode(whole).decode()))


def find_pause(reader: Reader, server: str) -> datetime | None:
    """Until when a server is paused."""
    rows = reader.rows(_PAUSE, (server,))
    return moment(rows[0][0]) if rows else None


def put_pause(connection: Connection, server: str, until: datetime) -> None:
    """Pause a server."""
    connection.execute(_PUT_PAUSE, (server, milliseconds(until)))
