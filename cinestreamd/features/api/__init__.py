"""What the API is, told by itself: the OpenAPI document, and a page to read it on."""

from collections.abc import Sequence

from aiohttp.web import RouteDef

from cinestreamd.feature import Feature


def _routes() -> Sequence[RouteDef]:
    from cinestreamd.features.api.views import ROUTES  # noqa: PLC0415 - only a web worker loads views

    return ROUTES


FEATURE = Feature(name="api", routes=_routes)
