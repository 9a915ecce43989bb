"""Heron Dock Cinema, London: three screens, a page for each film. Its data nests screenings inside Movies."""

from typing import Final

from cinestreamd.demo import films
from cinestreamd.demo.website import CinemaWebsite, Slot

ONE, TWO, BIG = "Screen 1", "Screen 2", "The Big Dock"

WEBSITE: Final = CinemaWebsite(
    slug="heron-dock",
    city="london",
    name="Heron Dock Cinema",
    address="2 Wharf Lane, London",
    lat=51.503,
    lon=-0.035,
    language="en",
    timezone="Europe/London",
    pages={"": "front.html", "whats-on/": "whats_on.html", "film/{film}/": "film.html"},
    schedule="whats-on/",
    booking="book/{key}/",
    programme=(
        Slot("12:30", films.OTTERS, hall=ONE, format="2D", prices=("8.00", "11.00")),
        Slot("15:15", films.HEDGEHOG, hall=TWO, format="3D", prices=("9.00", "12.50")),
        Slot("17:40", films.NINTH_ORBIT, hall=BIG, format="XL 3D", prices=("14.00", "19.00"), cancelled="mon"),
        Slot("19:45", films.SALT_ROAD, hall=BIG, format="XL", prices=("14.00", "19.50"), sold_out="fri"),
        Slot(
            "19:45",
            films.LAST_TRAM,
            hall=ONE,
            format="2D",
            language="uk",
            subtitles="en",
            prices=("9.50", "13.00"),
            sold_out="wed",
        ),
        Slot("22:10", films.DEPTFORD, "mon tue wed thu", TWO, format="2D", prices=("9.50", "13.00")),
        Slot("22:10", films.SALT_ROAD, "fri sat sun", TWO, format="2D", prices=("11.00", "15.00")),
        Slot("24:15", films.WHISPER, hall=ONE, format="2D", prices=("10.00",)),
    ),
)
