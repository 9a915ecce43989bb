"""A city's reading as server-sent events (WHATWG HTML, 9.2): GET /api/scrape for those who take text/event-stream."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from time import monotonic
from typing import Final

import msgspec
from aiohttp import web
from aiohttp.web import AppKey

from cinestreamd.features.scrapes.service import ScrapeState, read_state
from cinestreamd.features.scrapes.watch import Seen, Watch, is_over, seen
from cinestreamd.web.keys import BEFORE_END, CLOCK, GAZETTEER, SETTINGS, STORE
from cinestreamd.web.places import find_location

EVENT_STREAM: Final = "text/event-stream"
PULSE: Final = 15.0
"""Seconds after which a silent stream shows that it lives, so that proxies keep it and viewers who left are missed."""

LIFETIME: Final = 300.0
"""Seconds after which a stream ends; a browser comes again by itself, to whichever worker."""

RETRY_MILLISECONDS: Final = 2000

WATCH: Final = AppKey("watch", Watch)


def set_up(app: web.Application) -> None:
    """Put the worker's ``Watch`` on the application; it lets its viewers go before the worker waits for requests."""

    async def look(city_id: str) -> ScrapeState:
        return await state_of(app, city_id)

    watch = app[WATCH] = Watch(look)
    app[BEFORE_END].append(watch.end)


async def state_of(app: web.Application, city_id: str) -> ScrapeState:
    """The present state of a city.

    Raises:
        CityNotFoundError: there is no such city.
    """
    store = app[STORE]
    return await read_state(
        store,
        await find_location(store, app[GAZETTEER], city_id),
        app[CLOCK](),
        stale_after_seconds=app[SETTINGS].scrape.stale_after_seconds,
    )


def wants_stream(request: web.Request) -> bool:
    """Whether the client asks for events; browsers' EventSource does."""
    return request.method == "GET" and EVENT_STREAM in request.headers.get("Accept", "")


async def stream_progress(request: web.Request, city_id: str) -> web.StreamResponse:
    """One event for each change of the city's state until its reading is over.

    Whoever knows the end already (``Last-Event-ID``) gets 204, after which a browser does not come again.

    Raises:
        CityNotFoundError: there is no such city.
        ViewersFullError: too many are following already.
    """
    known = request.headers.get("Last-Event-ID")
    present = seen(await state_of(request.app, city_id))
    if present.mark == known and is_over(present.state):
        return web.Response(status=204, headers={"Cache-Control": "no-store", "Vary": "Accept"})
    async with aclosing(request.app[WATCH].follow(city_id, known=known, pulse=PULSE)) as events:
        first = await anext(events, None)
        answer = web.StreamResponse(
            headers={
                "Content-Type": EVENT_STREAM,
                "Cache-Control": "no-store",
                "Vary": "Accept",
                "X-Accel-Buffering": "no",
            }
        )
        await answer.prepare(request)
        try:
            await answer.write(b"retry: %d\n\n" % RETRY_MILLISECONDS + _written(first))
            await _pass_on(events, answer)
        except ConnectionError:  # the viewer is gone
            return answer
        await answer.write_eof()
    return answer


async def _pass_on(events: AsyncIterator[Seen | None], answer: web.StreamResponse) -> None:
    end = monotonic() + LIFETIME
    async for event in events:
        await answer.write(_written(event))
        if monotonic() > end:
            return


def _written(event: Seen | None) -> bytes:
    if event is None:
        return b":\n\n"
    return b"id: %b\ndata: %b\n\n" % (event.mark.encode(), msgspec.json.encode(event.state))
