"""The guide's pages and its API answer, put together from the store."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Literal

from msgspec import Struct

from cinestreamd.errors import NotFoundError
from cinestreamd.features.guide.api import ShowtimesAnswer, showtimes_answer
from cinestreamd.features.guide.listing import Head, Listing, arrange, cinema_head, film_head
from cinestreamd.features.guide.pages import (
    CinemaFacts,
    CityHead,
    CityState,
    DayTab,
    FilmFacts,
    Order,
    cinema_facts,
    city_head,
    city_state,
    day_path,
    day_tabs,
    film_facts,
)
from cinestreamd.features.guide.programme import DayCounter, Programme, business_day, read_day, read_from
from cinestreamd.features.guide.showing import Viewpoint
from cinestreamd.features.scrapes import read_state
from cinestreamd.i18n import N_
from cinestreamd.store.base import Store
from cinestreamd.web import formats


class FilmNotFoundError(NotFoundError):
    """The site knows no film of that id."""

    code = "unknown_film"
    message = N_("We do not know this film.")


class CinemaNotFoundError(NotFoundError):
    """The city has no cinema of that id."""

    code = "unknown_cinema"
    message = N_("We do not know this cinema.")


class CityPage(Struct, frozen=True, kw_only=True):
    """What a city's page shows.

    ``contents`` tells whether there is anything, on any day, to show; ``orders`` has the path of each order of the
    list, ``next_day`` a day to offer.
    """

    city: CityHead
    state: CityState
    contents: Literal["showtimes", "cinemas", "nothing"]
    tabs: Sequence[DayTab]
    order: Order
    orders: Mapping[Order, str]
    day: str
    is_today: bool
    listing: Listing
    next_day: DayTab | None


class FilmPage(Struct, frozen=True, kw_only=True):
    """What a film's page in a city shows."""

    city: CityHead
    film: Head
    facts: FilmFacts
    listing: Listing


class CinemaPage(Struct, frozen=True, kw_only=True):
    """What a cinema's page shows."""

    city: CityHead
    cinema: Head
    facts: CinemaFacts
    listing: Listing


async def city_page(
    store: Store,
    counter: DayCounter,
    view: Viewpoint,
    *,
    day: date | None,
    order: Order,
    asked: int | None,
    stale_after_seconds: int,
) -> CityPage:
    """A business day in a city, today unless ``day`` says otherwise."""
    location, language = view.location, view.language
    today = business_day(view.now, view.zone)
    selected = day or today
    counts = await counter.count(store, location, view.now)
    state = await read_state(store, location, view.now, stale_after_seconds=stale_after_seconds)
    programme = await read_day(store, location, selected)
    tabs = day_tabs(location, counts, today=today, selected=selected, order=order, language=language)
    orders: tuple[Order, ...] = ("film", "cinema")
    contents: Literal["showtimes", "cinemas", "nothing"] = "cinemas" if programme.cinemas else "nothing"
    return CityPage(
        city=city_head(location, language, view.now),
        state=city_state(state, language, view.now, asked=asked),
        contents="showtimes" if counts or programme.showtimes else contents,
        tabs=tabs,
        order=order,
        orders={each: day_path(location, selected, today=today, order=each, language=language) for each in orders},
        day=formats.format_day(selected, language),
        is_today=selected == today,
        listing=arrange(programme, view, order, "cinema" if order == "film" else "film"),
        next_day=next((tab for tab in tabs if tab.count and not tab.selected), None),
    )


async def film_page(store: Store, view: Viewpoint, film_id: str) -> FilmPage:
    """A film's showings in the city from today on. Stays when its run is over.

    Raises:
        FilmNotFoundError: there is no such film.
    """
    film = await store.film(film_id)
    if film is None:
        raise FilmNotFoundError
    programme = await _from_today(store, view, film_id=film_id)
    return FilmPage(
        city=city_head(view.location, view.language, view.now),
        film=film_head(film, view),
        facts=film_facts(film, view.language),
        listing=arrange(programme, view, "day", "cinema"),
    )


async def cinema_page(store: Store, view: Viewpoint, cinema_id: str) -> CinemaPage:
    """A cinema's showings from today on.

    Raises:
        CinemaNotFoundError: the city has no such cinema.
    """
    cinema = await store.cinema(cinema_id)
    if cinema is None or cinema.city_id != view.location.id:
        raise CinemaNotFoundError
    programme = await _from_today(store, view, cinema_id=cinema_id)
    return CinemaPage(
        city=city_head(view.location, view.language, view.now),
        cinema=cinema_head(cinema, view),
        facts=cinema_facts(cinema, view.language, view.now),
        listing=arrange(programme, view, "day", "film"),
    )


async def list_showtimes(
    store: Store, view: Viewpoint, *, day: date | None, stale_after_seconds: int
) -> ShowtimesAnswer:
    """A business day's showtimes, or without ``day`` all that are still to come."""
    if day is None:
        programme = await read_from(store, view.location, view.now)
    else:
        programme = await read_day(store, view.location, day)
    status = view.location.status(view.now, stale_after_seconds=stale_after_seconds)
    return showtimes_answer(view.location, status, programme, view.now)


async def _from_today(
    store: Store, view: Viewpoint, *, film_id: str | None = None, cinema_id: str | None = None
) -> Programme:
    """Showings of the current business day, begun or not, and of all days after it."""
    today = business_day(view.now, view.zone)
    since = datetime.combine(today, time(), view.zone).astimezone(UTC)
    return await read_from(store, view.location, since, first_day=today, film_id=film_id, cinema_id=cinema_id)
