"""What one run leaves for the next: one document a key, which replaces the former one whole."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, TypeVar

import msgspec

from cinestreamd.store.memory import Discovery, KnownTitle, MemoryStore, PageMemory, Recipe, WebDiscovery
from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import Access
from cinestreamd.store.records import kept, milliseconds, moment

T = TypeVar("T")

_encoder: Final = msgspec.json.Encoder()


async def find(access: Access, collection: str, key: str, kind: type[T]) -> T | None:
    """What is kept under a key."""
    document = await access[collection].find_one({"_id": key})
    return None if document is None else msgspec.json.decode(document["record"], type=kind)


async def put(access: Access, collection: str, key: str, value: object) -> None:
    """Keep a value in place of the key's former one."""
    fields = {"record": _encoder.encode(value).decode()}
    await access[collection].update_one({"_id": key}, {"$set": fields}, upsert=True, session=access.session)


async def put_pages(access: Access, cinema_id: str, pages: Sequence[PageMemory]) -> None:
    """Replace a cinema's pages."""
    whole = tuple(msgspec.structs.replace(page, read_at=kept(page.read_at)) for page in pages)
    await put(access, "page_memories", cinema_id, whole)


async def put_recipes(access: Access, cinema_id: str, recipes: Sequence[Recipe]) -> None:
    """Replace a cinema's recipes."""
    whole = tuple(msgspec.structs.replace(recipe, compiled_at=kept(recipe.compiled_at)) for recipe in recipes)
    await put(access, "recipes", cinema_id, whole)


async def put_discovery(access: Access, collection: str, discovery: Discovery | WebDiscovery) -> None:
    """Replace what was learned of a city."""
    whole = msgspec.structs.replace(discovery, asked_at=kept(discovery.asked_at))
    await put(access, collection, discovery.city_id, whole)


async def find_titles(access: Access, keys: Sequence[str]) -> list[KnownTitle]:
    """The titles remembered under those keys."""
    cursor = access["known_titles"].find({"_id": {"$in": list(dict.fromkeys(keys))}})
    decode = msgspec.json.Decoder(KnownTitle).decode
    return [decode(document["record"]) for document in await cursor.to_list(None)]


async def put_titles(access: Access, titles: Sequence[KnownTitle]) -> None:
    """Add titles, each in place of a former one of its key."""
    for title in titles:
        await put(access, "known_titles", title.key, msgspec.structs.replace(title, learned_at=kept(title.learned_at)))


class MongoMemoryStore(Connected, MemoryStore):
    """What runs remember, in a database of MongoDB."""

    async def pages(self, cinema_id: str) -> list[PageMemory]:
        """By primary key."""
        pages = await self._read(lambda access: find(access, "page_memories", cinema_id, tuple[PageMemory, ...]), None)
        return list(pages or ())

    async def remember_pages(self, cinema_id: str, pages: Sequence[PageMemory]) -> None:
        """One document."""
        await self._write(lambda access: put_pages(access, cinema_id, pages))

    async def discovery(self, city_id: str) -> Discovery | None:
        """By primary key."""
        return await self._read(lambda access: find(access, "discoveries", city_id, Discovery), None)

    async def remember_discovery(self, discovery: Discovery) -> None:
        """One document."""
        await self._write(lambda access: put_discovery(access, "discoveries", discovery))

    async def paused_until(self, server: str) -> datetime | None:
        """By primary key."""
        until = await self._read(lambda access: find(access, "server_pauses", server, int), None)
        return None if until is None else moment(until)

    async def pause(self, server: str, until: datetime) -> None:
        """One document."""
        await self._write(lambda access: put(access, "server_pauses", server, milliseconds(until)))

    async def recipes(self, cinema_id: str) -> list[Recipe]:
        """By primary key."""
        recipes = await self._read(lambda access: find(access, "recipes", cinema_id, tuple[Recipe, ...]), None)
        return list(recipes or ())

    async def remember_recipes(self, cinema_id: str, recipes: Sequence[Recipe]) -> None:
        """One document."""
        await self._write(lambda access: put_recipes(access, cinema_id, recipes))

    async def known_titles(self, keys: Sequence[str]) -> list[KnownTitle]:
        """By primary key, each once."""
        return await self._read(lambda access: find_titles(access, keys), [])

    async def remember_titles(self, titles: Sequence[KnownTitle]) -> None:
        """One document a title."""
        await self._write(lambda access: put_titles(access, titles))

    async def web_discovery(self, city_id: str) -> WebDiscovery | None:
        """By primary key."""
        return await self._read(lambda access: find(access, "web_discoveries", city_id, WebDiscovery), None)

    async def remember_web_discovery(self, discovery: WebDiscovery) -> None:
        """One document."""
        await self._write(lambda access: put_discovery(access, "web_discoveries", discovery))
