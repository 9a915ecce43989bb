"""The duty to tell the operator: looks at everything from time to time, and sends what the watch makes of it."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import structlog

from cinestreamd.alerts.model import Notice
from cinestreamd.alerts.watch import Known, Watch, decode_known, encode_known
from cinestreamd.config import Settings
from cinestreamd.errors import CinestreamError
from cinestreamd.master.alert_conditions import Lookout
from cinestreamd.master.duties import attempt
from cinestreamd.master.outbox import Outbox
from cinestreamd.sites.files import Folder

NAME: Final = "alerts.json"

log = structlog.get_logger()


class Alerts:
    """Keeps what was told in ``STATE/alerts.json``, so that a restart tells nothing twice."""

    def __init__(
        self,
        lookout: Lookout,
        outboxes: tuple[Outbox, ...],
        settings: Callable[[], Settings],
        state_dir: Path,
        wall: Callable[[], datetime],
    ) -> None:
        self._lookout = lookout
        self._outboxes = outboxes
        self._settings = settings
        self._state_dir = state_dir
        self._wall = wall
        self._watch: Watch | None = None

    @property
    def pids(self) -> set[int]:
        """The processes that send."""
        return {box.process.pid for box in self._outboxes if box.process is not None}

    async def run(self) -> None:
        """Look, wait, look again. A failed look is logged, and the next one comes all the same."""
        while True:
            await attempt("alerts", self.look)
            await asyncio.sleep(self._settings().alerts.look_every)

    async def look(self) -> None:
        """One look at everything."""
        settings, now = self._settings(), self._wall()
        if self._watch is None:
            self._watch = Watch(await asyncio.to_thread(self._read, now))
        conditions, blind = await self._lookout.look()
        remind = timedelta(hours=settings.alerts.remind_hours)
        notices = self._watch.look(
            now,
            conditions,
            hold_off=timedelta(seconds=settings.alerts.hold_off),
            remind=remind or None,
            blind=blind,
        )
        for notice in notices:
            _log(notice)
        for box in self._outboxes:
            await box.put(notices, settings)
        if notices:
            await self._keep(encode_known(self._watch.known))
        for box in self._outboxes:
            box.tick(settings)

    def _read(self, now: datetime) -> list[Known]:
        try:
            with Folder.at(self._state_dir) as folder:
                return decode_known(folder.read(NAME), now=now)
        except FileNotFoundError:
            return []
        except (OSError, CinestreamError, msgspec.MsgspecError) as error:
            log.warning("alerts_forgotten", problem=str(error))
            return []

    async def _keep(self, data: bytes) -> None:
        """Write down what is known. A disk that takes nothing must not keep that from being told."""
        try:
            await asyncio.to_thread(self._write, data)
        except (OSError, CinestreamError) as error:
            log.warning("alerts_not_kept", problem=str(error))

    def _write(self, data: bytes) -> None:
        with Folder.at(self._state_dir) as folder:
            folder.write(NAME, data, mode=0o600)


def _log(notice: Notice) -> None:
    condition = notice.condition
    fields = {"alert": condition.kind, "site": condition.site, "subject": condition.subject, "text": condition.text}
    if notice.state == "over":
        log.info("alert_over", since=notice.since.isoformat(), **fields)
    else:
        log.warning("alert_raised" if notice.state == "raised" else "alert_lasts", **fields)
