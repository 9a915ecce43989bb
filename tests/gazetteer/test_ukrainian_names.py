"""Ukraine, checked against the official register and against rows written by hand from general knowledge."""

import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from cinestreamd.gazetteer import Gazetteer
from cinestreamd.gazetteer.database import packaged_path

REGISTER = Path(__file__).with_name("ukrainian_cities.txt")

# id, Ukrainian, English, Russian
CITIES = [
    ("kyiv", "Київ", "Kyiv", "Киев"),
    ("kharkiv", "Харків", "Kharkiv", "Харьков"),
    ("odesa", "Одеса", "Odesa", "Одесса"),
    ("dnipro", "Дніпро", "Dnipro", "Днепр"),
    ("donetsk", "Донецьк", "Donetsk", "Донецк"),
    ("lviv", "Львів", "Lviv", "Львов"),
    ("zaporizhzhia", "Запоріжжя", "Zaporizhzhia", "Запорожье"),
    ("kryvyi-rih", "Кривий Ріг", "Kryvyi Rih", "Кривой Рог"),
    ("sevastopol", "Севастополь", "Sevastopol", "Севастополь"),
    ("mykolaiv", "Миколаїв", "Mykolaiv", "Николаев"),
    ("mariupol", "Маріуполь", "Mariupol", "Мариуполь"),
    ("luhansk", "Луганськ", "Luhansk", "Луганск"),
    ("vinnytsia", "Вінниця", "Vinnytsia", "Винница"),
    ("simferopol", "Сімферополь", "Simferopol", "Симферополь"),
    ("makiivka", "Макіївка", "Makiivka", "Макеевка"),
    ("chernihiv", "Чернігів", "Chernihiv", "Чернигов"),
    ("khmelnytskyi", "Хмельницький", "Khmelnytskyi", "Хмельницкий"),
    ("poltava", "Полтава", "Poltava", "Полтава"),
    ("cherkasy", "Черкаси", "Cherkasy", "Черкассы"),
    ("chernivtsi", "Чернівці", "Chernivtsi", "Черновцы"),
    ("zhytomyr", "Житомир", "Zhytomyr", "Житомир"),
    ("sumy", "Суми", "Sumy", "Сумы"),
    ("rivne", "Рівне", "Rivne", "Ровно"),
    ("horlivka", "Горлівка", "Horlivka", "Горловка"),
    ("ivano-frankivsk", "Івано-Франківськ", "Ivano-Frankivsk", "Ивано-Франковск"),
    ("kamianske", "Кам’янське", "Kamianske", "Каменское"),
    ("kropyvnytskyi", "Кропивницький", "Kropyvnytskyi", "Кропивницкий"),
    ("ternopil", "Тернопіль", "Ternopil", "Тернополь"),
    ("kremenchuk", "Кременчук", "Kremenchuk", "Кременчуг"),
    ("lutsk", "Луцьк", "Lutsk", "Луцк"),
    ("bila-tserkva", "Біла Церква", "Bila Tserkva", "Белая Церковь"),
    ("kerch", "Керч", "Kerch", "Керчь"),
    ("uzhhorod", "Ужгород", "Uzhhorod", "Ужгород"),
    ("kherson", "Херсон", "Kherson", "Херсон"),
    ("yevpatoriia", "Євпаторія", "Yevpatoriia", "Евпатория"),
    ("yalta", "Ялта", "Yalta", "Ялта"),
    ("feodosiia", "Феодосія", "Feodosiia", "Феодосия"),
    ("sloviansk", "Слов’янськ", "Sloviansk", "Славянск"),
    ("yany-kapu", "Яни Капу", "Yany Kapu", "Яны Капу"),
    ("samar", "Самар", "Samar", "Самар"),
    ("sheptytskyi", "Шептицький", "Sheptytskyi", "Шептицкий"),
    ("zviahel", "Звягель", "Zviahel", "Звягель"),
    ("berestyn", "Берестин", "Berestyn", "Берестин"),
    ("zlatopil", "Златопіль", "Zlatopil", "Златополь"),
    ("siverskodonetsk", "Сіверськодонецьк", "Siverskodonetsk", "Северскодонецк"),
    ("pivdennoukrainsk", "Південноукраїнськ", "Pivdennoukrainsk", "Южноукраинск"),
    ("pivdenne", "Південне", "Pivdenne", "Южное"),
    ("pivdenne-ua-kharkiv", "Південне", "Pivdenne", "Южное"),
    ("bahacheve", "Багачеве", "Bahacheve", "Багачево"),
    ("shakhtarske", "Шахтарське", "Shakhtarske", "Шахтёрское"),
    ("khutir-mykhailivskyi", "Хутір-Михайлівський", "Khutir-Mykhailivskyi", "Хутор-Михайловский"),
    ("otamanivka", "Отаманівка", "Otamanivka", "Атамановка"),
    ("sokolohirsk", "Сокологірськ", "Sokolohirsk", "Сокологорск"),
    ("sorokyne", "Сорокине", "Sorokyne", "Сорокино"),
    ("dovzhansk", "Довжанськ", "Dovzhansk", "Должанск"),
    ("khrustalnyi", "Хрустальний", "Khrustalnyi", "Хрустальный"),
    ("bakhmut", "Бахмут", "Bakhmut", "Бахмут"),
    ("pokrovsk", "Покровськ", "Pokrovsk", "Покровск"),
    ("myrnohrad", "Мирноград", "Myrnohrad", "Мирноград"),
    ("toretsk", "Торецьк", "Toretsk", "Торецк"),
    ("lyman", "Лиман", "Lyman", "Лиман"),
    ("volodymyr", "Володимир", "Volodymyr", "Владимир"),
    ("pereiaslav", "Переяслав", "Pereiaslav", "Переяслав"),
    ("pavlohrad", "Павлоград", "Pavlohrad", "Павлоград"),
    ("podilsk", "Подільськ", "Podilsk", "Подольск"),
    ("chornomorsk", "Чорноморськ", "Chornomorsk", "Черноморск"),
    ("horishni-plavni", "Горішні Плавні", "Horishni Plavni", "Горишние Плавни"),
    ("varash", "Вараш", "Varash", "Вараш"),
    ("snovsk", "Сновськ", "Snovsk", "Сновск"),
    ("oleshky", "Олешки", "Oleshky", "Алёшки"),
    ("kamianets-podilskyi", "Кам’янець-Подільський", "Kamianets-Podilskyi", "Каменец-Подольский"),
    ("mohyliv-podilskyi", "Могилів-Подільський", "Mohyliv-Podilskyi", "Могилёв-Подольский"),
    ("bilhorod-dnistrovskyi", "Білгород-Дністровський", "Bilhorod-Dnistrovskyi", "Белгород-Днестровский"),
    ("novhorod-siverskyi", "Новгород-Сіверський", "Novhorod-Siverskyi", "Новгород-Северский"),
    ("zhovti-vody", "Жовті Води", "Zhovti Vody", "Жёлтые Воды"),
    ("piatykhatky", "П’ятихатки", "Piatykhatky", "Пятихатки"),
    ("znamianka", "Знам’янка", "Znamianka", "Знаменка"),
    ("marinka", "Мар’їнка", "Marinka", "Марьинка"),
    ("okhtyrka", "Охтирка", "Okhtyrka", "Ахтырка"),
    ("koziatyn", "Козятин", "Koziatyn", "Казатин"),
    ("pomichna", "Помічна", "Pomichna", "Помошная"),
    ("hlukhiv", "Глухів", "Hlukhiv", "Глухов"),
    ("nizhyn", "Ніжин", "Nizhyn", "Нежин"),
    ("yahotyn", "Яготин", "Yahotyn", "Яготин"),
    ("boiarka", "Боярка", "Boiarka", "Боярка"),
    ("bucha", "Буча", "Bucha", "Буча"),
    ("irpin", "Ірпінь", "Irpin", "Ирпень"),
    ("horodok", "Городок", "Horodok", "Городок"),
    ("horodok-ua-lviv", "Городок", "Horodok", "Городок"),
    ("mykolaiv-ua-lviv", "Миколаїв", "Mykolaiv", "Николаев"),
    ("chornobyl", "Чорнобиль", "Chornobyl", "Чернобыль"),
    ("prypiat", "Прип’ять", "Prypiat", "Припять"),
    ("uhniv", "Угнів", "Uhniv", "Угнев"),
    ("shchastia", "Щастя", "Shchastia", "Счастье"),
    ("mukachevo", "Мукачево", "Mukachevo", "Мукачево"),
    ("izium", "Ізюм", "Izium", "Изюм"),
    ("yenakiieve", "Єнакієве", "Yenakiieve", "Енакиево"),
    ("slobozhanske", "Слобожанське", "Slobozhanske", "Слобожанское"),
]

