"""Which showings are of one film, and under which id."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from cinestreamd.agent.films import completed, film_id, identify_films, slug_of
from cinestreamd.agent.verify import Showing
from cinestreamd.store.base import Evidence, Film, Titles

START = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
SHOWING = Showing(
    title="Дюна",
    raw_title="Дюна",
    start_time=START,
    business_day=date(2026, 11, 21),
    evidence=Evidence(url="https://zirka.example/", quote="19:30", fetched_at=START),
    reader="test",
    page_language="uk",
)


def showing(title: str, year: int | None = None, original: str | None = None, language: str | None = "uk") -> Showing:
    return msgspec.structs.replace(
        SHOWING, title=title, raw_title=title, year=year, original_title=original, page_language=language
    )


def ids(*showings: Showing, known: tuple[Film, ...] = ()) -> list[str]:
    found, _ = identify_films(showings, known)
    return [found[i] for i in range(len(showings))]


@pytest.mark.parametrize(
    ("title", "year", "expected"),
    [
        ("Dune", 2021, "dune-2021"),
        ("Dune: Part Two", 2024, "dune-part-two-2024"),
        ("Dune", None, "dune"),
        ("8 1/2", 1963, "8-1-2-1963"),
        ("It's", None, "its"),
    ],
)
def test_an_ascii_title_and_its_year_are_the_id(title: str, year: int | None, expected: str) -> None:
    assert film_id(title, year) == expected


@pytest.mark.parametrize(
    ("text", "slug"),
    [
        ("Дюна", "diuna"),
        ("Їжак Тиміш", "izhak-tymish"),
        ("Щедрик", "shchedryk"),
        ("Zażółć gęślą", "zazolc-gesla"),
        ("Amélie", "amelie"),
        ("Ёлки", "elky"),
        ("סרט", ""),
        ("", ""),
    ],
)
def test_slugs(text: str, slug: str) -> None:
    assert slug_of(text) == slug


def test_titles_that_are_not_ascii_are_told_apart_by_a_hash() -> None:
    assert film_id("Дюна", 2021) != film_id("Diuna", 2021)
    assert film_id("סרט", None).startswith("film-")
    assert film_id("סרט", None) != film_id("אחר", None)
    assert film_id("Дюна", 2021) == film_id("ДЮНА", 2021)


def test_one_title_at_two_cinemas_is_one_film() -> None:
    assert len(set(ids(showing("Дюна"), showing("ДЮНА!"), showing("Дюна", 2021)))) == 1


def test_years_that_differ_are_different_films() -> None:
    assert ids(showing("Dune", 1984), showing("Dune", 2021)) == ["dune-1984", "dune-2021"]


def test_a_title_without_year_joins_neither_of_two_films() -> None:
    assert ids(showing("Dune"), showing("Dune", 1984), showing("Dune", 2021)) == ["dune", "dune-1984", "dune-2021"]


def test_the_original_title_joins_languages() -> None:
    """A Ukrainian page names both titles, an English and another Ukrainian one only their own."""
    found = ids(showing("Дюна"), showing("Dune", None, None, "en"), showing("Дюна", 2021, "Dune"))
    assert found == ["dune-2021"] * 3


def test_titles_are_kept_by_the_language_of_their_page() -> None:
    _, films = identify_films([showing("Дюна", 2021, "Dune"), showing("Дюна", None, None, "ru")], ())
    (film,) = films
    assert film.titles == Titles(original="Dune", uk="Дюна", ru="Дюна")
    assert film.year == 2021


def test_a_known_film_keeps_its_id_when_its_year_becomes_known() -> None:
    known = (Film(id="dune", titles=Titles(original="Dune")),)
    found, films = identify_films([showing("Dune", 2021)], known)
    assert found == {0: "dune"}
    assert films[0].year == 2021


def test_a_known_film_is_found_when_a_page_stops_naming_the_year() -> None:
    known = (Film(id="dune-2021", titles=Titles(original="Dune", uk="Дюна"), year=2021, duration_minutes=155),)
    found, films = identify_films([showing("Дюна")], known)
    assert found == {0: "dune-2021"}
    assert films[0] == known[0]


def test_a_known_film_of_another_year_is_not_taken() -> None:
    known = (Film(id="dune-1984", titles=Titles(original="Dune"), year=1984),)
    assert ids(showing("Dune", 2021), known=known) == ["dune-2021"]


def test_of_two_known_films_neither_is_guessed() -> None:
    known = (
        Film(id="dune-1984", titles=Titles(original="Dune"), year=1984),
        Film(id="dune-2021", titles=Titles(original="Dune"), year=2021),
    )
    assert ids(showing("Dune"), known=known) == ["dune"]


def test_ids_do_not_depend_on_the_order_of_pages() -> None:
    some = [showing("Дюна"), showing("Dune", 2021, None, "en"), showing("Дюна", 2021, "Dune")]
    assert set(ids(*some)) == set(ids(*reversed(some))) == {"dune-2021"}


def test_what_another_city_has_told_of_a_film_stays() -> None:
    """One record a film: a city whose pages say less takes nothing away."""
    known = Film(
        id="dune-2021",
        titles=Titles(original="Dune", uk="Дюна", ru="Дюна: часть"),
        year=2021,
        duration_minutes=155,
        poster_url="https://kyiv.example/1.jpg",
    )
    news = Film(id="dune-2021", titles=Titles(original="Dune", en="Dune", uk="Дюна!"), year=2021, duration_minutes=156)
    other = Film(id="arrival", titles=Titles(original="Arrival"))
    merged, alone = completed([news, other], [known])
    assert merged.titles == Titles(original="Dune", uk="Дюна!", en="Dune", ru="Дюна: часть")
    assert (merged.duration_minutes, merged.poster_url) == (156, "https://kyiv.example/1.jpg")
    assert alone == other
