"""The file that a process has opened: one reader, one writer thread, and never across a fork."""

import os
from pathlib import Path
from typing import Final, TypeVar
from weakref import WeakSet

from cinestreamd.store.errors import StoreUnavailableError
from cinestreamd.store.sqlite.connection import RETRY_AFTER_SECONDS, Reader
from cinestreamd.store.sqlite.writer import Operation, Writer

T = TypeVar("T")


class _Access:
    """What one process opened of one file."""

    def __init__(self, path: Path, write_timeout: float) -> None:
        self.process = os.getpid()
        self.file = path.resolve()
        if any(other.file == self.file and other.process != self.process for other in _in_use):
            raise RuntimeError(_FORKED.format(path=path))
        self.reader = Reader(path)
        self.writer = Writer(path, timeout=write_timeout)
        _in_use.add(self)

    async def close(self) -> None:
        """Let go of the file; the writer last, as the last one out empties the log."""
        self.reader.close()
        await self.writer.close()
        _in_use.discard(self)


_FORKED: Final = "{path} was in use when this process was forked: fork before the first use, or after close()"
_in_use: Final[WeakSet[_Access]] = WeakSet()


class OpenedFile:
    """A file that ``prepare`` has made ready, opened at first use: what the operations of every noun read and write.

    ``write_timeout`` (seconds) is how long a write may wait to begin.
    """

    def __init__(self, path: Path, *, write_timeout: float = 2.0) -> None:
        self._path = path
        self._write_timeout = write_timeout
        self._access: _Access | None = None
        self._closed = False

    def _own(self) -> _Access:
        if self._closed:
            raise StoreUnavailableError(retry_after=RETRY_AFTER_SECONDS, reason="the store is closed")
        if self._access is None:
            self._access = _Access(self._path, self._write_timeout)
        elif self._access.process != os.getpid():
            raise RuntimeError(_FORKED.format(path=self._path))
        return self._access

    @property
    def _reader(self) -> Reader:
        return self._own().reader

    async def _write(self, operation: Operation[T], *, durable: bool) -> T:
        """Make one write. ``durable``: it survives a loss of power; all writes survive the death of processes."""
        return await self._own().writer.run(operation, durable=durable)

    async def close(self) -> None:
        """Finish pending writes and let go of the file."""
        was_open, self._closed = not self._closed, True
        if was_open and self._access is not None and self._access.process == os.getpid():
            await self._access.close()
