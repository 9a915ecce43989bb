"""What counts as the same when a name is looked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cinestreamd.gazetteer.folding import LONGEST, fold


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Київ", "киів"),
        ("КИЇВ", "киів"),
        ("  Київ  ", "киів"),
        ("Нью-Йорк", "нью йорк"),
        ("нью йорк", "нью йорк"),
        ("Нью – Йорк", "нью йорк"),
        ("Кам'янське", "камянське"),
        ("Кам’янське", "камянське"),
        ("Камʼянське", "камянське"),
        ("Кам`янське", "камянське"),
        ("Орёл", "орел"),
        ("Ґданськ", "гданськ"),
        ("Zürich", "zurich"),
        ("Łódź", "lodz"),
        ("Chișinău", "chisinau"),
        ("Chişinău", "chisinau"),
        ("São Paulo", "sao paulo"),
        ("Tromsø", "tromso"),
        ("Gießen", "giessen"),
        ("İzmir", "izmir"),
        ("Diyarbakır", "diyarbakir"),
        ("Xi’an", "xian"),
        ("St. Louis", "st louis"),
        ("Район", "район"),
        ("Раи\u0306он", "район"),
        ("Киi\u0308в", "киів"),
    ],
)
def test_a_name_folds_to_its_comparable_form(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@pytest.mark.parametrize(
    ("mixed", "meant"),
    [
        ("Kиїв", "Київ"),
        ("Киïв", "Київ"),
        ("Киiв", "Київ"),
        ("Oдeca", "Одеса"),
        ("Xaркiв", "Харків"),
        ("Bінниця", "Вінниця"),
        ("Мyкачево", "Мукачево"),
        ("Hіжин", "Ніжин"),
        ("Кyiv", "Kyiv"),
        ("Lоndоn", "London"),
        ("Вerlin", "Berlin"),
    ],
)
def test_letters_of_the_other_alphabet_that_look_right_are_right(mixed: str, meant: str) -> None:
    """Only a word that mixes alphabets is changed, to the one that more of its unmistakable letters are in."""
    assert fold(mixed) == fold(meant)


def test_a_word_in_one_alphabet_is_left_in_it() -> None:
    assert fold("COMO") == "como"
    assert fold("СОМО") == "сомо"
    assert fold("Como") != fold("Сомо")


def test_short_i_is_a_letter_of_its_own() -> None:
    assert fold("Йорк") == "йорк"
    assert fold("Иорк") == "иорк"


@pytest.mark.parametrize(
    "nothing", ["", " ", "\t\r\n", "\0", "\u200f\u202e", "%", "_", "'\"`", "—–-", "🎬", "\ud800", "()[]{}", "\ufeff"]
)
def test_a_text_without_letters_or_digits_folds_to_nothing(nothing: str) -> None:
    assert fold(nothing) == ""


def test_invisible_characters_do_not_split_a_word() -> None:
    assert fold("К\u200dи\u00adї\u200fв\0") == "киів"


def test_only_the_beginning_of_a_long_text_is_looked_at() -> None:
    assert fold("а" * 10_000) == "а" * LONGEST


@given(st.text(max_size=300))
def test_folding_takes_any_text_and_changes_nothing_the_second_time(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert not set(folded) & set("%_'\"\0")
