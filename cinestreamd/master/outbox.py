"""Notices on their way out: each way has its own queue, and one process at a time that sends."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec
import structlog

from cinestreamd.alerts.model import SECRETS, HeraldSpec, Notice, Way
from cinestreamd.config import Settings
from cinestreamd.errors import CinestreamError
from cinestreamd.master.child import Ending
from cinestreamd.master.forker import Forker, ForkError
from cinestreamd.master.process import Process
from cinestreamd.sites.files import Folder
from cinestreamd.sites.system_user import helper_identity
from cinestreamd.specs import encode_spec

AT_ONCE: Final = 50
MOST: Final = 500
"""So many notices wait for one way; then the oldest are given up."""
FIRST_PAUSE, LONGEST_PAUSE = 30.0, 3600.0
"""Seconds until a failed sending is tried again: doubling."""

log = structlog.get_logger()


class Outbox:
    """What is to go by one way, kept in ``STATE/alerts-WAY.json`` until it went. ``clock`` is in seconds."""

    def __init__(self, way: Way, forker: Forker, state_dir: Path, clock: Callable[[], float]) -> None:
        self.process: Process | None = None
        self._way = way
        self._forker = forker
        self._state_dir = state_dir
        self._secrets = state_dir / SECRETS
        self._kept = f"alerts-{way}.json"
        self._clock = clock
        self._waiting: list[Notice] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()
        self._failures = 0
        self._next = 0.0

    async def put(self, notices: Sequence[Notice], settings: Settings) -> None:
        """Take notices, where this way is set up; those that an earlier daemon could not send come first."""
        if self._waiting is None:
            self._waiting = await asyncio.to_thread(self._read)
        if notices and self._is_set_up(settings):
            self._waiting = [*self._waiting, *notices][-MOST:]
            await self._keep()

    def tick(self, settings: Settings) -> None:
        """Send what waits, unless that is being done or has to wait."""
        if self._waiting and self._sending is None and self._clock() >= self._next:
            self._sending = asyncio.create_task(self._send(settings))

    def _is_set_up(self, settings: Settings) -> bool:
        return bool(settings.alerts.mail_to) if self._way == "mail" else self._secrets.exists()

    async def _send(self, settings: Settings) -> None:
        sent = tuple((self._waiting or ())[:AT_ONCE])
        try:
            ending = await self._run(sent, settings)
        except (ForkError, OSError) as error:
            log.warning("alert_not_sent", way=self._way, problem=str(error))
            ending = Ending(code=-1)
        finally:
            self._sending = self.process = None
        if ending.code == 0:
            self._failures = 0
            self._waiting = [each for each in self._waiting or () if each not in sent]
            log.info("alerts_sent", way=self._way, count=len(sent))
            await self._keep()
            return
        self._failures += 1
        self._next = self._clock() + min(FIRST_PAUSE * 2.0 ** min(self._failures - 1, 20), LONGEST_PAUSE)

    def _read(self) -> list[Notice]:
        try:
            with Folder.at(self._state_dir) as folder:
                return msgspec.json.decode(folder.read(self._kept), type=list[Notice])
        except FileNotFoundError:
            return []
        except (OSError, CinestreamError, msgspec.MsgspecError) as error:
            log.warning("alerts_forgotten", way=self._way, problem=str(error))
            return []

    async def _keep(self) -> None:
        """Write down what waits; where that cannot be done it is sent all the same, unless the daemon ends before."""
        try:
            async with self._one_at_a_time:
                await asyncio.to_thread(self._write, msgspec.json.encode(self._waiting))
        except (OSError, CinestreamError) as error:
            log.warning("alerts_not_kept", way=self._way, problem=str(error))

    def _write(self, data: bytes) -> None:
        with Folder.at(self._state_dir) as folder:
            folder.write(self._kept, data, mode=0o600)

    async def _run(self, notices: tuple[Notice, ...], settings: Settings) -> Ending:
        spec = HeraldSpec(
            daemon=settings.daemon,
            alerts=settings.alerts,
            way=self._way,
            host=socket.gethostname(),
            notices=notices,
        )
        ended: asyncio.Future[Ending] = asyncio.get_running_loop().create_future()
        async with self._forker.turn():
            pid = await self._forker.fork(
                role="herald",
                title=f"cinestreamd: herald {self._way}",
                spec=encode_spec(spec),
                descriptors={},
                user=helper_identity(settings.daemon.agent_user),
                env=str(self._secrets),
            )
            self.process = Process(pid, ended.set_result)
        return await ended
