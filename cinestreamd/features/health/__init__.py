"""Probes: whether the worker runs, and whether it can serve."""

from collections.abc import Sequence

from aiohttp.web import RouteDef

from cinestreamd.feature import Feature, Operation


def _routes() -> Sequence[RouteDef]:
    from cinestreamd.features.health.views import ROUTES  # noqa: PLC0415 - only a web worker loads views

    return ROUTES


def _operations() -> Sequence[Operation]:
    from cinestreamd.features.health.views import OPERATIONS  # noqa: PLC0415 - as above

    return OPERATIONS


FEATURE = Feature(name="health", routes=_routes, operations=_operations)
