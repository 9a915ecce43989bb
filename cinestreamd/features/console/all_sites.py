"""All sites of the daemon at one look, in the console of a site that the operator has named for it."""

from collections.abc import Sequence

from aiohttp import web
from msgspec import Struct

from cinestreamd.all_sites import CityAge, SiteSummary
from cinestreamd.features.console.page import city_name, console_page
from cinestreamd.web.keys import CONSOLE


class SiteCard(Struct, frozen=True, kw_only=True):
    """One site as the page shows it. ``cities`` are those that are named, in the operator's language."""

    site: SiteSummary
    cities: Sequence[tuple[str, CityAge]]
    more_cities: int
    ready: int
    workers: int

    @property
    def is_well(self) -> bool:
        """Whether nothing about it asks for the operator."""
        books = self.site.books
        ails = books is None or books.breaker is not None or any(city.failures for _, city in self.cities)
        return self.site.state == "serving" and self.ready == self.workers and not ails


async def show_sites(request: web.Request) -> web.Response:
    """GET /ops/sites: all sites, those first about which something is to be done. Elsewhere there is no such page."""
    ask = request.app[CONSOLE].sites
    if ask is None:
        raise web.HTTPNotFound
    told = await ask()
    cards = [_card(request, site) for site in (told.sites if told else ())]
    cards.sort(key=lambda card: (card.site.state != "fatal", card.is_well, card.site.name))
    return console_page(request, "sites.html", told=told, cards=cards)


def _card(request: web.Request, site: SiteSummary) -> SiteCard:
    books = site.books
    named = books.named if books is not None else ()
    return SiteCard(
        site=site,
        cities=[(city_name(request, city.id), city) for city in named],
        more_cities=sum(books.cities.values()) - len(named) if books is not None else 0,
        ready=site.workers.get("ready", 0),
        workers=sum(site.workers.values()),
    )


ROUTES = (web.get("/ops/sites", show_sites),)
