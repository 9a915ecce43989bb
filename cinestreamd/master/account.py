"""What the agents of all sites together may spend on Claude: one file in the state directory, kept under a lock.

Each site keeps its own books in its own store. So that several of them cannot exceed a common cap, an agent is started
with an allowance that is held here first, and put right at its end by what it has really spent. What is held counts
against today and this month for as long as it is held; what was spent counts in the day and month of its settlement. So
what is counted is never less than what was spent. Money is whole millionths of a US dollar.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.files import Folder
from cinestreamd.store.spending import Spent

NAME: Final = "claude-account.json"
LOCK: Final = "claude-account.lock"
LAPSES: Final = timedelta(days=1)
"""Nobody holds an allowance for longer: then it counts as spent."""


class Held(Struct, frozen=True, kw_only=True):
    """An allowance that a run holds. ``owner`` names who must put it right."""

    site: str
    owner: str
    amount: int
    since: datetime


class Book(Struct, frozen=True, kw_only=True):
    """The whole file: what was spent on a UTC day and in its month, and what is held, by run."""

    day: str
    day_spent: int = 0
    month_spent: int = 0
    held: dict[str, Held] = {}

    @property
    def all_held(self) -> int:
        """The sum of what is held."""
        return sum(held.amount for held in self.held.values())


class Account:
    """The common account of all sites whose state is in ``folder``."""

    def __init__(self, folder: Path, wall: Callable[[], datetime]) -> None:
        self._folder = folder
        self._wall = wall

    def read(self) -> Book:
        """The account as it is today.

        Raises:
            ConfigurationError: the file cannot be used.
        """
        with self._opened() as folder:
            return self._current(folder)

    def hold(self, run_id: str, held: Held, *, least: int, caps: Spent) -> int:
        """Hold as much of ``held.amount`` as the caps leave, if that is ``least`` at least; returns what is held, or 0.

        Raises:
            ConfigurationError: the file cannot be used.
        """
        with self._opened() as folder, folder.lock(LOCK):
            book = self._current(folder)
            amount = min(held.amount, room_in(book, caps))
            if amount < least or amount <= 0:
                return 0
            given = msgspec.structs.replace(held, amount=amount)
            self._write(folder, msgspec.structs.replace(book, held={**book.held, run_id: given}))
            return amount

    def settle(self, run_id: str, spent: int) -> None:
        """Put what a run has really spent in place of what it held. A run that holds nothing changes nothing.

        Raises:
            ConfigurationError: the file cannot be used.
        """
        with self._opened() as folder, folder.lock(LOCK):
            book = self._current(folder)
            if run_id in book.held:
                self._write(folder, _settled(book, run_id, spent))

    @contextmanager
    def _opened(self) -> Iterator[Folder]:
        try:
            with Folder.at(self._folder) as folder:
                yield folder
        except OSError as error:
            problem = f"cannot be used ({error.strerror})"
            raise ConfigurationError(place=self._folder / NAME, problem=problem) from None

    def _current(self, folder: Folder) -> Book:
        """The book of today: a new day or month begins with nothing spent, and what has lapsed counts as spent."""
        now = self._wall().astimezone(UTC)
        today = now.date().isoformat()
        try:
            book = msgspec.json.decode(folder.read(NAME), type=Book)
        except FileNotFoundError:
            return Book(day=today)
        except msgspec.DecodeError as error:
            problem = f"is damaged ({error}); put it right, or delete it to begin anew"
            raise ConfigurationError(place=self._folder / NAME, problem=problem) from None
        if book.day != today:
            month = book.month_spent if book.day[:7] == today[:7] else 0
            book = Book(day=today, month_spent=month, held=book.held)
        for run_id, held in list(book.held.items()):
            if now - held.since > LAPSES:
                book = _settled(book, run_id, held.amount)
        return book

    @staticmethod
    def _write(folder: Folder, book: Book) -> None:
        folder.write(NAME, msgspec.json.encode(book), mode=0o600)


def room_in(book: Book, caps: Spent) -> int:
    """What may still be held under these caps of a day and a month."""
    return min(caps.day - book.day_spent, caps.month - book.month_spent) - book.all_held


def _settled(book: Book, run_id: str, spent: int) -> Book:
    left = {name: held for name, held in book.held.items() if name != run_id}
    return Book(day=book.day, day_spent=book.day_spent + spent, month_spent=book.month_spent + spent, held=left)
