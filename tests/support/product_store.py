"""The store that the product's own tests run on: the embedded one, or MongoDB by CINESTREAMD_TEST_STORE=mongo.

Tests that are about one kind of store name it themselves; docs/STORE.md lists them.
"""

import atexit
import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from uuid import uuid4

from mongo_server import IS_SHARED, database_uri, drop_database

from cinestreamd.demo.settings import demo_settings
from cinestreamd.sites.database import open_store, read_access
from cinestreamd.sites.env import read_env, write_env
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.sites.registry import Registry
from cinestreamd.store.base import Store
from cinestreamd.store.mongo import MongoStore
from cinestreamd.store.mongo import prepare as prepare_mongo
from cinestreamd.store.sqlite import SqliteStore
from cinestreamd.store.sqlite import prepare as prepare_sqlite

ON_MONGO = os.environ.get("CINESTREAMD_TEST_STORE") == "mongo"
PATIENT = 20.0
"""Seconds that a write may wait: the MongoDB of the tests is slow, and so may the disk of a busy machine be."""

_THIS_PROCESS = uuid4().bytes[:8]
_named: set[str] = set()


def uri_of(path: Path) -> str:
    """The address of the database that stands for a path; another path, or another process' path, has another."""
    name = f"test_{hashlib.blake2s(str(path).encode(), key=_THIS_PROCESS, digest_size=12).hexdigest()}"
    if IS_SHARED and name not in _named:
        _named.add(name)
        atexit.register(drop_database, database_uri(name))
    return database_uri(name)


def address_for(path: Path) -> str | None:
    """What a site's MONGO_URI is whose records stand for a path; None on the embedded store."""
    return uri_of(path) if ON_MONGO else None


def new_store(path: Path) -> Store:
    """An empty store: a file at ``path``, or a database of MongoDB of its own."""
    if ON_MONGO:
        prepare_mongo(uri_of(path))
    else:
        prepare_sqlite(path)
    return open_again(path)


def open_again(path: Path) -> Store:
    """One more connection to the store that ``new_store`` has made at ``path``."""
    return MongoStore(uri_of(path), write_timeout=PATIENT) if ON_MONGO else SqliteStore(path, write_timeout=PATIENT)


def store_of(site: Site) -> Store:
    """A connection to the records of a site, wherever they are; the site's daemon has prepared them."""
    return open_store(site, read_access(site).mongo_uri, write_timeout=PATIENT)


def keep_records_here(folder: Path) -> None:
    """Have a site that a command has made, by its folder, keep its records where these tests run."""
    if ON_MONGO:
        write_env(folder / ".env", {**read_env(folder / ".env"), "MONGO_URI": uri_of(folder)})


def settle_demo(state_dir: Path) -> None:
    """Have the site of ``cinestreamd run --demo``, which makes it by itself, keep its records where these tests run."""
    if ON_MONGO and "demo" not in (registry := ChoosingRegistry(state_dir / "demo")).names():
        registry.add("demo", demo_settings("http://127.0.0.1:8100", start_port=8001, processes=1))


class ChoosingRegistry(Registry):
    """Sites of a state directory, each made to keep its records where these tests run."""

    def place(
        self,
        name: str,
        settings: SiteSettings,
        files: Mapping[str, str],
        theme: Mapping[str, bytes] | None = None,
        *,
        furnish: Callable[[Path], object] = lambda _: None,
    ) -> Site:
        """Make a site; on MongoDB it has a database of its own."""
        if ON_MONGO:
            secrets = f"{files['.env']}MONGO_URI={uri_of(self.folder / name)}\n"
            files = {**files, ".env": secrets}
        return super().place(name, settings, files, theme, furnish=furnish)
