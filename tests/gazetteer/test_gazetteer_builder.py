"""The builder's choices, without its sources: those are large and only installed where the table is made."""

import csv
import hashlib
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from gazetteer_builder.command import TABLES, read_corrections, read_regions, read_reviewed
from gazetteer_builder.identify import identify, slug
from gazetteer_builder.keys import ALTERNATE, LATER_WORD, PROPER, Key, keys_of, prepared_answers
from gazetteer_builder.labels import acceptable, label, plain_english, zone_cities
from gazetteer_builder.record import Record, Region
from gazetteer_builder.romanise import romanise
from gazetteer_builder.sources import Place, RegisterEntry, read_catalogue_tags
from gazetteer_builder.table import content_digest, issued_ids, write_table
from gazetteer_builder.ukraine import Reviewed, ReviewNeededError, ukrainian_cities

from cinestreamd.gazetteer import Gazetteer
from cinestreamd.gazetteer.database import MAX_RESULTS, SCANNED_NAMES

LVIV_OBLAST = Region("lviv", "Львівська область", "Lviv Oblast", "Львовская область")


def place(geonameid: int = 1, name: str = "Town", **changes: object) -> Place:
    usual = Place(geonameid, name, "PL", "77", 50.0, 20.0, "Europe/Warsaw", 20_000, ())
    return usual._replace(**changes)  # type: ignore[arg-type]  # the tests' own keywords


def record(geonameid: int, en: str, **changes: object) -> Record:
    usual = Record(geonameid, None, en, None, "PL", "77", 50.0, 20.0, "Europe/Warsaw", 20_000, None, (), ())
    return usual._replace(**changes)  # type: ignore[arg-type]  # the tests' own keywords


@pytest.mark.parametrize(
    ("name", "latin"),
    [
        # The examples of the resolution's table.
        ("Алушта", "Alushta"),
        ("Борщагівка", "Borshchahivka"),
        ("Гадяч", "Hadiach"),
        ("Ґалаґан", "Galagan"),
        ("Рогатин", "Rohatyn"),
        ("Єнакієве", "Yenakiieve"),
        ("Гаєвич", "Haievych"),
        ("Короп’є", "Koropie"),
        ("Житомир", "Zhytomyr"),
        ("Згурівка", "Zghurivka"),
        ("Медвин", "Medvyn"),
        ("Їжакевич", "Yizhakevych"),
        ("Кадиївка", "Kadyivka"),
        ("Мар’їне", "Marine"),
        ("Йосипівка", "Yosypivka"),
        ("Стрий", "Stryi"),
        ("Щербухи", "Shcherbukhy"),
        ("Гоща", "Hoshcha"),
        ("Юрій", "Yurii"),
        ("Корюківка", "Koriukivka"),
        ("Яготин", "Yahotyn"),
        ("Ярошенко", "Yaroshenko"),
        ("Знам’янка", "Znamianka"),
        ("Феодосія", "Feodosiia"),
        ("Біла Церква", "Bila Tserkva"),
        ("Івано-Франківськ", "Ivano-Frankivsk"),
        ("Яни Капу", "Yany Kapu"),
        ("Розгін", "Rozghin"),
        ("Щастя", "Shchastia"),
    ],
)
def test_ukrainian_is_romanised_by_the_resolution(name: str, latin: str) -> None:
    assert romanise(name) == latin


@pytest.mark.parametrize(
    ("offered", "language", "taken"),
    [
        ("Бахмут", "uk", "Бахмут"),
        ("Bakhmut", "uk", None),
        ("Здолбунів", "ru", None),
        ("Елец", "uk", "Елец"),
        ("Сыктывкар", "uk", None),
        ("Скоп'є", "uk", "Скоп’є"),
        ("Алексе\u0301евка", "ru", "Алексеевка"),
        ("Галле (Заале)", "uk", "Галле"),
        ("", "uk", None),
    ],
)
def test_a_tagged_name_must_be_in_its_languages_alphabet(offered: str, language: str, taken: str | None) -> None:
    assert acceptable(offered, language) == taken


def test_a_label_is_the_first_acceptable_one_and_never_a_guess() -> None:
    town = place(7, alternates=("Тавн", "Таун"))
    better = {"uk": {7: "Tavn"}, "en": {}, "ru": {7: "Таун"}}
    worse = {"uk": {7: "Ґраун"}, "en": {}, "ru": {7: "Тоун"}}
    assert label(town, "uk", (better, worse), {}) == "Граун"
    assert label(town, "ru", (better, worse), {"ru": "Зона"}) == "Таун"
    nothing: dict[str, dict[int, str]] = {"uk": {}, "en": {}, "ru": {}}
    assert label(town, "uk", (nothing,), {"uk": "Зона"}) == "Зона"
    assert label(town, "uk", (nothing,), {}) is None


