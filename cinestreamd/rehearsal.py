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
from collections.abc import Sequence
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

TIME_LIMIT: Final = 5.0
"""Seconds after which a rehearsal is broken off; it takes about 0.2."""

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


def rehearse(features: Sequence[Feature], *, rounds: int) -> None:
    """Play one worker's life, in which each page is asked for ``rounds`` times.

    If it cannot be played here, workers do without it.
    """
    log.configure(Daemon(log_level="error"), role="rehearsal")
    try:
        with TemporaryDirectory(prefix="cinestreamd-rehearsal-") as folder:
            _play(Path(folder), features, rounds)
    except (OSError, CinestreamError) as error:
        logger.error("rehearsal_failed", problem=str(error))  # noqa: TRY400 - the problem is all there is to say


def _play(folder: Path, features: Sequence[Feature], rounds: int) -> None:
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
        asyncio.run(_perform(inheritance, features, PATHS * rounds, (port, ours)))


async def _perform(
    inheritance: Inheritance, features: Sequence[Feature], paths: Sequence[str], reached: tuple[int, socket.socket]
) -> None:
    """Ask a worker, whose port and whose channel are ``reached``, for these paths, then tell it to stop."""
    port, master = reached
    worker = asyncio.create_task(serve(inheritance.spec(WorkerSpec), inheritance, features))
    try:
        async with asyncio.timeout(TIME_LIMIT):  # a TimeoutError is an OSError
            for path in paths:
                await _ask(port, path)
    finally:
        master.send(msgspec.msgpack.encode(Drain(deadline=0.5)))
        await worker


async def _ask(port: int, path: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    await reader.read()
    writer.close()
