"""A site's store as a command reads it, beside a running daemon or without one."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from cinestreamd.cli.options import Place
from cinestreamd.sites.database import open_store, prepare_store, read_access
from cinestreamd.sites.model import Site
from cinestreamd.sites.registry import Registry
from cinestreamd.sites.site_folders import DEMO_SITE
from cinestreamd.store.base import Store

WRITE_TIMEOUT: Final = 2.0

T = TypeVar("T")


def read_store(site: Site, read: Callable[[Store], Awaitable[T]]) -> T:
    """What ``read`` finds in a site's store."""
    access = read_access(site)
    prepare_store(site, access)

    async def work() -> T:
        store = open_store(site, access.mongo_uri, write_timeout=WRITE_TIMEOUT)
        try:
            return await read(store)
        finally:
            await store.close()

    return asyncio.run(work())


def all_sites(place: Place) -> list[Site]:
    """All sites of the state directory; the demo's site where there is no other."""
    return place.registry().sites() or Registry(place.state_dir / DEMO_SITE).sites()
