"""Asking an Overpass server for the cinemas of a city: one query a city a month, identified, and never in a hurry."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final, TypeGuard

import structlog

from cinestreamd.agent.fetch import Fetcher, FetchError, HttpStatusError
from cinestreamd.agent.map_cache import MapCache
from cinestreamd.agent.osm import BadExtractError, read_answer, venues_of
from cinestreamd.config import DiscoverySettings
from cinestreamd.errors import UnavailableError
from cinestreamd.gazetteer.model import City
from cinestreamd.i18n import N_
from cinestreamd.store.memory import Discovery, Memory, Venue

log = structlog.get_logger()

SERVER_SECONDS: Final = 60
ANSWER_SECONDS: Final = 75.0
LARGEST_ANSWER: Final = 5_000_000
# Overpass usage policy: a server that says 429 is left alone for at least half a minute.
BACK_OFF_SECONDS: Final = 30.0
PAUSE: Final = timedelta(minutes=5)
BUSY: Final = frozenset({429, 503, 504})


class OverpassError(UnavailableError):
    """No Overpass server gave a usable answer."""

    code = "overpass"
    message = N_("OpenStreetMap's cinemas of {city} could not be asked for. Try again in {retry_after} seconds.")


def query_of(city: City, *, radius_metres: int) -> str:
    """The query for the cinemas around a city, in Overpass QL."""
    around = f"around:{radius_metres},{city.lat:.5f},{city.lon:.5f}"
    return f'[out:json][timeout:{SERVER_SECONDS}];nwr["amenity"="cinema"]({around});out center;'


class Overpass:
    """Discovery through Overpass servers. ``shared`` is what other agents of this daemon have learned from them."""

    def __init__(
        self,
        settings: DiscoverySettings,
        *,
        fetcher: Fetcher,
        memory: Memory,
        shared: MapCache | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._fetcher = fetcher
        self._memory = memory
        self._shared = shared
        self._sleep = sleep

    async def venues(self, city: City, *, now: datetime) -> tuple[Venue, ...]:
        """The cinemas on the map in and around ``city``, from memory when that is fresh.

        An older memory is better than none: it is used when no server answers.

        Raises:
            OverpassError: no server answers and nothing is remembered.
        """
        known = await self._memory.discovery(city.id)
        if self._is_fresh(known, now):
            return known.venues
        if not self._settings.overpass_endpoints:
            return known.venues if known else ()
        found = await self._learn(city, now)
        if found is None:
            if known is None:
                raise OverpassError(city=city.id, retry_after=3600)
            return known.venues
        await self._memory.remember_discovery(found)
        return found.venues

    def _is_fresh(self, known: Discovery | None, now: datetime) -> TypeGuard[Discovery]:
        return known is not None and timedelta(0) <= now - known.asked_at < timedelta(days=self._settings.keep_days)

    async def _learn(self, city: City, now: datetime) -> Discovery | None:
        """What another agent has learned lately, or else a server's answer; None when none answers."""
        if self._shared is None:
            return await self._asked(city, now)
        radius = self._settings.radius_metres
        async with self._shared.turn(city.id, radius):
            known = self._shared.answer(city.id, radius)
            if self._is_fresh(known, now):
                return known
            found = await self._asked(city, now)
            if found is not None:
                self._shared.keep(found, radius)
            return found

    async def _asked(self, city: City, now: datetime) -> Discovery | None:
        venues = await self._ask(city, now)
        return None if venues is None else Discovery(city_id=city.id, asked_at=now, venues=venues)

    async def _paused_until(self, endpoint: str) -> datetime | None:
        own = await self._memory.paused_until(endpoint)
        shared = self._shared.paused_until(endpoint) if self._shared is not None else None
        return max((until for until in (own, shared) if until is not None), default=None)

    async def _pause(self, endpoint: str, until: datetime) -> None:
        await self._memory.pause(endpoint, until)
        if self._shared is not None:
            self._shared.pause(endpoint, until)

    async def _ask(self, city: City, now: datetime) -> tuple[Venue, ...] | None:
        """The first usable answer of the servers in their order, None when there is none.

        A server that is busy is left alone by all runs for a while; the next one is asked no sooner either, since
        servers share their load.
        """
        form = {"data": query_of(city, radius_metres=self._settings.radius_metres)}
        back_off = False
        for number, endpoint in enumerate(self._settings.overpass_endpoints):
            paused = await self._paused_until(endpoint)
            if paused is not None and paused > now:
                continue
            if back_off:
                await self._sleep(BACK_OFF_SECONDS)
            try:
                page = await self._fetcher.ask_api(endpoint, form, limit=LARGEST_ANSWER, seconds=ANSWER_SECONDS)
                return venues_of(read_answer(page.text.encode()).elements)
            except HttpStatusError as error:
                log.warning("overpass_refused", city=city.id, endpoint=number, status=error.http_status)
                back_off = error.http_status in BUSY
                if back_off:
                    await self._pause(endpoint, now + PAUSE)
            except (FetchError, BadExtractError) as error:
                log.warning("overpass_failed", city=city.id, endpoint=number, reason=error.code)
        return None
