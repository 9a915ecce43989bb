"""All that a store holds can be taken to any other store and back, and is then the same, item by item."""

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from everything import fill_with_everything
from mongo_server import empty_database
from pymongo import MongoClient

from cinestreamd.store.base import Store
from cinestreamd.store.mongo import MongoStore
from cinestreamd.store.mongo import prepare as prepare_mongo
from cinestreamd.store.mongo.depot import COLLECTIONS, MongoDepot
from cinestreamd.store.mongo.depot import UNMOVED as UNMOVED_COLLECTIONS
from cinestreamd.store.sqlite import SqliteStore, prepare
from cinestreamd.store.sqlite.depot import TABLES, UNMOVED, SqliteDepot
from cinestreamd.store.transfer.checking import check
from cinestreamd.store.transfer.copying import Progress, SourceChangedError, copy
from cinestreamd.store.transfer.items import KINDS, Depot, Item

if TYPE_CHECKING:
    from conftest import Records


async def everything_in(depot: Depot) -> dict[str, list[Item]]:
    return {kind: sorted([item async for item in depot.items(kind)], key=lambda item: item.key) for kind in KINDS}


def depot_of(backend_name: str, address: str) -> Depot:
    return SqliteDepot(Path(address)) if backend_name == "sqlite" else MongoDepot(address)


@pytest.fixture
async def full(store: Store, backend_name: str, address: str, records: "Records") -> AsyncIterator[Depot]:
    """All that a full store of each kind holds."""
    await fill_with_everything(store, records)
    depot = depot_of(backend_name, address)
    yield depot
    await depot.close()


@pytest.fixture
def another_mongo() -> Iterator[str]:
    with empty_database() as uri:
        prepare_mongo(uri)
        yield uri


def ignore(_: Progress) -> None:
    """Progress that nobody follows."""


async def test_every_kind_of_item_is_there(full: Depot) -> None:
    held = {kind: len(items) for kind, items in (await everything_in(full)).items()}
    assert held == {
        "location": 2,
        "cinema": 2,
        "correction": 1,
        "film": 2,
        "film_poster": 1,
        "showtime": 4,
        "run": 3,
        "day": 2,
        "city_view": 3,
        "page_memory": 1,
        "discovery": 1,
        "server_pause": 1,
        "recipe": 1,
        "known_title": 1,
        "web_discovery": 1,
        "model_call": 3,
        "spend": 2,
        "claude_state": 1,
        "pending_batch": 1,
        "journal": 1,
        "run_report": 1,
        "row_correction": 1,
        "found_row": 1,
    }


async def test_there_and_back_again_is_the_same(full: Depot, another_mongo: str, tmp_path: Path) -> None:
    """Into MongoDB and from there into a file, whatever it was to begin with."""
    before = await everything_in(full)
    there = MongoDepot(another_mongo)
    prepare(tmp_path / "back.sqlite")
    back = SqliteDepot(tmp_path / "back.sqlite")
    digests = await copy(full, there, tell=ignore)
    assert await everything_in(there) == before
    assert await copy(there, back, tell=ignore) == digests
    assert await everything_in(back) == before
    assert (await check(back)).is_whole
    await there.close()
    await back.close()


async def shown(store: Store, records: "Records") -> list[Any]:
    """What the product reads of a full store."""
    cities = await store.locations()
    since = records.now.replace(year=2000)
    return [
        cities,
        [await store.cinemas(city.id) for city in cities],
        [await store.showtimes(city.id, since=since) for city in cities],
        sorted(await store.films(["dovbush-2023", "мавка-2023"]), key=lambda film: film.id),
        await store.runs(),
        await store.corrections("kyiv"),
        await store.stats(now=records.now),
        await store.viewed_cities(records.today),
        await store.pages("zhovten"),
        await store.recipes("zhovten"),
        await store.discovery("kyiv"),
        await store.web_discovery("lviv"),
        await store.known_titles(["мавка"]),
        await store.paused_until("https://overpass.example"),
        await store.calls(),
        await store.spent(records.now),
        await store.claude_state(),
        await store.pending_batches(),
        await store.journal(),
        await store.report("run-1"),
        await store.row_corrections("kyiv"),
        await store.found_showtime("new"),
    ]


async def test_a_moved_store_shows_the_same_and_goes_on(
    full: Depot, store: Store, another_mongo: str, records: "Records"
) -> None:
    there = MongoDepot(another_mongo)
    await copy(full, there, tell=ignore)
    await there.close()
    moved = MongoStore(another_mongo, write_timeout=20.0)
    assert await shown(moved, records) == await shown(store, records)
    [kyiv, lviv] = await moved.locations()
    assert lviv.lease is not None
    assert await moved.renew_lease(lviv.lease, now=records.now, seconds=60)
    lease = await moved.acquire_lease("kyiv", owner="agent", now=records.now, seconds=60)
    assert lease is not None
    assert lease.fence == 3, "fences go on where they were"
    publication = records.publication(records.showtime("after", hours=9))
    assert await moved.publish(lease, publication, now=records.now) == kyiv.revision + 1
    ids = [row.id for row in await moved.showtimes("kyiv", since=records.now)]
    assert ids == ["after"]
    await moved.close()


