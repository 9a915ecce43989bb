"""The composition of one web worker: resources and features in, one aiohttp application out."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Final

from aiohttp import web
from msgspec import Struct

from cinestreamd.config import Settings
from cinestreamd.feature import Feature
from cinestreamd.gazetteer import Gazetteer
from cinestreamd.sites.model import Site
from cinestreamd.store.base import Store
from cinestreamd.web import keys
from cinestreamd.web.assets import ASSETS, Assets, serve_asset
from cinestreamd.web.figures import FIGURES, Figures
from cinestreamd.web.formats import load_formats
from cinestreamd.web.language import language_routes
from cinestreamd.web.last_good import LAST_GOOD, LastGood
from cinestreamd.web.middleware import MIDDLEWARE
from cinestreamd.web.page_cache import PAGES, PageCache
from cinestreamd.web.rendering import TEMPLATES, Templates, feature_package
from cinestreamd.web.security import add_security_headers

MAX_BODY: Final = 16 * 1024
"""Bytes of the largest request body: no form or API call comes near."""


class Resources(Struct, frozen=True, kw_only=True):
    """What one web worker works with. ``load`` counts for the heartbeat; ``demo`` puts up the demo banner."""

    settings: Settings
    site: Site
    secret_key: str
    store: Store
    gazetteer: Gazetteer
    scrapes: keys.ScrapeDesk
    clock: Callable[[], datetime]
    load: keys.Load
    demo: bool = False


def create_app(resources: Resources, features: Sequence[Feature]) -> web.Application:
    """The application of one worker. Does no I/O beyond the package's own files."""
    app = web.Application(middlewares=MIDDLEWARE, client_max_size=MAX_BODY)
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
    app[FIGURES] = Figures(resources.store, resources.clock)
    app[LAST_GOOD] = LastGood(resources.clock)
    app[PAGES] = PageCache()
    app[ASSETS], app[TEMPLATES] = _files(tuple(features))
    app.on_response_prepare.append(add_security_headers)
    for resource in _resources(tuple(features)):
        app.router.register_resource(resource)
    for feature in features:
        feature.setup(app)
    return app


def warm(features: Sequence[Feature]) -> None:
    """Load what every worker needs (views, templates, catalogues, locale data), so that forks share it."""
    load_formats()
    _, templates = _files(tuple(features))
    templates.compile_all()
    _resources(tuple(features))


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
