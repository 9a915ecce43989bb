"""The connection to MongoDB, and what its errors mean to the rest of the product."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC
from typing import Any, Final

from bson.codec_options import CodecOptions
from bson.errors import InvalidStringData
from motor.motor_asyncio import AsyncIOMotorClient, AsyncIOMotorClientSession, AsyncIOMotorCollection
from pymongo.errors import (
    ConfigurationError as MongoConfigurationError,
)
from pymongo.errors import (
    ConnectionFailure,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidOperation,
    InvalidURI,
    OperationFailure,
    PyMongoError,
    WTimeoutError,
)
from pymongo.uri_parser import parse_uri

from cinestreamd.errors import ConfigurationError
from cinestreamd.store.errors import StoreBusyError, StoreUnavailableError

Document = dict[str, Any]
Collection = AsyncIOMotorCollection[Document]

RETRY_AFTER_SECONDS: Final = 2
DEFAULT_DATABASE: Final = "cinestreamd"
UNREADABLE_TEXT: Final = (UnicodeEncodeError, InvalidStringData)
"""What the driver raises for a lone surrogate."""

TRANSIENT: Final = "TransientTransactionError"
_BUSY: Final = frozenset({24, 112, 251})  # LockTimeout, WriteConflict, NoSuchTransaction
# Unauthorized, AuthenticationFailed, HostUnreachable, InterruptedAtShutdown, NotWritablePrimary and its kin, disk full.
_UNAVAILABLE: Final = frozenset({6, 7, 13, 18, 89, 91, 100, 189, 9001, 10107, 11600, 11602, 13435, 13436, 14031})


def options_of(uri: str, *, timeout: float) -> tuple[str, Mapping[str, Any]]:
    """The database's name and the driver's options; whatever the address names itself (user, TLS, …) stays in force.

    Writes are acknowledged by a majority and its journals, unless the address says otherwise. ``timeout``: seconds.

    Raises:
        ConfigurationError: the address is none of MongoDB. The message does not repeat it: it may hold a password.
    """
    try:
        parsed = parse_uri(uri, validate=True, warn=False)
    except (InvalidURI, MongoConfigurationError, ValueError) as error:
        problem = f"is not the address of a MongoDB such as mongodb://host/name ({type(error).__name__})"
        raise ConfigurationError(place="MONGO_URI", problem=problem) from None
    milliseconds = int(timeout * 1000)
    defaults: dict[str, Any] = {
        "w": "majority",
        "journal": True,
        "serverSelectionTimeoutMS": milliseconds,
        "connectTimeoutMS": milliseconds,
        "socketTimeoutMS": max(10_000, 2 * milliseconds),
        "appname": "cinestreamd",
    }
    given = {name.lower() for name in parsed["options"]}
    return parsed["database"] or DEFAULT_DATABASE, {
        name: value for name, value in defaults.items() if name.lower() not in given
    }


class Access:
    """One process's client, and the collections of one site's database; with a session, inside its transaction."""

    def __init__(self, client: "AsyncIOMotorClient[Document]", database: str) -> None:
        self.client = client
        self.session: AsyncIOMotorClientSession | None = None
        options: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
        self._database = client.get_database(database, codec_options=options)

    def within(self, session: AsyncIOMotorClientSession) -> "Access":
        """The same database inside a transaction."""
        inside = Access.__new__(Access)
        inside.client, inside._database, inside.session = self.client, self._database, session  # noqa: SLF001 - own kind
        return inside

    def __getitem__(self, name: str) -> Collection:
        return self._database[name]

    async def command(self, name: str) -> Mapping[str, Any]:
        """A command to the database."""
        answer: Mapping[str, Any] = await self._database.command(name)
        return answer


@contextmanager
def neutral_errors() -> Iterator[None]:
    """Raise the driver's errors as the product's; a mistake of the program's own stays what it is."""
    try:
        yield
    except PyMongoError as error:
        meaning = meaning_of(error)
        if meaning is error:
            raise
        raise meaning from error


def is_outage(error: PyMongoError) -> bool:
    """Whether the server is out of reach, or no server takes writes at the moment."""
    return isinstance(error, ConnectionFailure)


def meaning_of(error: PyMongoError) -> Exception:
    """The neutral error for a condition outside the program."""
    reason = f"{type(error).__name__}: {error}"
    # InvalidOperation: the store was closed while this operation was on its way.
    if isinstance(error, ConnectionFailure | ExecutionTimeout | WTimeoutError | InvalidOperation):
        return StoreUnavailableError(retry_after=RETRY_AFTER_SECONDS, reason=reason)
    if isinstance(error, OperationFailure) and not isinstance(error, DuplicateKeyError):
        if error.code in _BUSY or error.has_error_label(TRANSIENT):
            return StoreBusyError(retry_after=RETRY_AFTER_SECONDS)
        if error.code in _UNAVAILABLE:
            return StoreUnavailableError(retry_after=RETRY_AFTER_SECONDS, reason=reason)
    return error
