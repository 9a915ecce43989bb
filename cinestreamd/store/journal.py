"""What operators did through a site's console, line by line: only ever added to."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

Action = Literal[
    "login",
    "logout",
    "city_retry",
    "cinema_recheck",
    "cinema_pause",
    "cinema_block",
    "cinema_resume",
    "cinema_release",
    "showtime_correct",
    "showtime_revert",
]


class JournalEntry(Struct, frozen=True, kw_only=True):
    """One thing that was done. ``who`` marks the login under which it was done; it tells nothing of the person.

    ``city_id``, ``cinema_id`` and ``subject`` (any other id) name what it was done to, ``detail`` how.
    """

    id: str
    at: datetime
    action: Action
    who: str
    city_id: str | None = None
    cinema_id: str | None = None
    subject: str | None = None
    detail: Mapping[str, str] = {}


class JournalStore(Protocol):
    """Noting what operators do, and counting who tries to become one."""

    async def note(self, entry: JournalEntry) -> None:
        """Add a line to the operators' journal; one whose id is there already changes nothing."""

    async def noted(self, entry_id: str) -> JournalEntry | None:
        """The line of that id."""

    async def journal(self, *, limit: int = 100) -> list[JournalEntry]:
        """The latest lines of the operators' journal, newest first."""

    async def count_attempts(self, period: str, names: Sequence[str]) -> Mapping[str, int]:
        """Count one more attempt under each of some names within a period; returns how many there are then.

        Names are letters, digits and dashes. Attempts of any other period are forgotten.
        """
