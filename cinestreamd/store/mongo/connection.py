"""The connection to MongoDB, and what its errors mean to the rest of the product."""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import UTC
from typing import Any, Final

import structlog
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

log = structlog.get_logger(__name__)

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
        self._own_session: AsyncIOMotorClientSession | None = None
        self._opening = asyncio.Lock()
        options: CodecOptions[Document] = CodecOptions(tz_aware=True, tzinfo=UTC)
        self._database = client.get_database(database, codec_options=options)

    def within(self, session: AsyncIOMotorClientSession) -> "Access":
        """The same database inside a transaction."""
        inside = copy(self)
        inside.session = session
        return inside

    async def own_session(self) -> AsyncIOMotorClientSession:
        """The one session in which this process makes its transactions, so that others can end what it leaves open."""
        async with self._opening:
            if self._own_session is None:
                self._own_session = await self.client.start_session()
            return self._own_session

    async def end_session(self, session_id: Document | None) -> None:
        """End the transaction of a process that was killed or stopped in it: it would keep others out for a minute.

        By ``killSessions``, which the server grants every user for sessions of its own
        (https://www.mongodb.com/docs/manual/reference/command/killSessions/). Where that is refused, the server's own
        limit ends the transaction.
        """
        if session_id is None:
            return
        try:
            await self.client.admin.command("killSessions", [session_id])
        except OperationFailure as error:
            log.warning("session_not_ended", code=error.code)

    async def close(self) -> None:
        """Let go of session and connections."""
        if self._own_session is not None:
            await self._own_session.end_session()
        self.client.close()

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
