"""``GET /metrics`` on a loopback port of the master's, for Prometheus on this machine and never for a visitor.

It understands that one request and nothing else. The Host header must name this machine, so that no page in an
operator's browser can read the metrics under a name of its own (DNS rebinding).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final
from urllib.parse import urlsplit

import structlog

from cinestreamd.errors import ConfigurationError
from cinestreamd.master.exposition import CONTENT_TYPE

LOOPBACK: Final = "127.0.0.1"
NAMES: Final = frozenset({"127.0.0.1", "localhost"})
TIMEOUT: Final = 10.0
MOST_BYTES: Final = 8192
MOST_CLIENTS: Final = 8

log = structlog.get_logger()


class MetricsPort:
    """Answers scrapes with what ``text`` gives. ``port`` 0 is none at all."""

    def __init__(self, port: int, text: Callable[[], Awaitable[bytes]]) -> None:
        self._port = port
        self._text = text
        self._server: asyncio.Server | None = None
        self._clients = 0

    async def start(self) -> None:
        """Listen.

        Raises:
            ConfigurationError: the port is in use.
        """
        if not self._port:
            return
        try:
            self._server = await asyncio.start_server(self._talk, LOOPBACK, self._port, limit=MOST_BYTES)
        except OSError as error:
            problem = f"cannot listen here ({error.strerror}); choose another metrics.port"
            raise ConfigurationError(place=f"{LOOPBACK}:{self._port}", problem=problem) from None

    def close(self) -> None:
        """Listen no longer."""
        if self._server is not None:
            self._server.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients += 1
        try:
            if self._clients <= MOST_CLIENTS:
                async with asyncio.timeout(TIMEOUT):
                    head = await reader.readuntil(b"\r\n\r\n")
                    writer.write(await self._answer(head.decode("latin-1")))
                    await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as error:
            log.info("metrics_client_dropped", problem=type(error).__name__)
        finally:
            self._clients -= 1
            writer.close()

    async def _answer(self, head: str) -> bytes:
        request, *lines = head.split("\r\n")
        fields = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        method, _, rest = request.partition(" ")
        if not _is_own(fields.get("host", "")):
            return _response("421 Misdirected Request", b"Ask for 127.0.0.1 or localhost.\n", "text/plain")
        if rest.partition(" ")[0].partition("?")[0] != "/metrics":
            return _response("404 Not Found", b"Here is only /metrics.\n", "text/plain")
        if method != "GET":
            return _response("405 Method Not Allowed", b"Only GET.\n", "text/plain")
        return _response("200 OK", await self._text(), CONTENT_TYPE)


def _is_own(host: str) -> bool:
    try:
        return urlsplit(f"//{host}").hostname in NAMES
    except ValueError:
        return False


def _response(status: str, body: bytes, content_type: str) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
