"""What operators did through a site's console, line by line: only ever added to."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

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
