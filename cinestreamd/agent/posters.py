"""Posters of the films that a run has published, for the site's own pages: no visitor's browser asks a cinema for them.

They come last: the showings are there already, and the city is free again. What they are made of is fetched like any
page (public addresses, robots.txt, turns at a host), once a month a film.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import structlog
from msgspec.structs import replace

from cinestreamd.agent.fetch import FetchError
from cinestreamd.agent.poster_picture import NoPosterError, make_poster
from cinestreamd.agent.task import Tools
from cinestreamd.store.base import Film
from cinestreamd.store.posters import FilmPoster, PosterMark

MOST_IN_A_RUN: Final = 60
MOST_BYTES: Final = 4_000_000
SECONDS: Final = 40.0
AT_ONCE: Final = 4
RENEWED_AFTER: Final = timedelta(days=30)
RETRIED_AFTER: Final = timedelta(days=3)
REPLACED_AFTER: Final = timedelta(days=1)
"""A film whose cinemas name different pictures is not fetched anew with each run."""

log = structlog.get_logger()


async def keep_posters(films: Sequence[Film], tools: Tools, *, city_id: str, seconds: float = SECONDS) -> int:
    """Fetch what is due of the posters of ``films`` and keep it; returns how many have pictures. What fails is noted.

    Raises:
        StoreBusyError: the store had no time; nothing is kept then.
    """
    named = {film.id: film.poster_url for film in films if film.poster_url}
    marks = {mark.film_id: mark for mark in await tools.store.poster_marks(list(named))}
    now = tools.clock()
    due = {film_id: url for film_id, url in named.items() if _is_due(url, marks.get(film_id), now)}
    found: list[FilmPoster] = []
    places = asyncio.Semaphore(AT_ONCE)

    async def keep(film_id: str, url: str) -> None:
        async with places:
            found.append(await _poster(tools, film_id, url))

    tasks = [asyncio.create_task(keep(*each)) for each in list(due.items())[:MOST_IN_A_RUN]]
    if not tasks:
        return 0
    try:
        await asyncio.wait(tasks, timeout=seconds)
    finally:
        for task in tasks:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception):
            raise result
    await tools.store.put_posters(city_id, found)
    return sum(bool(poster.digest) for poster in found)


def _is_due(url: str, mark: PosterMark | None, now: datetime) -> bool:
    if mark is None:
        return True
    rest = RENEWED_AFTER if mark.digest else RETRIED_AFTER
    return now - mark.tried_at >= (rest if mark.url == url else REPLACED_AFTER)


async def _poster(tools: Tools, film_id: str, url: str) -> FilmPoster:
    """The film's poster as it is at ``url`` now; where that cannot be had, the one that is known already."""
    tried = FilmPoster(film_id=film_id, url=url, tried_at=tools.clock())
    try:
        data = await tools.fetcher.get_picture(url, limit=MOST_BYTES)
        small, large = await asyncio.to_thread(make_poster, data)
    except (FetchError, NoPosterError) as error:
        log.info("poster_not_had", reason=getattr(error, "code", "no_poster"))
        known = await tools.store.poster(film_id)
        return tried if known is None else replace(known, url=url, tried_at=tried.tried_at)
    return replace(tried, digest=sha256(small + large).hexdigest()[:16], small=small, large=large)
