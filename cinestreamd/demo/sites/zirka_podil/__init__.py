"""«Зірка на Подолі», Kyiv: three halls. Its data is clean: JSON-LD ScreeningEvents with offsets and offers."""

from typing import Final

from cinestreamd.demo import films
from cinestreamd.demo.website import CinemaWebsite, Slot

ONE, TWO, AURORA = "Зала 1", "Зала 2", "Аврора"

WEBSITE: Final = CinemaWebsite(
    slug="zirka-podil",
    city="kyiv",
    name="Кінотеатр «Зірка на Подолі»",
    address="вул. Зоряна, 7, Київ",
    lat=50.4655,
    lon=30.518,
    language="uk",
    timezone="Europe/Kyiv",
    pages={"": "front.html", "rozklad/": "rozklad.html", "kabinet/": "kabinet.html"},
    schedule="rozklad/",
    booking="kvytky/{key}",
    programme=(
        Slot("10:20", films.HEDGEHOG, hall=TWO, format="2D", language="uk", prices=("130",)),
        Slot("12:10", films.HEDGEHOG, "sat sun", AURORA, format="3D", language="uk", prices=("190",)),
        Slot("14:30", films.LAST_TRAM, hall=ONE, format="2D", language="uk", prices=("160",), cancelled="wed"),
        Slot("16:50", films.NINTH_ORBIT, hall=AURORA, format="XL 3D", language="uk", prices=("240",)),
        Slot("19:30", films.SALT_ROAD, hall=AURORA, format="XL", language="uk", prices=("260",), sold_out="fri sat"),
        Slot("19:30", films.TIDE_2025, hall=ONE, format="2D", language="uk", prices=("180",)),
        Slot(
            "21:40",
            films.SALT_ROAD,
            "mon tue wed thu",
            TWO,
            format="2D",
            language="en",
            subtitles="uk",
            prices=("190",),
        ),
        Slot(
            "21:40",
            films.NINTH_ORBIT,
            "fri sat sun",
            TWO,
            format="3D",
            language="uk",
            prices=("210",),
            cancelled="sun",
        ),
        Slot("24:15", films.WHISPER, hall=ONE, format="2D", language="uk", prices=("170",)),
    ),
)
