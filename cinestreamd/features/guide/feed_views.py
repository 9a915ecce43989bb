"""GET of a list page's path with ``.json``, ``.ics`` or ``.atom``."""

from collections.abc import Callable
from typing import Annotated, Final

from aiohttp import web
from msgspec import Meta, Struct

from cinestreamd.features.guide.api import MAX_ROWS, showtimes_answer
from cinestreamd.features.guide.asking import checked_day, viewpoint
from cinestreamd.features.guide.calendar import CONTENT_TYPE, render_calendar
from cinestreamd.features.guide.feeds import FeedQuery, days_from, entries, events, latest
from cinestreamd.features.guide.programme import Programme, business_day, only
from cinestreamd.features.guide.query import Words
from cinestreamd.features.guide.service import cinema_programme, film_programme, filtered_days
from cinestreamd.features.guide.showing import Viewpoint
from cinestreamd.i18n import translations
from cinestreamd.web.answers import open_to_others, paged, shared_answer, shared_json
from cinestreamd.web.formats import format_day
from cinestreamd.web.inputs import parse_query
from cinestreamd.web.keys import SETTINGS, SITE, STORE
from cinestreamd.web.rendering import TEMPLATES
from cinestreamd.web.text import clean_text
from cinestreamd.web.urls import page_route

_FEED_SECONDS: Final = 300


class PageOfRows(Struct, frozen=True, kw_only=True):
    """Which of the rows are wanted."""

    limit: Annotated[int, Meta(ge=1, le=MAX_ROWS, description="Most rows in one answer.")] = MAX_ROWS
    offset: Annotated[int, Meta(ge=0, le=1_000_000, description="Rows to pass over.")] = 0


class FilmRows(PageOfRows, frozen=True, kw_only=True):
    """A film's rows; ``cinema`` are the ids of the only cinemas that are meant."""

    cinema: Annotated[Words, Meta(description="Ids of cinemas.")] = ()


async def show_city_list(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}.{form}: the list of the city's page, over ``days`` business days."""
    query = parse_query(request, FeedQuery)
    first = checked_day(query.day)
    view = await viewpoint(request, request.match_info["city"], at=query.at)
    first = first or business_day(view.now, view.zone)
    programme = await filtered_days(request.app[STORE], view, query, days_from(first, query.days))
    city = view.location.names.of(view.language)
    if query.days == 1:
        city = f"{city}, {format_day(first, view.language)}"
    return _answer(request, view, programme, title=city, page=PageOfRows(limit=query.limit, offset=query.offset))


async def show_film_list(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}/film/{film}.{form}."""
    page = parse_query(request, FilmRows)
    view = await viewpoint(request, request.match_info["city"])
    film, programme = await film_programme(request.app[STORE], view, request.match_info["film"], page.cinema)
    title = f"{film.titles.of(view.language)}: {view.location.names.of(view.language)}"
    return _answer(request, view, programme, title=title, page=page)


async def show_cinema_list(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}/cinema/{cinema}.{form}."""
    page = parse_query(request, PageOfRows)
    view = await viewpoint(request, request.match_info["city"])
    cinema, programme = await cinema_programme(request.app[STORE], view, request.match_info["cinema"])
    title = f"{cinema.names.get(view.language) or cinema.name}: {view.location.names.of(view.language)}"
    return _answer(request, view, programme, title=title, page=page)


def _answer(
    request: web.Request, view: Viewpoint, programme: Programme, *, title: str, page: PageOfRows
) -> web.Response:
    """``programme`` in the form that the path asks for; ``X-Total-Count`` and ``Link`` as for showtimes."""
    total = len(programme.showtimes)
    shown = only(programme, programme.showtimes[page.offset : page.offset + page.limit])
    answer = _FORMS[request.match_info["form"]](request, view, shown, title)
    return paged(request, open_to_others(answer), total=total, end=page.offset + page.limit)


def _json(request: web.Request, view: Viewpoint, shown: Programme, _title: str) -> web.Response:
    stale_after = request.app[SETTINGS].scrape.stale_after_seconds
    status = view.location.status(view.now, stale_after_seconds=stale_after)
    return shared_json(request, showtimes_answer(view.location, status, shown), max_age=0)


def _calendar(request: web.Request, view: Viewpoint, shown: Programme, title: str) -> web.Response:
    site = request.app[SITE]
    body = render_calendar(_named(view, title), events(shown, view, base_url=site.base_url, authority=site.authority))
    return shared_answer(request, body, content_type=CONTENT_TYPE, max_age=_FEED_SECONDS)


def _atom(request: web.Request, view: Viewpoint, shown: Programme, title: str) -> web.Response:
    site = request.app[SITE]
    path = request.rel_url.raw_path_qs
    context = {
        "title": _named(view, title),
        "address": site.base_url + path,
        "page_address": site.base_url + request.rel_url.raw_path.removesuffix(".atom"),
        "updated": latest(shown, view.location.last_updated),
        "entries": entries(shown, view, base_url=site.base_url, authority=site.authority),
    }
    body = request.app[TEMPLATES].render("guide/feed.xml", view.language, context)
    return shared_answer(request, body, content_type="application/atom+xml", max_age=_FEED_SECONDS)


def _named(view: Viewpoint, title: str) -> str:
    return f"{translations(view.language).gettext('Tonight at the cinema')}: {clean_text(title)}"


_FORMS: Final[dict[str, Callable[[web.Request, Viewpoint, Programme, str], web.Response]]] = {
    "json": _json,
    "ics": _calendar,
    "atom": _atom,
}
_FORM: Final = "{form:json|ics|atom}"

ROUTES: Final = (
    web.get(page_route(f"/city/{{city:[a-z0-9-]+}}.{_FORM}"), show_city_list),
    web.get(page_route(f"/city/{{city:[a-z0-9-]+}}/film/{{film:[^/]+}}.{_FORM}"), show_film_list),
    web.get(page_route(f"/city/{{city:[a-z0-9-]+}}/cinema/{{cinema:[^/]+}}.{_FORM}"), show_cinema_list),
)
