"""The cities of Ukraine: exactly those of the official register, with the names that it gives them today."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from gazetteer_builder.record import Record, Region
from gazetteer_builder.romanise import romanise
from gazetteer_builder.sources import Place, RegisterEntry, Tags

ABSENT_FROM_GEONAMES: Final = {
    # Evacuated in 1986, so without inhabitants; the register still has it as a city. Coordinates of its centre.
    "UA32000000010085013": Place(
        geonameid=0,
        name="Prypiat",
        country="UA",
        admin1="13",
        lat=51.4056,
        lon=30.0569,
        timezone="Europe/Kyiv",
        population=0,
        alternates=(),
    ),
}


class Reviewed(NamedTuple):
    """One row of ukraine.tsv, read by a person against the register. ``geonameid`` is 0 where GeoNames lacks it."""

    code: str
    uk: str
    ru: str
    geonameid: int
    other_names: tuple[str, ...]


class ReviewNeededError(Exception):
    """The register and ukraine.tsv disagree: somebody has to read the rows that are named."""


def ukrainian_cities(
    register: Mapping[str, RegisterEntry],
    reviewed: Iterable[Reviewed],
    places: Mapping[int, Place],
    regions: Mapping[str, Region],
    tagged: tuple[Tags, ...],
) -> list[Record]:
    """A record for each reviewed row.

    Raises:
        ReviewNeededError: a city of the register has no row, or a row's name is not the register's.
    """
    rows = list(reviewed)
    _compare(register, rows)
    return [_record(row, register[row.code], places, regions, tagged) for row in rows]


def _compare(register: Mapping[str, RegisterEntry], rows: list[Reviewed]) -> None:
    rows_by_code = {row.code: row for row in rows}
    missing = [
        f"{entry.code} {entry.name}" for entry in register.values() if entry.is_city and entry.code not in rows_by_code
    ]
    gone = [f"{row.code} {row.uk}" for row in rows if row.code not in register]
    renamed = [
        f"{row.code} {row.uk}, now {register[row.code].name}"
        for row in rows
        if row.code in register and register[row.code].name != row.uk
    ]
    if missing or gone or renamed or len(rows_by_code) != len(rows):
        raise ReviewNeededError(f"without a row: {missing}; not in the register: {gone}; renamed: {renamed}")


def _record(
    row: Reviewed,
    entry: RegisterEntry,
    places: Mapping[int, Place],
    regions: Mapping[str, Region],
    tagged: tuple[Tags, ...],
) -> Record:
    place = places[row.geonameid] if row.geonameid else ABSENT_FROM_GEONAMES[row.code]
    stale = [name for tags in tagged for by_id in tags.values() if (name := by_id.get(row.geonameid))]
    return Record(
        geonameid=row.geonameid,
        uk=entry.name,
        en=romanise(entry.name),
        ru=row.ru,
        country="UA",
        admin1=place.admin1,
        lat=place.lat,
        lon=place.lon,
        timezone=place.timezone,
        population=place.population,
        region=regions[entry.oblast] if entry.oblast else None,
        names=(place.name, *stale, *row.other_names),
        alternates=place.alternates,
    )
