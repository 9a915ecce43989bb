"""GET /sw.js: the service worker; GET /{language}/app.webmanifest: what a system needs to install the guide."""

from typing import Final

import msgspec
from aiohttp import web

from cinestreamd.i18n import translations
from cinestreamd.web.answers import shared_answer
from cinestreamd.web.assets import ASSETS
from cinestreamd.web.language import language_of
from cinestreamd.web.urls import front_path, near_path, page_route

_DAY: Final = 86_400
_PAPER: Final = "#14101b"
_ICONS: Final = (
    ("icon.svg", "any", "any"),
    ("icon-192.png", "192x192", "any"),
    ("icon-512.png", "512x512", "any"),
    ("icon-maskable-512.png", "512x512", "maskable"),
)


async def show_service_worker(request: web.Request) -> web.Response:
    """The service worker, at the root because it looks after all pages; asked for anew by browsers."""
    assets = request.app[ASSETS]
    worker = assets.get(assets.url("sw.js").rpartition("/")[2])
    assert worker is not None  # noqa: S101 - what has an address is there; this tells the type checker
    return shared_answer(request, worker.plain.body, content_type=worker.content_type, max_age=0)


async def show_manifest(request: web.Request) -> web.Response:
    """The web app manifest (W3C) in one language."""
    language = language_of(request)
    text = translations(language)
    url = request.app[ASSETS].url
    manifest = {
        "id": "/",
        "name": text.gettext("Tonight at the cinema"),
        "short_name": text.gettext("Cinema"),
        "description": text.gettext(
            "Cinema showtimes of your city: what is on tonight, where, when and for how much, each with its source."
        ),
        "lang": language,
        "dir": "ltr",
        "start_url": front_path(language),
        "scope": "/",
        "display": "standalone",
        "background_color": _PAPER,
        "theme_color": _PAPER,
        "categories": ["entertainment"],
        "icons": [
            {
                "src": url(name),
                "sizes": sizes,
                "type": "image/svg+xml" if name.endswith(".svg") else "image/png",
                "purpose": purpose,
            }
            for name, sizes, purpose in _ICONS
        ],
        "shortcuts": [{"name": text.gettext("Near me"), "url": near_path(language)}],
    }
    body = msgspec.json.encode(manifest)
    return shared_answer(request, body, content_type="application/manifest+json", max_age=_DAY)


ROUTES: Final = (
    web.get("/sw.js", show_service_worker),
    web.get(page_route("/app.webmanifest"), show_manifest),
)
