"""``cinestreamd cinemas``: see and correct the cinemas of a city. A correction outlives every rediscovery."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import click
import msgspec

from cinestreamd.addresses import is_web_address
from cinestreamd.agent.discover import new_cinema_id
from cinestreamd.agent.osm import distance_km, read_extract
from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.scrape import chosen_site, known_city
from cinestreamd.cli.table import print_table
from cinestreamd.errors import InvalidInputError, NotFoundError
from cinestreamd.gazetteer import City
from cinestreamd.i18n import N_
from cinestreamd.sites.database import open_store, prepare_store, read_access
from cinestreamd.store.base import Cinema, CinemaCorrection, CinemaState, Store
from cinestreamd.store.memory import Discovery, Venue

MAX_EXTRACT_BYTES: Final = 200_000_000

T = TypeVar("T")

site_option = click.option("--site", "site_name", help="Which site's cinemas; needed when there are several.")
as_json = click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")


class UnknownCinemaError(NotFoundError):
    """The city has no such cinema."""

    code = "unknown_cinema"
    message = N_("{city} has no cinema {cinema}; see: cinestreamd cinemas list {city}")


class CinemaAddressError(InvalidInputError):
    """The address cannot be a cinema's page."""

    code = "cinema_address"
    message = N_("{url!r} is not an http(s) address")


class CinemaNameError(InvalidInputError):
    """The text cannot be shown as a name or a street address."""

    code = "cinema_name"
    message = N_("{text!r} is empty, too long or not printable")


class ExtractFileError(InvalidInputError):
    """The file cannot be read."""

    code = "extract_file"
    message = N_("{path} cannot be read: {problem}")


@click.group()
def cinemas() -> None:
    """See and correct the cinemas of a city; a correction outlives rediscovery."""


@cinemas.command("list")
@click.argument("city")
@site_option
@as_json
@with_place
def list_cinemas(place: Place, city: str, *, site_name: str | None, json_wanted: bool) -> None:
    """List the cinemas of CITY: where each comes from, its state, and how its last reading ended."""

    async def read(store: Store) -> list[dict[str, Any]]:
        known = {cinema.id: cinema for cinema in await store.cinemas(city)}
        corrections = {correction.cinema_id: correction for correction in await store.corrections(city)}
        return [_row(known.get(name), corrections.get(name)) for name in sorted({*known, *corrections})]

    known_city(city)
    rows = _with_store(place, site_name, read)
    if json_wanted:
        print_json(rows)
        return
    keys = ("id", "name", "state", "source", "last_outcome", "url")
    headings = ("id", "name", "state", "source", "last reading", "address of the page")
    print_table(headings, [[row[key] for key in keys] for row in rows])


@cinemas.command()
@click.argument("city")
@click.option("--name", required=True, help="The cinema's name.")
@click.option("--url", required=True, help="Its front page or the page of its schedule.")
@click.option("--address", help="Its street address.")
@site_option
@with_place
def add(place: Place, city: str, *, name: str, url: str, address: str | None, site_name: str | None) -> None:
    """Add a cinema to CITY; its id is printed."""
    known_city(city)
    _check(url, name, address)

    async def put(store: Store) -> str:
        taken = {cinema.id for cinema in await store.cinemas(city)}
        taken |= {correction.cinema_id for correction in await store.corrections(city)}
        cinema_id = new_cinema_id(city, name, url, taken)
        correction = CinemaCorrection(cinema_id=cinema_id, city_id=city, name=name, url=url, address=address)
        await store.correct_cinema(correction, now=datetime.now(UTC))
        return cinema_id

    click.echo(f"{_with_store(place, site_name, put)} will be read with the next scrape of {city}.")


@cinemas.command()
@click.argument("city")
@click.argument("cinema")
@click.option("--name", help="Its right name.")
@click.option("--url", help="The right page.")
@click.option("--address", help="Its right street address.")
@site_option
@with_place
def edit(place: Place, city: str, cinema: str, *, site_name: str | None, **given: str | None) -> None:
    """Correct what was found of a cinema; what is not named stays as it is."""
    _check(given["url"], given["name"], given["address"])
    changes = {key: value for key, value in given.items() if value is not None}
    _correct(place, site_name, city, cinema, changes)
    click.echo(f"{cinema} is corrected.")


