"""Asking for a city to be read, and following how far the reading is."""

from collections.abc import Sequence

from aiohttp.web import Application, RouteDef

from cinestreamd.feature import Feature, Operation
from cinestreamd.features.scrapes.recheck import RecheckState, read_recheck
from cinestreamd.features.scrapes.service import Progress, ScrapeState, read_state, refuse_unless_accepted


def _routes() -> Sequence[RouteDef]:
    from cinestreamd.features.scrapes.views import ROUTES  # noqa: PLC0415 - only a web worker loads views

    return ROUTES


def _operations() -> Sequence[Operation]:
    from cinestreamd.features.scrapes.views import OPERATIONS  # noqa: PLC0415 - as above

    return OPERATIONS


def _setup(app: Application) -> None:
    from cinestreamd.features.scrapes.stream import set_up  # noqa: PLC0415 - as above

    set_up(app)


FEATURE = Feature(name="scrapes", routes=_routes, operations=_operations, setup=_setup)

__all__ = ["FEATURE", "Progress", "RecheckState", "ScrapeState", "read_recheck", "read_state", "refuse_unless_accepted"]
