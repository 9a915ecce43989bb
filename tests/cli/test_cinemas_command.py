"""``cinestreamd cinemas``: what an operator says of cinemas stays said."""

import json
from pathlib import Path

import pytest
from command_line import Ended, cinestreamd
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
        assert self("sites", "add", "kino").code == 0
        keep_records_here(state_dir / "sites" / "kino")

    def __call__(self, *arguments: str) -> Ended:
        """Run one command."""
        return cinestreamd(self.state_dir, *arguments)

    def listed(self, city: str) -> list[dict[str, object]]:
        """The city's cinemas, as JSON shows them."""
        rows: list[dict[str, object]] = json.loads(self("cinemas", "list", city, "--json").output)
        return rows


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def test_cinema_is_added_corrected_paused_and_blocked(operator: Operator) -> None:
    added = operator("cinemas", "add", "lviv", "--name", "Кінопалац", "--url", "https://palats.example/")
    assert added.output.startswith("lviv-kinopalats "), added.error
    assert operator("cinemas", "edit", "lviv", "lviv-kinopalats", "--address", "вул. Театральна, 22").code == 0
    [row] = operator.listed("lviv")
    assert row["name"] == "Кінопалац"
    assert row["address"] == "вул. Театральна, 22"
    assert (row["state"], row["source"]) == ("active", "operator")
    for word, state in (("pause", "paused"), ("block", "blocked"), ("resume", "active")):
        assert operator("cinemas", word, "lviv", "lviv-kinopalats").code == 0
        assert operator.listed("lviv")[0]["state"] == state
    assert operator.listed("lviv")[0]["address"] == "вул. Театральна, 22"


def test_second_cinema_of_a_name_gets_an_id_of_its_own(operator: Operator) -> None:
    for page in ("https://a.example/", "https://b.example/"):
        assert operator("cinemas", "add", "lviv", "--name", "Кінопалац", "--url", page).code == 0
    assert len({row["id"] for row in operator.listed("lviv")}) == 2


def test_extract_gives_the_cinemas_around_the_city(operator: Operator, tmp_path: Path) -> None:
    extract = tmp_path / "extract.json"
    extract.write_text(json.dumps(OVERPASS), encoding="utf-8")
    imported = operator("cinemas", "import", "lviv", str(extract))
    assert imported.output == "2 cinemas around lviv, 1 of them with a website.\n", imported.error


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("cinemas", "list", "nowhere-at-all"), 4, "give the beginning of its name"),
        (("cinemas", "list", "kiew"), 4, "likely ones: kyiv"),
        (("cinemas", "pause", "lviv", "lviv-none"), 4, "cinemas list lviv"),
        (("cinemas", "add", "lviv", "--name", "K", "--url", "javascript:alert(1)"), 2, "http(s)"),
        (("cinemas", "add", "lviv", "--name", "\u202eK", "--url", "https://k.example/"), 2, "not printable"),
        (("cinemas", "import", "lviv", "/nonexistent"), 2, "cannot be read"),
    ],
)
def test_bad_input_is_one_line(operator: Operator, arguments: tuple[str, ...], code: int, words: str) -> None:
    result = operator(*arguments)
    assert result.code == code, result
    assert words in result.error
    assert len(result.error.splitlines()) == 1
    assert operator.listed("lviv") == []
