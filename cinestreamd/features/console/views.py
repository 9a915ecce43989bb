"""The pages of the console that show something."""

from collections import Counter
from datetime import UTC, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from aiohttp import web
from msgspec import Meta, Struct

from cinestreamd.features.console.charts import run_timeline
from cinestreamd.features.console.cities import CityRow, city_rows
from cinestreamd.features.console.health import ORDER, CinemaRow, Health, cinema_rows, readings_of
from cinestreamd.features.console.overview import read_overview
from cinestreamd.features.console.page import PARAMETERS, console_page
from cinestreamd.features.console.rows import RowView, corrected_rows, read_row
from cinestreamd.features.console.runs import read_run
from cinestreamd.features.console.shown import shown_at
from cinestreamd.features.console.spending import read_spending
from cinestreamd.store.base import UnknownShowtimeError
from cinestreamd.web.inputs import InvalidFieldError, parse_query
from cinestreamd.web.keys import CLOCK, CONSOLE, GAZETTEER, SETTINGS, SITE, STORE
from cinestreamd.web.language import language_of
from cinestreamd.web.places import CinemaNotFoundError, find_location

RUNS: Final = 100
READINGS: Final = 20
SHOWTIMES: Final = 200
ENTRIES: Final = 500

CityId = Annotated[str, Meta(max_length=80, pattern=r"\A[a-z0-9][a-z0-9-]*\Z")]


class InCity(Struct, frozen=True):
    """One city, or all."""

    city: CityId | None = None


class CinemasWanted(InCity, frozen=True):
    """The cinemas of a state of health."""

    health: Health | None = None


class Moment(Struct, frozen=True):
    """A moment of the site's own clocks; by default the present."""

    at: Annotated[str, Meta(max_length=20)] = ""


async def show_overview(request: web.Request) -> web.Response:
    """GET /ops/: the site at one look."""
    app = request.app
    overview = await read_overview(
        app[STORE],
        state=await app[CONSOLE].state(),
        cities=await _cities(request),
        claude=app[SETTINGS].claude,
        now=app[CLOCK](),
    )
    return console_page(request, "overview.html", view=overview)


async def show_cities(request: web.Request) -> web.Response:
    """GET /ops/cities: how old each city's data is, and when it is read next."""
    return console_page(request, "cities.html", rows=await _cities(request))


async def show_cinemas(request: web.Request) -> web.Response:
    """GET /ops/cinemas: how the cinemas are, the worst first; ``city`` and ``health`` choose some."""
    wanted = parse_query(request, CinemasWanted)
    rows = await cinema_rows(request.app[STORE], wanted.city)
    counts = Counter(row.health for row in rows)
    chosen = [row for row in rows if wanted.health in (None, row.health)]
    return console_page(request, "cinemas.html", rows=chosen, counts=counts, order=ORDER, wanted=wanted)


async def show_cinema(request: web.Request) -> web.Response:
    """GET /ops/cinemas/{cinema}: its last readings, and what it shows with the excerpts."""
    store, now = request.app[STORE], request.app[CLOCK]()
    row = await find_row(request)
    readings = await readings_of(store, row.city_id, row.id, limit=READINGS)
    showtimes = await store.showtimes(row.city_id, since=now, cinema_id=row.id)
    report = await store.report(readings[0].run.id) if readings else None
    told = next((each for each in report.cinemas if each.cinema_id == row.id), None) if report is not None else None
    return console_page(
        request,
        "cinema.html",
        cinema=row,
        readings=readings,
        showtimes=showtimes[:SHOWTIMES],
        more=max(len(showtimes) - SHOWTIMES, 0),
        corrections=await corrected_rows(store, row.city_id, row.id, now=now),
        told=told,
    )


async def show_row(request: web.Request) -> web.Response:
    """GET /ops/cinemas/{cinema}/showtimes/{showtime}: one showing, to be corrected."""
    cinema = await find_row(request)
    view, _ = await find_showing(request, cinema)
    return console_page(request, "row.html", cinema=cinema, view=view)


