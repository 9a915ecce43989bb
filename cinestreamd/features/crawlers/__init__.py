"""What search engines ask for: robots.txt, and sitemaps of all pages in all languages."""

from collections.abc import Sequence

from aiohttp.web import RouteDef

from cinestreamd.feature import Feature


def _routes() -> Sequence[RouteDef]:
    from cinestreamd.features.crawlers.views import ROUTES  # noqa: PLC0415 - only a web worker loads views

    return ROUTES


FEATURE = Feature(name="crawlers", routes=_routes)
