"""«Маяк», Kyiv: a film club with one hall. Its data names local times, keeps the booking link in ``url``, no offers."""

from typing import Final

from cinestreamd.demo import films
from cinestreamd.demo.website import CinemaWebsite, Slot

WEBSITE: Final = CinemaWebsite(
    slug="mayak",
    city="kyiv",
    name="Кіноклуб «Маяк»",
    address="узвіз Паперовий, 3-А, Київ",
    lat=50.458,
    lon=30.515,
    language="uk",
    timezone="Europe/Kyiv",
    pages={"": "prohrama.html", "pro-klub.html": "pro_klub.html"},
    schedule="",
    booking="bron.php?kino=mayak&seans={key}",
    programme=(
        Slot("15:00", films.LAST_TRAM, "sat sun", language="uk", subtitles="en"),
        Slot("17:00", films.WEATHERWOMAN, "mon", language="uk"),
        Slot("17:00", films.TIDE_1971, "tue wed thu fri sat sun", language="uk", cancelled="thu"),
        Slot("19:00", films.CHESTNUTS, language="fr", subtitles="uk"),
        Slot("21:10", films.SALT_ROAD, "tue thu sat", language="en", subtitles="uk"),
        Slot("21:10", films.BREAD_AT_FOUR, "mon wed fri sun", language="de", subtitles="uk"),
    ),
)
