"""Until when a certificate holds, as the server in front shows it."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cinestreamd.alerts.certificate import ends_at, served_until


@pytest.mark.parametrize("days", [5, 400, 20_000])
async def test_the_end_is_the_one_that_openssl_tells(certificate: Callable[..., tuple[Path, Path]], days: int) -> None:
    """A certificate of more than 23 years ends in another form of time."""
    chain, key = certificate(days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, key)
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    end = await served_until("127.0.0.1", server.sockets[0].getsockname()[1], "kino.example")
    server.close()
    await server.wait_closed()
    telling = await asyncio.create_subprocess_exec(
        *("openssl", "x509", "-noout", "-enddate", "-dateopt", "iso_8601", "-in", str(chain)),
        stdout=asyncio.subprocess.PIPE,
    )
    told = (await telling.communicate())[0].decode().strip().partition("=")[2]
    assert end == datetime.fromisoformat(told)
    assert end is not None
    assert abs(end - datetime.now(UTC) - timedelta(days=days)) < timedelta(hours=2)


async def test_where_nobody_answers_nothing_is_known() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert await served_until("127.0.0.1", unused.getsockname()[1], "kino.example") is None


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x82\xff\xff", b"\x30\x03\x02\x01\x01", bytes(200)])
def test_what_is_no_certificate_has_no_end(data: bytes) -> None:
    assert ends_at(data) is None
