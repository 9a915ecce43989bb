"""«Левандія», Lviv: three halls. Its data is one ``@graph`` that refers to films and halls by ``@id``."""

from typing import Final

from cinestreamd.demo import films
from cinestreamd.demo.website import CinemaWebsite, Slot

GREEN, RED, BLUE = "Зелена зала", "Червона зала", "Синя зала"

WEBSITE: Final = CinemaWebsite(
    slug="levandia",
    city="lviv",
    name="Кінопалац «Левандія»",
    address="вул. Лавандова, 21, Львів",
    lat=49.842,
    lon=23.97,
    language="uk",
    timezone="Europe/Kyiv",
    pages={"": "front.html", "seansy/": "seansy.html"},
    schedule="seansy/",
    booking="seansy/{key}/kupyty",
    programme=(
        Slot("11:00", films.HEDGEHOG, hall=GREEN, format="2D", language="uk", prices=("110", "140")),
        Slot("13:30", films.WEATHERWOMAN, hall=RED, format="2D", language="uk", prices=("100", "120")),
        Slot("16:10", films.NINTH_ORBIT, hall=BLUE, format="3D", language="uk", prices=("170", "210")),
        Slot("19:00", films.LAST_TRAM, hall=GREEN, format="2D", language="uk", prices=("150", "190")),
        Slot(
            "19:00",
            films.LAST_TRAM,
            "fri sat",
            RED,
            format="2D",
            language="uk",
            prices=("150", "190"),
            sold_out="sat",
        ),
        Slot(
            "19:00",
            films.TIDE_2025,
            "mon tue wed thu sun",
            RED,
            format="2D",
            language="uk",
            prices=("150", "180"),
            sold_out="tue",
        ),
        Slot(
            "21:30",
            films.SALT_ROAD,
            hall=BLUE,
            format="2D",
            language="uk",
            prices=("160", "200"),
            cancelled="wed",
        ),
        Slot("24:20", films.WHISPER, hall=RED, format="2D", language="en", subtitles="uk", prices=("150", "170")),
    ),
)
