"""What one scrape is for, and what it works with."""

from collections.abc import Callable
from datetime import datetime

from msgspec import Struct, field

from cinestreamd.agent.claude.caller import Caller
from cinestreamd.agent.fetch import Fetcher
from cinestreamd.agent.map_cache import MapCache
from cinestreamd.agent.memory import Forgetful
from cinestreamd.config import DiscoverySettings
from cinestreamd.gazetteer.model import City
from cinestreamd.sites.model import CinemaEntry
from cinestreamd.store.base import Store, Trigger
from cinestreamd.store.memory import Memory


class ScrapeTask(Struct, frozen=True, kw_only=True):
    """What one agent is started for. ``cinemas`` are the site's configured ones, of all cities.

    With ``cinema_id`` that cinema alone is read again: nothing is searched, and the city is no more up to date.
    """

    city: City
    owner: str
    run_id: str
    trigger: Trigger
    cinemas: tuple[CinemaEntry, ...] = ()
    cinema_id: str | None = None


class Tools(Struct, frozen=True, kw_only=True):
    """What a run works with.

    Without ``memory`` every page is read anew; without ``discovery`` the map is not asked; without ``claude`` the
    readers are alone. ``map_cache`` is what the agents of one daemon share of the map's answers.
    """

    store: Store
    fetcher: Fetcher
    clock: Callable[[], datetime]
    memory: Memory = field(default_factory=Forgetful)
    discovery: DiscoverySettings | None = None
    claude: Caller | None = None
    map_cache: MapCache | None = None
