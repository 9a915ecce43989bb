"""One worker's whole life, played through before any worker is forked.

Much of what a process holds is made when it is first used: routes, regular expressions, the interpreter's specialised
code, caches of types. Made after the fork, each worker makes it again and copies the memory pages around it; made
before, all workers share it, and the first visitor waits no longer than the second. The stage is a made-up site in a
temporary folder and a port of the system's choice. Of loop, database, port and folder nothing is left when it is over:
what is forked afterwards inherits none of them.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Awaitable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import structlog

from cinestreamd import log
from cinestreamd.channel import Drain, channel_pair
from cinestreamd.child_process import Inheritance
from cinestreamd.config import Daemon, Settings
from cinestreamd.errors import CinestreamError
from cinestreamd.feature import Feature
from cinestreamd.sites.env import hold, write_env
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.specs import WorkerSpec, encode_spec
from cinestreamd.store.sqlite import prepare
from cinestreamd.worker import serve

TIME_LIMIT: Final = 15.0
"""Seconds after which a rehearsal is broken off; it takes about 0.2, and much longer on a machine with much to do."""

PATHS: Final = (
    "/uk/",
    "/en/",
    "/ru/",
    "/uk/search?q=%D0%BA%D0%B8",
    "/uk/city/kyiv",
    "/api/locations?q=ky",
    "/api/showtimes?city=kyiv",
    "/nowhere",
    "/healthz",
)

logger = structlog.get_logger()


def rehearse(features: Sequence[Feature], *, rounds: int, time_limit: float = TIME_LIMIT) -> None:
    """Play one worker's life, in which each page is asked for ``rounds`` times, within ``time_limit`` seconds.

    If it cannot be played here, workers do without it.
    """
    log.configure(Daemon(log_level="error"), role="rehearsal")
    try:
        with TemporaryDirectory(prefix="cinestreamd-rehearsal-") as folder:
            _play(Path(folder), features, PATHS * rounds, time_limit)
    except TimeoutError:
        logger.error("rehearsal_failed", problem=f"it was not over within {time_limit} s")  # noqa: TRY400 - as below
    except (OSError, CinestreamError) as error:
        logger.error("rehearsal_failed", problem=str(error))  # noqa: TRY400 - the problem is all there is to say


def _play(folder: Path, features: Sequence[Feature], paths: Sequence[str], time_limit: float) -> None:
    site = Site(name="rehearsal", settings=SiteSettings(cities=("kyiv", "lviv")), directory=str(folder))
    write_env(folder / ".env", {"SECRET_KEY": secrets.token_urlsafe(32)})
    prepare(Path(site.database))
    ours, theirs = channel_pair()
    with ours, socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        # The worker closes what it inherits, so it gets copies.
        inherited = {"channel": theirs.detach(), "listener": os.dup(listener.fileno())}
        spec = WorkerSpec(settings=Settings(daemon=Daemon(log_level="error")), site=site, port=port)
        inheritance = Inheritance(encode_spec(spec), inherited, held=hold(folder / ".env"))
        # On the interpreter's own loop: what uvloop's library keeps open for good must not come over a fork.
        play = _ask_all(port, paths, time_limit)
        asyncio.run(_perform(inheritance, features, play, ours))


async def _perform(
    inheritance: Inheritance, features: Sequence[Feature], play: Awaitable[None], master: socket.socket
) -> None:
    """Let a worker serve until the ``play`` is over, then tell it to stop, by the master's end of its channel."""
    worker = asyncio.create_task(serve(inheritance.spec(WorkerSpec), inheritance, features))
    try:
        await play
    finally:
        master.send(msgspec.msgpack.encode(Drain(deadline=0.5)))
        await worker


async def _ask_all(port: int, paths: Sequence[str], time_limit: float) -> None:
    async with asyncio.timeout(time_limit):
        for path in paths:
            await _ask(port, path)


async def _ask(port: int, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        await reader.read()
    finally:
        writer.close()
