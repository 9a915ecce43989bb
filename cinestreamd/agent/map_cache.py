"""What Overpass servers answered, shared by all agents of one daemon: the sites of one city need one query a month.

A site's own store remembers as well. Losing this folder is safe: it costs a query for each city.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from cinestreamd.agent.file_turns import turn
from cinestreamd.sites.files import write_file_bytes
from cinestreamd.store.memory import Discovery

log = structlog.get_logger()

_decode: Final = msgspec.json.Decoder(Discovery).decode


class _Pause(Struct, frozen=True):
    until: datetime


_decode_pause: Final = msgspec.json.Decoder(_Pause).decode


class MapCache:
    """The folder of answers: one file for each city and radius, one for each server that is left alone for a while."""

    def __init__(self, folder: Path, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._folder = folder
        self._sleep = sleep

    @asynccontextmanager
    async def turn(self, city_id: str, radius_metres: int) -> AsyncIterator[None]:
        """Hold the city, so that a second agent waits for the first one's answer instead of asking too.

        Where the folder cannot be used, nobody waits.
        """
        held = turn(self._file(city_id, radius_metres, "lock"), self._sleep)
        try:
            await held.__aenter__()
        except OSError as error:
            log.warning("map_not_shared", problem=error.strerror)
            yield
            return
        try:
            yield
        finally:
            await held.__aexit__(None, None, None)

    def answer(self, city_id: str, radius_metres: int) -> Discovery | None:
        """The last answer about a city, however old; None when there is none that can be read."""
        try:
            return _decode(self._file(city_id, radius_metres, "json").read_bytes())
        except (OSError, msgspec.MsgspecError):
            return None

    def keep(self, discovery: Discovery, radius_metres: int) -> None:
        """Replace the answer about a city, as a whole."""
        self._write(self._file(discovery.city_id, radius_metres, "json"), msgspec.json.encode(discovery))

    def paused_until(self, server: str) -> datetime | None:
        """Until when no agent may ask a server (its address), None when it may be asked."""
        try:
            return _decode_pause(self._pause_file(server).read_bytes()).until
        except (OSError, msgspec.MsgspecError):
            return None

    def pause(self, server: str, until: datetime) -> None:
        """Leave a server alone until then."""
        self._write(self._pause_file(server), msgspec.json.encode(_Pause(until)))

    def _write(self, path: Path, data: bytes) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file_bytes(path, data, mode=0o600)
        except OSError as error:
            log.warning("map_not_kept", problem=error.strerror)

    def _file(self, city_id: str, radius_metres: int, ending: str) -> Path:
        return self._folder / f"{_digest(city_id)}-{radius_metres}.{ending}"

    def _pause_file(self, server: str) -> Path:
        return self._folder / f"pause-{_digest(server)}.json"


def _digest(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:32]
