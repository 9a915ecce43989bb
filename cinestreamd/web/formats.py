"""Dates, times, prices, distances and names as people of each language write them."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Final, cast

from babel import Locale, localedata
from babel.core import get_global
from babel.dates import format_date, format_timedelta
from babel.numbers import format_decimal, get_currency_precision

from cinestreamd.i18n import LANGUAGE_LABELS, N_, Language, parse_language, translations
from cinestreamd.store.base import Price
from cinestreamd.web.text import clean_text

# English as written in Europe: 24-hour clock, the day before the month.
LOCALES: Final[dict[Language, Locale]] = {
    "uk": Locale("uk"),
    "en": Locale("en", "GB"),
    "ru": Locale("ru"),
}
_UNWRITTEN: Final = (
    *("time_zones", "meta_zones", "zone_formats", "currency_names", "currency_names_plural", "compound_unit_patterns"),
    *("compact_decimal_formats", "compact_currency_formats", "interval_formats", "unit_display_names", "scripts"),
    *("datetime_skeletons", "variants", "typographic_qualities"),
)
"""Parts of Babel's locale data that nothing here writes."""
_UNASKED: Final = (
    *("likely_subtags", "language_aliases", "territory_aliases", "territory_languages"),
    *("territory_zones", "zone_territories", "zone_aliases", "meta_zones", "windows_zone_mapping"),
)
"""Tables for guessing at locales, for what is spoken where, and for naming timezones: nothing here asks for them."""

_SYMBOLS: Final = {"UAH": "₴", "GBP": "£", "EUR": "€", "USD": "$", "PLN": "zł", "CZK": "Kč"}
_MAX_CODE: Final = 12
_NIGHTS: Final = (
    N_("night into Monday"),
    N_("night into Tuesday"),
    N_("night into Wednesday"),
    N_("night into Thursday"),
    N_("night into Friday"),
    N_("night into Saturday"),
    N_("night into Sunday"),
)


@lru_cache(maxsize=512)
def format_day(day: date, language: Language) -> str:
    """A day in full: "субота, 21 листопада"."""
    return format_date(day, "EEEE, d MMMM", locale=LOCALES[language])


@lru_cache(maxsize=512)
def format_weekday(day: date, language: Language) -> str:
    """The short weekday: "сб"."""
    return format_date(day, "EEE", locale=LOCALES[language])


@lru_cache(maxsize=512)
def format_day_of_month(day: date, language: Language) -> str:
    """Day and month: "21 листопада"."""
    return format_date(day, "d MMMM", locale=LOCALES[language])


def format_clock(local: datetime) -> str:
    """The wall clock of a moment in its own timezone: "18:40"."""
    return _clock(local.hour, local.minute)


@lru_cache(maxsize=1440)
def _clock(hour: int, minute: int) -> str:
    return f"{hour:02}:{minute:02}"


def format_night(local: datetime, business_day: date, language: Language) -> str | None:
    """What to say of a showing after midnight ("ніч на неділю"); None when it is on its business day itself."""
    if local.date() == business_day:
        return None
    return translations(language).gettext(_NIGHTS[local.weekday()])


