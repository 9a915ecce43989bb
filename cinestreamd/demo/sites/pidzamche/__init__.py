"""«На Підзамчі», Lviv: a club that writes letters. Its page has no data and no structure, only prose."""

from typing import Final

from cinestreamd.demo import films
from cinestreamd.demo.website import CinemaWebsite, Slot

WEBSITE: Final = CinemaWebsite(
    slug="pidzamche",
    city="lviv",
    name="Кіноклуб «На Підзамчі»",
    address="вул. Жовківська, 5, двір, Львів",
    lat=49.85,
    lon=24.04,
    language="uk",
    timezone="Europe/Kyiv",
    pages={"": "lyst.html"},
    schedule="",
    booking="krislo/{key}",
    programme=(
        Slot("16:10", films.HEDGEHOG, "sat sun", prices=("80",)),
        Slot("19:15", films.LAST_TRAM, "mon thu", prices=("120",)),
        Slot("19:15", films.WEATHERWOMAN, "tue", prices=("100",)),
        Slot("19:15", films.CHESTNUTS, "wed sat", prices=("120",)),
        Slot("19:15", films.NINTH_ORBIT, "fri", prices=("140",)),
        Slot("19:15", films.BREAD_AT_FOUR, "sun", prices=("120",)),
    ),
)
