import subprocess
import sys
from datetime import date, datetime
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest

from cinestreamd.i18n import Language
from cinestreamd.store.base import Price
from cinestreamd.web import formats

LANGUAGES = get_args(Language)
SATURDAY = date(2026, 11, 21)


def each(function: Any, *arguments: Any) -> list[str]:
    """The result in Ukrainian, English, Russian, with plain spaces."""
    return [function(*arguments, language).replace("\N{NO-BREAK SPACE}", " ") for language in LANGUAGES]


def test_days() -> None:
    assert each(formats.format_day, SATURDAY) == ["субота, 21 листопада", "Saturday, 21 November", "суббота, 21 ноября"]
    assert each(formats.format_weekday, SATURDAY) == ["сб", "Sat", "сб"]
    assert each(formats.format_day_of_month, date(2026, 5, 1)) == ["1 травня", "1 May", "1 мая"]


def test_clock_is_the_wall_clock_of_the_moments_own_zone() -> None:
    assert formats.format_clock(datetime(2026, 11, 21, 9, 5, tzinfo=ZoneInfo("Europe/London"))) == "09:05"


@pytest.mark.parametrize(
    ("day", "uk", "ru"),
    [
        (16, "ніч на понеділок", "ночь на понедельник"),
        (17, "ніч на вівторок", "ночь на вторник"),
        (18, "ніч на середу", "ночь на среду"),
        (19, "ніч на четвер", "ночь на четверг"),
        (20, "ніч на п’ятницю", "ночь на пятницу"),
        (21, "ніч на суботу", "ночь на субботу"),
        (22, "ніч на неділю", "ночь на воскресенье"),
    ],
)
def test_night(day: int, uk: str, ru: str) -> None:
    local = datetime(2026, 11, day, 0, 30, tzinfo=ZoneInfo("Europe/Kyiv"))
    assert formats.format_night(local, date(2026, 11, day - 1), "uk") == uk
    assert formats.format_night(local, date(2026, 11, day - 1), "ru") == ru
    assert formats.format_night(local, date(2026, 11, day), "uk") is None


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-5, ["щойно", "just now", "только что"]),
        (59, ["щойно", "just now", "только что"]),
        (60, ["1 хвилину тому", "1 minute ago", "1 минуту назад"]),
        (3 * 60, ["3 хвилини тому", "3 minutes ago", "3 минуты назад"]),
        (5 * 60 + 59, ["5 хвилин тому", "5 minutes ago", "5 минут назад"]),
        (2 * 3600, ["2 години тому", "2 hours ago", "2 часа назад"]),
        (3 * 86_400, ["3 дні тому", "3 days ago", "3 дня назад"]),
    ],
)
def test_age(seconds: float, expected: list[str]) -> None:
    assert each(formats.format_age, seconds) == expected


def price(low: int, high: int, currency: str) -> Price:
    return Price(min=low, max=high, currency=currency, text="")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (price(18_000, 18_000, "UAH"), ["180 ₴", "₴180", "180 ₴"]),
        (price(18_000, 24_000, "UAH"), ["180–240 ₴", "₴180–240", "180–240 ₴"]),
        (price(1_250, 1_250, "GBP"), ["12,50 £", "£12.50", "12,50 £"]),
        (price(995, 1_500, "GBP"), ["9,95–15 £", "£9.95–15", "9,95–15 £"]),
        (price(1_200, 1_200, "PLN"), ["12 zł", "12 zł", "12 zł"]),
        (price(2_000, 2_000, "JPY"), ["2 000 JPY", "2,000 JPY", "2 000 JPY"]),
        (price(1_500, 1_500, "KWD"), ["1,500 KWD", "1.500 KWD", "1,500 KWD"]),
        (price(0, 0, "UAH"), ["безкоштовно", "free", "бесплатно"]),
        (price(0, 5_000, "UAH"), ["0–50 ₴", "₴0–50", "0–50 ₴"]),
    ],
)
def test_price(given: Price, expected: list[str]) -> None:
    """Minor units: 100 to the hryvnia, none to the yen, 1000 to the dinar of Kuwait (ISO 4217)."""
    assert each(formats.format_price, given) == expected


def test_length() -> None:
    assert each(formats.format_minutes, 165) == ["2 год 45 хв", "2 h 45 min", "2 ч 45 мин"]
    assert each(formats.format_minutes, 120) == ["2 год", "2 h", "2 ч"]
    assert each(formats.format_minutes, 48) == ["48 хв", "48 min", "48 мин"]


def test_distance_and_number() -> None:
    assert each(formats.format_distance, 0.4) == ["менше 1 км", "less than 1 km", "меньше 1 км"]
    assert each(formats.format_distance, 1234.4) == ["1 234 км", "1,234 km", "1 234 км"]
    assert each(formats.format_number, 34_006) == ["34 006", "34,006", "34 006"]


def test_languages_and_countries() -> None:
    assert each(formats.language_name, "en-GB") == ["англійська", "English", "английский"]
    assert each(formats.language_name, "xx") == ["xx", "xx", "xx"]
    assert [formats.language_label(code) for code in ("uk", "en", "ru-RU", "pl", "de_AT")] == [
        "UA",
        "EN",
        "RU",
        "PL",
        "DE",
    ]
    assert each(formats.country_name, "UA") == ["Україна", "Ukraine", "Украина"]
    assert each(formats.country_name, "XX") == ["XX", "XX", "XX"]


ALL_THAT_IS_WRITTEN = """
from datetime import date
from cinestreamd.store.base import Price
from cinestreamd.web import formats
if {light}:
    formats.load_formats()
for language in formats.LOCALES:
    for month in range(1, 13):
        for form in (formats.format_day, formats.format_weekday, formats.format_day_of_month):
            print(form(date(2026, month, month), language))
    for seconds in (0, 60, 300, 3600, 7200, 86400, 700000, 3000000, 9e7):
        print(formats.format_age(seconds, language), formats.format_number(int(seconds) * 7, language))
    for currency in ("UAH", "GBP", "PLN", "JPY", "XYZ"):
        print(formats.format_price(Price(min=15050, max=20000, currency=currency, text=""), language))
    for code in ("en", "uk", "ja", "UA", "GB", "JP"):
        print(formats.language_name(code, language), formats.country_name(code, language))
"""


def test_what_is_let_go_of_the_locale_data_was_never_written() -> None:
    whole, light = (
        subprocess.run(
            [sys.executable, "-c", ALL_THAT_IS_WRITTEN.replace("{light}", str(light))],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for light in (False, True)
    )
    assert whole == light
    assert len(whole.splitlines()) == 3 * (36 + 9 + 5 + 6)
