"""The addresses of the site's pages: paths only, with the language first.

A list page keeps its filters in the query, so that the same path with ``.json``, ``.ics`` or ``.atom`` added can carry
the same list in another form.
"""

from urllib.parse import quote, urlencode

from cinestreamd.i18n import LANGUAGES, Language

LANGUAGE_PATTERN = "|".join(LANGUAGES)
CONSOLE_PATH = "/ops/"
"""Where the operator's console is: its addresses name no language."""


def page_route(path: str) -> str:
    """The route pattern of a page: ``path`` under each language."""
    return f"/{{language:{LANGUAGE_PATTERN}}}{path}"


def with_query(path: str, **query: object) -> str:
    """``path`` with those query values that are not None."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given)}" if given else path


def quoted(part: str) -> str:
    """One part of a path or a query. Most need no quoting, which a glance tells for a tenth of its cost."""
    return part if part.isascii() and part.replace("-", "").isalnum() else quote(part, safe="")


def front_path(language: Language) -> str:
    """The front page."""
    return f"/{language}/"


def search_path(language: Language) -> str:
    """The page of a city search (``q``)."""
    return f"/{language}/search"


def near_path(language: Language) -> str:
    """The page of cities near a point (``at``)."""
    return f"/{language}/near"


def city_path(language: Language, city_id: str) -> str:
    """A city's page (``date``, ``by``)."""
    return f"/{language}/city/{city_id}"


def film_path(language: Language, city_id: str, film_id: str) -> str:
    """A film's page in a city."""
    return f"/{language}/city/{city_id}/film/{quoted(film_id)}"


def cinema_path(language: Language, city_id: str, cinema_id: str) -> str:
    """A cinema's page."""
    return f"/{language}/city/{city_id}/cinema/{quoted(cinema_id)}"


def poster_path(film_id: str, digest: str) -> str:
    """Where a film's poster is while its pictures have this digest; ``/small.webp`` or ``/large.webp`` follows."""
    return f"/posters/{quoted(film_id)}/{digest}"


def map_path(language: Language, city_id: str) -> str:
    """The map of a city's cinemas."""
    return f"/{language}/city/{city_id}/map"


def qr_path(language: Language, city_id: str, film_id: str) -> str:
    """The QR code of a film's page; of a showing in it with ``show``."""
    return f"{film_path(language, city_id, film_id)}/qr.svg"


def recheck_path(language: Language, city_id: str, cinema_id: str) -> str:
    """Where a page's form says that a cinema's showings are wrong."""
    return f"{cinema_path(language, city_id, cinema_id)}/recheck"


def scrape_path(language: Language, city_id: str) -> str:
    """Where a page's form asks for a city to be read."""
    return f"/{language}/city/{city_id}/scrape"
