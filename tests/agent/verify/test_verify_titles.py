"""Titles as printed, and what stays of them."""

import pytest

from cinestreamd.agent.verify.titles import clean_title, fold_title, format_names, join_formats, read_marks

# printed, title, format, language, original, subtitles, year
TITLES = [
    ("Дюна: Частина друга", "Дюна: Частина друга", None, None, False, None, None),
    ("Дюна: Частина друга (16+)", "Дюна: Частина друга", None, None, False, None, None),
    ("Дюна 2D", "Дюна", "2D", None, False, None, None),
    ("Дюна (3D)", "Дюна", "3D", None, False, None, None),
    ("Дюна [IMAX 3D]", "Дюна", "IMAX 3D", None, False, None, None),
    ("Дюна 3D IMAX", "Дюна", "IMAX 3D", None, False, None, None),
    ("IMAX: Dune", "Dune", "IMAX", None, False, None, None),
    ("3D Дюна", "Дюна", "3D", None, False, None, None),
    ("Дюна 4DX", "Дюна", "4DX", None, False, None, None),
    ("Dune (Dolby Cinema)", "Dune", "Dolby Cinema", None, False, None, None),
    ("Dune (Dolby Atmos)", "Dune", "Dolby Atmos", None, False, None, None),
    ("Dune - 70mm", "Dune", "70mm", None, False, None, None),
    ("Дюна [мовою оригіналу]", "Дюна", None, None, True, None, None),
    ("Дюна (мовою оригіналу, 16+)", "Дюна", None, None, True, None, None),
    ("Дюна мовою оригіналу", "Дюна", None, None, True, None, None),
    ("Дюна (на языке оригинала)", "Дюна", None, None, True, None, None),
    ("Dune OV", "Dune", None, None, True, None, None),
    ("Dune (OV)", "Dune", None, None, True, None, None),
    ("Dune (OmU)", "Dune", None, None, True, "de", None),
    ("Dune - OmU", "Dune", None, None, True, "de", None),
    ("Dune (OmeU)", "Dune", None, None, True, "en", None),
    ("Dune VOST", "Dune", None, None, True, "fr", None),
    ("Dune (VOSTFR)", "Dune", None, None, True, "fr", None),
    ("Dune (VF)", "Dune", None, "fr", False, None, None),
    ("Dune (V.O.S.E.)", "Dune", None, None, True, "es", None),
    ("Дюна (субтитри)", "Дюна", None, None, False, "und", None),
    ("Дюна (з субтитрами)", "Дюна", None, None, False, "und", None),
    ("Дюна SUB", "Дюна", None, None, False, "und", None),
    ("Дюна (англ. з укр. субтитрами)", "Дюна", None, "en", False, "uk", None),
    ("Дюна (англійською мовою з українськими субтитрами)", "Дюна", None, "en", False, "uk", None),
    ("Dune (English subtitles)", "Dune", None, None, False, "en", None),
    ("Dune (in English with Ukrainian subtitles)", "Dune", None, "en", False, "uk", None),
    ("Diuna (napisy)", "Diuna", None, None, False, "und", None),
    ("Diuna (dubbing)", "Diuna", None, None, False, None, None),
    ("Duna (CZ titulky)", "Duna", None, None, False, "cs", None),
    ("Duna (CZ dabing)", "Duna", None, "cs", False, None, None),
    ("Duna (ENG)", "Duna", None, "en", False, None, None),
    ("Dune (2021)", "Dune", None, None, False, None, 2021),
    ("Dune (2021) (3D) [16+]", "Dune", "3D", None, False, None, 2021),
    ("Dune (12A)", "Dune", None, None, False, None, None),
    ("Dune (15)", "Dune", None, None, False, None, None),
    ("Dune (PG)", "Dune", None, None, False, None, None),
    ("Dune [18+]", "Dune", None, None, False, None, None),
    ("Дюна, 12+", "Дюна", None, None, False, None, None),
    ("Dune | IMAX | OV", "Dune", "IMAX", None, True, None, None),
    ("  Дюна  \u00a0 (2D)  ", "Дюна", "2D", None, False, None, None),
    # What only looks like marks is title.
    ("Blade Runner 2049", "Blade Runner 2049", None, None, False, None, None),
    ("2001: A Space Odyssey", "2001: A Space Odyssey", None, None, False, None, None),
    ("(500) Days of Summer", "(500) Days of Summer", None, None, False, None, None),
    ("8 1/2", "8 1/2", None, None, False, None, None),
    ("Birdman or (The Unexpected Virtue of Ignorance)",) * 2 + (None, None, False, None, None),
    ("Дюна (режисерська версія)", "Дюна (режисерська версія)", None, None, False, None, None),
    ("The French Dispatch", "The French Dispatch", None, None, False, None, None),
    ("The Danish Girl", "The Danish Girl", None, None, False, None, None),
    ("The English Patient", "The English Patient", None, None, False, None, None),
    ("Vip", "Vip", None, None, False, None, None),
    ("Sub", "Sub", None, None, False, None, None),
    ("Up", "Up", None, None, False, None, None),
    ("M", "M", None, None, False, None, None),
    ("1917", "1917", None, None, False, None, None),
    ("IMAX", "IMAX", None, None, False, None, None),
    ("(3D)", "(3D)", None, None, False, None, None),
    ("WALL·E", "WALL·E", None, None, False, None, None),
    ("Kill Bill: Vol. 1", "Kill Bill: Vol. 1", None, None, False, None, None),
    ("Dr. Strangelove (or: How I Learned…)",) * 2 + (None, None, False, None, None),
]


