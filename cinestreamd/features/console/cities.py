"""The cities of a site: how old their data is, and when they are read next."""

from collections.abc import Collection, Mapping
from datetime import datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from cinestreamd.gazetteer import Gazetteer
from cinestreamd.i18n import Language
from cinestreamd.sites.model import Site
from cinestreamd.sites.refresh_times import is_due, last_due, next_due
from cinestreamd.store.base import Location, LocationStatus, Store
from cinestreamd.web.places import location_of

Reading = Literal["under_way", "rests", "due", "daily", "on_demand"]
NEVER: Final = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


class CityRow(Struct, frozen=True, kw_only=True):
    """One city. ``next`` says why it is read next, ``next_at`` when, where that is known.

    ``failures`` counts failed runs in a row; ``known``: the site has data, or had.
    """

    id: str
    name: str
    country: str
    status: LocationStatus
    updated: datetime | None
    next: Reading
    next_at: datetime | None
    failures: int
    views: int
    known: bool


async def city_rows(
    store: Store, gazetteer: Gazetteer, site: Site, *, language: Language, now: datetime, stale_after_seconds: int,
    viewed_within_days: int,
) -> list[CityRow]:  # fmt: skip
    """All cities that the site knows or is told to read, the most viewed first."""
    known = {location.id: location for location in await store.locations()}
    views = await store.viewed_cities((now - timedelta(days=viewed_within_days)).date())
    locations = [*known.values(), *_unread(site, known, gazetteer)]
    daily = {*site.settings.cities, *views}
    rows = [
        _row(
            location,
            site,
            language=language,
            now=now,
            status=location.status(now, stale_after_seconds=stale_after_seconds),
            daily=daily,
            views=views.get(location.id, 0),
            known=location.id in known,
        )
        for location in locations
    ]
    return sorted(rows, key=lambda row: (-row.views, row.name, row.id))


def _unread(site: Site, known: Mapping[str, Location], gazetteer: Gazetteer) -> list[Location]:
    """The cities that the site is told to read and has never read."""
    cities = (gazetteer.get(city_id) for city_id in site.settings.cities if city_id not in known)
    return [location_of(city) for city in cities if city is not None]


def _row(
    location: Location, site: Site, *, language: Language, now: datetime, status: LocationStatus,
    daily: Collection[str], views: int, known: bool,
) -> CityRow:  # fmt: skip
    reading, at = next_reading(location, site, now=now, daily=location.id in daily)
    return CityRow(
        id=location.id,
        name=location.names.of(language),
        country=location.country,
        status=status,
        updated=location.last_updated,
        next=reading,
        next_at=at,
        failures=location.failures,
        views=views,
        known=known,
    )


def next_reading(location: Location, site: Site, *, now: datetime, daily: bool) -> tuple[Reading, datetime | None]:
    """Why a city is read next, and when. ``daily``: it belongs to the refresh of each day."""
    if location.lease is not None and location.lease.until > now:
        return "under_way", None
    if location.cooldown_until is not None and location.cooldown_until > now:
        return "rests", location.cooldown_until
    if not daily:
        return "on_demand", None
    zone, at = ZoneInfo(site.settings.timezone), time.fromisoformat(site.settings.refresh_at)
    if location.last_updated is not None and is_due(location.last_updated, last_due(now, zone, at)):
        return "due", None
    return "daily", next_due(now, zone, at)
