"""One process's connection to its database: opened at first use, reads that end, writes made whole, outages known."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Any, Final, TypeVar

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import PyMongoError

from cinestreamd.store.errors import StoreBusyError, StoreUnavailableError, UnstorableTextError
from cinestreamd.store.mongo.connection import (
    RETRY_AFTER_SECONDS,
    TRANSIENT,
    UNREADABLE_TEXT,
    Access,
    is_outage,
    neutral_errors,
    options_of,
)
from cinestreamd.store.mongo.outage import Outage

T = TypeVar("T")
Operation = Callable[[Access], Awaitable[T]]

READ_PATIENCE: Final = 2.0
"""Seconds that a read may take beyond the time for which the server is looked for."""

_FORKED: Final = "the client of MongoDB was in use when this process was forked: fork before the first use"


class Engine:
    """Makes operations on one database.

    ``timeout`` (seconds) is how long the server may be looked for, and how long a transaction that meets others is
    tried again. ``transactions``: whether to use them; None asks the server.
    """

    def __init__(self, uri: str, *, timeout: float, transactions: bool | None) -> None:
        self._uri = uri
        self._timeout = timeout
        self._transactions = transactions
        self._access: Access | None = None
        self._outage: Outage | None = None
        self._process = 0
        self._closed = False
        self._whole = asyncio.Lock()

    async def read(self, operation: Operation[T], nothing: T) -> T:
        """Make a read; text that cannot be stored finds ``nothing``."""
        access, outage = self._own()
        try:
            with neutral_errors():
                async with asyncio.timeout(self._timeout + READ_PATIENCE):
                    return await operation(access)
        except UNREADABLE_TEXT:
            return nothing
        except TimeoutError:
            reason = "the server took too long"
            outage.begin(reason)
            raise StoreUnavailableError(retry_after=RETRY_AFTER_SECONDS, reason=reason) from None
        except StoreUnavailableError as error:
            _note(outage, error)
            raise

    async def write(self, operation: Operation[T], *, whole: bool = False) -> T:
        """Make a write to its end, cancelled or not. ``whole``: in a transaction where the server has them."""
        access, outage = self._own()
        made = asyncio.ensure_future(self._made(access, operation, whole=whole))
        try:
            await asyncio.wait([made])
        except asyncio.CancelledError:
            while not made.done():
                with suppress(asyncio.CancelledError):
                    await asyncio.wait([made])
            made.exception()  # looked at: asyncio need not report it as forgotten
            raise
        try:
            return made.result()
        except StoreUnavailableError as error:
            _note(outage, error)
            raise

    async def close(self) -> None:
        """Let go of the connections."""
        self._closed = True
        if self._access is not None and self._outage is not None and self._process == os.getpid():
            self._outage.close()
            await self._access.close()
        self._access = self._outage = None

    def _own(self) -> tuple[Access, Outage]:
        if self._closed:
            raise StoreUnavailableError(retry_after=RETRY_AFTER_SECONDS, reason="the store is closed")
        if self._access is None or self._outage is None:
            database, options = options_of(self._uri, timeout=self._timeout)
            client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(self._uri, **options)
            self._access, self._process = Access(client, database), os.getpid()
            self._outage = Outage(lambda: client.admin.command("ping"))
        elif self._process != os.getpid():
            raise RuntimeError(_FORKED)
        self._outage.refuse()
        return self._access, self._outage

    async def _made(self, access: Access, operation: Operation[T], *, whole: bool) -> T:
        with neutral_errors():
            try:
                if whole and await self._has_transactions(access):
                    return await self._made_whole(access, operation)
                return await operation(access)
            except UNREADABLE_TEXT as error:
                raise UnstorableTextError from error

    async def _made_whole(self, access: Access, operation: Operation[T]) -> T:
        """Run ``operation`` in a transaction, one of this process at a time, and again while others are in its way."""
        async with self._whole:
            self._own()  # whoever had the turn before may have met the end of the server
            session, deadline = await access.own_session(), monotonic() + self._timeout
            while True:
                try:
                    async with session.start_transaction():
                        return await operation(access.within(session))
                except PyMongoError as error:
                    if not error.has_error_label(TRANSIENT):
                        raise
                    if is_outage(error):
                        raise
                    if monotonic() > deadline:
                        raise StoreBusyError(retry_after=RETRY_AFTER_SECONDS) from error

    async def _has_transactions(self, access: Access) -> bool:
        if self._transactions is None:
            hello = await access.command("hello")
            self._transactions = "setName" in hello or hello.get("msg") == "isdbgrid"
        return self._transactions


def _note(outage: Outage, error: StoreUnavailableError) -> None:
    """Begin an outage if the server is gone; a full disk or a missing right is none: its answer comes at once."""
    if isinstance(error.__cause__, PyMongoError) and is_outage(error.__cause__):
        outage.begin(str(error.fields.get("reason", "")))
