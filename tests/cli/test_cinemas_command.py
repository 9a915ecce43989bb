"""``cinestreamd cinemas``: what an operator says of cinemas stays said."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from product_store import keep_records_here

OVERPASS = {
    "version": 0.6,
    "generator": "Overpass API",
    "elements": [
        {
            "type": "node",
            "id": 1,
            "lat": 49.8400,
            "lon": 24.0300,
            "tags": {"amenity": "cinema", "name": "Ліхтар", "name:en": "Lantern", "website": "https://lantern.example"},
        },
        {"type": "node", "id": 2, "lat": 49.8410, "lon": 24.0310, "tags": {"amenity": "cinema", "name": "Без сайту"}},
        {"type": "node", "id": 3, "lat": 51.5, "lon": -0.1, "tags": {"amenity": "cinema", "name": "Faraway"}},
    ],
}


class Operator:
    """Types commands on one state directory."""

    def __init__(self, state_dir: Path) -> None:
        self.state_dir = state_dir
        assert self("sites", "add", "kino").returncode == 0
        keep_records_here(state_dir / "sites" / "kino")

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run one command."""
        command = [sys.executable, "-m", "cinestreamd", *arguments, "--state-dir", str(self.state_dir)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    def listed(self, city: str) -> list[dict[str, object]]:
        """The city's cinemas, as JSON shows them."""
        rows: list[dict[str, object]] = json.loads(self("cinemas", "list", city, "--json").stdout)
        return rows


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def test_cinema_is_added_corrected_paused_and_blocked(operator: Operator) -> None:
    added = operator("cinemas", "add", "lviv", "--name", "Кінопалац", "--url", "https://palats.example/")
    assert added.stdout.startswith("lviv-kinopalats "), added.stderr
    assert operator("cinemas", "edit", "lviv", "lviv-kinopalats", "--address", "вул. Театральна, 22").returncode == 0
    [row] = operator.listed("lviv")
    assert row["name"] == "Кінопалац"
    assert row["address"] == "вул. Театральна, 22"
    assert (row["state"], row["source"]) == ("active", "operator")
    for word, state in (("pause", "paused"), ("block", "blocked"), ("resume", "active")):
        assert operator("cinemas", word, "lviv", "lviv-kinopalats").returncode == 0
        assert operator.listed("lviv")[0]["state"] == state
    assert operator.listed("lviv")[0]["address"] == "вул. Театральна, 22"


def test_second_cinema_of_a_name_gets_an_id_of_its_own(operator: Operator) -> None:
    for page in ("https://a.example/", "https://b.example/"):
        assert operator("cinemas", "add", "lviv", "--name", "Кінопалац", "--url", page).returncode == 0
    assert len({row["id"] for row in operator.listed("lviv")}) == 2


def test_extract_gives_the_cinemas_around_the_city(operator: Operator, tmp_path: Path) -> None:
    extract = tmp_path / "extract.json"
    extract.write_text(json.dumps(OVERPASS), encoding="utf-8")
    imported = operator("cinemas", "import", "lviv", str(extract))
    assert imported.stdout == "2 cinemas around lviv, 1 of them with a website.\n", imported.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("cinemas", "list", "nowhere-at-all"), 4, "There is no city"),
        (("cinemas", "pause", "lviv", "lviv-none"), 4, "cinemas list lviv"),
        (("cinemas", "add", "lviv", "--name", "K", "--url", "javascript:alert(1)"), 2, "http(s)"),
        (("cinemas", "add", "lviv", "--name", "\u202eK", "--url", "https://k.example/"), 2, "not printable"),
        (("cinemas", "import", "lviv", "/nonexistent"), 2, "cannot be read"),
    ],
)
def test_bad_input_is_one_line(operator: Operator, arguments: tuple[str, ...], code: int, words: str) -> None:
    result = operator(*arguments)
    assert result.returncode == code, result.stderr
    assert words in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert operator.listed("lviv") == []
