"""The store that the product's own tests run on: the embedded one, or MongoDB by CINESTREAMD_TEST_STORE=mongo.

Tests of one kind of store (tests/store, tests/contract) name it themselves.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from mongo_server import database_uri

from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.sites.registry import Registry
from cinestreamd.store.base import Store
from cinestreamd.store.mongo import MongoStore
from cinestreamd.store.mongo import prepare as prepare_mongo
from cinestreamd.store.sqlite import SqliteStore
from cinestreamd.store.sqlite import prepare as prepare_sqlite

ON_MONGO = os.environ.get("CINESTREAMD_TEST_STORE") == "mongo"


def uri_of(path: Path) -> str:
    """The address of the database that stands for a path; another path has another."""
    return database_uri(f"test_{hashlib.blake2s(str(path).encode(), digest_size=12).hexdigest()}")


def new_store(path: Path) -> Store:
    """An empty store: a file at ``path``, or a database of MongoDB of its own."""
    if ON_MONGO:
        prepare_mongo(uri_of(path))
        return MongoStore(uri_of(path), write_timeout=20.0)
    prepare_sqlite(path)
    return SqliteStore(path)


class ChoosingRegistry(Registry):
    """Sites of a state directory, each made to keep its records where these tests run."""

    def place(self, name: str, settings: SiteSettings, files: Mapping[str, str]) -> Site:
        """Make a site; on MongoDB it has a database of its own."""
        if ON_MONGO:
            secrets = f"{files['.env']}MONGO_URI={uri_of(self.folder / name)}\n"
            files = {**files, ".env": secrets}
        return super().place(name, settings, files)
