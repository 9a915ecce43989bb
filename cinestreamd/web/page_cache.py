"""The pages of cities that one worker has ready: compressed, bounded, and never older than the city's revision.

The city is read from the store with every request, which costs a hundredth of a page: as soon as a publication is in
place, pages of the former revision are no longer given. A page also ages by itself, since it tells clocks and ages.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from aiohttp.web import AppKey, Request, Response
from msgspec import Struct

from cinestreamd.metering import CACHE
from cinestreamd.store.base import Location
from cinestreamd.web.answers import Ready, answer_ready
from cinestreamd.web.keys import LOAD

MAX_AGE: Final = 15.0
"""Seconds that a page is given again; never beyond the minute in which it was made."""

MAX_BYTES: Final = 1_000_000


class Kept(Struct, frozen=True):
    """A page with what it was made from and when."""

    source: tuple[object, ...]
    made: datetime
    ready: Ready


class PageCache:
    """Pages by their address, the least used going first when they take more than ``MAX_BYTES``."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._pages: OrderedDict[str, Kept] = OrderedDict()
        self._max_bytes = max_bytes
        self.bytes = 0

    def get(self, address: str, location: Location, now: datetime) -> Ready | None:
        """The page at ``address``, made from the city as it is and fresh enough; else None."""
        kept = self._pages.get(address)
        if kept is None or kept.source != _source(location) or not _is_fresh(kept.made, now):
            return None
        self._pages.move_to_end(address)
        return kept.ready

    def put(self, address: str, location: Location, now: datetime, ready: Ready) -> None:
        """Keep a page that was just made."""
        self._drop(address)
        self._pages[address] = Kept(_source(location), now, ready)
        self.bytes += _size(address, ready)
        while self.bytes > self._max_bytes:
            self._drop(next(iter(self._pages)))

    def forget_old(self, now: datetime) -> None:
        """Let go of pages that are too old to be given again."""
        for address in [address for address, kept in self._pages.items() if not _is_fresh(kept.made, now)]:
            self._drop(address)

    def clear(self) -> None:
        """Keep nothing any more."""
        self._pages.clear()
        self.bytes = 0

    def _drop(self, address: str) -> None:
        kept = self._pages.pop(address, None)
        if kept is not None:
            self.bytes -= _size(address, kept.ready)


def _source(location: Location) -> tuple[object, ...]:
    """What of a city decides its pages: its rows, and what is said of their state."""
    return location.revision, location.last_updated, location.failures, location.cooldown_until


def _is_fresh(made: datetime, now: datetime) -> bool:
    return 0 <= (now - made).total_seconds() < MAX_AGE and made.minute == now.minute


def _size(address: str, ready: Ready) -> int:
    return len(address) + len(ready.packed) + 500


PAGES: Final = AppKey("pages", PageCache)


async def cached_page(
    request: Request, location: Location, now: datetime, make: Callable[[], Awaitable[Ready]]
) -> Response:
    """The page of this address, from the cache or made. While the city is being read, each is made anew."""
    cache = request.app[PAGES]
    address = request.rel_url.raw_path_qs
    if location.lease is not None:
        return answer_ready(request, await make())
    ready = cache.get(address, location, now)
    request.app[LOAD].meter.count(CACHE, "page", "miss" if ready is None else "hit")
    if ready is None:
        ready = await make()
        cache.put(address, location, now, ready)
    return answer_ready(request, ready)
