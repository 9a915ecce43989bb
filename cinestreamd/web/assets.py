"""Static files: read into memory once, addressed by their content, so that a browser may keep them for ever."""

import gzip
import hashlib
from collections.abc import Iterable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Final

from aiohttp import web
from aiohttp.web import AppKey
from msgspec import Struct

_CONTENT_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
_FOREVER: Final = "public, max-age=31536000, immutable"


class Asset(Struct, frozen=True, kw_only=True):
    """One static file, plain and compressed. ``etag`` is quoted as in the header."""

    body: bytes
    gzipped: bytes
    content_type: str
    etag: str


class Assets:
    """The static files of some packages (each package's ``static/`` folder, if it has one)."""

    def __init__(self, packages: Iterable[str]) -> None:
        self._urls: dict[str, str] = {}
        self._assets: dict[str, Asset] = {}
        for package in packages:
            folder = resources.files(package) / "static"
            if folder.is_dir():
                for file in folder.iterdir():
                    self._add(file)

    def url(self, name: str) -> str:
        """The path of the file ``name`` ("site.css").

        Raises:
            KeyError: there is no such file.
        """
        return self._urls[name]

    def get(self, addressed: str) -> Asset | None:
        """The file by the last part of its path ("site.0f3a….css")."""
        return self._assets.get(addressed)

    def _add(self, file: Traversable) -> None:
        if file.name in self._urls:
            raise ValueError(f"two static files are called {file.name}")
        name = PurePosixPath(file.name)
        body = file.read_bytes()
        digest = hashlib.sha256(body).hexdigest()[:12]
        addressed = f"{name.stem}.{digest}{name.suffix}"
        self._urls[file.name] = f"/static/{addressed}"
        self._assets[addressed] = Asset(
            body=body,
            gzipped=gzip.compress(body, 9, mtime=0),
            content_type=_CONTENT_TYPES[name.suffix],
            etag=f'"{digest}"',
        )


ASSETS: Final = AppKey("assets", Assets)


async def serve_asset(request: web.Request) -> web.Response:
    """GET /static/{name}."""
    asset = request.app[ASSETS].get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    headers = {"Cache-Control": _FOREVER, "ETag": asset.etag, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return web.Response(body=asset.body, content_type=asset.content_type, charset="utf-8", headers=headers)
    headers["Content-Encoding"] = "gzip"
    return web.Response(body=asset.gzipped, content_type=asset.content_type, charset="utf-8", headers=headers)
