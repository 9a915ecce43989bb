"""The composition of one web worker: resources and features in, one aiohttp application out."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from aiohttp import web
from aiohttp.typedefs import Middleware
from msgspec import Struct

from cinestreamd import tracing
from cinestreamd.config import Settings
from cinestreamd.feature import Feature, Operation
from cinestreamd.gazetteer import Gazetteer
from cinestreamd.sites.model import Site
from cinestreamd.store.base import Store
from cinestreamd.web import keys
from cinestreamd.web.assets import ASSETS, Assets, serve_asset
from cinestreamd.web.figures import FIGURES, Figures
from cinestreamd.web.language import language_routes
from cinestreamd.web.last_good import LAST_GOOD, LastGood
from cinestreamd.web.middleware import MIDDLEWARE
from cinestreamd.web.page_cache import PAGES, PageCache
from cinestreamd.web.rendering import TEMPLATES, Templates, feature_package
from cinestreamd.web.request_log import REQUEST_LOG, RequestLog
from cinestreamd.web.security import add_security_headers
from cinestreamd.web.theme import ThemedTemplates, part_of

MAX_BODY: Final = 16 * 1024
"""Bytes of the largest request body: no form or API call comes near."""


class Resources(Struct, frozen=True, kw_only=True):
    """What one web worker works with. ``load`` counts for the heartbeat; ``demo`` puts up the demo banner.

    ``theme`` has the site's own files by path, ``templates/…`` and ``static/…``. Without ``console`` there is none.
    """

    settings: Settings
    site: Site
    secret_key: str
    store: Store
    gazetteer: Gazetteer
    scrapes: keys.ScrapeDesk
    clock: Callable[[], datetime]
    load: keys.Load
    demo: bool = False
    theme: Mapping[str, bytes] = {}
    console: keys.ConsoleAccess | None = None


def create_app(
    resources: Resources, features: Sequence[Feature], *, bare: web.Application | None = None
) -> web.Application:
    """The application of one worker. Does no I/O beyond the package's own files.

    ``bare`` is one of these ``features`` that no worker has furnished yet; without it one is made now.
    """
    # One that was made before the fork has no spans on its way.
    app = bare_app(features) if bare is None or tracing.is_active() else bare
    app[keys.SETTINGS] = resources.settings
    app[keys.SITE] = resources.site
    app[keys.SECRET_KEY] = resources.secret_key
    app[keys.STORE] = resources.store
    app[keys.GAZETTEER] = resources.gazetteer
    app[keys.SCRAPES] = resources.scrapes
    app[keys.CLOCK] = resources.clock
    app[keys.LOAD] = resources.load
    app[keys.DEMO] = resources.demo
    app[keys.TRUSTED_PROXIES] = resources.settings.daemon.networks()
    if resources.console is not None:
        app[keys.CONSOLE] = resources.console
    app[FIGURES] = Figures(resources.store, resources.clock)
    app[LAST_GOOD] = LastGood(resources.clock)
    app[PAGES] = PageCache()
    app[REQUEST_LOG] = RequestLog(resources.settings.daemon.log_requests)
    app[ASSETS], app[TEMPLATES] = _themed(tuple(features), resources.theme)
    return app


def bare_app(features: Sequence[Feature]) -> web.Application:
    """An application with all that is the same for every site and worker: what can be asked for, and who answers.

    Made before a fork, it is not made again by each worker: for twelve of them this is worth 2 MiB.
    """
    app = web.Application(middlewares=_way(), client_max_size=MAX_BODY)
    app[keys.OPERATIONS] = _operations(tuple(features))
    app[keys.BEFORE_END] = []
    app.on_response_prepare.append(add_security_headers)
    for resource in _resources(tuple(features)):
        app.router.register_resource(resource)
    for feature in features:
        feature.setup(app)
    return app


def _way() -> tuple[Middleware, ...]:
    """What each request passes; a span around it only where spans are made."""
    if not tracing.is_active():
        return MIDDLEWARE
    from cinestreamd.web.traces import traces_middleware  # noqa: PLC0415 - only where it is wanted

    return MIDDLEWARE[0], traces_middleware, *MIDDLEWARE[1:]


def _themed(features: tuple[Feature, ...], theme: Mapping[str, bytes]) -> tuple[Assets, Templates]:
    assets, templates = _files(features)
    if not theme:
        return assets, templates
    themed = assets.with_theme(part_of(theme, "static"))
    pages = {name: data.decode("utf-8", "replace") for name, data in part_of(theme, "templates").items()}
    return themed, ThemedTemplates(features, themed, pages, otherwise=templates)


def warm(features: Sequence[Feature]) -> None:
    """Load what every worker needs (views, templates, catalogues), so that forks share it."""
    _, templates = _files(tuple(features))
    templates.compile_all()
    _resources(tuple(features))
    _operations(tuple(features))


@cache
def _operations(features: tuple[Feature, ...]) -> tuple[Operation, ...]:
    """What the API's document tells of."""
    return tuple(each for feature in features for each in feature.operations())


@cache
def _resources(features: tuple[Feature, ...]) -> tuple[web.AbstractResource, ...]:
    """What can be asked for: like the files, the same for every application of a process and its forks."""
    router = web.UrlDispatcher()
    router.add_get("/static/{name}", serve_asset)
    router.add_routes(language_routes())
    for feature in features:
        router.add_routes(feature.routes())
    return tuple(router.resources())


@cache
def _files(features: tuple[Feature, ...]) -> tuple[Assets, Templates]:
    """Static files and templates: the same for every application of a process and its forks."""
    assets = Assets(["cinestreamd.web", *(feature_package(feature) for feature in features)])
    return assets, Templates(features, assets)
