"""Ids of cities: readable slugs that stay what they are."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from cinestreamd.gazetteer.folding import fold
from gazetteer_builder.record import Record

LONGEST: Final = 60


def slug(name: str) -> str:
    """``name`` in lower-case ASCII letters, digits and single hyphens; "" when nothing of it can be."""
    return re.sub(r"[^a-z0-9]+", "-", fold(name))[:LONGEST].strip("-")


def identify(records: Iterable[Record], issued: Mapping[int, str]) -> list[str]:
    """An id for each record, in the order of ``records``, which is that of importance.

    An id that was issued for a geonameid stays. Otherwise the first of a name gets the bare slug ("london"); its
    namesakes add their country when they are alone in it ("london-ca"), else the region too ("horodok-ua-lviv"), and at
    last their geonameid.
    """
    ordered = list(records)
    slugs = [slug(record.en) or f"city-{record.geonameid}" for record in ordered]
    in_country = Counter((name, record.country) for name, record in zip(slugs, ordered, strict=True))
    in_region = Counter((name, record.country, _region(record)) for name, record in zip(slugs, ordered, strict=True))
    taken = {issued[record.geonameid] for record in ordered if record.geonameid in issued}
    ids = []
    for name, record in zip(slugs, ordered, strict=True):
        country, region = record.country.lower(), _region(record)
        offers = [
            name,
            *([f"{name}-{country}"] if in_country[name, record.country] == 1 else []),
            *([f"{name}-{country}-{region}"] if region and in_region[name, record.country, region] == 1 else []),
            f"{name}-{country}-{record.geonameid}",
        ]
        chosen = issued.get(record.geonameid) or next(offer for offer in offers if offer not in taken)
        taken.add(chosen)
        ids.append(chosen)
    return ids


def _region(record: Record) -> str:
    return record.region.slug if record.region else slug(record.admin1)