async def find_showing(request: web.Request, cinema: CinemaRow) -> tuple[RowView, ZoneInfo]:
    """The showing that the address names, and its city's timezone.

    Raises:
        UnknownShowtimeError: the cinema has no such showing to come.
    """
    app = request.app
    location = await find_location(app[STORE], app[GAZETTEER], cinema.city_id)
    zone = ZoneInfo(location.timezone)
    name, language = request[PARAMETERS]["showtime"], language_of(request)
    view = await read_row(app[STORE], cinema.city_id, name, now=app[CLOCK](), zone=zone, language=language)
    if view.found.cinema_id != cinema.id:
        raise UnknownShowtimeError
    return view, zone


async def find_row(request: web.Request) -> CinemaRow:
    """The cinema that the address names.

    Raises:
        CinemaNotFoundError: the site knows none of that id.
    """
    store, cinema_id = request.app[STORE], request[PARAMETERS]["cinema"]
    cinema = await store.cinema(cinema_id)
    rows = await cinema_rows(store, cinema.city_id if cinema is not None else None)
    row = next((row for row in rows if row.id == cinema_id), None)
    if row is None:
        raise CinemaNotFoundError
    return row


async def show_runs(request: web.Request) -> web.Response:
    """GET /ops/runs: the latest runs, of one ``city`` or of all."""
    wanted = parse_query(request, InCity)
    runs = await request.app[STORE].runs(wanted.city, limit=RUNS)
    return console_page(request, "runs.html", view={"runs": runs}, wanted=wanted)


async def show_run(request: web.Request) -> web.Response:
    """GET /ops/runs/{run}: all that is known of a run."""
    view = await read_run(request.app[STORE], request[PARAMETERS]["run"])
    names = {source.result.cinema_id: source.name for source in view.sources}
    timeline = run_timeline(view.report, names) if view.report is not None else None
    return console_page(request, "run.html", view=view, timeline=timeline)


async def show_shown(request: web.Request) -> web.Response:
    """GET /ops/cities/{city}/shown: what the city showed at a moment (``at``), and why."""
    app = request.app
    location = await find_location(app[STORE], app[GAZETTEER], request[PARAMETERS]["city"])
    zone = ZoneInfo(app[SITE].settings.timezone)
    moment = _moment(parse_query(request, Moment).at, zone) or app[CLOCK]()
    return console_page(
        request,
        "shown.html",
        city_id=location.id,
        city=location.names.of(language_of(request)),
        at=f"{moment.astimezone(zone):%Y-%m-%dT%H:%M}",
        moment=moment,
        rows=await shown_at(app[STORE], location.id, moment),
    )


def _moment(text: str, zone: ZoneInfo) -> datetime | None:
    """The moment that a form's field of date and time names, in the site's timezone; None for nothing."""
    if not text:
        return None
    try:
        local = datetime.fromisoformat(text)
        return local.replace(tzinfo=zone).astimezone(UTC) if local.tzinfo is None else local.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidFieldError(field="at") from None


async def show_journal(request: web.Request) -> web.Response:
    """GET /ops/journal: what was done in the console, the latest first."""
    entries = await request.app[STORE].journal(limit=ENTRIES)
    return console_page(request, "journal.html", view={"journal": entries})


async def show_spending(request: web.Request) -> web.Response:
    """GET /ops/spending: what Claude costs."""
    app = request.app
    return console_page(
        request, "spending.html", view=await read_spending(app[STORE], app[SETTINGS].claude, app[CLOCK]())
    )


async def _cities(request: web.Request) -> list[CityRow]:
    app = request.app
    scrape = app[SETTINGS].scrape
    return await city_rows(
        app[STORE],
        app[GAZETTEER],
        app[SITE],
        language=language_of(request),
        now=app[CLOCK](),
        stale_after_seconds=scrape.stale_after_seconds,
        viewed_within_days=scrape.viewed_within_days,
    )


ROUTES = (
    web.get("/ops/", show_overview),
    web.get("/ops/cities", show_cities),
    web.get("/ops/cities/{city:[a-z0-9-]+}/shown", show_shown),
    web.get("/ops/cinemas", show_cinemas),
    web.get("/ops/cinemas/{cinema}", show_cinema),
    web.get("/ops/cinemas/{cinema}/showtimes/{showtime}", show_row),
    web.get("/ops/runs", show_runs),
    web.get("/ops/runs/{run}", show_run),
    web.get("/ops/spending", show_spending),
    web.get("/ops/journal", show_journal),
)
