"""What an operator may do. Each is a POST, and leaves a line in the journal before it is done."""

import secrets
from datetime import timedelta
from typing import Final, Literal

import structlog
from aiohttp import web
from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.errors import InvalidInputError
from cinestreamd.features.console.health import CinemaRow
from cinestreamd.features.console.page import OPERATOR, PARAMETERS
from cinestreamd.features.console.rows import RowForm, RowView, change_of, new_word, told
from cinestreamd.features.console.views import find_row, find_showing
from cinestreamd.features.scrapes import refuse_unless_accepted
from cinestreamd.i18n import N_
from cinestreamd.store.base import CinemaCorrection, CinemaState, Store
from cinestreamd.store.journal import Action, JournalEntry
from cinestreamd.store.row_corrections import RowChange
from cinestreamd.web.inputs import parse_form
from cinestreamd.web.keys import CLOCK, CONSOLE, GAZETTEER, STORE
from cinestreamd.web.places import find_location

BELIEVED: Final = timedelta(hours=2)
"""How long a cinema's readings are believed after what was held back has been released."""

_ACTION_OF: Final[dict[CinemaState, Action]] = {
    "active": "cinema_resume",
    "paused": "cinema_pause",
    "blocked": "cinema_block",
}

log = structlog.get_logger()


class NotReadError(InvalidInputError):
    """The cinema is paused or blocked."""

    code = "cinema_not_read"
    status = 409
    message = N_("A cinema that is paused or blocked is not read. Have it go on first.")


class StateForm(Struct, frozen=True):
    """The state that a cinema is to have."""

    state: Literal["active", "paused", "blocked"]


async def retry_city(request: web.Request) -> web.Response:
    """POST /ops/cities/{city}/retry: have a city read now, fresh or not, resting or not."""
    app = request.app
    location = await find_location(app[STORE], app[GAZETTEER], request[PARAMETERS]["city"])
    await note(request, "city_retry", city_id=location.id)
    refuse_unless_accepted(await app[CONSOLE].retry(location.id, None))
    return done("/ops/cities", "city_retry")


async def recheck_cinema(request: web.Request) -> web.Response:
    """POST /ops/cinemas/{cinema}/recheck: have one cinema read now."""
    row = await _readable(request)
    await note(request, "cinema_recheck", city_id=row.city_id, cinema_id=row.id)
    refuse_unless_accepted(await request.app[CONSOLE].retry(row.city_id, row.id))
    return done(f"/ops/cinemas/{row.id}", "cinema_recheck")


async def set_cinema_state(request: web.Request) -> web.Response:
    """POST /ops/cinemas/{cinema}/state: pause a cinema, block it, or have it go on."""
    row, state = await find_row(request), (await parse_form(request, StateForm)).state
    action = _ACTION_OF[state]
    await note(request, action, city_id=row.city_id, cinema_id=row.id)
    former = await _correction(request.app[STORE], row)
    await request.app[STORE].correct_cinema(replace(former, state=state), now=request.app[CLOCK]())
    return done(f"/ops/cinemas/{row.id}", action)


async def release_quarantine(request: web.Request) -> web.Response:
    """POST /ops/cinemas/{cinema}/release: read a cinema again, and believe what it says."""
    row, now = await _readable(request), request.app[CLOCK]()
    await note(request, "cinema_release", city_id=row.city_id, cinema_id=row.id)
    former = await _correction(request.app[STORE], row)
    await request.app[STORE].correct_cinema(replace(former, believed_until=now + BELIEVED), now=now)
    refuse_unless_accepted(await request.app[CONSOLE].retry(row.city_id, row.id))
    return done(f"/ops/cinemas/{row.id}", "cinema_release")


async def correct_row(request: web.Request) -> web.Response:
    """POST /ops/cinemas/{cinema}/showtimes/{showtime}: correct one showing, or take that back."""
    cinema = await find_row(request)
    view, zone = await find_showing(request, cinema)
    now = request.app[CLOCK]()
    change = change_of(await parse_form(request, RowForm), view, now=now, zone=zone)
    return await _say(request, cinema, view, change)


async def revert_row(request: web.Request) -> web.Response:
    """POST /ops/cinemas/{cinema}/showtimes/{showtime}/revert: take back what was said of a showing."""
    cinema = await find_row(request)
    view, _ = await find_showing(request, cinema)
    return await _say(request, cinema, view, None)


async def _say(request: web.Request, cinema: CinemaRow, view: RowView, change: RowChange | None) -> web.Response:
    """Keep a word on a showing, unless it changes nothing."""
    action: Action = "showtime_revert" if change is None else "showtime_correct"
    if change is not None or view.corrected:
        name, now = view.found.id, request.app[CLOCK]()
        detail = dict(told(change))
        await note(request, action, city_id=cinema.city_id, cinema_id=cinema.id, subject=name, detail=detail)
        word = new_word(view, change, who=request[OPERATOR].mark, now=now)
        await request.app[STORE].correct_showtime(word, now=now)
    return done(f"/ops/cinemas/{cinema.id}", action)


async def note(
    request: web.Request,
    action: Action,
    *,
    city_id: str,
    cinema_id: str | None = None,
    subject: str | None = None,
    detail: dict[str, str] | None = None,
) -> None:
    """Leave a line in the journal and in the log."""
    who = request[OPERATOR].mark
    entry = JournalEntry(
        id=f"{action}-{secrets.token_hex(8)}",
        at=request.app[CLOCK](),
        action=action,
        who=who,
        city_id=city_id,
        cinema_id=cinema_id,
        subject=subject,
        detail=detail or {},
    )
    await request.app[STORE].note(entry)
    log.info("console_change", action=action, who=who, city=city_id, cinema=cinema_id, subject=subject)


def done(path: str, action: Action) -> web.Response:
    """On to a page that says what was done."""
    return web.Response(status=303, headers={"Location": f"{path}?done={action}"})


async def _readable(request: web.Request) -> CinemaRow:
    """The cinema that the address names, if it is read at all."""
    row = await find_row(request)
    if row.state != "active":
        raise NotReadError
    return row


async def _correction(store: Store, row: CinemaRow) -> CinemaCorrection:
    """What operators have said of a cinema so far."""
    known = [each for each in await store.corrections(row.city_id) if each.cinema_id == row.id]
    return known[0] if known else CinemaCorrection(cinema_id=row.id, city_id=row.city_id)


ROUTES = (
    web.post("/ops/cities/{city:[a-z0-9-]+}/retry", retry_city),
    web.post("/ops/cinemas/{cinema}/recheck", recheck_cinema),
    web.post("/ops/cinemas/{cinema}/state", set_cinema_state),
    web.post("/ops/cinemas/{cinema}/release", release_quarantine),
    web.post("/ops/cinemas/{cinema}/showtimes/{showtime}", correct_row),
    web.post("/ops/cinemas/{cinema}/showtimes/{showtime}/revert", revert_row),
)
