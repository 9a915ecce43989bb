"""Static files: read into memory once, addressed by their content, so that a browser may keep them for ever."""

import gzip
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import PurePosixPath
from typing import Final

from aiohttp import web
from aiohttp.web import AppKey
from msgspec import Struct
from multidict import CIMultiDict

_CONTENT_TYPES: Final[Mapping[str, str]] = {
    ".css": "text/css",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
_PACKED: Final = frozenset({".ico", ".jpg", ".png", ".webp", ".woff2"})
"""Kinds of files that are compressed in themselves."""

_CSS_URL: Final = re.compile(r'url\("([\w./-]+)"\)')
_FOREVER: Final = "public, max-age=31536000, immutable"


class Form(Struct, frozen=True):
    """What is sent of a static file, and the headers that go with it."""

    body: bytes
    headers: CIMultiDict[str]


class Asset(Struct, frozen=True):
    """One static file, plain and compressed (None where that gains nothing)."""

    content_type: str
    plain: Form
    packed: Form | None


class Assets:
    """The static files of some packages (each package's ``static/`` folder, if it has one).

    A folder ``static/NAME.css/`` is one file, its parts in the order of their names. What a style sheet names as
    ``url("FILE")`` is another static file.
    """

    def __init__(self, packages: Iterable[str]) -> None:
        self._urls: dict[str, str] = {}
        self._assets: dict[str, Asset] = {}
        files = [
            file
            for package in packages
            if (folder := resources.files(package) / "static").is_dir()
            for file in folder.iterdir()
        ]
        for file in sorted(files, key=lambda file: file.name.endswith(".css")):
            self._add(file)

    def with_theme(self, files: Mapping[str, bytes]) -> "Assets":
        """These files and a theme's, by their paths in its ``static/``; one of the same name takes the place of ours.

        What a style sheet of a theme names as ``url("FILE")`` is another static file, or is left as it stands.
        """
        themed = Assets(())
        themed._urls |= self._urls
        themed._assets |= self._assets
        for name in sorted(files, key=lambda name: name.endswith(".css")):
            themed._keep(name, files[name], lambda found: themed._urls.get(found[1], found[1]))
        return themed

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
        self._keep(file.name, _read(file), lambda found: self._urls[found[1]])

    def _keep(self, path: str, body: bytes, address_of: Callable[[re.Match[str]], str]) -> None:
        name = PurePosixPath(path)
        if name.suffix == ".css":
            body = _CSS_URL.sub(lambda found: f'url("{address_of(found)}")', body.decode()).encode()
        digest = hashlib.sha256(body).hexdigest()[:12]
        addressed = f"{name.stem}.{digest}{name.suffix}"
        self._urls[path] = f"/static/{addressed}"
        self._assets[addressed] = _asset(body, name.suffix, etag=f'"{digest}"')


def _asset(body: bytes, suffix: str, *, etag: str) -> Asset:
    kind = _CONTENT_TYPES[suffix]
    headers = CIMultiDict({"Content-Type": kind, "Cache-Control": _FOREVER, "ETag": etag})
    if suffix in _PACKED:
        return Asset(kind, Form(body, headers), None)
    headers["Content-Type"] += "; charset=utf-8"
    headers["Vary"] = "Accept-Encoding"
    packed = CIMultiDict({**headers, "Content-Encoding": "gzip"})
    return Asset(kind, Form(body, headers), Form(gzip.compress(body, 9, mtime=0), packed))


def _read(file: Traversable) -> bytes:
    if not file.is_dir():
        return file.read_bytes()
    return b"\n".join(part.read_bytes() for part in sorted(file.iterdir(), key=lambda part: part.name))


ASSETS: Final = AppKey("assets", Assets)


async def serve_asset(request: web.Request) -> web.Response:
    """GET /static/{name}."""
    asset = request.app[ASSETS].get(request.match_info["name"])
    if asset is None:
        raise web.HTTPNotFound
    form = asset.plain
    if asset.packed is not None and "gzip" in request.headers.get("Accept-Encoding", ""):
        form = asset.packed
    return web.Response(body=form.body, headers=form.headers.copy())
