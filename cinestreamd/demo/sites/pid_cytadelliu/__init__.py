"""«Під Цитаделлю», Lviv: a café with a screen. Its data is microdata in the visible list."""

from typing import Final

from cinestreamd.demo import films
from cinestreamd.demo.website import CinemaWebsite, Slot

WEBSITE: Final = CinemaWebsite(
    slug="pid-cytadelliu",
    city="lviv",
    name="Кінокав’ярня «Під Цитаделлю»",
    address="вул. Кавова, 12, підвал, Львів",
    lat=49.836,
    lon=24.019,
    language="uk",
    timezone="Europe/Kyiv",
    pages={"": "afisha.html"},
    schedule="",
    booking="stolyk/{key}",
    programme=(
        Slot("12:00", films.HEDGEHOG, "sat sun", language="uk", prices=("90",), sold_out="sat"),
        Slot("16:00", films.WEATHERWOMAN, "sun", language="uk", prices=("110",), cancelled="sun"),
        Slot("18:30", films.BREAD_AT_FOUR, "mon wed fri", language="de", subtitles="uk", prices=("130",)),
        Slot("18:30", films.CHESTNUTS, "tue thu sat", language="fr", subtitles="uk", prices=("130",)),
        Slot("18:30", films.TIDE_1971, "sun", language="uk", prices=("0",)),
        Slot("20:45", films.LAST_TRAM, "mon tue wed thu", language="uk", prices=("130",), sold_out="mon"),
        Slot("20:45", films.SALT_ROAD, "fri sat sun", language="en", subtitles="uk", prices=("150",)),
    ),
)
