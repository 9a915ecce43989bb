"""The Lantern Picture House, London: one screen. Its data is many VisualArtsEvent blocks, not all of them sound."""

from typing import Final

from cinestreamd.demo import films
from cinestreamd.demo.website import CinemaWebsite, Slot

WEBSITE: Final = CinemaWebsite(
    slug="lantern",
    city="london",
    name="The Lantern Picture House",
    address="44 Tallow Street, London",
    lat=51.546,
    lon=-0.103,
    language="en",
    timezone="Europe/London",
    pages={"": "front.html", "whats-on": "whats_on.html"},
    schedule="whats-on",
    booking="purchase/{key}",
    programme=(
        Slot("11:00", films.HEDGEHOG, "sat sun", prices=("5.00", "7.50")),
        Slot("14:00", films.LETTERS_1948, "mon tue wed thu fri", prices=("6.50",), cancelled="thu"),
        Slot("15:30", films.DEPTFORD, "sat", prices=("7.50", "11.00")),
        Slot("15:30", films.DEPTFORD, "sun", prices=("0",)),
        Slot("18:15", films.HAZEL_FLINT, prices=("7.50", "13.00")),
        Slot("20:45", films.LETTERS_2026, prices=("8.50", "14.00"), sold_out="tue sat"),
        Slot("23:20", films.WHISPER, "fri sat", prices=("10.00",)),
    ),
)
