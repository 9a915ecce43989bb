"""What the master tells of all its sites to a console that the operator has named for it: nothing secret."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct


class CityAge(Struct, frozen=True, array_like=True):
    """How old a city's data is. ``failures`` counts failed runs in a row."""

    id: str
    status: str
    updated: datetime | None = None
    failures: int = 0


class SiteBooks(Struct, frozen=True, kw_only=True):
    """What a site's store tells.

    ``cities`` are counted by the state of their data; ``named`` are the first of them, those that fail and the oldest
    before the others; ``due`` wait for the refresh of today. ``failed_runs`` are of the last day. ``spent`` is what
    Claude has cost in this UTC day, ``cap`` what it may, in millionths of a US dollar; ``breaker`` says why no calls
    are made.
    """

    cities: Mapping[str, int]
    named: tuple[CityAge, ...]
    due: int
    failed_runs: int
    spent: int
    cap: int
    breaker: str | None = None


class SiteSummary(Struct, frozen=True, kw_only=True):
    """One site. ``workers`` are counted by state of life, ``restarts`` since the daemon was started.

    ``address`` is the site's own; ``running`` cities are being read, ``queued`` wait for an agent. Without ``books``
    its store does not answer.
    """

    name: str
    state: str
    address: str
    workers: Mapping[str, int]
    restarts: int
    running: int
    queued: int
    next_refresh: datetime
    books: SiteBooks | None


class AllSites(Struct, frozen=True, kw_only=True):
    """The sites that the daemon serves.

    ``spent`` is what agents of all of them have spent or hold today (None: the account cannot be read), ``cap`` what
    they may, in millionths of a US dollar.
    """

    sites: Sequence[SiteSummary]
    spent: int | None
    cap: int


class SitesPart(Struct, frozen=True, kw_only=True):
    """As many sites, by name, as go into one message; ``more``: there are others after the last of them."""

    sites: tuple[SiteSummary, ...]
    more: bool
    spent: int | None
    cap: int
