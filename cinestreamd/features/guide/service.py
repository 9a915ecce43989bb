"""The guide's pages and its API answer, put together from the store."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.errors import NotFoundError
from cinestreamd.features.guide.alternatives import (
    Alternative,
    Applied,
    alternatives_on_day,
    alternatives_on_other_days,
    applied_filters,
    names_of,
)
from cinestreamd.features.guide.facets import Facets, facets_of
from cinestreamd.features.guide.filters import Judge, Judged
from cinestreamd.features.guide.listing import Head, Listing, arrange, cinema_head, film_head
from cinestreamd.features.guide.pages import (
    CinemaFacts,
    CityHead,
    CityState,
    DayTab,
    FilmFacts,
    cinema_facts,
    city_head,
    city_state,
    day_tabs,
    film_facts,
)
from cinestreamd.features.guide.programme import (
    DayCounter,
    Programme,
    business_day,
    only,
    read_day,
    read_days,
    read_from,
    read_runs,
    with_posters,
)
from cinestreamd.features.guide.query import CityQuery, Filters, Order, Sort, path_of, query_pairs
from cinestreamd.features.guide.showing import Viewpoint
from cinestreamd.features.guide.week import Week, week_of
from cinestreamd.features.scrapes import ScrapeState
from cinestreamd.i18n import N_
from cinestreamd.store.base import Cinema, Film, Store
from cinestreamd.tracing import traced
from cinestreamd.web import formats
from cinestreamd.web.places import find_cinema

_ORDERS: tuple[Order, ...] = ("film", "cinema")
_SORTS: tuple[Sort | None, ...] = (None, "time", "price", "distance")


class FilmNotFoundError(NotFoundError):
    """The site knows no film of that id."""

    code = "unknown_film"
    message = N_("We do not know this film.")


class CityPage(Struct, frozen=True, kw_only=True):
    """What a city's page shows.

    ``contents`` tells whether there is anything, on any day, to show; ``orders`` and ``sorts`` have the path of each
    order of the list, ``next_day`` a day to offer. ``hidden`` are the query's values that the filter form keeps;
    ``programme`` has the rows that the listing shows.
    """

    city: CityHead
    state: CityState
    contents: Literal["showtimes", "cinemas", "nothing"]
    tabs: Sequence[DayTab]
    order: Order
    orders: Mapping[Order, str]
    sort: Sort | None
    sorts: Mapping[Sort | None, str]
    hidden: Sequence[tuple[str, str]]
    facets: Facets
    applied: Sequence[Applied]
    alternatives: Sequence[Alternative]
    unfiltered: str
    day: str
    is_today: bool
    listing: Listing
    next_day: DayTab | None
    programme: Programme


class FilmPage(Struct, frozen=True, kw_only=True):
    """What a film's page in a city shows; ``chosen`` names the cinemas that alone are meant."""

    city: CityHead
    film: Head
    facts: FilmFacts
    listing: Listing
    chosen: str
    record: Film
    programme: Programme


class CinemaPage(Struct, frozen=True, kw_only=True):
    """What a cinema's page shows."""

    city: CityHead
    cinema: Head
    facts: CinemaFacts
    week: Week
    listing: Listing
    record: Cinema
    programme: Programme


@traced("guide.city_page")
async def city_page(
    store: Store, counter: DayCounter, view: Viewpoint, query: CityQuery, state: ScrapeState
) -> CityPage:
    """A business day in a city, today unless ``query`` says otherwise."""
    location, language = view.location, view.language
    today = business_day(view.now, view.zone)
    selected = query.day or today
    counts = await counter.count(store, location, view.now)
    whole = await read_day(store, location, selected)
    whole = replace(whole, runs=await counter.runs(store, location, view.now))
    judge = Judge(query, whole, view)
    judged = judge.judge(whole.showtimes)
    upcoming = [each for each in judged if each.row.start_time > view.now]
    shown = only(whole, [each.row for each in judged if not each.failed])
    if query.by == "film":
        shown = await with_posters(store, shown, whole.films)
    listing = arrange(shown, view, query.by, "cinema" if query.by == "film" else "film", sort=query.sort)
    tabs = day_tabs(location, counts, today=today, query=query, language=language)
    contents: Literal["cinemas", "nothing"] = "cinemas" if whole.cinemas else "nothing"
    base = replace(query, asked=None, rests=None)
    return CityPage(
        city=city_head(location, language, view.now),
        state=city_state(state, language, view.now, asked=query.asked, rests=query.rests),
        contents="showtimes" if counts or whole.showtimes else contents,
        tabs=tabs,
        order=query.by,
        orders={each: path_of(view.city_path, replace(base, by=each)) for each in _ORDERS},
        sort=query.sort,
        sorts={
            each: path_of(view.city_path, replace(base, sort=each))
            for each in _SORTS
            if each != "distance" or view.point is not None
        },
        hidden=[pair for pair in query_pairs(query) if pair[0] in {"date", "by", "sort", "at"}],
        facets=facets_of(upcoming, judge, whole, query, view),
        applied=applied_filters(query, whole, view),
        alternatives=await _alternatives(store, view, query, upcoming, whole) if not listing.upcoming_count else (),
        unfiltered=path_of(view.city_path, CityQuery(day=query.day, by=query.by, sort=query.sort, at=query.at)),
        day=formats.format_day(selected, language),
        is_today=selected == today,
        listing=listing,
        next_day=next((tab for tab in tabs if tab.count and not tab.selected), None),
        programme=shown,
    )


