"""A city is found although it was typed in the wrong keyboard layout, or with one slip."""

import time

import pytest

from cinestreamd.gazetteer import Gazetteer
from cinestreamd.gazetteer.misspelling import one_slip_away, other_layouts


@pytest.mark.parametrize(
    ("typed", "city_id"),
    [
        ("rb]d", "kyiv"),
        ("rbsd", "kyiv"),
        ("RBSD", "kyiv"),
        ("kmdsd", "lviv"),
        ("jltcf", "odesa"),
        ("[fhrsd", "kharkiv"),
        ("кыъв", "kyiv"),
        ("дщтвщт", "london"),
        ("лнши", "kyiv"),
        ("lvvi", "lviv"),
        ("Лвів", "lviv"),
        ("Одесса", "odesa"),
        ("Харкыв", "kharkiv"),
        ("Днипрр", "dnipro"),
        ("Londno", "london"),
        ("Lonndon", "london"),
        ("lyjghj", "dnipro"),
    ],
)
def test_a_misspelt_city_comes_first(gazetteer: Gazetteer, typed: str, city_id: str) -> None:
    found = gazetteer.search(typed)
    assert found
    assert found[0].id == city_id


def test_what_is_spelt_rightly_brings_no_guesses(gazetteer: Gazetteer) -> None:
    assert {city.names.en[:4] for city in gazetteer.search("Lviv")} == {"Lviv"}


@pytest.mark.parametrize("typed", ["qqqqqq", "zzz", "ъъъъъ", "!!!!", "x" * 500, "[[[[", "שלום"])
def test_what_is_near_nothing_finds_nothing(gazetteer: Gazetteer, typed: str) -> None:
    assert gazetteer.search(typed) == []


def test_the_same_keys_in_other_layouts() -> None:
    assert "київ" in other_layouts("rb]d")
    assert "львів" in other_layouts("KMDSD")
    assert "london" in other_layouts("дщтвщт")


def test_each_kind_of_slip() -> None:
    near = set(one_slip_away("lviv"))
    assert {"lvv", "lvivv", "lvov", "lvvi", "vliv"} <= near
    assert "lviv" not in near
    assert list(one_slip_away("abc")) == []


def test_a_guess_is_quick(gazetteer: Gazetteer) -> None:
    """The best of ten tries, each a text that no name is near to, in every layout."""
    gazetteer.search("kyiv")
    times = []
    for _ in range(10):
        begun = time.perf_counter()
        gazetteer.search("qzxwqzxwqzxw")
        times.append(time.perf_counter() - begun)
    assert min(times) < 0.1
