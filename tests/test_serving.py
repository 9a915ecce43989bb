"""How an HTTP server ends: whoever was let in gets an answer."""

import asyncio
import socket

import pytest
import uvloop
from aiohttp import web

from cinestreamd.config import Supervisor
from cinestreamd.serving import HttpServer, limits_of

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


async def hello(_request: web.Request) -> web.Response:
    return web.Response(text="hello")


async def ask_and_stop(listener: socket.socket, *, word_first: bool) -> bytes | None:
    """What a client receives that comes in the same turn of the loop as the word to stop; None if nobody took it."""
    app = web.Application()
    app.router.add_get("/", hello)
    server = HttpServer(app, limits_of(Supervisor()))
    loop, stopping = asyncio.get_running_loop(), asyncio.Event()
    ours, theirs = socket.socketpair()
    with ours, theirs, socket.socket() as client:
        if word_first:
            loop.add_reader(ours, stopping.set)
        await server.start(listener.dup())
        if not word_first:
            loop.add_reader(ours, stopping.set)
        await asyncio.sleep(0.01)
        if word_first:
            theirs.send(b"stop")
        client.connect(listener.getsockname())
        loop.call_later(0.2, client.sendall, REQUEST)
        if not word_first:
            theirs.send(b"stop")
        await stopping.wait()
        loop.remove_reader(ours)
        await server.stop(5.0, idle_grace=3.0)
        client.settimeout(0.3)
        try:
            return client.recv(65536)
        except TimeoutError:
            return None


@pytest.mark.parametrize("word_first", [True, False], ids=["word first", "client first"])
def test_whoever_was_accepted_before_a_graceful_stop_is_answered(*, word_first: bool) -> None:
    """Also one who connects in the very moment of the stop, and asks a little later.

    The listening socket stays open in this process, as it does in the master: whoever is not taken waits for another.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        for _ in range(5):
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                received = runner.run(ask_and_stop(listener, word_first=word_first))
            if received is None:
                listener.accept()[0].close()
            else:
                assert received.startswith(b"HTTP/1.1 200 OK\r\n")


async def test_an_answer_that_goes_on_is_ended_when_the_server_stops() -> None:
    """It would hold the server for the whole 60 seconds that requests may take."""
    begun, over = asyncio.Event(), asyncio.Event()

    async def go_on(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        begun.set()
        await over.wait()
        await answer.write(b"whole")
        return answer

    app = web.Application()
    app.router.add_get("/", go_on)
    server = HttpServer(app, limits_of(Supervisor()), before_end=[over.set])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        await server.start(listener.dup())
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(REQUEST)
        async with asyncio.timeout(20):
            await begun.wait()
            await server.stop(60.0)
            received = await reader.read()
        writer.close()
    assert received.endswith(b"5\r\nwhole\r\n0\r\n\r\n")