# A name of before, and the city that is found by it.
FORMER_NAMES = [
    ("Новомосковськ", "samar"),
    ("Червоноград", "sheptytskyi"),
    ("Новоград-Волинський", "zviahel"),
    ("Красноград", "berestyn"),
    ("Первомайський", "zlatopil"),
    ("Сєвєродонецьк", "siverskodonetsk"),
    ("Северодонецк", "siverskodonetsk"),
    ("Южноукраїнськ", "pivdennoukrainsk"),
    ("Южне", "pivdenne"),
    ("Ватутіне", "bahacheve"),
    ("Першотравенськ", "shakhtarske"),
    ("Дружба", "khutir-mykhailivskyi"),
    ("Кіровоград", "kropyvnytskyi"),
    ("Кировоград", "kropyvnytskyi"),
    ("Дніпропетровськ", "dnipro"),
    ("Днепропетровск", "dnipro"),
    ("Дніпродзержинськ", "kamianske"),
    ("Артемівськ", "bakhmut"),
    ("Красноармійськ", "pokrovsk"),
    ("Краснодон", "sorokyne"),
    ("Комсомольськ", "horishni-plavni"),
    ("Іллічівськ", "chornomorsk"),
    ("Котовськ", "podilsk"),
    ("Кузнецовськ", "varash"),
    ("Щорс", "snovsk"),
    ("Цюрупинськ", "oleshky"),
    ("Красноперекопськ", "yany-kapu"),
    ("Переяслав-Хмельницький", "pereiaslav"),
    ("Володимир-Волинський", "volodymyr"),
    ("Kiev", "kyiv"),
    ("Lvov", "lviv"),
    ("Lemberg", "lviv"),
    ("Odessa", "odesa"),
    ("Kharkov", "kharkiv"),
    ("Chernobyl", "chornobyl"),
]


