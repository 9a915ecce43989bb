"""GET /robots.txt, /sitemap.xml and its parts."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from cinestreamd.features.crawlers.service import city_pages, front_pages, known_cities
from cinestreamd.web.answers import shared_answer
from cinestreamd.web.keys import CLOCK, GAZETTEER, SITE, STORE
from cinestreamd.web.places import find_location
from cinestreamd.web.rendering import TEMPLATES

_DAY: Final = 86_400
_HOUR: Final = 3_600
_ROBOTS: Final = """User-agent: *
Disallow: /api/
Disallow: /embed/
Disallow: /*/search
Disallow: /*/near
Allow: /

Sitemap: {base_url}/sitemap.xml
"""


async def show_robots(request: web.Request) -> web.Response:
    """GET /robots.txt."""
    body = _ROBOTS.format(base_url=request.app[SITE].base_url).encode()
    return shared_answer(request, body, content_type="text/plain", max_age=_DAY)


async def show_sitemap_index(request: web.Request) -> web.Response:
    """GET /sitemap.xml: one sitemap for the cities, one for each city."""
    cities = await known_cities(request.app[STORE])
    return _xml(request, "crawlers/index.xml", {"cities": cities, "base_url": request.app[SITE].base_url})


async def show_site_map(request: web.Request) -> web.Response:
    """GET /sitemap/site.xml: the front page and the cities."""
    site = request.app[SITE]
    pages = await front_pages(request.app[STORE], site.base_url, site.settings.language)
    return _xml(request, "crawlers/sitemap.xml", {"pages": pages})


async def show_city_map(request: web.Request) -> web.Response:
    """GET /sitemap/city/{city}.xml: the city's cinemas and films."""
    site, store = request.app[SITE], request.app[STORE]
    location = await find_location(store, request.app[GAZETTEER], request.match_info["city"])
    pages = await city_pages(store, location, site.base_url, site.settings.language, request.app[CLOCK]())
    return _xml(request, "crawlers/sitemap.xml", {"pages": pages})


def _xml(request: web.Request, template: str, context: Mapping[str, object]) -> web.Response:
    body = request.app[TEMPLATES].render(template, request.app[SITE].settings.language, context)
    return shared_answer(request, body, content_type="application/xml", max_age=_HOUR)


ROUTES: Final = (
    web.get("/robots.txt", show_robots),
    web.get("/sitemap.xml", show_sitemap_index),
    web.get("/sitemap/site.xml", show_site_map),
    web.get("/sitemap/city/{city}.xml", show_city_map),
)
