"""Cities outside Ukraine, by rows written by hand."""

import pytest

from cinestreamd.gazetteer import Gazetteer

# id, Ukrainian, English, Russian, country, timezone
CITIES = [
    ("london", "Лондон", "London", "Лондон", "GB", "Europe/London"),
    ("london-ca", "Лондон", "London", "Лондон", "CA", "America/Toronto"),
    ("warsaw", "Варшава", "Warsaw", "Варшава", "PL", "Europe/Warsaw"),
    ("krakow", "Краків", "Kraków", "Краков", "PL", "Europe/Warsaw"),
    ("wroclaw", "Вроцлав", "Wrocław", "Вроцлав", "PL", "Europe/Warsaw"),
    ("lodz", "Лодзь", "Łódź", "Лодзь", "PL", "Europe/Warsaw"),
    ("gdansk", "Гданськ", "Gdańsk", "Гданьск", "PL", "Europe/Warsaw"),
    ("berlin", "Берлін", "Berlin", "Берлин", "DE", "Europe/Berlin"),
    ("hamburg", "Гамбург", "Hamburg", "Гамбург", "DE", "Europe/Berlin"),
    ("munich", "Мюнхен", "Munich", "Мюнхен", "DE", "Europe/Berlin"),
    ("cologne", "Кельн", "Cologne", "Кёльн", "DE", "Europe/Berlin"),
    ("paris", "Париж", "Paris", "Париж", "FR", "Europe/Paris"),
    ("nice", "Ніцца", "Nice", "Ницца", "FR", "Europe/Paris"),
    ("madrid", "Мадрид", "Madrid", "Мадрид", "ES", "Europe/Madrid"),
    ("barcelona", "Барселона", "Barcelona", "Барселона", "ES", "Europe/Madrid"),
    ("lisbon", "Лісабон", "Lisbon", "Лиссабон", "PT", "Europe/Lisbon"),
    ("rome", "Рим", "Rome", "Рим", "IT", "Europe/Rome"),
    ("milan", "Мілан", "Milan", "Милан", "IT", "Europe/Rome"),
    ("venice", "Венеція", "Venice", "Венеция", "IT", "Europe/Rome"),
    ("vienna", "Відень", "Vienna", "Вена", "AT", "Europe/Vienna"),
    ("prague", "Прага", "Prague", "Прага", "CZ", "Europe/Prague"),
    ("brno", "Брно", "Brno", "Брно", "CZ", "Europe/Prague"),
    ("bratislava", "Братислава", "Bratislava", "Братислава", "SK", "Europe/Bratislava"),
    ("budapest", "Будапешт", "Budapest", "Будапешт", "HU", "Europe/Budapest"),
    ("bucharest", "Бухарест", "Bucharest", "Бухарест", "RO", "Europe/Bucharest"),
    ("iasi", "Ясси", "Iași", "Яссы", "RO", "Europe/Bucharest"),
    ("chisinau", "Кишинів", "Chișinău", "Кишинёв", "MD", "Europe/Chisinau"),
    ("sofia", "Софія", "Sofia", "София", "BG", "Europe/Sofia"),
    ("belgrade", "Белград", "Belgrade", "Белград", "RS", "Europe/Belgrade"),
    ("zagreb", "Загреб", "Zagreb", "Загреб", "HR", "Europe/Zagreb"),
    ("athens", "Афіни", "Athens", "Афины", "GR", "Europe/Athens"),
    ("istanbul", "Стамбул", "Istanbul", "Стамбул", "TR", "Europe/Istanbul"),
    ("izmir", "Ізмір", "İzmir", "Измир", "TR", "Europe/Istanbul"),
    ("tbilisi", "Тбілісі", "Tbilisi", "Тбилиси", "GE", "Asia/Tbilisi"),
    ("yerevan", "Єреван", "Yerevan", "Ереван", "AM", "Asia/Yerevan"),
    ("tel-aviv", "Тель-Авів", "Tel Aviv", "Тель-Авив", "IL", "Asia/Jerusalem"),
    ("jerusalem", "Єрусалим", "Jerusalem", "Иерусалим", "IL", "Asia/Jerusalem"),
    ("vilnius", "Вільнюс", "Vilnius", "Вильнюс", "LT", "Europe/Vilnius"),
    ("riga", "Рига", "Riga", "Рига", "LV", "Europe/Riga"),
    ("tallinn", "Таллінн", "Tallinn", "Таллин", "EE", "Europe/Tallinn"),
    ("helsinki", "Гельсінкі", "Helsinki", "Хельсинки", "FI", "Europe/Helsinki"),
    ("stockholm", "Стокгольм", "Stockholm", "Стокгольм", "SE", "Europe/Stockholm"),
    ("oslo", "Осло", "Oslo", "Осло", "NO", "Europe/Oslo"),
    ("copenhagen", "Копенгаген", "Copenhagen", "Копенгаген", "DK", "Europe/Copenhagen"),
    ("reykjavik", "Рейк’явік", "Reykjavík", "Рейкьявик", "IS", "Atlantic/Reykjavik"),
    ("dublin", "Дублін", "Dublin", "Дублин", "IE", "Europe/Dublin"),
    ("brussels", "Брюссель", "Brussels", "Брюссель", "BE", "Europe/Brussels"),
    ("the-hague", "Гаага", "The Hague", "Гаага", "NL", "Europe/Amsterdam"),
    ("zurich", "Цюрих", "Zürich", "Цюрих", "CH", "Europe/Zurich"),
    ("geneva", "Женева", "Geneva", "Женева", "CH", "Europe/Zurich"),
    ("minsk", "Мінськ", "Minsk", "Минск", "BY", "Europe/Minsk"),
    ("astana", "Астана", "Astana", "Астана", "KZ", "Asia/Almaty"),
    ("tashkent", "Ташкент", "Tashkent", "Ташкент", "UZ", "Asia/Tashkent"),
    ("new-york", "Нью-Йорк", "New York", "Нью-Йорк", "US", "America/New_York"),
    ("los-angeles", "Лос-Анджелес", "Los Angeles", "Лос-Анджелес", "US", "America/Los_Angeles"),
    ("chicago", "Чикаго", "Chicago", "Чикаго", "US", "America/Chicago"),
    ("toronto", "Торонто", "Toronto", "Торонто", "CA", "America/Toronto"),
    ("montreal", "Монреаль", "Montreal", "Монреаль", "CA", "America/Toronto"),
    ("sao-paulo", "Сан-Паулу", "São Paulo", "Сан-Паулу", "BR", "America/Sao_Paulo"),
    ("buenos-aires", "Буенос-Айрес", "Buenos Aires", "Буэнос-Айрес", "AR", "America/Argentina/Buenos_Aires"),
    ("tokyo", "Токіо", "Tokyo", "Токио", "JP", "Asia/Tokyo"),
    ("seoul", "Сеул", "Seoul", "Сеул", "KR", "Asia/Seoul"),
    ("beijing", "Пекін", "Beijing", "Пекин", "CN", "Asia/Shanghai"),
    ("delhi", "Делі", "Delhi", "Дели", "IN", "Asia/Kolkata"),
    ("dubai", "Дубай", "Dubai", "Дубай", "AE", "Asia/Dubai"),
    ("cairo", "Каїр", "Cairo", "Каир", "EG", "Africa/Cairo"),
    ("sydney", "Сідней", "Sydney", "Сидней", "AU", "Australia/Sydney"),
    ("melbourne", "Мельбурн", "Melbourne", "Мельбурн", "AU", "Australia/Melbourne"),
]


