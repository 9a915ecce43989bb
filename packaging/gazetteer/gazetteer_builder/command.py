"""The builder's command: read, choose, identify, write or compare."""

import argparse
import csv
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cinestreamd.gazetteer.database import packaged_path
from gazetteer_builder import sources
from gazetteer_builder.identify import identify
from gazetteer_builder.labels import Correction, zone_cities
from gazetteer_builder.record import Record, Region
from gazetteer_builder.table import content_digest, issued_ids, write_table
from gazetteer_builder.ukraine import Reviewed, ukrainian_cities
from gazetteer_builder.world import Naming, world_cities

TABLES: Final = Path(__file__).parent.parent
ATTRIBUTION: Final = (
    "Contains data from GeoNames (https://www.geonames.org), CC BY 4.0, changed; names of Ukraine's cities from the "
    "official register KATOTTG; some names from Unicode CLDR (Unicode License v3)."
)


def main() -> int:
    """Build the table, or with ``--check`` compare: 0 when it is what the sources give, else 1."""
    options = _options()
    records = collect(options.locale_dir)
    ids = identify(records, {} if options.fresh_ids else issued_ids(options.output))
    about = {"attribution": ATTRIBUTION, "sources": sources.versions()}
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / "cities.sqlite"
        write_table(built, records, ids, about)
        digest = content_digest(built)
        if options.check:
            committed = content_digest(options.output)
            sys.stdout.write(f"built {digest}\ncommitted {committed}\n")
            return int(digest != committed)
        options.output.write_bytes(built.read_bytes())
    sys.stdout.write(f"{options.output}: {len(records)} cities, {options.output.stat().st_size} bytes, {digest}\n")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Build cinestreamd's table of cities from its sources.")
    parser.add_argument("--output", type=Path, default=packaged_path(), help="the table to write or check")
    parser.add_argument("--check", action="store_true", help="write nothing, tell whether a build would change it")
    parser.add_argument("--fresh-ids", action="store_true", help="do not keep the ids of the table that is there")
    parser.add_argument(
        "--locale-dir",
        type=Path,
        default=Path("/usr/share/locale"),
        help="where libgeonames-common keeps its catalogues",
    )
    return parser.parse_args()


def collect(locale_dir: Path) -> list[Record]:
    """All cities, the most populous first; of two alike the Ukrainian one, then the one with the lower geonameid."""
    cities = sources.read_places(15000)
    tagged = (sources.read_preferred_tags(), sources.read_catalogue_tags(locale_dir))
    zones = zone_cities(cities, sources.read_zone_cities())
    naming = Naming(read_corrections(TABLES / "names.tsv"), tagged, zones)
    records = world_cities(cities.values(), naming, sources.read_states())
    records += ukrainian_cities(
        sources.read_register(),
        read_reviewed(TABLES / "ukraine.tsv"),
        sources.read_places(500) | cities,
        read_regions(TABLES / "regions.tsv"),
        tagged,
    )
    return sorted(records, key=lambda record: (-record.population, record.country != "UA", record.geonameid))


def read_reviewed(path: Path) -> list[Reviewed]:
    """The rows of ukraine.tsv."""
    return [
        Reviewed(row["code"], row["uk"], row["ru"], int(row["geonameid"] or 0), _listed(row["other_names"]))
        for row in _rows(path)
    ]


def read_regions(path: Path) -> dict[str, Region]:
    """Ukraine's oblasts by the name that the register gives them."""
    return {row["name"]: Region(row["slug"], row["uk"], row["en"], row["ru"]) for row in _rows(path)}


def read_corrections(path: Path) -> dict[int, Correction]:
    """The names corrected by hand, by geonameid."""
    return {int(row["geonameid"]): Correction(row["en"], row["uk"], row["ru"]) for row in _rows(path)}


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in names.split(",") if name.strip())


def _rows(path: Path) -> list[Mapping[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
