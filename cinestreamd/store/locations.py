"""Cities that a site knows, with the state of their data."""

from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

from cinestreamd.store.leases import Lease

LocationStatus = Literal["fresh", "processing", "stale"]


class Names(Struct, frozen=True, kw_only=True):
    """One proper name in the three languages of the guide."""

    uk: str
    en: str
    ru: str

    def of(self, language: str) -> str:
        """The name in ``language`` ("uk", "en" or "ru"); English for any other."""
        return {"uk": self.uk, "ru": self.ru}.get(language, self.en)


class Location(Struct, frozen=True, kw_only=True):
    """A city that this site knows, with the state of its data.

    ``revision`` rises with every publication; caches key on it. ``failures`` counts failed runs in a row.
    """

    id: str
    names: Names
    lat: float
    lon: float
    country: str
    timezone: str
    last_updated: datetime | None = None
    revision: int = 0
    failures: int = 0
    cooldown_until: datetime | None = None
    lease: Lease | None = None

    def status(self, now: datetime, *, stale_after_seconds: int) -> LocationStatus:
        """Whether a run is under way, and if not, whether the data is younger than ``stale_after_seconds``."""
        if self.lease is not None and self.lease.until > now:
            return "processing"
        if self.last_updated is not None and (now - self.last_updated).total_seconds() < stale_after_seconds:
            return "fresh"
        return "stale"


class LocationStore(Protocol):
    """Adding and reading cities."""

    async def add_location(self, location: Location) -> None:
        """Make a city known. A known city keeps its state; its names, point and timezone are brought up to date.

        A city that is new starts with the state that ``location`` carries, except for a lease, which is only acquired.
        """

    async def location(self, city_id: str) -> Location | None:
        """The city of that id, if this site knows it."""

    async def locations(self) -> list[Location]:
        """All known cities, by id."""
