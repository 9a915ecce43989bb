"""One aiohttp application on an inherited listening socket: bounds on what clients may take, and a graceful end.

aiohttp bounds the size of a head and of a body, but not the time that a client takes over them. Here every connection
is looked at once a second, and a client that is too slow is cut off:

* no complete head within ``head_timeout`` of its first byte (or of connecting): 408;
* no complete body within ``body_timeout``, or nothing taken of an answer within ``write_timeout``: aborted;
* no request within ``idle_timeout``: closed.

When there are ``max_connections``, the one idle longest gives way to a new one; if none is idle, the new one is told
503 and leaves. The cap is lowered when the system allows fewer descriptors, so ``accept`` does not run out of them.
"""

import asyncio
import resource
import socket
from typing import TYPE_CHECKING, Any, Final, Literal, cast

import structlog
from aiohttp import StreamReader, web
from msgspec import Struct

from cinestreamd.config import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

UNREADABLE: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
OVERLOADED: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
)
LINGERING: Final = 1.0
"""Seconds that a refused client has to read its answer."""

ROUND: Final = 0.02
"""Seconds between two looks at who is still being served, at a graceful end."""

CLEANUP_SHARE: Final = 0.2
"""The last part of the time for a graceful end is kept for the application's own cleaning up."""

MAX_LINE: Final = 16 * 1024
"""Bytes of a request's first line, as many as of a body: a value that is far too long is still named in the answer."""

Phase = Literal["new", "head", "request", "idle", "refused"]

log = structlog.get_logger()


def plain_answer(status: int) -> web.Response:
    """What is told of a request that is no HTTP, where the application has no words of its own."""
    return web.Response(status=status, text=f"{status}: this is no request that can be understood.\n")


def with_ascii_address(head: bytes) -> bytes:
    """A head's first bytes, with what is not ASCII in its first line percent-encoded, as RFC 3986 wants it.

    curl sends an address as it was typed, and the parser takes no request for ``/api/locations?q=Київ``.
    """
    if head.isascii():
        return head
    line, end, rest = head.partition(b"\r\n")
    return b"".join(b"%%%02X" % byte if byte > 0x7F else b"%c" % byte for byte in line) + end + rest


class Limits(Struct, frozen=True, kw_only=True):
    """What clients may take of one process. Times are in seconds."""

    max_connections: int
    head_timeout: float
    body_timeout: float
    write_timeout: float
    idle_timeout: float
    max_refused: int = 64


