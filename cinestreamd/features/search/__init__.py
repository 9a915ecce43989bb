"""Finding films and cinemas of the cities that were read, as the visitor types, beside the cities themselves."""

from collections.abc import Sequence

from aiohttp.web import AppKey, Application, RouteDef

from cinestreamd.feature import Feature, Operation
from cinestreamd.features.search.index import SearchIndex
from cinestreamd.features.search.service import Finds, FoundCinema, FoundFilm, find_titles

SEARCH_INDEX: AppKey[SearchIndex] = AppKey("search_index", SearchIndex)


def _routes() -> Sequence[RouteDef]:
    from cinestreamd.features.search.views import ROUTES  # noqa: PLC0415 - only a web worker loads views

    return ROUTES


def _setup(app: Application) -> None:
    app[SEARCH_INDEX] = SearchIndex()


def _operations() -> Sequence[Operation]:
    from cinestreamd.features.search.views import OPERATIONS  # noqa: PLC0415 - as above

    return OPERATIONS


FEATURE = Feature(name="search", routes=_routes, operations=_operations, setup=_setup)

__all__ = ["FEATURE", "SEARCH_INDEX", "Finds", "FoundCinema", "FoundFilm", "SearchIndex", "find_titles"]
