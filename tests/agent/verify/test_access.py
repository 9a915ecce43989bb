"""Words that say of a screening for whom it is made accessible."""

import pytest

from cinestreamd.agent.verify.access import access_of


@pytest.mark.parametrize(
    ("said", "ways"),
    [
        ("Dune (Audio Described) 18:30", ("described",)),
        ("Dune [AD] 18:30", ("described",)),
        ("Дюна з аудіодескрипцією, 18:30", ("described",)),
        ("Дюна · тифлокоментар 18:30", ("described",)),
        ("Dune, subtitled for the hard of hearing", ("captioned",)),
        ("Dune HOH 18:30", ("captioned",)),
        ("Дюна, субтитри для нечуючих", ("captioned",)),
        ("Dune: Relaxed Screening", ("relaxed",)),
        ("Dune (Autism-friendly)", ("relaxed",)),
        ("Інклюзивний показ: Дюна", ("relaxed",)),
        ("BSL interpreted, audio-described", ("described", "signed")),
        ("Дюна, переклад жестовою мовою 18:30", ("signed",)),
        ("Relaxed, 18:30", ()),
        ("AD Astra 18:30", ()),
        ("2046 AD, 18:30", ()),
        ("Captain Marvel 18:30 (субтитри)", ()),
        ("Sign of the Cross 18:30", ()),
        ("", ()),
    ],
)
def test_only_plain_words_count(said: str, ways: tuple[str, ...]) -> None:
    assert access_of(said) == ways


def test_all_texts_of_a_row_count_and_none_is_needed() -> None:
    assert access_of("Dune", None, "18:30 (CC)") == ("captioned",)
    assert access_of(None) == ()