def limits_of(settings: Supervisor, *, open_files: int | None = None) -> Limits:
    """The limits by the settings, with fewer connections where the process may not open enough files."""
    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0] if open_files is None else open_files
    most = settings.max_connections
    if allowed != resource.RLIM_INFINITY:
        most = max(1, min(most, max(allowed - 128, allowed // 4)))
        if most < settings.max_connections:
            log.warning("connections_capped", wanted=settings.max_connections, cap=most, open_files=allowed)
    return Limits(
        max_connections=most,
        head_timeout=settings.head_timeout,
        body_timeout=settings.body_timeout,
        write_timeout=settings.write_timeout,
        idle_timeout=settings.idle_timeout,
        max_refused=min(64, max(1, most // 4)),
    )


class Connection(web.RequestHandler):
    """One client's connection: aiohttp's protocol, and in which phase it has been since when."""

    __slots__ = ("_server", "phase", "since", "stalled")

    def __init__(self, server: "HttpServer", manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._server = server
        self.phase: Phase = "new"
        self.since = server.now()
        self.stalled: tuple[int, float] = (0, self.since)

    def enter(self, phase: Phase) -> None:
        """Note that another phase begins now."""
        self.phase = phase
        self.since = self._server.now()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Let the client in, or turn it away."""
        if self._server.admit(self):
            super().connection_made(transport)
        else:
            self._server.turn_away(self, cast("asyncio.Transport", transport))  # a stream server has no other kind

    def data_received(self, data: bytes) -> None:
        """Take bytes; the first after a rest begin a request's head."""
        if self.phase == "refused":
            return
        if self.phase in {"new", "idle"}:
            self.enter("head")
            data = with_ascii_address(data)
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Forget the client."""
        self._server.forget(self)
        if self.phase != "refused":
            super().connection_lost(exc)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer, at a graceful end as the connection's last; then the connection rests."""
        if self._server.draining:
            resp.force_close()
        result = await super().finish_response(request, resp, start_time)
        self.enter("idle")
        return result

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what is no HTTP, without a line in the log: anyone can send that."""
        if status >= 500:
            return super().handle_error(request, status, exc, message)
        answer = self._server.unreadable(status)
        answer.force_close()
        return answer

    def cut(self) -> None:
        """Drop the connection at once, whatever is still to be sent."""
        transport = self.transport
        self.force_close()
        if transport is not None:
            transport.abort()

    def tell_and_close(self, answer: bytes) -> None:
        """Send a last word and close."""
        if self.transport is not None:
            self.transport.write(answer)
        self.force_close()

    def pending(self) -> int:
        """Bytes of an answer that the client has not taken yet."""
        return 0 if self.transport is None else self.transport.get_write_buffer_size()


class HttpServer:
    """Serves one application. ``connections`` are the clients that were let in, ``requests`` counts all so far.

    ``draining`` says that a graceful end has begun.

    ``before_end`` is called when a graceful end begins: it ends answers that would go on for long. ``unreadable`` makes
    the answer, with this status, to a head that cannot be read.
    """

    def __init__(
        self,
        app: web.Application,
        limits: Limits,
        *,
        before_end: "Iterable[Callable[[], None]]" = (),
        unreadable: "Callable[[int], web.Response]" = plain_answer,
    ) -> None:
        self._limits = limits
        self.unreadable = unreadable
        self._before_end = before_end
        self.draining = False
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        self._server: asyncio.Server | None = None
        self._bodies: dict[Connection, StreamReader] = {}
        self._refused: dict[Connection, asyncio.Transport] = {}
        self._sweeping: asyncio.Task[None] | None = None
        self.connections: set[Connection] = set()
        self.requests = 0
        self.now: Callable[[], float] = asyncio.get_running_loop().time

    async def start(self, sock: socket.socket) -> None:
        """Start the application, then accept connections on ``sock``."""
        await self._runner.setup()
        manager = self._runner.server
        assert manager is not None  # noqa: S101 - setup() makes it; this tells the type checker
        make_request = manager.request_factory

        def begin_request(message: Any, payload: StreamReader, protocol: Any, *rest: Any) -> web.BaseRequest:
            protocol.enter("request")
            self.requests += 1
            self._bodies[protocol] = payload
            return make_request(message, payload, protocol, *rest)

        manager.request_factory = begin_request
        loop = asyncio.get_running_loop()
        options = {
            "loop": loop,
            "access_log": None,
            "keepalive_timeout": self._limits.idle_timeout + 5.0,  # only a second line behind our own
            "lingering_time": 2.0,
            "max_line_size": MAX_LINE,
        }
        self._server = await loop.create_server(lambda: Connection(self, manager, **options), sock=sock)
        self._sweeping = asyncio.create_task(self._sweep_for_ever())

    async def stop(self, seconds: float, *, idle_grace: float = 0.0) -> None:
        """Accept nothing more, let requests finish, and be done within ``seconds``.

        Every answer from now on says ``Connection: close``. A connection without a request is closed after
        ``idle_grace``; what is unfinished when the time is nearly up is cut.
        """
        self.draining = True
        for end in self._before_end:
            end()
        if self._server is not None:
            self._server.close()
        begun = self.now()
        # What was accepted in this turn of the loop becomes a connection only in one of the next.
        await asyncio.sleep(ROUND)
        finish = begun + seconds * (1 - CLEANUP_SHARE)
        while self.connections and self.now() < finish:
            if self.now() - begun >= idle_grace:
                for connection in [each for each in self.connections if each.phase in {"idle", "new"}]:
                    connection.force_close()
            await asyncio.sleep(ROUND)
        for connection in list(self.connections):
            connection.cut()
        if self._sweeping is not None:
            self._sweeping.cancel()
        await self._runner.cleanup()

    def admit(self, connection: Connection) -> bool:
        """Take a new client in, if need be in the place of an idle one."""
        if len(self.connections) >= self._limits.max_connections:
            idle = [each for each in self.connections if each.phase == "idle"]
            if not idle:
                return False
            oldest = min(idle, key=lambda each: each.since)
            self.connections.discard(oldest)
            oldest.force_close()
        self.connections.add(connection)
        return True

    def turn_away(self, connection: Connection, transport: asyncio.Transport) -> None:
        """Tell a client that there is no room; give it a moment to read that."""
        connection.enter("refused")
        if len(self._refused) >= self._limits.max_refused:
            transport.abort()
            return
        self._refused[connection] = transport
        transport.write(OVERLOADED)
        if transport.can_write_eof():
            transport.write_eof()

    def forget(self, connection: Connection) -> None:
        """A client is gone."""
        self.connections.discard(connection)
        self._refused.pop(connection, None)
        self._bodies.pop(connection, None)

    async def _sweep_for_ever(self) -> None:
        limits = self._limits
        shortest = min(limits.head_timeout, limits.body_timeout, limits.write_timeout, limits.idle_timeout)
        while True:
            await asyncio.sleep(min(1.0, shortest / 4))
            self._sweep(self.now())

    def _sweep(self, now: float) -> None:
        for connection, transport in list(self._refused.items()):
            if now - connection.since >= LINGERING:
                transport.abort()
        for connection in list(self.connections):
            waited = now - connection.since
            if connection.phase in {"new", "head"} and waited > self._limits.head_timeout:
                connection.tell_and_close(UNREADABLE if connection.phase == "head" else b"")
            elif connection.phase == "idle" and waited > self._limits.idle_timeout and not connection.pending():
                connection.force_close()
            elif self._body_is_late(connection, waited) or self._is_stalled(connection, now):
                connection.cut()

    def _body_is_late(self, connection: Connection, waited: float) -> bool:
        body = self._bodies.get(connection)
        unfinished = connection.phase == "request" and body is not None and not body.is_eof()
        return unfinished and waited > self._limits.body_timeout

    def _is_stalled(self, connection: Connection, now: float) -> bool:
        """Whether the client has taken nothing of what waits for it, for too long."""
        pending = connection.pending()
        before, since = connection.stalled
        if pending == 0 or pending != before:
            connection.stalled = (pending, now)
            return False
        return now - since > self._limits.write_timeout
