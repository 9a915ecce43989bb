"""The control socket's server and clients that do not behave."""

import asyncio
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from structlog.testing import capture_logs

from cinestreamd.master.control import TALK_TIMEOUT, ControlServer
from cinestreamd.master.control_protocol import socket_path

MUCH = 8 * 2**20
"""More than a socket holds for a client that takes nothing."""


async def tell_much(_: Mapping[str, Any]) -> str:
    return "a" * MUCH


async def test_a_client_that_takes_no_answer_is_dropped(tmp_path: Path) -> None:
    socket_path(tmp_path).parent.mkdir(parents=True)
    server = ControlServer(tmp_path, {"status": tell_much})
    await server.start()
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_UNIX) as client, capture_logs() as logs:
        client.setblocking(False)
        await loop.sock_connect(client, str(socket_path(tmp_path)))
        await loop.sock_sendall(client, b'{"v": 1, "command": "status"}\n')
        async with asyncio.timeout(TALK_TIMEOUT + 30):
            while not logs:  # noqa: ASYNC110 - a line of the log sets no event
                await asyncio.sleep(0.05)
        taken = 0
        while chunk := await loop.sock_recv(client, 2**20):
            taken += len(chunk)
    await server.close()
    assert [(entry["event"], entry["problem"]) for entry in logs] == [("control_client_dropped", "TimeoutError")]
    assert 0 < taken < MUCH
