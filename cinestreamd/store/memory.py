"""What one run leaves for the next: which pages carried a cinema's schedule, and what OpenStreetMap knew of a city.

Forgetting any of it is always safe: it costs requests, never data.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

Wheelchair = Literal["yes", "limited", "no"]


class PageMemory(Struct, frozen=True, kw_only=True):
    """One page of a cinema as it was read last.

    ``digest`` is of its text; ``etag`` and ``last_modified`` are the server's words for that version. ``showtimes`` is
    how many showings to come it gave in the run ``run_id``. ``day_bound``: the same text means something else tomorrow
    ("today 19:30"). ``reader_version`` is the release that read it: a newer one may read it better. ``one_day``: the
    page of a single day, found again through the links of the others.

    A page that Claude was asked about has a digest of its ``words`` as they were shown. One that gave nothing has no
    ``showtimes``; ``given_up`` says why, where it was no answer.
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
    words: str = ""
    given_up: str = ""


class Venue(Struct, frozen=True, kw_only=True):
    """A cinema on the map. ``ref`` is its OpenStreetMap object ("node/123"); the point is in degrees (WGS 84).

    ``website`` is absolute http(s). ``brand`` and ``operator`` name the chain; each of its cinemas is its own venue.
    """

    ref: str
    name: str
    lat: float
    lon: float
    names: Mapping[str, str] = {}
    website: str | None = None
    address: str | None = None
    brand: str | None = None
    operator: str | None = None
    wheelchair: Wheelchair | None = None
    wikidata: str | None = None
    screens: int | None = None


class Discovery(Struct, frozen=True, kw_only=True):
    """What a source of cinemas knew of a city at one moment."""

    city_id: str
    asked_at: datetime
    venues: tuple[Venue, ...]


class Recipe(Struct, frozen=True, kw_only=True):
    """How a cinema's page is read without a model: ``rules`` is JSON that only its compiler understands.

    ``rows`` is how many showings it gave on the page from which it was compiled.
    """

    cinema_id: str
    url: str
    rules: str
    rows: int
    compiled_at: datetime
    run_id: str


class KnownTitle(Struct, frozen=True, kw_only=True):
    """A film's title in other languages, as a model knew it. ``key`` names the film; None: no such title is known."""

    key: str
    original: str
    learned_at: datetime
    uk: str | None = None
    en: str | None = None
    ru: str | None = None


class FoundCinema(Struct, frozen=True, kw_only=True):
    """A cinema that a web search found; ``url`` stood in the search's results."""

    name: str
    url: str
    address: str | None = None


class WebDiscovery(Struct, frozen=True, kw_only=True):
    """What a web search knew of a city's cinemas at one moment."""

    city_id: str
    asked_at: datetime
    cinemas: tuple[FoundCinema, ...]


class Memory(Protocol):
    """What an agent needs remembered from run to run. Forgetting is always safe: it costs requests, never data."""

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

    async def recipes(self, cinema_id: str) -> list[Recipe]:
        """How the cinema's pages can be read without a model, in the order in which they were remembered."""

    async def remember_recipes(self, cinema_id: str, recipes: Sequence[Recipe]) -> None:
        """Replace a cinema's recipes. Called after the run's publication is in place."""


class MemoryStore(Memory, Protocol):
    """The same, with what only Claude's part remembers."""

    async def known_titles(self, keys: Sequence[str]) -> list[KnownTitle]:
        """The titles that were remembered under those keys, in no particular order."""

    async def remember_titles(self, titles: Sequence[KnownTitle]) -> None:
        """Add titles, each in place of a former one of its key."""

    async def web_discovery(self, city_id: str) -> WebDiscovery | None:
        """What a web search last learned of a city's cinemas."""

    async def remember_web_discovery(self, discovery: WebDiscovery) -> None:
        """Replace what a web search learned of a city's cinemas."""