def format_age(seconds: float, language: Language) -> str:
    """How long ago: "5 хвилин тому"."""
    return _format_age(int(seconds // 60), language)


@lru_cache(maxsize=4096)
def _format_age(minutes: int, language: Language) -> str:
    if minutes < 1:
        return translations(language).gettext("just now")
    return format_timedelta(
        -minutes * 60, add_direction=True, threshold=1.2, granularity="minute", locale=LOCALES[language]
    )


@lru_cache(maxsize=1024)
def format_number(number: int, language: Language) -> str:
    """A whole number with the language's grouping: "1 234"."""
    return format_decimal(number, locale=LOCALES[language])


@lru_cache(maxsize=512)
def format_minutes(minutes: int, language: Language) -> str:
    """A film's length on one line: "2 h 45 min"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        template = N_("%(minutes)s min")
    elif not rest:
        template = N_("%(hours)s h")
    else:
        template = N_("%(hours)s h %(minutes)s min")
    length = translations(language).gettext(template) % {"hours": hours, "minutes": rest}
    return length.replace(" ", "\N{NO-BREAK SPACE}")


def format_length(kilometres: float, language: Language) -> str:
    """The length of a map's bar: "500 m", "2 km"."""
    text = translations(language)
    if kilometres < 1:
        return text.gettext("%(number)s m") % {"number": format_number(round(kilometres * 1000), language)}
    return text.gettext("%(number)s km") % {"number": format_number(round(kilometres), language)}


def format_distance(kilometres: float, language: Language) -> str:
    """A distance in whole kilometres: visitors' places are no finer than that."""
    text = translations(language)
    if kilometres < 1:
        return text.gettext("less than 1 km")
    return text.gettext("%(number)s km") % {"number": format_number(round(kilometres), language)}


@lru_cache(maxsize=2048)
def format_price(price: Price, language: Language) -> str:
    """A price or a range of prices: "180–240 ₴", "£12.50"; "free" for nothing."""
    if price.max <= 0:
        return translations(language).gettext("free")
    low, high = (_amount(minor, price.currency, language) for minor in (price.min, price.max))
    symbol = _SYMBOLS.get(price.currency) or clean_text(price.currency, _MAX_CODE)
    numbers = low if low == high else f"{low}–{high}"
    if language == "en" and not symbol[0].isalpha():
        return f"{symbol}{numbers}"
    return f"{numbers}\N{NO-BREAK SPACE}{symbol}"


@lru_cache(maxsize=64)
def currency_digits(currency: str) -> int:
    """How many decimal digits a currency has: 2 for UAH, 0 for JPY."""
    return get_currency_precision(currency)


def _amount(minor: int, currency: str, language: Language) -> str:
    digits = currency_digits(currency)
    amount = Decimal(minor).scaleb(-digits)
    whole = amount == amount.to_integral_value()
    pattern = "#,##0" if whole else "#,##0." + "0" * digits
    return format_decimal(amount, pattern, locale=LOCALES[language])


@lru_cache(maxsize=1024)
def language_name(code: str, language: Language) -> str:
    """The name of a language by its BCP 47 code, in ``language``; the code itself when it is unknown."""
    return LOCALES[language].languages.get(_primary(code)) or clean_text(code, _MAX_CODE)


def language_label(code: str) -> str:
    """A short label of a language: "UA", "EN"; the primary part of its code in capitals."""
    known = parse_language(code)
    return LANGUAGE_LABELS[known] if known else _primary(code).upper()


@lru_cache(maxsize=1024)
def country_name(code: str, language: Language) -> str:
    """The name of a country by its ISO 3166-1 code, in ``language``; the code itself when it is unknown."""
    return LOCALES[language].territories.get(code) or code


def _primary(code: str) -> str:
    return clean_text(code, _MAX_CODE).replace("_", "-").split("-")[0].lower()


def load_formats() -> None:
    """Read the locale data of all languages now rather than with the first request, and keep what is written of it.

    Names of timezones, of currencies and of units other than time's go: for a daemon this is worth 3 MiB.
    """
    for locale in LOCALES.values():
        localedata.load(str(locale))
    for name in ("root", "en", "en_001", *map(str, LOCALES.values())):
        data = localedata.load(name)  # the one dictionary of that name that there is
        for part in _UNWRITTEN:
            data.pop(part, None)
        units = data["unit_patterns"]
        for unit in [unit for unit in units if not unit.startswith("duration-")]:
            del units[unit]
    for table in _UNASKED:
        cast("dict[str, object]", get_global(table)).clear()
    for language in LOCALES:
        format_day(date(2026, 1, 1), language)
        format_age(3600, language)
        format_number(1, language)
        language_name("en", language)
        country_name("UA", language)