@pytest.mark.parametrize(("city_id", "uk", "en", "ru"), CITIES, ids=[row[0] for row in CITIES])
def test_a_city_is_shown_by_its_names_of_today(gazetteer: Gazetteer, city_id: str, uk: str, en: str, ru: str) -> None:
    city = gazetteer.get(city_id)
    assert city is not None
    assert (city.names.uk, city.names.en, city.names.ru, city.country) == (uk, en, ru, "UA")


def test_every_city_of_the_register_is_there_once_and_no_other_under_its_name() -> None:
    """The list beside this file was written from the register, so that the test needs no library."""
    lines = [line for line in REGISTER.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    register = Counter((oblast, name) for oblast, name in (line.split("\t") for line in lines))
    assert sum(register.values()) == 463
    with closing(sqlite3.connect(packaged_path())) as database:
        rows = database.execute(
            "SELECT coalesce(r.uk, ''), c.uk FROM cities c LEFT JOIN regions r USING (region) WHERE country = 'UA'"
        ).fetchall()
    table = Counter((region.removesuffix(" область"), name) for region, name in rows)
    assert register - table == Counter()
    # Settlements of more than 15,000 people that are not cities in law.
    assert table - register == Counter(
        {
            ("Донецька", "Пелагіївка"): 1,
            ("Київська", "Білогородка"): 1,
            ("Київська", "Гостомель"): 1,
            ("Київська", "Коцюбинське"): 1,
            ("Київська", "Святопетрівське"): 1,
            ("Київська", "Софіївська Борщагівка"): 1,
            ("Луганська", "Катеринівка"): 1,
            ("Харківська", "Ківшарівка"): 1,
            ("Харківська", "Пісочин"): 1,
        }
    )


@pytest.mark.parametrize(("former", "city_id"), FORMER_NAMES, ids=[row[0] for row in FORMER_NAMES])
def test_a_former_name_still_finds_the_city(gazetteer: Gazetteer, former: str, city_id: str) -> None:
    assert city_id in [city.id for city in gazetteer.search(former)]
    city = gazetteer.get(city_id)
    assert city is not None
    assert former not in {city.names.uk, city.names.en, city.names.ru}


@pytest.mark.parametrize(
    ("city_id", "lat", "lon"),
    [
        ("kyiv", 50.45, 30.52),
        ("lviv", 49.84, 24.03),
        ("odesa", 46.48, 30.73),
        ("kharkiv", 49.99, 36.23),
        ("dnipro", 48.46, 35.04),
        ("mykolaiv", 46.97, 32.00),
        ("mykolaiv-ua-lviv", 49.53, 23.98),
        ("pivdenne", 46.62, 31.10),
        ("pivdenne-ua-kharkiv", 49.88, 36.07),
        ("horodok", 49.17, 26.56),
        ("horodok-ua-lviv", 49.78, 23.65),
        ("uzhhorod", 48.62, 22.29),
        ("simferopol", 44.95, 34.10),
        ("prypiat", 51.41, 30.06),
        ("slobozhanske", 49.59, 36.52),
        ("kamianske", 48.51, 34.60),
    ],
)
def test_a_city_lies_where_it_lies(gazetteer: Gazetteer, city_id: str, lat: float, lon: float) -> None:
    city = gazetteer.get(city_id)
    assert city is not None
    assert [city.lat, city.lon] == pytest.approx([lat, lon], abs=0.05)


def test_namesakes_are_told_apart_by_their_oblast(gazetteer: Gazetteer) -> None:
    found = [city for city in gazetteer.search("Миколаїв") if city.names.uk == "Миколаїв"]
    assert [(city.id, city.region and city.region.uk) for city in found] == [
        ("mykolaiv", "Миколаївська область"),
        ("mykolaiv-ua-lviv", "Львівська область"),
    ]
    regions = [city.region for city in found if city.region]
    assert [region.en for region in regions] == ["Mykolaiv Oblast", "Lviv Oblast"]
    assert [region.ru for region in regions] == ["Николаевская область", "Львовская область"]


def test_the_clocks_are_those_of_ukraine() -> None:
    """The timezone database has a zone of its own for the clocks of Crimea."""
    with closing(sqlite3.connect(packaged_path())) as database:
        rows = database.execute(
            "SELECT t.name, coalesce(r.en, c.en) FROM cities c JOIN timezones t USING (timezone) "
            "LEFT JOIN regions r USING (region) WHERE country = 'UA'"
        ).fetchall()
    crimea = {"Autonomous Republic of Crimea", "Sevastopol"}
    assert {zone for zone, place in rows if place not in crimea} == {"Europe/Kyiv"}
    assert {zone for zone, place in rows if place in crimea} == {"Europe/Simferopol"}


def test_no_district_of_a_city_stands_for_the_city(gazetteer: Gazetteer) -> None:
    """GeoNames lists Kyiv's quarters as places; who is in the middle of Kyiv is in Kyiv."""
    assert [city.id for city, _ in gazetteer.nearest(50.4474, 30.5263, limit=1)] == ["kyiv"]
    assert [city.id for city, _ in gazetteer.nearest(50.0221, 36.3490, limit=1)] == ["kharkiv"]
    assert gazetteer.search("Позняки") == []
