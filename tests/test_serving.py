"""How an HTTP server reads what clients send, and how it ends: whoever was let in gets an answer."""

import asyncio
import json
import socket
from functools import partial

import pytest
import uvloop
from aiohttp import web

from cinestreamd.config import Supervisor
from cinestreamd.serving import HttpServer, limits_of
from cinestreamd.web.problems import unreadable_answer

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


async def answer_to(sent: bytes) -> bytes:
    """What a server says that repeats the parameter ``q``, and tells in Russian what it cannot read."""

    async def repeat(request: web.Request) -> web.Response:
        return web.Response(text=request.query["q"])

    app = web.Application()
    app.router.add_route("*", "/", repeat)
    server = HttpServer(app, limits_of(Supervisor()), unreadable=partial(unreadable_answer, language="ru"))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        await server.start(listener.dup())
        reader, writer = await asyncio.open_connection(*listener.getsockname())
        writer.write(sent)
        async with asyncio.timeout(20):
            received = await reader.read()
        writer.close()
        await server.stop(1.0)
    return received


@pytest.mark.parametrize("address", ["/?q=Київ", "/?q=%D0%9A%D0%B8%D1%97%D0%B2"])
@pytest.mark.parametrize("body", ["", "Київ"])
async def test_an_address_is_understood_as_it_was_typed(address: str, body: str) -> None:
    """A client such as curl does not encode what stands in its arguments."""
    head = f"POST {address} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    received = await answer_to(f"{head}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode())
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith("\r\n\r\nКиїв".encode())


async def test_a_line_of_ten_thousand_letters_reaches_the_view() -> None:
    received = await answer_to(
        b"GET /?q=" + b"a" * 10_240 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    )
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /?q=" + b"a" * 17_000 + b" HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\xff\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    ],
    ids=["long line", "no HTTP", "no length"],
)
async def test_a_head_that_cannot_be_read_is_told_as_a_problem(sent: bytes) -> None:
    head, body = (await answer_to(sent)).split(b"\r\n\r\n", 1)
    assert head.split(b"\r\n")[0].endswith(b" 400 Bad Request")
    assert b"\r\nContent-Type: application/problem+json\r\n" in head + b"\r\n"
    assert json.loads(body) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "code": "bad_request",
        "detail": "Запрос не удалось понять.",
    }
