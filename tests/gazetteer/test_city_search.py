"""Finding a city by what a person types."""

import sqlite3
from contextlib import closing

import pytest

from cinestreamd.gazetteer import Gazetteer
from cinestreamd.gazetteer.database import packaged_path


def ids(gazetteer: Gazetteer, text: str, *, limit: int = 10) -> list[str]:
    return [city.id for city in gazetteer.search(text, limit=limit)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("Київ", "kyiv"),
        ("київ", "kyiv"),
        ("КИЇВ", "kyiv"),
        ("Kyiv", "kyiv"),
        ("Киев", "kyiv"),
        ("Kиїв", "kyiv"),
        ("Киiв", "kyiv"),
        ("Кyiv", "kyiv"),
        ("Київ\u200f", "kyiv"),
        ("Льв", "lviv"),
        ("львов", "lviv"),
        ("Lviv", "lviv"),
        ("Одес", "odesa"),
        ("Oдеса", "odesa"),
        ("Харк", "kharkiv"),
        ("Кам'янець", "kamianets-podilskyi"),
        ("Кам’янець-Под", "kamianets-podilskyi"),
        ("камянець под", "kamianets-podilskyi"),
        ("Івано-Франківськ", "ivano-frankivsk"),
        ("івано франківськ", "ivano-frankivsk"),
        ("Кривой рог", "kryvyi-rih"),
        ("Самар", "samar"),
        ("Жёлтые Воды", "zhovti-vody"),
        ("желтые воды", "zhovti-vody"),
        ("Лонд", "london"),
        ("лондон", "london"),
        ("Zürich", "zurich"),
        ("zurich", "zurich"),
        ("Цюрих", "zurich"),
        ("Кишинев", "chisinau"),
        ("chisinau", "chisinau"),
        ("Chișinău", "chisinau"),
        ("тель авив", "tel-aviv"),
        ("Тель-Авів", "tel-aviv"),
        ("Wien", "vienna"),
        ("München", "munich"),
        ("Warszawa", "warsaw"),
        ("Praha", "prague"),
        ("new york", "new-york"),
        ("нью йорк", "new-york"),
        ("Saint Petersburg", "saint-petersburg"),
        ("’s-hertogenbosch", "s-hertogenbosch"),
    ],
)
def test_what_is_typed_finds_the_city_first(gazetteer: Gazetteer, typed: str, first: str) -> None:
    assert ids(gazetteer, typed)[:1] == [first]


def test_an_exact_name_goes_before_larger_cities_that_only_begin_so(gazetteer: Gazetteer) -> None:
    """Samara has sixteen times the people of Samar."""
    found = ids(gazetteer, "Самар")
    assert found.index("samar") < found.index("samara")
    assert ids(gazetteer, "York")[0] == "york"


def test_of_equal_matches_the_most_populous_goes_first(gazetteer: Gazetteer) -> None:
    found = gazetteer.search("Миколаїв")
    assert [city.id for city in found[:2]] == ["mykolaiv", "mykolaiv-ua-lviv"]
    londons = [city.id for city in gazetteer.search("London") if city.names.en == "London"]
    assert londons == ["london", "london-ca"]
    springfields = [city.population for city in gazetteer.search("Springfield") if city.names.en == "Springfield"]
    assert springfields == sorted(springfields, reverse=True)
    assert len(springfields) > 5


def test_a_later_word_of_a_name_is_found_after_names_that_begin_so(gazetteer: Gazetteer) -> None:
    found = ids(gazetteer, "york", limit=20)
    assert found.index("york") < found.index("new-york")
    assert "kryvyi-rih" in ids(gazetteer, "ріг")
    assert "ivano-frankivsk" in ids(gazetteer, "франківськ")


def test_no_city_is_given_twice(gazetteer: Gazetteer) -> None:
    """Kyiv begins with к in two languages and in many spellings."""
    for typed in ("к", "ки", "k", "ky", "san", "new"):
        found = ids(gazetteer, typed, limit=50)
        assert len(found) == len(set(found))


@pytest.mark.parametrize("limit", [1, 7, 50])
def test_the_limit_is_kept(gazetteer: Gazetteer, limit: int) -> None:
    assert len(gazetteer.search("а", limit=limit)) == limit
    assert ids(gazetteer, "а", limit=limit) == ids(gazetteer, "а", limit=50)[:limit]


def test_no_more_than_fifty_are_given_and_none_for_no_limit(gazetteer: Gazetteer) -> None:
    assert len(gazetteer.search("s", limit=10_000)) == 50
    assert gazetteer.search("Київ", limit=0) == []
    assert gazetteer.search("Київ", limit=-1) == []


@pytest.mark.parametrize(
    "hostile",
    [
        "",
        "   ",
        "\0",
        "\0" * 10_000,
        "\u200f\u202e\u2066",
        "%",
        "_",
        "к%",
        "'",
        '"',
        "'; DROP TABLE names; --",
        "x' OR '1'='1",
        "*",
        "[а-я]*",
        '{"$ne": 1}',
        "\ud800\udfff",
        "🎬🎬🎬",
        "zzzzzzzzzzzz",
        "ш" * 10_000,
        "\u0301" * 10_000,
        "ﷺ" * 10_000,
        "\U0010ffff",
        "../../etc/passwd",
    ],
)
def test_hostile_text_is_answered_like_any_other(gazetteer: Gazetteer, hostile: str) -> None:
    found = gazetteer.search(hostile)
    assert len(found) <= 10
    if hostile != "к%":
        assert found == []


def test_a_percent_sign_stands_for_nothing(gazetteer: Gazetteer) -> None:
    assert ids(gazetteer, "Льв%") == ids(gazetteer, "Льв")
    assert "lviv" not in ids(gazetteer, "Л____в")


def test_a_question_reads_an_index_and_never_the_whole_table() -> None:
    with closing(sqlite3.connect(packaged_path())) as database:
        plan = database.execute(
            "EXPLAIN QUERY PLAN SELECT min(kind, 1), rank FROM names WHERE key >= 'а' AND key < 'б'"
        )
        assert [row[3] for row in plan] == ["SEARCH names USING PRIMARY KEY (key>? AND key<?)"]
