"""The guide as an app: installed on a phone, with the city seen last to read without a network."""

from collections.abc import Sequence

from aiohttp.web import RouteDef

from cinestreamd.feature import Feature


def _routes() -> Sequence[RouteDef]:
    from cinestreamd.features.offline.views import ROUTES  # noqa: PLC0415 - only a web worker loads views

    return ROUTES


FEATURE = Feature(name="offline", routes=_routes)
