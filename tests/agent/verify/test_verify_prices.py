"""Prices as printed, in minor units."""

import pytest

from cinestreamd.agent.verify.prices import parse_price


@pytest.mark.parametrize(
    ("text", "least", "most", "currency"),
    [
        ("120 грн", 12_000, 12_000, "UAH"),
        ("120грн.", 12_000, 12_000, "UAH"),
        ("120 ₴", 12_000, 12_000, "UAH"),
        ("₴120", 12_000, 12_000, "UAH"),
        ("120 UAH", 12_000, 12_000, "UAH"),
        ("від 120 до 250 грн", 12_000, 25_000, "UAH"),
        ("120–250 ₴", 12_000, 25_000, "UAH"),
        ("120 - 250 грн", 12_000, 25_000, "UAH"),
        ("120/150/180 грн", 12_000, 18_000, "UAH"),
        ("120 грн – 250 грн", 12_000, 25_000, "UAH"),
        ("від 120 грн", 12_000, 12_000, "UAH"),
        ("Ціна: 1 200 грн", 120_000, 120_000, "UAH"),
        ("£12.50", 1_250, 1_250, "GBP"),
        ("£8", 800, 800, "GBP"),
        ("£8.00–£11.00", 800, 1_100, "GBP"),
        ("from £8", 800, 800, "GBP"),
        ("12,50 €", 1_250, 1_250, "EUR"),
        ("€12.50", 1_250, 1_250, "EUR"),
        ("12,- €", 1_200, 1_200, "EUR"),
        ("EUR 9.90", 990, 990, "EUR"),
        ("25 zł", 2_500, 2_500, "PLN"),
        ("25,90 zł", 2_590, 2_590, "PLN"),
        ("199 Kč", 19_900, 19_900, "CZK"),
        ("38 lei", 3_800, 3_800, "RON"),
        ("42 ₪", 4_200, 4_200, "ILS"),
        ("₪42.00", 4_200, 4_200, "ILS"),
        ("2.490 Ft", 249_000, 249_000, "HUF"),
        ("1,250.00 $", 125_000, 125_000, "USD"),
        ("$15", 1_500, 1_500, "USD"),
        ("350 руб.", 35_000, 35_000, "RUB"),
        ("¥1,900", 1_900, 1_900, "JPY"),
        ("18.50 CHF", 1_850, 1_850, "CHF"),
        ("2 квитки, 240 грн", 24_000, 24_000, "UAH"),
        ("3D 150 грн", 15_000, 15_000, "UAH"),
        ("з 10:00 120 грн", 12_000, 12_000, "UAH"),
    ],
)
def test_a_price_says_its_own_currency(text: str, least: int, most: int, currency: str) -> None:
    price = parse_price(text)
    assert price is not None
    assert (price.min, price.max, price.currency, price.text) == (least, most, currency, text)


@pytest.mark.parametrize(
    ("text", "given", "country", "expected"),
    [
        ("150", "UAH", None, (15_000, "UAH")),
        ("150", "uah", None, (15_000, "UAH")),
        ("150", "грн", None, (15_000, "UAH")),
        ("150", None, "UA", (15_000, "UAH")),
        ("12.50", None, "GB", (1_250, "GBP")),
        ("9", None, "DE", (900, "EUR")),
        ("$15", None, "CA", (1_500, "CAD")),
        ("$15", "AUD", None, (1_500, "AUD")),
        ("129 kr", None, "SE", (12_900, "SEK")),
        ("129 kr", None, "DK", (12_900, "DKK")),
        ("90 lei", None, "MD", (9_000, "MDL")),
        ("£8", "EUR", "UA", (800, "GBP")),
        ("Вхід вільний", None, "UA", (0, "UAH")),
        ("Free entry", None, "GB", (0, "GBP")),
        ("безкоштовно", "UAH", None, (0, "UAH")),
        ("0", "UAH", None, (0, "UAH")),
    ],
)
def test_the_page_or_the_country_tells_the_currency(
    text: str, given: str | None, country: str | None, expected: tuple[int, str]
) -> None:
    price = parse_price(text, currency=given, country=country)
    assert price is not None
    assert (price.min, price.currency) == expected


@pytest.mark.parametrize(
    ("text", "country"),
    [
        (None, "UA"),
        ("", "UA"),
        ("купити квиток", "UA"),
        ("150", None),
        ("129 kr", None),
        ("free", None),
        ("-20%", "UA"),
        ("99999999999 грн", "UA"),
        ("19:30", "UA"),
        ("x" * 201, "UA"),
        ("1" * 200, "UA"),
    ],
)
def test_what_prints_no_price_gives_none(text: str | None, country: str | None) -> None:
    assert parse_price(text, country=country) is None
