"""The public figures of the site, read from the store at most once in a while per worker."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from aiohttp.web import AppKey

from cinestreamd.store.base import Stats, Store

MAX_AGE: Final = timedelta(seconds=10)


class Figures:
    """Figures that may be up to ``MAX_AGE`` old."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._clock = clock
        self._read_at: datetime | None = None
        self.latest: Stats | None = None

    async def read(self) -> Stats:
        """The figures, read anew when the latest are too old."""
        now = self._clock()
        if self.latest is None or self._read_at is None or now - self._read_at >= MAX_AGE:
            self.latest = await self._store.stats(now=now)
            self._read_at = now
        return self.latest


FIGURES: Final = AppKey("figures", Figures)