@pytest.mark.parametrize(
    ("name", "country", "english"),
    [
        ("Kraków", "PL", "Kraków"),
        ("Zürich", "CH", "Zürich"),
        ("Constanţa", "RO", "Constanța"),
        ("Ghāziābād", "IN", "Ghaziabad"),
        ("Homyel'", "BY", "Homyel"),
        ("Giv`at H\u0331ananya", "IL", "Givat Hananya"),
        ("Ts’khinvali", "GE", "Tskhinvali"),
        ("Xi’an", "CN", "Xi’an"),
        ("L'Hospitalet", "ES", "L’Hospitalet"),
    ],
)
def test_marks_of_a_transliteration_go_and_those_of_an_alphabet_stay(name: str, country: str, english: str) -> None:
    assert plain_english(name, country) == english


def test_a_zones_city_is_its_most_populous_namesake_in_the_zone() -> None:
    places = {
        1: place(1, "London", timezone="Europe/London", population=9_000_000),
        2: place(2, "London", timezone="Europe/London", population=20_000),
        3: place(3, "London", timezone="America/Toronto", population=400_000),
    }
    zones = {"Europe/London": {"en": "London", "uk": "Лондон"}, "Pacific/Fiji": {"en": "Fiji", "uk": "Фіджі"}}
    assert zone_cities(places, zones) == {1: zones["Europe/London"]}


@pytest.mark.parametrize(
    ("name", "readable"),
    [
        ("Kryvyi Rih", "kryvyi-rih"),
        ("Łódź", "lodz"),
        ("’s-Hertogenbosch", "s-hertogenbosch"),
        ("Halle (Saale)", "halle-saale"),
        ("Xi’an", "xian"),
        ("Әһ", ""),
        ("a" * 100, "a" * 60),
    ],
)
def test_a_slug_is_readable_ascii(name: str, readable: str) -> None:
    assert slug(name) == readable


def test_the_first_of_a_name_gets_the_bare_slug_and_namesakes_what_tells_them_apart() -> None:
    records = [
        record(1, "London", country="GB", admin1="ENG"),
        record(2, "London", country="CA", admin1="08"),
        record(3, "London", country="US", admin1="KY"),
        record(4, "London", country="US", admin1="OH"),
        record(5, "London", country="US", admin1="OH"),
        record(6, "Horodok", country="UA", admin1="09"),
        record(7, "Horodok", country="UA", admin1="15", region=LVIV_OBLAST),
        record(8, "京"),
    ]
    assert identify(records, {}) == [
        *("london", "london-ca", "london-us-ky", "london-us-4", "london-us-5"),
        *("horodok", "horodok-ua-lviv", "city-8"),
    ]


def test_an_id_once_given_is_kept_when_another_city_outgrows_its() -> None:
    records = [record(2, "Springfield", country="US", admin1="MA"), record(1, "Springfield", country="US", admin1="MO")]
    assert identify(records, {}) == ["springfield", "springfield-us-mo"]
    assert identify(records, {1: "springfield"}) == ["springfield-us-ma", "springfield"]
    assert identify(records, {1: "springfield", 2: "springfield-us-ma"}) == ["springfield-us-ma", "springfield"]


def test_a_city_is_found_by_its_names_by_written_alternates_and_by_later_words() -> None:
    city = record(
        1, "New York", uk="Нью-Йорк", names=("New York City",), alternates=("Nueva York", "niu yue", "NYC", "Ню")
    )
    assert keys_of(city, 9) == {
        Key("new york", PROPER, 9),
        Key("нью йорк", PROPER, 9),
        Key("new york city", PROPER, 9),
        Key("nueva york", ALTERNATE, 9),
        Key("york", LATER_WORD, 9),
        Key("йорк", LATER_WORD, 9),
        Key("york city", LATER_WORD, 9),
        Key("city", LATER_WORD, 9),
    }


