"""The state of a city's data, and asking for it to be read."""

import math
from datetime import datetime
from typing import Final, Literal

from msgspec import Struct

from cinestreamd.errors import TooManyRequestsError
from cinestreamd.i18n import N_
from cinestreamd.store.base import Location, LocationStatus, Store
from cinestreamd.tracing import traced
from cinestreamd.web.keys import ScrapeDesk, Unpaid

POLL_SECONDS: Final = 5
"""How soon someone who waits for a city should ask again."""

QUEUE_RETRY_SECONDS: Final = 30


class QueueFullError(TooManyRequestsError):
    """As many cities wait to be read as may."""

    code = "queue_full"
    message = N_("Many cities are waiting to be read. Try again in {retry_after} seconds.")


class CooldownError(TooManyRequestsError):
    """The city could not be read a moment ago; it rests before the next attempt."""

    code = "cooldown"
    message = N_("The cinemas of this city could not be read. Try again in {retry_after} seconds.")


class UnpaidError(TooManyRequestsError):
    """Only Claude could read the city, and what may be spent on that is used up.

    ``hours`` is ``retry_after`` rounded up.
    """

    code = "budget_spent"
    message = N_("What this site may spend on reading is used up for now. Try again in about {hours} h.")


class Progress(Struct, frozen=True):
    """How many of a city's cinemas have been read."""

    done: int
    total: int


class ScrapeState(Struct, frozen=True):
    """The state of a city's data.

    ``updated`` is when it was last read through, ``progress`` how far a reading under way is, ``retry_after`` in how
    many seconds it can be asked for again after a failure.
    """

    city: str
    status: LocationStatus
    updated: datetime | None
    progress: Progress | None = None
    retry_after: int | None = None


@traced("scrapes.read_state")
async def read_state(store: Store, location: Location, now: datetime, *, stale_after_seconds: int) -> ScrapeState:
    """The state of ``location`` at ``now``."""
    status = location.status(now, stale_after_seconds=stale_after_seconds)
    return ScrapeState(
        location.id,
        status,
        location.last_updated,
        progress=await _progress(store, location) if status == "processing" else None,
        retry_after=_rest(location, now) if status == "stale" else None,
    )


@traced("scrapes.request_scrape")
async def request_scrape(
    store: Store, desk: ScrapeDesk, location: Location, now: datetime, *, stale_after_seconds: int
) -> ScrapeState:
    """Ask for ``location`` to be read unless its data is fresh or it is being read already.

    Returns the state; ``processing`` when a run is accepted or under way, ``fresh`` when none is needed.

    Raises:
        CooldownError: a failure is too recent.
        QueueFullError: too many cities wait already.
        UnpaidError: what may be spent on reading is used up.
    """
    state = await read_state(store, location, now, stale_after_seconds=stale_after_seconds)
    if state.status != "stale":
        return state
    if state.retry_after is not None:
        raise CooldownError(retry_after=state.retry_after)
    refuse_unless_accepted(await desk.request(location.id))
    return ScrapeState(location.id, "processing", location.last_updated)


def refuse_unless_accepted(answer: Literal["accepted", "full"] | Unpaid) -> None:
    """Turn the desk's answer into the error that tells it.

    Raises:
        QueueFullError: too many cities wait already.
        UnpaidError: what may be spent on reading is used up.
    """
    if isinstance(answer, Unpaid):
        raise UnpaidError(retry_after=answer.retry_after, hours=math.ceil(answer.retry_after / 3600))
    if answer == "full":
        raise QueueFullError(retry_after=QUEUE_RETRY_SECONDS)


async def _progress(store: Store, location: Location) -> Progress | None:
    runs = await store.runs(location.id, limit=1)
    if not runs or runs[0].outcome != "running" or not runs[0].total:
        return None
    return Progress(runs[0].done, runs[0].total)


def _rest(location: Location, now: datetime) -> int | None:
    """Whole seconds of the cooldown that are left; None when there are none."""
    if location.cooldown_until is None or location.cooldown_until <= now:
        return None
    return math.ceil((location.cooldown_until - now).total_seconds())