@pytest.mark.parametrize("case", TITLES, ids=[str(case[0]) for case in TITLES])
def test_titles_are_cleaned_of_their_marks(
    case: tuple[str, str, str | None, str | None, bool, str | None, int],
) -> None:
    printed, *expected = case
    clean = clean_title(printed)
    found = [clean.title, clean.format, clean.language, clean.original_language, clean.subtitles, clean.year]
    assert found == expected


def test_cleaning_twice_changes_nothing() -> None:
    for case in TITLES:
        once = clean_title(str(case[0])).title
        assert clean_title(once).title == once


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Дюна: Частина друга", "ДЮНА. ЧАСТИНА ДРУГА"),
        ("П'ять ночей", "П’ять ночей"),
        ("П`ять ночей", "Пʼять ночей"),
        ("Ёжик", "Ежик"),
        ("Spider–Man", "Spider-Man"),
        ("Amélie", "Ame\u0301lie"),
        ("  Dune ", "Dune!"),
    ],
)
def test_titles_that_are_the_same_to_a_reader_fold_alike(one: str, other: str) -> None:
    assert fold_title(one) == fold_title(other)


@pytest.mark.parametrize(("one", "other"), [("Dune", "Dune 2"), ("Дюна", "Dune"), ("Amélie", "Amelia"), ("Up", "Us")])
def test_different_titles_fold_differently(one: str, other: str) -> None:
    assert fold_title(one) != fold_title(other)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("IMAX Laser 3D", "IMAX Laser 3D"),
        ("3d imax", "IMAX 3D"),
        ("XL 3D", "XL 3D"),
        ("2D", "2D"),
        ("3-D", "3D"),
        ("Dolby Cinema 3D", "Dolby Cinema 3D"),
        ("ScreenX", "ScreenX"),
        ("Digital", "Digital"),
        ("", None),
        (" / ", None),
    ],
)
def test_formats_are_written_one_way(text: str, names: str | None) -> None:
    assert join_formats(format_names(text)) == names


@pytest.mark.parametrize("text", ["Вечірній показ", "з", "the film in", "", "English breakfast", None])
def test_a_text_that_is_more_than_marks_says_nothing(text: str | None) -> None:
    assert read_marks(text) is None


def test_year_amid_the_words_stays_and_one_at_the_end_goes() -> None:
    """What is shown must stand on the page: a title is never cut in the middle."""
    amid = clean_title("THE MUMMY (1999) at HYPERREAL FILM CLUB")
    assert (amid.title, amid.year) == ("THE MUMMY (1999) at HYPERREAL FILM CLUB", 1999)
    for raw in ("Nosferatu (1922)", "Nosferatu (1922) 3D", "Nosferatu [1922] (3D)"):
        assert (clean_title(raw).title, clean_title(raw).year) == ("Nosferatu", 1922), raw
