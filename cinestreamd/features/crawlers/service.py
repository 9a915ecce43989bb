"""The pages of a site that search engines may know: front pages, cities that were read, and what is on in them."""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec import Struct

from cinestreamd.i18n import LANGUAGES, Language
from cinestreamd.store.base import Location, Store
from cinestreamd.web.urls import cinema_path, city_path, film_path, front_path


class SitePage(Struct, frozen=True, kw_only=True):
    """One page as (language, absolute address) pairs; when its content changed last, if that is known."""

    addresses: Sequence[tuple[Language, str]]
    changed: str | None = None

    @property
    def otherwise(self) -> str:
        """The address for people of other languages: that of the first pair."""
        return self.addresses[0][1]


async def known_cities(store: Store) -> list[Location]:
    """The cities that have been read, by id."""
    return [location for location in await store.locations() if location.last_updated is not None]


async def front_pages(store: Store, base_url: str, default: Language) -> list[SitePage]:
    """The front page and the page of each city that was read."""
    cities = [
        _page(base_url, default, _city(location.id), location.last_updated) for location in await known_cities(store)
    ]
    return [_page(base_url, default, front_path), *cities]


async def city_pages(
    store: Store, location: Location, base_url: str, default: Language, now: datetime
) -> list[SitePage]:
    """The pages of a city's cinemas, and of the films that are to come."""
    rows = await store.showtimes(location.id, since=now)
    films = sorted({row.film_id for row in rows})
    cinemas = await store.cinemas(location.id)
    changed = location.last_updated
    return [
        *(_page(base_url, default, _cinema(location.id, cinema.id), changed) for cinema in cinemas),
        *(_page(base_url, default, _film(location.id, film_id), changed) for film_id in films),
    ]


def _city(city_id: str) -> Callable[[Language], str]:
    return lambda language: city_path(language, city_id)


def _cinema(city_id: str, cinema_id: str) -> Callable[[Language], str]:
    return lambda language: cinema_path(language, city_id, cinema_id)


def _film(city_id: str, film_id: str) -> Callable[[Language], str]:
    return lambda language: film_path(language, city_id, film_id)


def _page(
    base_url: str, default: Language, path: Callable[[Language], str], changed: datetime | None = None
) -> SitePage:
    languages = [default, *(language for language in LANGUAGES if language != default)]
    return SitePage(
        addresses=[(language, base_url + path(language)) for language in languages],
        changed=None if changed is None else changed.isoformat(timespec="seconds"),
    )