def test_a_prefix_of_many_names_has_its_answer_prepared_names_proper_first() -> None:
    proper = [Key(f"san {rank:04}", PROPER, rank) for rank in range(100, 100 + SCANNED_NAMES)]
    answers = dict(prepared_answers([*proper, Key("sankt", ALTERNATE, 1), Key("saint", LATER_WORD, 2)]))
    assert list(answers) == ["s", "sa", "san"]
    assert answers["san"] == list(range(100, 100 + MAX_RESULTS))
    assert dict(prepared_answers(proper)) == {}
    few = [Key(f"к{number:03}", ALTERNATE, 5) for number in range(SCANNED_NAMES)]
    assert dict(prepared_answers([*few, Key("к", PROPER, 7)]))["к"] == [7, 5]


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    records = [
        record(1, "Kyiv", uk="Київ", ru="Киев", country="UA", timezone="Europe/Kyiv", population=3_000_000),
        record(
            2,
            "Lviv",
            uk="Львів",
            ru="Львов",
            country="UA",
            timezone="Europe/Kyiv",
            region=LVIV_OBLAST,
            lat=49.8,
            lon=24.0,
        ),
    ]
    paths = [tmp_path / "one.sqlite", tmp_path / "two.sqlite"]
    for path in paths:
        write_table(path, records, ["kyiv", "lviv"], {"attribution": "a", "sources": "b"})
    assert len({hashlib.sha256(path.read_bytes()).digest() for path in paths}) == 1
    assert content_digest(paths[0]) == content_digest(paths[1])
    assert issued_ids(paths[0]) == {1: "kyiv", 2: "lviv"}
    assert issued_ids(tmp_path / "none.sqlite") == {}
    other = tmp_path / "other.sqlite"
    write_table(other, [records[0]._replace(ru="Кіев"), records[1]], ["kyiv", "lviv"], {})
    assert content_digest(other) != content_digest(paths[0])


def test_a_written_table_can_be_asked(tmp_path: Path) -> None:
    path = tmp_path / "cities.sqlite"
    lviv = record(2, "Lviv", uk="Львів", country="UA", timezone="Europe/Kyiv", region=LVIV_OBLAST, lat=49.84, lon=24.03)
    write_table(path, [record(1, "Warsaw", lat=52.23, lon=21.01), lviv], ["warsaw", "lviv"], {})
    with Gazetteer(path) as gazetteer:
        found = gazetteer.search("льв")[0]
        nearest = [city.id for city, _ in gazetteer.nearest(52, 21)]
    assert (found.id, found.names.ru, found.timezone) == ("lviv", "Lviv", "Europe/Kyiv")
    assert found.region is not None
    assert found.region.ru == "Львовская область"
    assert nearest == ["warsaw", "lviv"]


def test_a_city_new_to_the_register_or_renamed_in_it_stops_the_build() -> None:
    """Names of Ukraine's cities are never taken over unread."""
    register = {"UA1": RegisterEntry("UA1", "Самар", True, "Львівська"), "UA2": RegisterEntry("UA2", "Село", False, "")}
    row = Reviewed("UA1", "Самар", "Самар", 1, ("Новомосковськ",))
    regions = {"Львівська": LVIV_OBLAST}
    places = {1: place(1, "Novomoskovsk", country="UA")}
    city = ukrainian_cities(register, [row], places, regions, ())[0]
    assert (city.uk, city.en, city.ru, city.names) == ("Самар", "Samar", "Самар", ("Novomoskovsk", "Новомосковськ"))
    for rows in ([], [row._replace(uk="Новомосковськ")], [row, row], [row, row._replace(code="UA3")]):
        with pytest.raises(ReviewNeededError):
            ukrainian_cities(register, rows, places, regions, ())


def test_the_reviewed_table_of_ukraine_is_sound() -> None:
    rows = read_reviewed(TABLES / "ukraine.tsv")
    assert len(rows) == 463 + 9
    assert len({row.code for row in rows}) == len(rows)
    assert len({row.geonameid for row in rows}) == len(rows)
    assert [row.uk for row in rows if row.geonameid == 0] == ["Прип’ять"]
    assert [row for row in rows if not re.fullmatch(r"UA[0-9]{17}", row.code)] == []
    assert [row for row in rows if acceptable(row.uk, "uk") != row.uk or acceptable(row.ru, "ru") != row.ru] == []
    assert [row for row in rows if row.uk in row.other_names or row.ru in row.other_names] == []
    assert len(read_regions(TABLES / "regions.tsv")) == 25


def test_the_corrections_change_something_and_are_in_their_alphabets() -> None:
    corrections = read_corrections(TABLES / "names.tsv")
    with (TABLES / "names.tsv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file, delimiter="\t"))) == len(corrections) + 1
    for correction in corrections.values():
        assert any(correction)
        assert not correction.uk or acceptable(correction.uk, "uk") == correction.uk
        assert not correction.ru or acceptable(correction.ru, "ru") == correction.ru


def test_only_names_of_places_are_read_from_the_catalogues(tmp_path: Path) -> None:
    for language in ("uk", "en", "ru"):
        catalogue = Catalog()
        catalogue.add("703448", f"Kyiv in {language}")
        catalogue.add("UA", "a country")
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        with (folder / "geonames.mo").open("wb") as file:
            write_mo(file, catalogue)
    tags = read_catalogue_tags(tmp_path)
    assert tags == {language: {703448: f"Kyiv in {language}"} for language in ("uk", "en", "ru")}
