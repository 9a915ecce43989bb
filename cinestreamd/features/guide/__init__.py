"""What is on: the pages of a city, a film and a cinema, and the showtimes as JSON."""

from collections.abc import Sequence

from aiohttp.web import AppKey, Application, RouteDef

from cinestreamd.feature import Feature, Operation
from cinestreamd.features.guide.programme import DayCounter, business_day, read_day

DAY_COUNTER: AppKey[DayCounter] = AppKey("day_counter", DayCounter)


def _routes() -> Sequence[RouteDef]:
    from cinestreamd.features.guide.views import ROUTES  # noqa: PLC0415 - only a web worker loads views

    return ROUTES


def _setup(app: Application) -> None:
    app[DAY_COUNTER] = DayCounter()


def _operations() -> Sequence[Operation]:
    from cinestreamd.features.guide.views import OPERATIONS  # noqa: PLC0415 - as above

    return OPERATIONS


FEATURE = Feature(name="guide", routes=_routes, operations=_operations, setup=_setup)

__all__ = ["DAY_COUNTER", "FEATURE", "DayCounter", "business_day", "read_day"]
