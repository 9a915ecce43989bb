"""What one run leaves for the next."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from sqlite3 import Connection
from typing import Final

import msgspec

from cinestreamd.store.memory import Discovery, KnownTitle, MemoryStore, PageMemory, Recipe, WebDiscovery
from cinestreamd.store.records import kept, milliseconds, moment
from cinestreamd.store.sqlite.connection import Reader
from cinestreamd.store.sqlite.opened import OpenedFile

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

_RECIPES: Final = "SELECT CAST(record AS BLOB) FROM recipe WHERE cinema_id = ? ORDER BY place"
_FORGET_RECIPES: Final = "DELETE FROM recipe WHERE cinema_id = ?"
_PUT_RECIPE: Final = "INSERT INTO recipe (cinema_id, place, record) VALUES (?, ?, ?)"
_TITLE: Final = "SELECT CAST(record AS BLOB) FROM known_title WHERE key = ?"
_PUT_TITLE: Final = """
    INSERT INTO known_title (key, record) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET record = excluded.record
"""
_WEB_DISCOVERY: Final = "SELECT CAST(record AS BLOB) FROM web_discovery WHERE city_id = ?"
_PUT_WEB_DISCOVERY: Final = """
    INSERT INTO web_discovery (city_id, record) VALUES (?, ?)
    ON CONFLICT (city_id) DO UPDATE SET record = excluded.record
"""

_encoder: Final = msgspec.json.Encoder()
_decode_page: Final = msgspec.json.Decoder(PageMemory).decode
_decode_discovery: Final = msgspec.json.Decoder(Discovery).decode
_decode_recipe: Final = msgspec.json.Decoder(Recipe).decode
_decode_title: Final = msgspec.json.Decoder(KnownTitle).decode
_decode_web_discovery: Final = msgspec.json.Decoder(WebDiscovery).decode


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


def find_recipes(reader: Reader, cinema_id: str) -> list[Recipe]:
    """A cinema's recipes in the order in which they were remembered."""
    return [_decode_recipe(record) for (record,) in reader.rows(_RECIPES, (cinema_id,))]


def put_recipes(connection: Connection, cinema_id: str, recipes: Sequence[Recipe]) -> None:
    """Replace a cinema's recipes."""
    connection.execute(_FORGET_RECIPES, (cinema_id,))
    rows = []
    for place, recipe in enumerate(recipes):
        whole = msgspec.structs.replace(recipe, compiled_at=kept(recipe.compiled_at))
        rows.append((cinema_id, place, _encoder.encode(whole).decode()))
    connection.executemany(_PUT_RECIPE, rows)


def find_titles(reader: Reader, keys: Iterable[str]) -> list[KnownTitle]:
    """The titles that are known of those keys."""
    found = []
    for key in dict.fromkeys(keys):
        found += [_decode_title(record) for (record,) in reader.rows(_TITLE, (key,))]
    return found


def put_titles(connection: Connection, titles: Iterable[KnownTitle]) -> None:
    """Add or replace titles."""
    for title in titles:
        whole = msgspec.structs.replace(title, learned_at=kept(title.learned_at))
        connection.execute(_PUT_TITLE, (title.key, _encoder.encode(whole).decode()))


def find_web_discovery(reader: Reader, city_id: str) -> WebDiscovery | None:
    """What a web search last learned of a city."""
    rows = reader.rows(_WEB_DISCOVERY, (city_id,))
    return _decode_web_discovery(rows[0][0]) if rows else None


def put_web_discovery(connection: Connection, discovery: WebDiscovery) -> None:
    """Replace what a web search learned of a city."""
    whole = msgspec.structs.replace(discovery, asked_at=kept(discovery.asked_at))
    connection.execute(_PUT_WEB_DISCOVERY, (discovery.city_id, _encoder.encode(whole).decode()))


class SqliteMemoryStore(OpenedFile, MemoryStore):
    """What runs remember, in a file."""

    async def pages(self, cinema_id: str) -> list[PageMemory]:
        """By primary key."""
        return find_pages(self._reader, cinema_id)

    async def remember_pages(self, cinema_id: str, pages: Sequence[PageMemory]) -> None:
        """Not durable: forgetting costs requests, never data."""
        await self._write(lambda connection: put_pages(connection, cinema_id, pages), durable=False)

    async def discovery(self, city_id: str) -> Discovery | None:
        """By primary key."""
        return find_discovery(self._reader, city_id)

    async def remember_discovery(self, discovery: Discovery) -> None:
        """Not durable, as ``remember_pages``."""
        await self._write(lambda connection: put_discovery(connection, discovery), durable=False)

    async def paused_until(self, server: str) -> datetime | None:
        """By primary key."""
        return find_pause(self._reader, server)

    async def pause(self, server: str, until: datetime) -> None:
        """Not durable, as ``remember_pages``."""
        await self._write(lambda connection: put_pause(connection, server, until), durable=False)

    async def recipes(self, cinema_id: str) -> list[Recipe]:
        """By primary key."""
        return find_recipes(self._reader, cinema_id)

    async def remember_recipes(self, cinema_id: str, recipes: Sequence[Recipe]) -> None:
        """Not durable, as ``remember_pages``."""
        await self._write(lambda connection: put_recipes(connection, cinema_id, recipes), durable=False)

    async def known_titles(self, keys: Sequence[str]) -> list[KnownTitle]:
        """By primary key, each once."""
        return find_titles(self._reader, keys)

    async def remember_titles(self, titles: Sequence[KnownTitle]) -> None:
        """Not durable, as ``remember_pages``."""
        if titles:
            await self._write(lambda connection: put_titles(connection, titles), durable=False)

    async def web_discovery(self, city_id: str) -> WebDiscovery | None:
        """By primary key."""
        return find_web_discovery(self._reader, city_id)

    async def remember_web_discovery(self, discovery: WebDiscovery) -> None:
        """Not durable, as ``remember_pages``."""
        await self._write(lambda connection: put_web_discovery(connection, discovery), durable=False)
