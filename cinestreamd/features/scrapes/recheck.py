"""“Wrong?”: one cinema's page is read again because a visitor says so, without an account and without flooding cinemas.

Bounds hold for everybody together, and stand in the store: whichever worker is asked knows them.
"""

import math
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from cinestreamd.errors import TooManyRequestsError
from cinestreamd.features.scrapes.service import CooldownError, read_state, refuse_unless_accepted
from cinestreamd.i18n import N_
from cinestreamd.store.base import Cinema, Location, Run, Store
from cinestreamd.web.keys import ScrapeDesk

CINEMA_REST: Final = timedelta(minutes=5)
"""How long a cinema that was just read is left alone."""

CITY_PERIOD: Final = timedelta(minutes=10)
CITY_RECHECKS: Final = 6
"""So many rechecks of a city begin in ``CITY_PERIOD``."""

WAIT_LIMIT: Final = timedelta(minutes=2)
"""How long somebody who asked is told that the reading is still to come."""

_RUNS: Final = 50


class RecheckRestError(TooManyRequestsError):
    """The cinema was read a moment ago, or enough of its city's cinemas were."""

    code = "recheck_rest"
    message = N_("This cinema’s page was read just now. Try again in {retry_after} seconds.")


class RecheckState(Struct, frozen=True):
    """Whether a cinema is being read again, and when it was last read with success."""

    city: str
    cinema: str
    status: Literal["processing", "done"]
    read: datetime | None


async def request_recheck(
    store: Store, desk: ScrapeDesk, location: Location, cinema: Cinema, now: datetime, *, stale_after_seconds: int
) -> RecheckState:
    """Ask for ``cinema`` to be read again, unless its city is being read anyway.

    Raises:
        RecheckRestError: it was read too recently, or too many of the city's cinemas were.
        CooldownError: the city rests after a failure.
        QueueFullError: too many cities wait already.
        UnpaidError: what may be spent on reading is used up.
    """
    state = await read_state(store, location, now, stale_after_seconds=stale_after_seconds)
    if state.status == "processing":
        return RecheckState(location.id, cinema.id, "processing", cinema.last_read)
    if state.retry_after is not None:
        raise CooldownError(retry_after=state.retry_after)
    rest = _rest(await store.runs(location.id, limit=_RUNS), cinema, now)
    if rest is not None:
        raise RecheckRestError(retry_after=max(math.ceil(rest.total_seconds()), 1))
    answer = await desk.recheck(location.id, cinema.id)
    refuse_unless_accepted(answer)
    return RecheckState(location.id, cinema.id, "processing", cinema.last_read)


async def read_recheck(
    store: Store, location: Location, cinema: Cinema, now: datetime, *, asked: datetime | None
) -> RecheckState:
    """How far the recheck is that was asked for at ``asked``; without it, whether the city is being read now."""
    running = location.lease is not None and location.lease.until > now
    waiting = asked is not None and timedelta(0) <= now - asked < WAIT_LIMIT
    if waiting and not running and asked is not None:
        runs = await store.runs(location.id, limit=_RUNS)
        waiting = not any(_has_read(run, cinema) >= asked for run in runs)
    return RecheckState(location.id, cinema.id, "processing" if running or waiting else "done", cinema.last_read)


_NEVER: Final = datetime.fromisoformat("0001-01-01T00:00:00+00:00")


def _has_read(run: Run, cinema: Cinema) -> datetime:
    """When a run ended that tried to read the cinema; before all time when it did not."""
    tried = any(source.cinema_id == cinema.id for source in run.sources)
    return run.finished_at if tried and run.finished_at is not None else _NEVER


def _rest(runs: list[Run], cinema: Cinema, now: datetime) -> timedelta | None:
    """How long the cinema, or all of its city, is to be left alone; None when it may be read."""
    rests = [CINEMA_REST - (now - _has_read(run, cinema)) for run in runs if _has_read(run, cinema) > now - CINEMA_REST]
    rechecks = [run.started_at for run in runs if run.trigger == "recheck" and run.started_at > now - CITY_PERIOD]
    if len(rechecks) >= CITY_RECHECKS:
        rests.append(CITY_PERIOD - (now - sorted(rechecks)[-CITY_RECHECKS]))
    return max(rests, default=None)
