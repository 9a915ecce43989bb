from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from cinestreamd import config
from cinestreamd.agent.fetch import Fetcher

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Town:
    """A web server on loopback, and a fetcher that may reach exactly it."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self.app = web.Application(middlewares=[self._record])
        self.server: TestServer | None = None
        self.fetcher: Fetcher | None = None

    @web.middleware
    async def _record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self.asked.append((request.method, request.path_qs))
        return await handler(request)

    def serve(self, path: str, handler: Handler) -> None:
        """Answer all requests of a path by ``handler``."""
        self.app.router.add_route("*", path, handler)

    def page(self, path: str, body: bytes | str, *, status: int = 200, **headers: str) -> None:
        """Serve a fixed answer; header names are written with underscores."""
        content = body.encode() if isinstance(body, str) else body
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Content-Type", "text/html; charset=utf-8")

        async def answer(_: web.Request) -> web.Response:
            return web.Response(body=content, status=status, headers=named)

        self.serve(path, answer)

    def url(self, path: str) -> str:
        """The absolute address of a path."""
        assert self.server is not None
        return str(self.server.make_url(path))

    async def start(self, **settings: float) -> Fetcher:
        """Start server and fetcher; ``settings`` are those of ``config.Fetch``."""
        self.server = TestServer(self.app)
        await self.server.start_server()
        chosen = config.Fetch(**({"host_interval": 0.0, "timeout": 60.0} | settings))  # type: ignore[arg-type]  # checked by msgspec
        self.fetcher = Fetcher(chosen, allowed=frozenset({("127.0.0.1", self.server.port or 0)}))
        return await self.fetcher.__aenter__()

    def asked_for(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(asked == path for _, asked in self.asked)


@pytest.fixture
async def town() -> AsyncIterator[Town]:
    town = Town()
    yield town
    if town.fetcher is not None:
        await town.fetcher.__aexit__(None, None, None)
    if town.server is not None:
        await town.server.close()