class Interrupted(Exception):  # noqa: N818 - stands for a process that dies
    """The copying ended in the middle."""


class Dying:
    """A depot that takes so many portions."""

    def __init__(self, depot: Depot, *, portions: int) -> None:
        self._depot = depot
        self._left = portions

    def __getattr__(self, name: str) -> Any:
        return getattr(self._depot, name)

    async def put(self, kind: str, items: Sequence[Item]) -> None:
        """Put items, or die."""
        if self._left == 0:
            raise Interrupted
        self._left -= 1
        await self._depot.put(kind, items)


async def test_what_was_interrupted_goes_on_where_it_was(
    store_factory: Callable[[], Store], backend_name: str, address: str, tmp_path: Path, records: "Records"
) -> None:
    if backend_name == "sqlite":
        await fill_with_everything(store_factory(), records, showtimes=1200)
    else:
        await fill_with_everything(store_factory(), records, showtimes=20)
    source = depot_of(backend_name, address)
    prepare(tmp_path / "there.sqlite")
    there = SqliteDepot(tmp_path / "there.sqlite")
    with pytest.raises(Interrupted):
        await copy(source, Dying(there, portions=5), tell=ignore)
    known = sum([len(items) for items in (await everything_in(there)).values()])
    told: dict[str, Progress] = {}
    await copy(source, there, tell=lambda progress: told.update({progress.kind: progress}))
    seen, written = sum(each.seen for each in told.values()), sum(each.written for each in told.values())
    assert known > 0
    assert written == seen - known
    assert await everything_in(there) == await everything_in(source)
    await there.close()
    await source.close()


class Meddling:
    """A depot beside which somebody goes on writing to the source, once that has been read."""

    def __init__(self, depot: Depot, meddle: Callable[[], Awaitable[None]]) -> None:
        self._depot = depot
        self._meddle = meddle

    def __getattr__(self, name: str) -> Any:
        return getattr(self._depot, name)

    async def put(self, kind: str, items: Sequence[Item]) -> None:
        """Put items; a visit is counted meanwhile."""
        await self._depot.put(kind, items)
        if kind == "day":
            await self._meddle()


async def test_a_source_that_changes_while_it_is_copied_is_told(
    full: Depot, store: Store, tmp_path: Path, records: "Records"
) -> None:
    prepare(tmp_path / "there.sqlite")
    there = SqliteDepot(tmp_path / "there.sqlite")

    async def meddle() -> None:
        await store.count_visits(records.today, visits=1, views={}, batch="b9")

    with pytest.raises(SourceChangedError, match="Records of the kind day changed while they were copied"):
        await copy(full, Meddling(there, meddle), tell=ignore)
    await copy(full, there, tell=ignore)
    assert await everything_in(there) == await everything_in(full)
    await there.close()


async def test_what_is_not_in_the_source_goes(full: Depot, tmp_path: Path, records: "Records") -> None:
    path = tmp_path / "there.sqlite"
    prepare(path)
    store = SqliteStore(path)
    await store.add_location(records.location("odesa"))
    await store.close()
    there = SqliteDepot(path)
    await copy(full, there, tell=ignore)
    assert await everything_in(there) == await everything_in(full)
    await there.close()


async def test_a_check_finds_what_is_wrong(full: Depot, backend_name: str, address: str) -> None:
    assert (await check(full)).problems == ()
    if backend_name == "sqlite":
        with closing(sqlite3.connect(address)) as connection:
            connection.execute("UPDATE showtime SET cinema_id = 'nowhere' WHERE id = 's1'")
            connection.execute("UPDATE run SET record = '{}' WHERE id = 'run-1'")
            connection.execute("DELETE FROM film WHERE id = 'dovbush-2023'")
            connection.commit()
        lines = ["1 showtimes lie in a wrong place"]
    else:
        with MongoClient[dict[str, Any]](address) as client:
            database = client.get_default_database()
            database["cinemas"].drop_indexes()
            database["runs"].update_one({"_id": "run-1"}, {"$set": {"record": "{}"}})
            database["films"].delete_one({"_id": "dovbush-2023"})
        lines = ["the index city_id_1_name_1__id_1 of cinemas is missing"]
    assert (await check(full)).problems == (
        *lines,
        "1 of kind run cannot be read",
        "4 of kind showtime name a film that is not there",
    )


def test_no_table_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "empty.sqlite"
    prepare(path)
    with closing(sqlite3.connect(path)) as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert tables == {table.name for table in TABLES.values()} | UNMOVED
    assert set(TABLES) == set(COLLECTIONS) == set(KINDS)


async def test_no_collection_is_forgotten(another_mongo: str, records: "Records") -> None:
    store = MongoStore(another_mongo, write_timeout=20.0)
    await fill_with_everything(store, records)
    await store.hold_duty("refresh", owner="here", now=records.now, seconds=90)
    await store.close()
    with MongoClient[dict[str, Any]](another_mongo) as client:
        names = set(client.get_default_database().list_collection_names())
    assert names == set(COLLECTIONS.values()) | UNMOVED_COLLECTIONS
