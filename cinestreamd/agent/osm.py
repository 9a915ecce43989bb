"""Cinemas in OpenStreetMap data: the answer of an Overpass server, or an extract as .osm XML.

Data © OpenStreetMap contributors, ODbL; what comes from it has the source "openstreetmap" and can be told apart.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from math import asin, cos, radians, sin, sqrt
from typing import Annotated, Final
from xml.parsers import expat

import msgspec
from msgspec import Meta, Struct

from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import LANGUAGES, N_
from cinestreamd.store.memory import Venue, Wheelchair

EARTH_KM: Final = 6371.0
# A cinema drawn as a building and marked by a node inside is one cinema.
SAME_PLACE_KM: Final = 0.15
LONGEST: Final = 300

_WHEELCHAIR: Final[dict[str, Wheelchair]] = {"yes": "yes", "limited": "limited", "no": "no"}


class BadExtractError(InvalidInputError):
    """The data are no OpenStreetMap extract that can be read."""

    code = "bad_osm_extract"
    message = N_("This is not OpenStreetMap data: {problem}.")


class Point(Struct, frozen=True):
    """Degrees."""

    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]


class Element(Struct, frozen=True):
    """One element of an Overpass answer with ``out center``."""

    type: str
    id: int
    lat: float | None = None
    lon: float | None = None
    center: Point | None = None
    tags: dict[str, str] = {}


class Answer(Struct, frozen=True):
    """An Overpass answer. ``remark`` tells of a query that failed although the status is 200."""

    elements: list[Element]
    remark: str | None = None


def read_extract(data: bytes) -> tuple[Venue, ...]:
    """The cinemas of an extract file: Overpass JSON or .osm XML.

    Raises:
        BadExtractError: it is neither.
    """
    start = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    return read_xml(data) if start.startswith(b"<") else venues_of(read_answer(data).elements)


def read_answer(data: bytes) -> Answer:
    """An Overpass answer in JSON.

    Raises:
        BadExtractError: it is none, or it tells that the query failed.
    """
    try:
        answer = msgspec.json.decode(data, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadExtractError(problem=str(error)[:200]) from None
    if answer.remark and "error" in answer.remark.lower():
        raise BadExtractError(problem=answer.remark[:200])
    return answer


def read_xml(data: bytes) -> tuple[Venue, ...]:
    """The cinemas of an .osm XML file; those drawn as areas are at the middle of their nodes, if the file has these.

    Raises:
        BadExtractError: it is no XML, or XML with entities of its own.
    """
    collector = _Collector()
    parser = expat.ParserCreate()
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadExtractError(problem=str(error)) from None
    return venues_of(collector.elements())


def venues_of(elements: Iterable[Element]) -> tuple[Venue, ...]:
    """The working cinemas among ``elements``, each once, by their reference."""
    found: list[Venue] = []
    for element in sorted(elements, key=lambda element: (element.type != "node", element.type, element.id)):
        venue = _venue(element)
        if venue is None:
            continue
        place = next((i for i, other in enumerate(found) if _same(other, venue)), None)
        if place is None:
            found.append(venue)
        else:
            found[place] = _richer(found[place], venue)
    return tuple(found)


def distance_km(lat: float, lon: float, lat_2: float, lon_2: float) -> float:
    """The distance of two points in kilometres (haversine)."""
    half = sin(radians(lat_2 - lat) / 2) ** 2
    half += cos(radians(lat)) * cos(radians(lat_2)) * sin(radians(lon_2 - lon) / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, half)))


def _venue(element: Element) -> Venue | None:
    tags = element.tags
    if tags.get("amenity") != "cinema" or any(tags.get(key) == "yes" for key in ("disused", "abandoned", "demolished")):
        return None
    point = element.center or (
        Point(element.lat, element.lon) if element.lat is not None and element.lon is not None else None
    )
    names: dict[str, str] = {language: text for language in LANGUAGES if (text := _text(tags.get(f"name:{language}")))}
    name = _text(tags.get("name")) or next(iter(names.values()), None) or _text(tags.get("brand"))
    if point is None or name is None:
        return None
    screens = re.fullmatch(r"\d{1,2}", tags.get("screen", "").strip())
    return Venue(
        ref=f"{element.type}/{element.id}",
        name=name,
        lat=point.lat,
        lon=point.lon,
        names=names,
        website=_website(tags),
        address=_address(tags),
        brand=_text(tags.get("brand")),
        operator=_text(tags.get("operator")),
        wheelchair=_WHEELCHAIR.get(tags.get("wheelchair", "")),
        wikidata=tags.get("wikidata") if re.fullmatch(r"Q\d{1,12}", tags.get("wikidata", "")) else None,
        screens=int(screens[0]) if screens else None,
    )


def _text(value: str | None) -> str | None:
    """A tag's text on one line, without control characters."""
    cleaned = "".join(" " if unicodedata.category(letter) in ("Cc", "Cs") else letter for letter in value or "")
    return " ".join(cleaned.split())[:LONGEST] or None


