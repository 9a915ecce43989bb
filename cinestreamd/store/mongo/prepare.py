"""Making a database ready for a site, and telling an operator in one line what keeps it from being so."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from pymongo import IndexModel, MongoClient
from pymongo.database import Database
from pymongo.errors import ConfigurationError as MongoConfigurationError
from pymongo.errors import ConnectionFailure, DuplicateKeyError, OperationFailure

from cinestreamd.errors import ConfigurationError
from cinestreamd.i18n import N_
from cinestreamd.store.errors import StoreUnavailableError
from cinestreamd.store.mongo.connection import RETRY_AFTER_SECONDS, Access, neutral_errors, options_of
from cinestreamd.store.mongo.schema import INDEXES, SCHEMA_VERSION

Documents = Database[dict[str, Any]]

PLACE: Final = "MONGO_URI"
_TLS: Final = re.compile(r"\bSSL\b|\bTLS\b|certificate", re.IGNORECASE)
_NOISE: Final = re.compile(r" \(configured timeouts|, Timeout: |, Topology Description: |, full error: ")
_REFUSED: Final = frozenset({11, 18, 8000})  # UserNotFound, AuthenticationFailed, and the hosted service's own code
_UNAUTHORISED: Final = 13
ANOTHER_KEY: Final = (
    "is another one than that of the machines which share this MongoDB; give all the same, or have this one's count: "
    "cinestreamd store migrate SITE --adopt-secret"
)
UNFINISHED: Final = "holds an interrupted move or restore; repeat that command, or name another database"


class MongoUnreachableError(StoreUnavailableError):
    """No server answers at the address; the password in it is not told."""

    code = "mongo_unreachable"
    message = N_("MongoDB does not answer: {reason}")


def prepare(
    uri: str, *, fingerprint: str = "", timeout: float = 10.0, adopt_secret: bool = False, unfinished: bool = False
) -> int:
    """Create what is missing of a database; returns the version of the schema that it had. Safe to repeat.

    ``fingerprint`` is that of the site's SECRET_KEY: the first one counts from then on, unless ``adopt_secret`` puts
    another in its place. ``unfinished``: also if a move or a restore into it was interrupted. Blocks.

    Raises:
        ConfigurationError: the address is none of MongoDB, user or TLS are refused, the database is a newer program's,
            or the SECRET_KEY is another one than that of the other machines.
        MongoUnreachableError: no server answers.
    """
    with connected(uri, timeout=timeout) as database:
        former = _version(database)
        if former > SCHEMA_VERSION:
            raise ConfigurationError(place=PLACE, problem="its database was made by a newer cinestreamd; upgrade")
        if not unfinished and database["site"].find_one({"_id": "unfinished"}) is not None:
            raise ConfigurationError(place=PLACE, problem=f"its database {UNFINISHED}")
        if fingerprint:
            _agree_on_secret(database, fingerprint, adopt=adopt_secret)
        for name in INDEXES:
            missing = missing_indexes(database, name)
            if missing:
                database[name].create_indexes(missing)
        database["site"].update_one({"_id": "schema"}, {"$set": {"version": SCHEMA_VERSION}}, upsert=True)
        return former


def missing_indexes(database: Documents, name: str) -> list[IndexModel]:
    """The indexes that a collection ought to have and does not, by their names."""
    known = database[name].index_information()
    return [index for index in INDEXES[name] if index.document["name"] not in known]


async def missing_indexes_of(access: Access, name: str) -> list[IndexModel]:
    """The same, over a store's own connection."""
    known = await access[name].index_information()
    return [index for index in INDEXES[name] if index.document["name"] not in known]


@contextmanager
def connected(uri: str, *, timeout: float) -> Iterator[Documents]:
    """A site's database for a command or the master's start: blocking, closed afterwards. ``timeout``: seconds.

    Raises what ``prepare`` does, inside as well.
    """
    name, options = options_of(uri, timeout=timeout)
    with told_plainly(), MongoClient[dict[str, Any]](uri, tz_aware=True, **options) as client:
        yield client[name]


@contextmanager
def told_plainly() -> Iterator[None]:
    """Raise the driver's errors as what an operator can do something about."""
    try:
        with neutral_errors():
            yield
    except StoreUnavailableError as error:
        raise _plain(error.__cause__, error) from None
    except OperationFailure as error:
        raise _plain(error, error) from None
    except MongoConfigurationError as error:
        raise ConfigurationError(place=PLACE, problem=f"cannot be used ({_first_words(error)})") from None


def _plain(cause: BaseException | None, otherwise: Exception) -> Exception:
    words = _first_words(cause)
    if isinstance(cause, OperationFailure):
        if cause.code in _REFUSED:
            return ConfigurationError(place=PLACE, problem="the server refuses this user or password")
        if cause.code == _UNAUTHORISED:
            return ConfigurationError(place=PLACE, problem=f"this user may not do what is needed ({words})")
        return ConfigurationError(place=PLACE, problem=f"the server refuses to make the database ready ({words})")
    if isinstance(cause, ConnectionFailure):
        if _TLS.search(words):
            return ConfigurationError(place=PLACE, problem=f"no TLS with the server ({words})")
        return MongoUnreachableError(retry_after=RETRY_AFTER_SECONDS, reason=words)
    return otherwise


def _first_words(error: BaseException | None) -> str:
    """What the driver says of the first server, without its settings and its view of the others."""
    return " ".join(_NOISE.split(str(error), maxsplit=1)[0].split(",")[0].split())[:300]


def _version(database: Documents) -> int:
    document = database["site"].find_one({"_id": "schema"})
    return 0 if document is None else int(document["version"])


def _agree_on_secret(database: Documents, fingerprint: str, *, adopt: bool) -> None:
    change = {"$set" if adopt else "$setOnInsert": {"fingerprint": fingerprint}}
    try:
        found = database["site"].find_one_and_update({"_id": "secret_key"}, change, upsert=True, return_document=True)
    except DuplicateKeyError:  # another machine was the first, this moment
        found = database["site"].find_one({"_id": "secret_key"})
    if found is None or found["fingerprint"] != fingerprint:
        raise ConfigurationError(place="SECRET_KEY", problem=ANOTHER_KEY)
