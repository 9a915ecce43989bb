"""The operator's console at ``/ops/``: off until the site has a password for it, and then behind that."""

from collections.abc import Sequence

from aiohttp.web import RouteDef

from cinestreamd.feature import Feature


def _routes() -> Sequence[RouteDef]:
    from cinestreamd.features.console.door import ROUTES  # noqa: PLC0415 - only a web worker loads views

    return ROUTES


FEATURE = Feature(name="console", routes=_routes, rare=True)
