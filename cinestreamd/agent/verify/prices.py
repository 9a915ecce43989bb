"""Printed prices as numbers: "від 120 до 250 грн", "£12.50", "12,50 €" → minor units and ISO 4217 currency."""

import re
from decimal import Decimal
from typing import Final

from babel.numbers import get_territory_currencies

from cinestreamd.store.base import Price

# Signs and words that name one currency, whatever the country.
SIGNS: Final[dict[str, str]] = {
    "₴": "UAH", "грн": "UAH", "гривень": "UAH", "гривні": "UAH", "гривен": "UAH", "hrn": "UAH",
    "zł": "PLN", "zl": "PLN", "złotych": "PLN",
    "€": "EUR", "euro": "EUR", "euros": "EUR", "євро": "EUR", "евро": "EUR",
    "£": "GBP", "kč": "CZK", "₪": "ILS", 'ש"ח': "ILS", "שח": "ILS", "nis": "ILS",
    "ft": "HUF", "₽": "RUB", "руб": "RUB", "₺": "TRY", "tl": "TRY", "₸": "KZT", "тг": "KZT", "₾": "GEL", "₼": "AZN",
    "лв": "BGN", "fr": "CHF", "sfr": "CHF", "r$": "BRL", "₩": "KRW", "₹": "INR", "₫": "VND", "฿": "THB", "₱": "PHP",
    "us$": "USD", "c$": "CAD", "a$": "AUD", "nz$": "NZD", "mx$": "MXN", "br": "BYN", "дин": "RSD", "din": "RSD",
    "ден": "MKD",
}  # fmt: skip
# Signs that several countries share: the country (or the page's own currency code) tells which is meant.
SHARED: Final[dict[str, dict[str, str]]] = {
    "$": {
        "US": "USD", "CA": "CAD", "AU": "AUD", "NZ": "NZD", "MX": "MXN", "AR": "ARS", "CL": "CLP", "CO": "COP",
        "SG": "SGD",
        "HK": "HKD", "TW": "TWD", "": "USD",
    },
    "kr": {"SE": "SEK", "NO": "NOK", "DK": "DKK", "IS": "ISK"},
    "lei": {"RO": "RON", "MD": "MDL", "": "RON"},
    "leu": {"RO": "RON", "MD": "MDL", "": "RON"},
    "¥": {"JP": "JPY", "CN": "CNY", "": "JPY"},
}  # fmt: skip
CODES: Final = frozenset({
    "UAH", "PLN", "EUR", "GBP", "CZK", "ILS", "HUF", "RUB", "TRY", "KZT", "GEL", "AZN", "BGN", "CHF", "BRL", "KRW",
    "INR", "VND", "THB", "PHP", "USD", "CAD", "AUD", "NZD", "MXN", "BYN", "RSD", "MKD", "SEK", "NOK", "DKK", "ISK",
    "RON", "MDL", "JPY", "CNY", "ARS", "CLP", "COP", "SGD", "HKD", "TWD", "AMD", "UZS", "KGS", "ALL", "BAM", "AED",
    "SAR", "EGP", "ZAR", "MYR", "IDR", "PEN", "UYU", "KWD", "BHD", "JOD", "TND",
})  # fmt: skip
# ISO 4217: currencies whose minor unit is not the hundredth.
DECIMALS: Final[dict[str, int]] = {
    "JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "JOD": 3, "TND": 3,
}  # fmt: skip
FREE: Final = re.compile(
    r"безкоштовн|безплатн|бесплатн|вхід вільний|вільний вхід|вход свободный|\bfree\b|gratis|gratuit|darmow|bezpłatn|"
    r"wstęp wolny|"
    r"kostenlos|eintritt frei|zdarma|vstup volný|entrada libre|חינם|ingyenes",
    re.IGNORECASE,
)
LARGEST: Final = Decimal(10_000_000)
LONGEST: Final = 200

