"""Typed keys of what one web worker's application and requests carry."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from typing import Final, Literal, Protocol

from aiohttp.web import AppKey, RequestKey
from msgspec import Struct

from cinestreamd.all_sites import AllSites
from cinestreamd.config import Settings
from cinestreamd.feature import Operation
from cinestreamd.gazetteer import Gazetteer
from cinestreamd.metering import Meter
from cinestreamd.site_state import SiteState
from cinestreamd.sites.model import Site
from cinestreamd.store.base import Store


class Unpaid(Struct, frozen=True):
    """The city cannot be read before ``retry_after`` seconds have passed: what may be spent on reading is used up."""

    retry_after: int


class ScrapeDesk(Protocol):
    """Where a worker asks for a scrape. Only the master behind it starts one."""

    async def request(self, city_id: str) -> Literal["accepted", "full"] | Unpaid:
        """Ask for a run of a city; ``accepted`` when it is queued or already under way."""

    async def recheck(self, city_id: str, cinema_id: str) -> Literal["accepted", "full"] | Unpaid:
        """Ask for one cinema to be read again; ``accepted`` also when its city is being read anyway."""


class ConsoleAccess(Struct, frozen=True):
    """What makes a console possible. ``password`` is what is kept of it.

    ``state`` asks the master for the site's processes, None when it does not tell; ``retry`` has a city read now, or
    one cinema of it, whatever its state. ``sites`` asks for all sites; None where the operator does not want that here.
    """

    password: str
    state: Callable[[], Awaitable[SiteState | None]]
    retry: Callable[[str, str | None], Awaitable[Literal["accepted", "full"] | Unpaid]]
    sites: Callable[[], Awaitable[AllSites | None]] | None = None


class Load:
    """What one worker has to do: its counters go into each heartbeat, and with it what ``meter`` has counted."""

    def __init__(self) -> None:
        self.requests = 0
        self.in_flight = 0
        self.meter = Meter()


SETTINGS: Final = AppKey("settings", Settings)
SITE: Final = AppKey("site", Site)
SECRET_KEY: Final = AppKey("secret_key", str)
STORE: Final[AppKey[Store]] = AppKey("store", Store)
GAZETTEER: Final = AppKey("gazetteer", Gazetteer)
SCRAPES: Final[AppKey[ScrapeDesk]] = AppKey("scrapes", ScrapeDesk)
# AppKey wants a class; what stands for this type is none.
CLOCK: Final[AppKey[Callable[[], datetime]]] = AppKey("clock", Callable[[], datetime])  # type: ignore[arg-type]  # no class
LOAD: Final = AppKey("load", Load)
CONSOLE: Final = AppKey("console", ConsoleAccess)
"""Not there where a site has no password for it."""
DEMO: Final = AppKey("demo", bool)
BEFORE_END: Final[AppKey[list[Callable[[], None]]]] = AppKey("before_end", list)
"""What is called when the worker begins to stop: it ends answers that would go on for long."""

OPERATIONS: Final[AppKey[tuple[Operation, ...]]] = AppKey("operations", tuple)
TRUSTED_PROXIES: Final[AppKey[tuple[IPv4Network | IPv6Network, ...]]] = AppKey("trusted_proxies", tuple)

REQUEST_ID: Final = RequestKey("request_id", str)
