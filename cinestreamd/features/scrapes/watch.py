"""Cities that visitors watch while they are read: each is looked at once, whatever the number of viewers."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final

import msgspec
import structlog
from msgspec import Struct

from cinestreamd.errors import CinestreamError, TooManyRequestsError
from cinestreamd.features.scrapes.service import POLL_SECONDS, ScrapeState
from cinestreamd.i18n import N_

log = structlog.get_logger()

EVERY: Final = 1.0
"""Seconds between two looks at a city that somebody watches."""

MOST_VIEWERS: Final = 300
"""So many streams are open at one worker; whoever comes then asks now and again instead."""


class ViewersFullError(TooManyRequestsError):
    """As many visitors follow readings at this worker as may."""

    code = "viewers_full"
    message = N_("Many visitors follow what is being read. Ask again in {retry_after} seconds.")


class Seen(Struct, frozen=True):
    """A state of a city with its mark: made of the state alone, so that every worker gives the same one."""

    state: ScrapeState
    mark: str


def seen(state: ScrapeState) -> Seen:
    """``state`` with its mark."""
    return Seen(state, hashlib.blake2b(msgspec.json.encode(state), digest_size=6).hexdigest())


def is_over(state: ScrapeState) -> bool:
    """Whether nothing more will happen: read, or given up for now."""
    return state.status == "fresh" or (state.status == "stale" and state.retry_after is not None)


class _Watched:
    """One city: what was seen last, an event that the next change sets, its viewers, and who looks."""

    def __init__(self) -> None:
        self.seen: Seen | None = None
        self.changed = asyncio.Event()
        self.viewers = 0
        self.looking: asyncio.Task[None] | None = None
        self.ended = False


class Watch:
    """What one worker's visitors watch. ``look`` reads a city's state; ``every`` is the pause between two looks."""

    def __init__(self, look: Callable[[str], Awaitable[ScrapeState]], *, every: float = EVERY) -> None:
        self._look = look
        self._every = every
        self._cities: dict[str, _Watched] = {}
        self._ended = False
        self.viewers = 0

    async def follow(self, city_id: str, *, known: str | None, pulse: float) -> AsyncGenerator[Seen | None, None]:
        """Each state of the city that is not the one marked ``known``, beginning with the present one.

        None comes when nothing has changed for ``pulse`` seconds. It ends with a state that is over, with ``end()``,
        or when the store does not answer.

        Raises:
            ViewersFullError: too many are following already.
        """
        if self.viewers >= MOST_VIEWERS:
            raise ViewersFullError(retry_after=POLL_SECONDS)
        watched = self._join(city_id)
        try:
            while not self._ended:
                changed, latest = watched.changed, watched.seen
                if latest is not None and latest.mark != known:
                    known = latest.mark
                    yield latest
                if watched.ended or (latest is not None and is_over(latest.state)):
                    return
                if not await _happens(changed, pulse):
                    yield None
        finally:
            self._leave(city_id, watched)

    def end(self) -> None:
        """Let every viewer go: this worker stops, and another one knows as much."""
        self._ended = True
        for watched in self._cities.values():
            watched.changed.set()

    def _join(self, city_id: str) -> _Watched:
        watched = self._cities.get(city_id)
        if watched is None or watched.ended:
            watched = self._cities[city_id] = _Watched()
            watched.looking = asyncio.create_task(self._keep_looking(city_id, watched))
        watched.viewers += 1
        self.viewers += 1
        return watched

    def _leave(self, city_id: str, watched: _Watched) -> None:
        watched.viewers -= 1
        self.viewers -= 1
        if watched.viewers == 0:
            if watched.looking is not None:
                watched.looking.cancel()
            if self._cities.get(city_id) is watched:
                del self._cities[city_id]

    async def _keep_looking(self, city_id: str, watched: _Watched) -> None:
        try:
            while watched.seen is None or not is_over(watched.seen.state):
                found = seen(await self._look(city_id))
                if watched.seen is None or found.mark != watched.seen.mark:
                    watched.seen = found
                    _tell(watched)
                await asyncio.sleep(self._every)
        except CinestreamError as error:
            log.debug("watch_ended", code=error.code)  # the store does not answer: viewers come again, and are told so
        finally:
            watched.ended = True
            _tell(watched)


def _tell(watched: _Watched) -> None:
    changed, watched.changed = watched.changed, asyncio.Event()
    changed.set()


async def _happens(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
