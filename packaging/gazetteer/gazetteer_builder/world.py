"""The cities outside Ukraine."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from gazetteer_builder.labels import Correction, label, plain_english
from gazetteer_builder.record import Record, Region
from gazetteer_builder.sources import Place, Tags

NO_CORRECTION = Correction(en="", uk="", ru="")


class Naming(NamedTuple):
    """Where names come from, the most trusted first: corrections, tagged sources in order, CLDR by geonameid."""

    corrections: Mapping[int, Correction]
    tagged: tuple[Tags, ...]
    zones: Mapping[int, Mapping[str, str]]


def world_cities(places: Iterable[Place], naming: Naming, states: Mapping[str, str]) -> list[Record]:
    """A record for each place that is not in Ukraine."""
    return [_record(place, naming, states) for place in places if place.country != "UA"]


def _record(place: Place, naming: Naming, states: Mapping[str, str]) -> Record:
    correction = naming.corrections.get(place.geonameid, NO_CORRECTION)
    zone_names = naming.zones.get(place.geonameid, {})
    tagged = [name for tags in naming.tagged for by_id in tags.values() if (name := by_id.get(place.geonameid))]
    state = states.get(place.admin1) if place.country == "US" else None
    return Record(
        geonameid=place.geonameid,
        uk=correction.uk or label(place, "uk", naming.tagged, zone_names),
        en=correction.en or plain_english(place.name, place.country),
        ru=correction.ru or label(place, "ru", naming.tagged, zone_names),
        country=place.country,
        admin1=place.admin1,
        lat=place.lat,
        lon=place.lon,
        timezone=place.timezone,
        population=place.population,
        region=Region(slug=place.admin1.lower(), uk=state, en=state, ru=state) if state else None,
        names=(place.name, *tagged),
        alternates=place.alternates,
    )
