"""The cities that a site knows, by id and by name.

To read thousands of them takes tens of milliseconds. While they are few they are read with each request; of many, each
worker keeps what it has read for a while: whoever reads the front page must not wait for a list that hardly changes.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from aiohttp.web import AppKey

from cinestreamd.i18n import Language
from cinestreamd.store.base import Location, Store

MANY: Final = 300
MAX_AGE: Final = timedelta(seconds=10)


class Known:
    """The cities at one moment."""

    def __init__(self, locations: Sequence[Location], read_at: datetime) -> None:
        self.by_id: Mapping[str, Location] = {location.id: location for location in locations}
        self.read_at = read_at
        self._by_name: dict[Language, Sequence[Location]] = {}

    def by_name(self, language: Language) -> Sequence[Location]:
        """Those of which something was ever read, by their names in ``language``."""
        if language not in self._by_name:
            read = [each for each in self.by_id.values() if each.last_updated]
            self._by_name[language] = sorted(read, key=lambda each: each.names.of(language))
        return self._by_name[language]


class Directory:
    """What one worker knows of the cities: at most ``MAX_AGE`` old when they are ``MANY``, else of this moment."""

    def __init__(self) -> None:
        self._kept: Known | None = None

    async def read(self, store: Store, now: datetime) -> Known:
        """The cities, kept or read."""
        kept = self._kept
        if kept is None or len(kept.by_id) < MANY or now - kept.read_at >= MAX_AGE:
            kept = self._kept = Known(await store.locations(), now)
        return kept


DIRECTORY: Final = AppKey("directory", Directory)