@pytest.mark.parametrize("row", CITIES, ids=[row[0] for row in CITIES])
def test_a_city_has_its_names_country_and_clock(gazetteer: Gazetteer, row: tuple[str, ...]) -> None:
    city = gazetteer.get(row[0])
    assert city is not None
    assert (city.id, city.names.uk, city.names.en, city.names.ru, city.country, city.timezone) == row


def test_english_stands_in_where_no_source_names_a_city_in_ukrainian_or_russian(gazetteer: Gazetteer) -> None:
    city = gazetteer.get("parauapebas")
    assert city is not None
    assert (city.names.uk, city.names.en) == ("Parauapebas", "Parauapebas")


def test_states_tell_american_namesakes_apart(gazetteer: Gazetteer) -> None:
    found = {city.id: city.region.en for city in gazetteer.search("Springfield", limit=50) if city.region}
    assert found["springfield-us-ma"] == "Massachusetts"
    assert found["springfield-us-il"] == "Illinois"


def test_what_is_no_city_is_none(gazetteer: Gazetteer) -> None:
    for city_id in (
        "",
        "nowhere",
        "KYIV",
        "kyiv ",
        "kyiv\n",
        "kyiv\0",
        "київ",
        "\ud800",
        "'; DROP TABLE cities",
        "x" * 10_000,
    ):
        assert gazetteer.get(city_id) is None
