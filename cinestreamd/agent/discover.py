"""The cinemas of a city: those that the operator names, those on the map, and those known already, each once."""

import re
from collections.abc import Container, Sequence
from hashlib import sha256
from typing import Final

import msgspec
from yarl import URL

from cinestreamd.agent.films import slug_of
from cinestreamd.agent.osm import distance_km
from cinestreamd.sites.model import CinemaEntry
from cinestreamd.store.base import Cinema, CinemaCorrection
from cinestreamd.store.memory import FoundCinema, Venue

LONGEST_SLUG: Final = 50
# A venue on the map this near to a cinema with the same website or name is that cinema.
SAME_PLACE_KM: Final = 0.3


def cinemas_of(
    city_id: str,
    entries: Sequence[CinemaEntry],
    known: Sequence[Cinema],
    venues: Sequence[Venue] = (),
    corrections: Sequence[CinemaCorrection] = (),
    *,
    found_on_web: Sequence[FoundCinema] = (),
) -> tuple[Cinema, ...]:
    """The cinemas to read, by id. One that is known keeps its id, point and health; the operator's words win.

    Two entries are one cinema when they have the same address, and the same name if several share that address (a
    chain's common page). ``venues`` without a website cannot be read and are left out, as are the cinemas that
    ``corrections`` pause or block. ``found_on_web`` adds cinemas that no other source has, by page and by name.
    """
    found = _found(city_id, entries, known, venues)
    for one in found_on_web:
        _add_found(city_id, one, found)
    for correction in corrections:
        if correction.state == "active":
            _correct(correction, found)
        else:
            found.pop(correction.cinema_id, None)
    return tuple(sorted(found.values(), key=lambda cinema: cinema.id))


def _found(
    city_id: str, entries: Sequence[CinemaEntry], known: Sequence[Cinema], venues: Sequence[Venue]
) -> dict[str, Cinema]:
    """The cinemas of all sources by id, before any correction."""
    by_address: dict[str, list[Cinema]] = {}
    for one in known:
        by_address.setdefault(address_key(one.url), []).append(one)
    found = {one.id: one for one in known}
    for entry in entries:
        if entry.city != city_id:
            continue
        alike = by_address.setdefault(address_key(entry.url), [])
        cinema = _same(entry, alike, found) or _new(city_id, entry, found)
        if cinema.id not in found:
            alike.append(cinema)
        placed = entry.lat is not None and entry.lon is not None
        found[cinema.id] = msgspec.structs.replace(
            cinema,
            name=entry.name,
            url=entry.url,
            address=entry.address or cinema.address,
            lat=entry.lat if placed else cinema.lat,
            lon=entry.lon if placed else cinema.lon,
            source="config",
        )
    for venue in venues:
        if venue.website is not None:
            cinema = _on_map(city_id, venue, found)
            found[cinema.id] = cinema
    return found


def _add_found(city_id: str, one: FoundCinema, found: dict[str, Cinema]) -> None:
    """Add a cinema that a web search found, unless its page or its name is a known cinema's."""
    page, name = address_key(one.url), slug_of(one.name)
    if any(address_key(cinema.url) == page or slug_of(cinema.name) == name for cinema in found.values()):
        return
    entry = CinemaEntry(city=city_id, name=one.name, url=one.url, address=one.address)
    cinema = msgspec.structs.replace(_new(city_id, entry, found), source="claude")
    found[cinema.id] = cinema


def _correct(correction: CinemaCorrection, found: dict[str, Cinema]) -> None:
    """Apply an operator's correction; one with a name and an address adds a cinema that no source knows."""
    cinema = found.get(correction.cinema_id)
    if cinema is None:
        if correction.name is None or correction.url is None:
            return
        cinema = Cinema(
            id=correction.cinema_id,
            city_id=correction.city_id,
            name=correction.name,
            url=correction.url,
            source="operator",
        )
    found[cinema.id] = msgspec.structs.replace(
        cinema,
        name=correction.name or cinema.name,
        url=correction.url or cinema.url,
        address=correction.address or cinema.address,
    )


def _on_map(city_id: str, venue: Venue, found: dict[str, Cinema]) -> Cinema:
    """A venue as a cinema: the one that it is already, with what the map adds, or a new one."""
    website = venue.website or ""
    same = next((cinema for cinema in found.values() if _is_venue(cinema, venue)), None)
    if same is None:
        entry = CinemaEntry(city=city_id, name=venue.name, url=website, address=venue.address)
        same = msgspec.structs.replace(_new(city_id, entry, found), source="openstreetmap")
    own = same.source in ("config", "operator")
    return msgspec.structs.replace(
        same,
        name=same.name if own else venue.name,
        url=same.url if own else website,
        names={**venue.names, **same.names},
        address=same.address or venue.address,
        lat=same.lat if same.lat is not None else venue.lat,
        lon=same.lon if same.lon is not None else venue.lon,
        brand=venue.brand,
        operator=venue.operator,
        wheelchair=venue.wheelchair,
    )


def _is_venue(cinema: Cinema, venue: Venue) -> bool:
    """Whether a cinema is that venue: the same name or website, and not at another place."""
    same_page = address_key(cinema.url) == address_key(venue.website or "")
    same_name = slug_of(cinema.name) == slug_of(venue.name)
    if cinema.lat is None or cinema.lon is None:
        return same_name or (same_page and cinema.source != "openstreetmap")
    near = distance_km(cinema.lat, cinema.lon, venue.lat, venue.lon) <= SAME_PLACE_KM
    return near and (same_page or same_name)


def address_key(url: str) -> str:
    """What makes two addresses of a page the same: scheme, "www." and a trailing slash do not."""
    try:
        parsed = URL(url)
    except ValueError:
        return url
    host = (parsed.raw_host or "").removeprefix("www.")
    port = "" if parsed.is_default_port() else f":{parsed.port}"
    return f"{host}{port}{parsed.raw_path.rstrip('/')}?{parsed.raw_query_string}"


def _same(entry: CinemaEntry, alike: list[Cinema], found: dict[str, Cinema]) -> Cinema | None:
    """The cinema among those of the same address that the entry means."""
    named = [cinema for cinema in alike if found.get(cinema.id, cinema).name == entry.name]
    if named:
        return named[0]
    unclaimed = [cinema for cinema in alike if found.get(cinema.id, cinema).source != "config"]
    return unclaimed[0] if len(alike) == 1 and unclaimed else None


def _new(city_id: str, entry: CinemaEntry, found: dict[str, Cinema]) -> Cinema:
    """A cinema that the site does not know yet, with an id of its own."""
    name = new_cinema_id(city_id, entry.name, entry.url, found)
    return Cinema(id=name, city_id=city_id, name=entry.name, url=entry.url, source="config", address=entry.address)


def new_cinema_id(city_id: str, name: str, url: str, taken: Container[str]) -> str:
    """An id for a cinema that is not known yet: the city's and a slug of the name, told apart from those ``taken``."""
    slug = re.sub(rf"-?{re.escape(city_id)}$", "", slug_of(name))[:LONGEST_SLUG].strip("-") or "cinema"
    cinema_id = f"{city_id}-{slug}"
    if cinema_id in taken:
        cinema_id += "-" + sha256(f"{address_key(url)} {name}".encode()).hexdigest()[:6]
    return cinema_id
