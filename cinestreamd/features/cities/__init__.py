"""Finding a city: the front page, search by name, and what is near."""

from collections.abc import Sequence

from aiohttp.web import Application, RouteDef

from cinestreamd.feature import Feature, Operation


def _routes() -> Sequence[RouteDef]:
    from cinestreamd.features.cities.views import ROUTES  # noqa: PLC0415 - only a web worker loads views

    return ROUTES


def _operations() -> Sequence[Operation]:
    from cinestreamd.features.cities.views import OPERATIONS  # noqa: PLC0415 - as above

    return OPERATIONS


def _setup(app: Application) -> None:
    from cinestreamd.features.cities.directory import DIRECTORY, Directory  # noqa: PLC0415 - as above

    app[DIRECTORY] = Directory()


FEATURE = Feature(name="cities", routes=_routes, operations=_operations, setup=_setup)