def _state_command(name: str, state: CinemaState, doc: str, done: str) -> click.Command:
    @click.argument("city")
    @click.argument("cinema")
    @site_option
    @with_place
    def command(place: Place, city: str, cinema: str, *, site_name: str | None) -> None:
        _correct(place, site_name, city, cinema, {"state": state})
        click.echo(f"{cinema} {done}")

    return click.command(name, help=doc)(command)


for _command in (
    _state_command("pause", "paused", "Do not read a cinema; what is known stays.", "is paused."),
    _state_command("block", "blocked", "Neither read nor show a cinema.", "is blocked; its showtimes are gone."),
    _state_command("resume", "active", "Read a paused or blocked cinema again.", "is read again with the next scrape."),
):
    cinemas.add_command(_command)


@cinemas.command("import")
@click.argument("city")
@click.argument("file", type=click.Path(path_type=Path))
@site_option
@with_place
def import_extract(place: Place, city: str, file: Path, *, site_name: str | None) -> None:
    """Take the cinemas around CITY from an OpenStreetMap extract: Overpass JSON or .osm XML."""
    centre = known_city(city)
    settings = place.settings().discovery
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_EXTRACT_BYTES + 1)
    except OSError as error:
        raise ExtractFileError(path=file, problem=error.strerror) from None
    if len(data) > MAX_EXTRACT_BYTES:
        raise ExtractFileError(path=file, problem=f"larger than {MAX_EXTRACT_BYTES} bytes")
    venues = tuple(venue for venue in read_extract(data) if _is_around(venue, centre, settings.radius_metres))
    discovery = Discovery(city_id=city, asked_at=datetime.now(UTC), venues=venues)
    _with_store(place, site_name, lambda store: store.remember_discovery(discovery))
    readable = sum(venue.website is not None for venue in venues)
    click.echo(f"{len(venues)} cinemas around {city}, {readable} of them with a website.")


def _is_around(venue: Venue, city: City, metres: int) -> bool:
    return distance_km(venue.lat, venue.lon, city.lat, city.lon) * 1000 <= metres


def _correct(place: Place, site_name: str | None, city: str, cinema_id: str, changes: dict[str, Any]) -> None:
    """Lay changes over the cinema's former correction."""
    known_city(city)

    async def put(store: Store) -> None:
        corrections = {correction.cinema_id: correction for correction in await store.corrections(city)}
        known = {cinema.id for cinema in await store.cinemas(city)}
        if cinema_id not in known | corrections.keys():
            raise UnknownCinemaError(city=city, cinema=cinema_id[:80])
        former = corrections.get(cinema_id) or CinemaCorrection(cinema_id=cinema_id, city_id=city)
        await store.correct_cinema(msgspec.structs.replace(former, **changes), now=datetime.now(UTC))

    _with_store(place, site_name, put)


def _check(url: str | None, *texts: str | None) -> None:
    """Refuse what could not be fetched or shown."""
    if url is not None and not is_web_address(url, most=2000):
        raise CinemaAddressError(url=url[:200])
    for text in texts:
        if text is not None and (not text.strip() or not text.isprintable() or len(text) > 200):
            raise CinemaNameError(text=text[:200])


def _row(cinema: Cinema | None, correction: CinemaCorrection | None) -> dict[str, Any]:
    return {
        "id": cinema.id if cinema else correction and correction.cinema_id,
        "name": (correction and correction.name) or (cinema and cinema.name),
        "state": correction.state if correction else "active",
        "source": cinema.source if cinema else "operator",
        "url": (correction and correction.url) or (cinema and cinema.url),
        "address": (correction and correction.address) or (cinema and cinema.address),
        "last_read": cinema and cinema.last_read,
        "last_outcome": cinema and cinema.last_outcome,
        "corrected": correction is not None,
    }


def _with_store(place: Place, site_name: str | None, work: Callable[[Store], Awaitable[T]]) -> T:
    """Run ``work`` on the site's store."""
    site = chosen_site(place, site_name)
    access = read_access(site)
    prepare_store(site, access)

    async def run() -> T:
        store = open_store(site, access.mongo_uri, write_timeout=place.settings().store.write_timeout)
        try:
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())
