"""GET …/card.png: the picture of a page for those who get its link."""

from typing import Final

from aiohttp import web

from cinestreamd.features.guide.asking import viewpoint
from cinestreamd.features.guide.card import draw_card
from cinestreamd.features.guide.listing import cinema_head, film_head
from cinestreamd.features.guide.service import FilmNotFoundError
from cinestreamd.i18n import LANGUAGES, translations
from cinestreamd.store.base import Film
from cinestreamd.web.answers import Ready, make_ready, shared_answer
from cinestreamd.web.keys import STORE
from cinestreamd.web.language import language_of
from cinestreamd.web.page_cache import cached_page
from cinestreamd.web.places import find_cinema
from cinestreamd.web.text import clean_text
from cinestreamd.web.urls import page_route

_KEPT: Final = 3_600
_PNG: Final = "image/png"


async def show_front_card(request: web.Request) -> web.Response:
    """GET /{language}/card.png."""
    text = translations(language_of(request))
    drawn = draw_card(
        [text.gettext("Tonight at the cinema")], text.gettext("What is on, where, when, for how much"), ""
    )
    return shared_answer(request, drawn, content_type=_PNG, max_age=_KEPT)


async def show_city_card(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}/card.png."""
    view = await viewpoint(request, request.match_info["city"])

    async def make() -> Ready:
        note = translations(view.language).gettext("What is on, where, when, for how much")
        return _card(request, [view.location.names.of(view.language)], note)

    return await cached_page(request, view.location, view.now, make)


async def show_film_card(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}/film/{film}/card.png."""
    view = await viewpoint(request, request.match_info["city"])

    async def make() -> Ready:
        film = await request.app[STORE].film(request.match_info["film"])
        if film is None:
            raise FilmNotFoundError
        head, city = film_head(film, view), view.location.names.of(view.language)
        note = " · ".join(each for each in (city, head.note) if each)
        return _card(request, [head.name, *_other_titles(film), city], note)

    return await cached_page(request, view.location, view.now, make)


async def show_cinema_card(request: web.Request) -> web.Response:
    """GET /{language}/city/{city}/cinema/{cinema}/card.png."""
    view = await viewpoint(request, request.match_info["city"])

    async def make() -> Ready:
        cinema = await find_cinema(request.app[STORE], view.location, request.match_info["cinema"])
        head, city = cinema_head(cinema, view), view.location.names.of(view.language)
        return _card(request, [head.name, clean_text(cinema.name), city], city)

    return await cached_page(request, view.location, view.now, make)


def _other_titles(film: Film) -> list[str]:
    """For where the title itself is in letters that cards have not."""
    return [clean_text(film.titles.of(language)) for language in LANGUAGES]


def _card(request: web.Request, titles: list[str], note: str) -> Ready:
    brand = translations(language_of(request)).gettext("Tonight at the cinema")
    return make_ready(draw_card(titles, note, brand), content_type=_PNG, max_age=_KEPT)


ROUTES: Final = (
    web.get(page_route("/card.png"), show_front_card),
    web.get(page_route("/city/{city:[a-z0-9-]+}/card.png"), show_city_card),
    web.get(page_route("/city/{city:[a-z0-9-]+}/film/{film}/card.png"), show_film_card),
    web.get(page_route("/city/{city:[a-z0-9-]+}/cinema/{cinema}/card.png"), show_cinema_card),
)
