"""Asking for a city to be read, and following how far the reading is."""

from collections.abc import Sequence

from aiohttp.web import RouteDef

from cinestreamd.feature import Feature, Operation
from cinestreamd.features.scrapes.recheck import RecheckState, read_recheck
from cinestreamd.features.scrapes.service import Progress, ScrapeState, read_state


def _routes() -> Sequence[RouteDef]:
    from cinestreamd.features.scrapes.views import ROUTES  # noqa: PLC0415 - only a web worker loads views

    return ROUTES


def _operations() -> Sequence[Operation]:
    from cinestreamd.features.scrapes.views import OPERATIONS  # noqa: PLC0415 - as above

    return OPERATIONS


FEATURE = Feature(name="scrapes", routes=_routes, operations=_operations)

__all__ = ["FEATURE", "Progress", "RecheckState", "ScrapeState", "read_recheck", "read_state"]
