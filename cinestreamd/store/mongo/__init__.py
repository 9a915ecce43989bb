"""The store over MongoDB, for several machines: motor and Mongo's operators are found in this folder only."""

from cinestreamd.store.mongo.prepare import prepare
from cinestreamd.store.mongo.store import MongoStore

__all__ = ["MongoStore", "prepare"]
