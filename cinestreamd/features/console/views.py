"""The pages of the console."""

from aiohttp import web

from cinestreamd.features.console.cities import CityRow, city_rows
from cinestreamd.features.console.overview import read_overview
from cinestreamd.features.console.page import console_page
from cinestreamd.web.keys import CLOCK, CONSOLE, GAZETTEER, SETTINGS, SITE, STORE
from cinestreamd.web.language import language_of


async def show_overview(request: web.Request) -> web.Response:
    """GET /ops/: the site at one look."""
    app = request.app
    overview = await read_overview(
        app[STORE],
        state=await app[CONSOLE].state(),
        cities=await _cities(request),
        claude=app[SETTINGS].claude,
        now=app[CLOCK](),
    )
    return console_page(request, "overview.html", view=overview)


async def show_cities(request: web.Request) -> web.Response:
    """GET /ops/cities: how old each city's data is, and when it is read next."""
    return console_page(request, "cities.html", rows=await _cities(request))


async def _cities(request: web.Request) -> list[CityRow]:
    app = request.app
    scrape = app[SETTINGS].scrape
    return await city_rows(
        app[STORE],
        app[GAZETTEER],
        app[SITE],
        language=language_of(request),
        now=app[CLOCK](),
        stale_after_seconds=scrape.stale_after_seconds,
        viewed_within_days=scrape.viewed_within_days,
    )


ROUTES = (
    web.get("/ops/", show_overview),
    web.get("/ops/cities", show_cities),
)
