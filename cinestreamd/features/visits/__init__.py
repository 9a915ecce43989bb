"""Counting visitors and views, and the public figures."""

from collections.abc import Sequence

from aiohttp.web import Application, RouteDef

from cinestreamd.feature import Feature, Operation


def _routes() -> Sequence[RouteDef]:
    from cinestreamd.features.visits.views import ROUTES  # noqa: PLC0415 - only a web worker loads views

    return ROUTES


def _setup(app: Application) -> None:
    from cinestreamd.features.visits.tally import keep_tally  # noqa: PLC0415 - only a web worker counts

    app.cleanup_ctx.append(keep_tally)


def _operations() -> Sequence[Operation]:
    from cinestreamd.features.visits.views import OPERATIONS  # noqa: PLC0415 - as above

    return OPERATIONS


FEATURE = Feature(name="visits", routes=_routes, operations=_operations, setup=_setup)