def _website(tags: Mapping[str, str]) -> str | None:
    """The first usable of a cinema's addresses; several in one tag are separated by semicolons."""
    for key in ("website", "contact:website", "url", "website:uk", "website:en"):
        for text in tags.get(key, "").split(";"):
            address = text.strip()
            if re.match(r"(?:www\.)?[\w-]+(?:\.[\w-]+)+(?:[/?].*)?\Z", address):
                address = "https://" + address
            if re.fullmatch(r"https?://[^\s<>\"\\]{4,500}", address, re.IGNORECASE):
                return address
    return None


def _address(tags: Mapping[str, str]) -> str | None:
    full = _text(tags.get("addr:full"))
    if full:
        return full
    street = _text(tags.get("addr:street") or tags.get("addr:place"))
    parts = [street, _text(tags.get("addr:housenumber")) if street else None, _text(tags.get("addr:city"))]
    return ", ".join(part for part in parts if part) or None


def _same(one: Venue, other: Venue) -> bool:
    if distance_km(one.lat, one.lon, other.lat, other.lon) > SAME_PLACE_KM:
        return False
    return one.name.casefold() == other.name.casefold() or (one.website is not None and one.website == other.website)


def _richer(kept: Venue, extra: Venue) -> Venue:
    """``kept`` with what only ``extra`` says."""
    gaps = {
        field: getattr(extra, field)
        for field in ("website", "address", "brand", "operator", "wheelchair", "wikidata", "screens")
        if getattr(kept, field) is None
    }
    return msgspec.structs.replace(kept, names={**extra.names, **kept.names}, **gaps)


def _refuse_entity(*_: object) -> None:
    raise BadExtractError(problem="it declares entities of its own")


class _Collector:
    """Collects nodes, ways and relations while an .osm file is parsed."""

    def __init__(self) -> None:
        self._points: dict[str, Point] = {}
        self._way_nodes: dict[str, list[str]] = {}
        self._open: tuple[str, str] | None = None
        self._tags: dict[str, str] = {}
        self._members: list[tuple[str, str]] = []
        self._found: list[tuple[str, str, dict[str, str], list[tuple[str, str]]]] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if name in ("node", "way", "relation"):
            self._open, self._tags, self._members = (name, attributes.get("id", "")), {}, []
            if name == "node":
                self._place(attributes)
        elif name == "tag":
            self._tags[attributes.get("k", "")] = attributes.get("v", "")
        elif name == "nd":
            self._members.append(("node", attributes.get("ref", "")))
        elif name == "member":
            self._members.append((attributes.get("type", ""), attributes.get("ref", "")))

    def end(self, name: str) -> None:
        """An element ends."""
        if self._open is None or name != self._open[0]:
            return
        kind, number = self._open
        if kind == "way":
            self._way_nodes[number] = [ref for _, ref in self._members]
        if self._tags.get("amenity") == "cinema":
            self._found.append((kind, number, self._tags, self._members))
        self._open = None

    def elements(self) -> list[Element]:
        """The cinemas with their points."""
        found = []
        for kind, number, tags, members in self._found:
            point = self._points.get(number) if kind == "node" else self._middle(members)
            if point is not None and re.fullmatch(r"-?\d{1,18}", number):
                found.append(Element(type=kind, id=int(number), center=point, tags=tags))
        return found

    def _place(self, attributes: dict[str, str]) -> None:
        try:
            point = Point(float(attributes["lat"]), float(attributes["lon"]))
        except (KeyError, ValueError):
            return
        if abs(point.lat) <= 90 and abs(point.lon) <= 180:
            self._points[attributes.get("id", "")] = point

    def _middle(self, members: list[tuple[str, str]]) -> Point | None:
        """The middle of the box around an area's nodes, as Overpass has it."""
        refs = [ref for kind, ref in members if kind == "node"]
        refs += [node for kind, ref in members if kind == "way" for node in self._way_nodes.get(ref, ())]
        points = [self._points[ref] for ref in refs if ref in self._points]
        if not points:
            return None
        lats, lons = [point.lat for point in points], [point.lon for point in points]
        return Point((min(lats) + max(lats)) / 2, (min(lons) + max(lons)) / 2)
