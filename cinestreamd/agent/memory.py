"""What one run leaves for the next: which pages carried a cinema's schedule, and what OpenStreetMap knew of a city."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from cinestreamd.agent.osm import Venue


class PageMemory(Struct, frozen=True, kw_only=True):
    """One page of a cinema as it was read last.

    ``digest`` is of its text; ``etag`` and ``last_modified`` are the server's words for that version. ``showtimes`` is
    how many showings to come it gave in the run ``run_id``. ``day_bound``: the same text means something else tomorrow
    ("today 19:30"). ``reader_version`` is the release that read it: a newer one may read it better. ``one_day``: the
    page of a single day, found again through the links of the others.
    """

    cinema_id: str
    url: str
    digest: str
    read_at: datetime
    run_id: str
    showtimes: int
    day_bound: bool
    reader_version: str
    one_day: bool = False
    etag: str | None = None
    last_modified: str | None = None


class Discovery(Struct, frozen=True, kw_only=True):
    """What a source of cinemas knew of a city at one moment."""

    city_id: str
    asked_at: datetime
    venues: tuple[Venue, ...]


class Memory(Protocol):
    """What the agent needs remembered. Forgetting is always safe: it costs requests, never data."""

    async def pages(self, cinema_id: str) -> list[PageMemory]:
        """The pages that carried the cinema's schedule when it was read last, the chief one first."""

    async def remember_pages(self, cinema_id: str, pages: Sequence[PageMemory]) -> None:
        """Replace what is remembered of a cinema's pages. Called after the run's publication is in place."""

    async def discovery(self, city_id: str) -> Discovery | None:
        """What was last learned of a city's cinemas."""

    async def remember_discovery(self, discovery: Discovery) -> None:
        """Replace what is remembered of a city's cinemas."""

    async def paused_until(self, server: str) -> datetime | None:
        """Until when no run of any city may ask a shared server (its address), None when it may be asked."""

    async def pause(self, server: str, until: datetime) -> None:
        """Leave a shared server alone until then."""


class Forgetful:
    """A memory that keeps nothing: every page is read, every city is asked for."""

    async def pages(self, cinema_id: str) -> list[PageMemory]:  # noqa: ARG002 - the protocol's signature
        """Nothing."""
        return []

    async def remember_pages(self, cinema_id: str, pages: Sequence[PageMemory]) -> None:
        """Let it go."""

    async def discovery(self, city_id: str) -> Discovery | None:  # noqa: ARG002 - the protocol's signature
        """Nothing."""
        return None

    async def remember_discovery(self, discovery: Discovery) -> None:
        """Let it go."""

    async def paused_until(self, server: str) -> datetime | None:  # noqa: ARG002 - the protocol's signature
        """Never."""
        return None

    async def pause(self, server: str, until: datetime) -> None:
        """Let it go."""