_NUMBER: Final = r"\d{1,3}(?:[ \u00a0\u202f'’.,]\d{3})+(?:[.,]\d{1,2})?|\d{1,8}(?:[.,]\d{1,3})?"
_AMOUNT: Final = re.compile(rf"(?<![\w.,:+-])(?<!\d\s:)({_NUMBER})(?![\d:%])(?:[.,][-–—])?")
_NAMES: Final = sorted((*SIGNS, *SHARED, *(code.casefold() for code in CODES)), key=len, reverse=True)
_SIGN: Final = "|".join(re.escape(name) + (r"(?![^\W\d_])" if name[-1].isalpha() else "") for name in _NAMES)
_AFTER: Final = re.compile(rf"[\s\u00a0\u202f]*({_SIGN})", re.IGNORECASE)
_BEFORE: Final = re.compile(rf"(?<![^\W\d_])({_SIGN})[.:\s\u00a0\u202f]*\Z", re.IGNORECASE)
_RANGE: Final = re.compile(
    r"[\s\u00a0\u202f]*(?:[-–—/,;|]|до|do|to|bis|à|a|al?|až|până la|and|та|і|or|або|или|עד)[\s\u00a0\u202f]*\Z",
    re.IGNORECASE,
)


def parse_price(text: str | None, *, currency: str | None = None, country: str | None = None) -> Price | None:
    """The price that ``text`` prints, None when it prints none.

    ``currency`` is the ISO code that the page gives beside the number, if any. A bare number, "$" or "kr" is in the
    currency of ``country`` (ISO 3166-1 alpha-2). Free entry is 0.
    """
    printed = " ".join((text or "").split())
    if not printed or len(printed) > LONGEST:
        return None
    given = _known(currency)
    amounts, sign = _amounts(printed)
    code = _currency(sign, given, country)
    if not amounts and FREE.search(printed):
        amounts = [Decimal(0)]
    if not amounts or code is None:
        return None
    unit = 10 ** DECIMALS.get(code, 2)
    minor = [int((amount * unit).to_integral_value()) for amount in amounts]
    return Price(min=min(minor), max=max(minor), currency=code, text=printed)


def _known(currency: str | None) -> str | None:
    code = (currency or "").strip()
    if code.upper() in CODES:
        return code.upper()
    return SIGNS.get(code.casefold().rstrip("."))


def _amounts(text: str) -> tuple[list[Decimal], str | None]:
    """The amounts of a price text, and the currency sign found at one of them.

    Where a sign stands at a number, only that number and those joined to it by a range count: "2 seats, 120–250 ₴".
    """
    found: list[tuple[re.Match[str], str | None]] = []
    for match in _AMOUNT.finditer(text):
        after = _AFTER.match(text, match.end())
        before = _BEFORE.search(text[max(0, match.start() - 12) : match.start()])
        sign = (after or before or [None, None])[1]
        if after is None and match.end() < len(text) and text[match.end()].isalpha():
            continue
        found.append((match, sign))
    signs = [sign for _, sign in found if sign]
    if signs:
        found = _joined(text, found)
    values = [_value(match[1]) for match, _ in found]
    return [value for value in values if value < LARGEST], (signs[0] if signs else None)


def _joined(text: str, found: list[tuple[re.Match[str], str | None]]) -> list[tuple[re.Match[str], str | None]]:
    keep = [sign is not None for _, sign in found]
    pairs = list(range(len(found) - 1))
    for i in (*pairs, *reversed(pairs)):
        between = text[found[i][0].end() : found[i + 1][0].start()]
        if keep[i] != keep[i + 1] and _RANGE.match(_without_sign(between)):
            keep[i] = keep[i + 1] = True
    return [item for item, kept in zip(found, keep, strict=True) if kept]


def _without_sign(between: str) -> str:
    match = _AFTER.match(between)
    return between[match.end() :] if match else between


def _value(number: str) -> Decimal:
    """A printed number: three digits after a separator are thousands, one or two are decimals."""
    plain = re.sub(r"[ \u00a0\u202f'’]", "", number)
    match = re.fullmatch(r"(.*?)[.,](\d{1,2})", plain)
    whole, decimals = (match[1], match[2]) if match else (plain, "0")
    return Decimal(f"{re.sub('[.,]', '', whole) or '0'}.{decimals}")


def _currency(sign: str | None, given: str | None, country: str | None) -> str | None:
    if sign is not None:
        name = sign.casefold()
        if name in SIGNS:
            return SIGNS[name]
        if name.upper() in CODES:
            return name.upper()
        meant = SHARED[name]
        if given in meant.values():
            return given
        return meant.get(country or "") or given or meant.get("")
    if given is not None or country is None:
        return given
    tender = get_territory_currencies(country)
    return tender[-1] if tender else None
