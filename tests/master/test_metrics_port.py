"""The loopback port that serves /metrics."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from cinestreamd.errors import ConfigurationError
from cinestreamd.master.metrics_port import MetricsPort


async def text() -> bytes:
    return b"cinestreamd_build_info 1\n"


@pytest.fixture
async def port() -> AsyncIterator[int]:
    for _ in range(50):
        with socket.socket() as sock:
            sock.bind(("127.0.0.1", 0))
            number: int = sock.getsockname()[1]
        served = MetricsPort(number, text)
        try:
            await served.start()
        except ConfigurationError:
            continue
        break
    yield number
    served.close()


async def ask(port: int, head: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(head.replace("\n", "\r\n").encode("latin-1"))
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return answer.decode()


async def test_metrics_are_served_to_this_machine(port: int) -> None:
    answer = await ask(port, f"GET /metrics HTTP/1.1\nHost: 127.0.0.1:{port}\n\n")
    assert answer.startswith("HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4")
    assert answer.endswith("\r\n\r\ncinestreamd_build_info 1\n")


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET /metrics HTTP/1.1\nHost: evil.example\n\n", 421),
        ("GET /metrics HTTP/1.1\nHost: [\n\n", 421),
        ("GET /metrics HTTP/1.1\n\n", 421),
        ("GET /uk/ HTTP/1.1\nHost: localhost\n\n", 404),
        ("POST /metrics HTTP/1.1\nHost: localhost\n\n", 405),
        ("\n\n", 421),
    ],
    ids=["another name", "no name", "no host", "another path", "another method", "nothing"],
)
async def test_nothing_else_is_answered(port: int, head: str, status: int) -> None:
    answer = await ask(port, head)
    assert answer.startswith(f"HTTP/1.1 {status} ")
    assert "cinestreamd_build_info" not in answer


async def test_a_head_without_end_is_dropped(port: int) -> None:
    assert await ask(port, "GET /metrics HTTP/1.1\nX: " + "x" * 20_000) == ""


async def test_a_port_in_use_is_refused_with_its_setting(port: int) -> None:
    with pytest.raises(ConfigurationError, match=r"metrics\.port"):
        await MetricsPort(port, text).start()


async def test_no_port_is_opened_by_default() -> None:
    served = MetricsPort(0, text)
    await served.start()
    served.close()
