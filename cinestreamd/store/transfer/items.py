"""What a store holds, item by item, alike in every kind of store: so that two of them can be compared and copied.

An item's body is JSON: a record as it is kept, verbatim, or for what is no record a canonical text. Leases and counters
are items too. Duties are not: they are of the daemons that run, not of the data.
"""

import hashlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import Any, Final, Protocol

import msgspec
from msgspec import Struct

from cinestreamd.store.corrections import CinemaCorrection
from cinestreamd.store.guide import Cinema, Film, Showtime
from cinestreamd.store.journal import JournalEntry
from cinestreamd.store.locations import Location
from cinestreamd.store.memory import Discovery, KnownTitle, PageMemory, Recipe, WebDiscovery
from cinestreamd.store.posters import FilmPoster
from cinestreamd.store.reports import PackedReport
from cinestreamd.store.row_corrections import RowCorrection
from cinestreamd.store.runs import Run
from cinestreamd.store.spending import ClaudeState, ModelCall, PendingBatch

AT_ONCE: Final = 500
"""Items in one portion."""


class KeptLocation(Struct, frozen=True, kw_only=True):
    """A city with its lease, and the last fence that was granted, which stays when there is no lease."""

    location: Location
    fence: int


class DayCounts(Struct, frozen=True, kw_only=True):
    """The counters of a UTC day."""

    visits: int
    views: int
    runs: int


TYPES: Final[Mapping[str, Any]] = {
    "location": KeptLocation,
    "cinema": Cinema,
    "correction": CinemaCorrection,
    "film": Film,
    "film_poster": FilmPoster,
    "showtime": Showtime,
    "run": Run,
    "day": DayCounts,
    "city_view": int,
    "page_memory": tuple[PageMemory, ...],
    "discovery": Discovery,
    "server_pause": int,
    "recipe": tuple[Recipe, ...],
    "known_title": KnownTitle,
    "web_discovery": WebDiscovery,
    "model_call": ModelCall,
    "spend": dict[str, dict[str, int]],
    "claude_state": ClaudeState,
    "pending_batch": PendingBatch,
    "journal": JournalEntry,
    "run_report": PackedReport,
    "row_correction": RowCorrection,
    "found_row": Showtime,
}
"""Every kind of item, and what its body decodes to. ``spend`` has a month's sums, by period and city."""

KINDS: Final = tuple(TYPES)
_NAMED: Final = ("film", "cinema", "location")
READING_ORDER: Final = (*(kind for kind in KINDS if kind not in _NAMED), *_NAMED)
"""What is named by others comes after them: read so while the site is served, nothing names what came later."""
_encoder: Final = msgspec.json.Encoder(order="sorted")


class Item(Struct, frozen=True, array_like=True):
    """One item: its key is unique within its kind."""

    key: str
    body: str


class Digest(Struct, frozen=True, array_like=True):
    """How many items of a kind there are, and a sum over their content that does not depend on their order."""

    count: int = 0
    sum: str = "0"


class Tally:
    """Adds items up to a digest."""

    def __init__(self) -> None:
        self._count = 0
        self._sum = 0

    def add(self, item: Item) -> None:
        """Take one item in."""
        self._count += 1
        self._sum = (self._sum + int.from_bytes(fingerprint(item), "big")) % (1 << 128)

    @property
    def digest(self) -> Digest:
        """Of all that was taken in."""
        return Digest(self._count, f"{self._sum:032x}")


class Depot(Protocol):
    """All that one store holds, for a command: read item by item, and written so."""

    def items(self, kind: str) -> AsyncIterator[Item]:
        """All items of a kind, in no particular order."""

    async def put(self, kind: str, items: Sequence[Item]) -> None:
        """Add items, each in place of a former one of its key."""

    async def remove(self, kind: str, keys: Sequence[str]) -> None:
        """Delete the items of these keys."""

    async def faults(self) -> list[str]:
        """What is wrong with the store itself: its file, its indexes, what a dead process left."""

    async def facts(self) -> dict[str, object]:
        """What an operator wants to know of it: kind, version, size in bytes."""

    async def close(self) -> None:
        """Let go of it."""


def fingerprint(item: Item) -> bytes:
    """16 bytes that tell an item from any other."""
    text = f"{len(item.key)}/{item.key}{item.body}"
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def canonical(value: object) -> str:
    """A value as JSON whose text depends on nothing but the value."""
    return _encoder.encode(value).decode()


async def digest_of(depot: Depot, kind: str) -> Digest:
    """The digest of a kind."""
    tally = Tally()
    async for item in depot.items(kind):
        tally.add(item)
    return tally.digest


async def portions(items: AsyncIterator[Item]) -> AsyncIterator[list[Item]]:
    """Items in portions."""
    portion: list[Item] = []
    async for item in items:
        portion.append(item)
        if len(portion) == AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion


def in_portions(keys: Iterable[str]) -> Iterable[list[str]]:
    """Keys in portions."""
    known = list(keys)
    return (known[first : first + AT_ONCE] for first in range(0, len(known), AT_ONCE))
