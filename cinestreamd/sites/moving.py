"""Putting all of a site's records into another database, whole or so that a repetition goes on where it was.

A database that is being filled is marked, or has another name, until all is there and compared: nobody serves half
of it.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.sites.database import Access, refuse_links
from cinestreamd.sites.model import Site
from cinestreamd.store.records import decode_showtime
from cinestreamd.store.sqlite import prepare as prepare_sqlite
from cinestreamd.store.sqlite.depot import SqliteDepot, put_in_place, remove_database, snapshot
from cinestreamd.store.transfer.copying import Left, Progress, copy
from cinestreamd.store.transfer.items import Depot, Digest, Item, digest_of

Tell = Callable[[Progress], None]


class FilledDatabaseError(InvalidInputError):
    """The database to be filled holds something already."""

    code = "filled_database"
    message = N_("{place} holds records already; name an empty database")


@asynccontextmanager
async def opened_depot(site: Site, access: Access) -> AsyncIterator[Depot]:
    """All that a site's database holds, as it is now; it has been prepared."""
    if access.mongo_uri is None:
        refuse_links(site)
        depot: Depot = SqliteDepot(Path(site.database))
    else:
        from cinestreamd.store.mongo.depot import MongoDepot  # noqa: PLC0415 - only for a site that uses it

        mongo = MongoDepot(access.mongo_uri)
        await mongo.settle()
        depot = mongo
    try:
        yield depot
    finally:
        await depot.close()


@asynccontextmanager
async def of_one_moment(site: Site, access: Access) -> AsyncIterator[Depot]:
    """The same, for a site that may be served meanwhile: an embedded database by SQLite's online backup."""
    if access.mongo_uri is not None:
        async with opened_depot(site, access) as depot:
            yield depot
        return
    refuse_links(site)
    copied = Path(f"{site.database}.snapshot")
    try:
        await snapshot(Path(site.database), copied)
        depot = SqliteDepot(copied, shown=Path(site.database))
        try:
            yield depot
        finally:
            await depot.close()
    finally:
        remove_database(copied)


async def fill(
    site: Site, access: Access, source: Depot, *, mark: str, over: bool, now: datetime, tell: Tell
) -> dict[str, Digest]:
    """Make the database behind ``access`` hold exactly what ``source`` holds; returns what that is.

    ``mark`` names what is being done: the same again goes on where it was interrupted. ``over``: also where there are
    records already, which are replaced. Nobody may use the database meanwhile.

    Raises:
        FilledDatabaseError: it holds records, and not for ``mark``.
        DifferentCopyError: it does not hold what the source does.
    """
    if access.mongo_uri is None:
        refuse_links(site)
        return await _fill_file(Path(site.database), source, tell)
    return await _fill_mongo(access, source, mark=mark, over=over, now=now, tell=tell)


async def _fill_file(path: Path, source: Depot, tell: Tell) -> dict[str, Digest]:
    """A file of another name, which takes the place of the former one when all is there."""
    new = path.with_name(f"{path.name}.unfinished")
    prepare_sqlite(new)
    depot = SqliteDepot(new)
    try:
        digests = await copy(source, depot, tell=tell)
    finally:
        await depot.close()
    put_in_place(new, path)
    return digests


async def _fill_mongo(
    access: Access, source: Depot, *, mark: str, over: bool, now: datetime, tell: Tell
) -> dict[str, Digest]:
    from cinestreamd.store.mongo import prepare as prepare_mongo  # noqa: PLC0415 - only for a site that uses it
    from cinestreamd.store.mongo.depot import MongoDepot  # noqa: PLC0415 - only for a site that uses it
    from cinestreamd.store.mongo.schema import EXPIRY_SECONDS  # noqa: PLC0415 - only for a site that uses it

    prepare_mongo(access.mongo_uri or "", fingerprint=access.fingerprint, unfinished=True)
    depot = MongoDepot(access.mongo_uri or "")
    try:
        await depot.settle()
        filled = (await digest_of(depot, "location")).count > 0
        begun = await depot.begin(mark)
        if filled and begun != mark and not over:
            if begun is None:
                await depot.finish()
            raise FilledDatabaseError(place=(await depot.facts())["place"])
        # A day more, since time goes on while they are copied.
        last = now - timedelta(seconds=EXPIRY_SECONDS) + timedelta(days=1)
        digests = await copy(source, depot, tell=tell, leave_out={"showtime": _older_than(last)})
        await depot.finish()
        return digests
    finally:
        await depot.close()


def _older_than(moment: datetime) -> Left:
    """Whether a showtime lies so far back that MongoDB deletes it by itself."""
    return lambda item: decode_showtime(item.body).start_time < moment


class ItemsDepot:
    """``Depot`` over items in files or memory, for reading alone."""

    def __init__(self, read: Callable[[str], AsyncIterator[Item]], facts: Mapping[str, object]) -> None:
        self._read = read
        self._facts = facts

    def items(self, kind: str) -> AsyncIterator[Item]:
        """All items of a kind."""
        return self._read(kind)

    async def put(self, kind: str, items: object) -> None:
        """Not here."""
        raise NotImplementedError(READ_ONLY)

    async def remove(self, kind: str, keys: object) -> None:
        """Not here."""
        raise NotImplementedError(READ_ONLY)

    async def faults(self) -> list[str]:
        """None of its own."""
        return []

    async def facts(self) -> dict[str, object]:
        """What it was made with."""
        return dict(self._facts)

    async def close(self) -> None:
        """Nothing to let go of."""


READ_ONLY: Final = "items of a backup can only be read"