async def _alternatives(
    store: Store, view: Viewpoint, query: CityQuery, upcoming: Sequence[Judged], whole: Programme
) -> list[Alternative]:
    """What to offer when filters leave nothing; without filters the next day is offered by itself."""
    if not query.is_filtering():
        return []
    today = business_day(view.now, view.zone)
    later = replace(await read_from(store, view.location, view.now), runs=whole.runs)
    days = alternatives_on_other_days(
        later, Judge(query, later, view), query, view, selected=query.day or today, today=today
    )
    return [*alternatives_on_day(upcoming, query, whole, view), *days]


@traced("guide.film_page")
async def film_page(store: Store, view: Viewpoint, film_id: str, cinemas: Sequence[str] = ()) -> FilmPage:
    """A film's showings in the city, or in some cinemas of it, from today on. Stays when its run is over.

    Raises:
        FilmNotFoundError: there is no such film.
    """
    film, programme = await film_programme(store, view, film_id, cinemas)
    programme = await with_posters(store, programme, [film.id])
    facts = film_facts(film, view.language)
    return FilmPage(
        city=city_head(view.location, view.language, view.now),
        film=film_head(film, view, programme.posters.get(film.id), told=[title for _, title in facts.titles]),
        facts=facts,
        listing=arrange(programme, view, "day", "cinema"),
        chosen=names_of(cinemas, programme, view.language),
        record=film,
        programme=programme,
    )


async def film_programme(
    store: Store, view: Viewpoint, film_id: str, cinemas: Sequence[str] = ()
) -> tuple[Film, Programme]:
    """A film with its showings in the city, or in some cinemas of it, from today on; raises like ``film_page``."""
    film = await store.film(film_id)
    if film is None:
        raise FilmNotFoundError
    programme = await _from_today(store, view, film_id=film_id)
    if cinemas:
        programme = only(programme, [row for row in programme.showtimes if row.cinema_id in cinemas])
    return film, programme


@traced("guide.cinema_page")
async def cinema_page(store: Store, view: Viewpoint, cinema_id: str) -> CinemaPage:
    """A cinema's showings from today on.

    Raises:
        CinemaNotFoundError: the city has no such cinema.
    """
    cinema, programme = await cinema_programme(store, view, cinema_id)
    return CinemaPage(
        city=city_head(view.location, view.language, view.now),
        cinema=cinema_head(cinema, view),
        facts=cinema_facts(cinema, view.language, view.now),
        week=week_of(programme, view, business_day(view.now, view.zone)),
        listing=arrange(programme, view, "day", "film"),
        record=cinema,
        programme=programme,
    )


async def cinema_programme(store: Store, view: Viewpoint, cinema_id: str) -> tuple[Cinema, Programme]:
    """A cinema with its showings from today on; raises like ``cinema_page``."""
    cinema = await find_cinema(store, view.location, cinema_id)
    return cinema, await _from_today(store, view, cinema_id=cinema_id)


@traced("guide.evening_list")
async def evening_list(store: Store, view: Viewpoint, query: CityQuery) -> tuple[Listing, str]:
    """The listing of a city's page alone, and its day in words."""
    day = query.day or business_day(view.now, view.zone)
    shown = await filtered_days(store, view, query, [day])
    listing = arrange(shown, view, query.by, "cinema" if query.by == "film" else "film", sort=query.sort)
    return listing, formats.format_day(day, view.language)


@traced("guide.filtered")
async def filtered(store: Store, view: Viewpoint, query: Filters) -> Programme:
    """A business day's showtimes, or without a day all that are still to come, as far as the filters let through."""
    if query.day is None:
        return await _let_through(store, await read_from(store, view.location, view.now), query, view)
    return await filtered_days(store, view, query, [query.day])


async def filtered_days(store: Store, view: Viewpoint, query: Filters, days: Sequence[date]) -> Programme:
    """The showtimes of some business days in a row, as far as the filters let through."""
    return await _let_through(store, await read_days(store, view.location, days), query, view)


async def _let_through(store: Store, whole: Programme, query: Filters, view: Viewpoint) -> Programme:
    if query.new or query.last:
        whole = replace(whole, runs=await read_runs(store, view.location, view.now))
    judged = Judge(query, whole, view).judge(whole.showtimes)
    return only(whole, [each.row for each in judged if not each.failed])


async def _from_today(
    store: Store, view: Viewpoint, *, film_id: str | None = None, cinema_id: str | None = None
) -> Programme:
    """Showings of the current business day, begun or not, and of all days after it."""
    today = business_day(view.now, view.zone)
    since = datetime.combine(today, time(), view.zone).astimezone(UTC)
    return await read_from(store, view.location, since, first_day=today, film_id=film_id, cinema_id=cinema_id)
