"""Whom an agent trusts: the authorities that the system names as it begins."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from own_certificate import make_certificate

from cinestreamd import config
from cinestreamd.agent.fetch import ConnectionFailedError, Fetcher


@pytest.fixture
async def secured(tmp_path: Path) -> AsyncIterator[TestServer]:
    """A server with a certificate of its own, in ``tmp_path``."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="<p>19:30", content_type="text/html")

    app = web.Application()
    app.router.add_get("/", answer)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(make_certificate(tmp_path), tmp_path / "key.pem")
    server = TestServer(app, scheme="https")
    await server.start_server(ssl=context)
    yield server
    await server.close()


def fetcher_of(server: TestServer) -> Fetcher:
    settings = config.Fetch(host_interval=0.0, timeout=60.0)
    return Fetcher(settings, allowed=frozenset({("127.0.0.1", server.port or 0)}))


async def test_who_is_trusted_by_now_is_read_from(
    secured: TestServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    async with fetcher_of(secured) as fetcher:
        assert (await fetcher.get(str(secured.make_url("/")))).text == "<p>19:30"


async def test_who_is_not_trusted_is_not_read_from(secured: TestServer) -> None:
    async with fetcher_of(secured) as fetcher:
        with pytest.raises(ConnectionFailedError):
            await fetcher.get(str(secured.make_url("/")))
