"""Read a showing's format, sound language, subtitles, room and price from the words beside it."""

import re
from collections.abc import Iterable

from msgspec import Struct

from cinestreamd.agent.readers.calendar_words import fold

_FORMATS = (
    ("IMAX 3D", re.compile(r"\bimax[\s-]*3d\b", re.IGNORECASE)),
    ("IMAX", re.compile(r"\bimax\b", re.IGNORECASE)),
    ("4DX", re.compile(r"\b4dx\b", re.IGNORECASE)),
    ("ScreenX", re.compile(r"\bscreen ?x\b", re.IGNORECASE)),
    ("Dolby Cinema", re.compile(r"\bdolby cinema\b", re.IGNORECASE)),
    ("Dolby Atmos", re.compile(r"\b(?:dolby[ -]?)?atmos\b", re.IGNORECASE)),
    ("70mm", re.compile(r"\b70 ?mm\b", re.IGNORECASE)),
    ("35mm", re.compile(r"\b35 ?mm\b", re.IGNORECASE)),
    ("3D", re.compile(r"\b3[dд]\b", re.IGNORECASE)),
    ("2D", re.compile(r"\b2[dд]\b", re.IGNORECASE)),
)
_SOME_FORMAT = re.compile(r"[23457][05dд]|imax|screen|cinema|atmos", re.IGNORECASE)
_ROOM = re.compile(
    r"\b(?:screen|auditorium|hall|room|saal|kino(?=\s*\d)|salle|sala|sali|зала?|אולם|sál|terem|zaal|salong?|αίθουσα)"
    r"[ \u00a0]*(?:n[°o.][ ]?)?[#№:]?[ \u00a0]*(?:\d{1,2}\b|[A-H]\b|[IVX]{1,4}\b)",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"(?:(?P<before>[€$£₴₪]|\b(?:eur|usd|uah|gbp|pln|chf|czk|ron)\b)[ \u00a0]?)?"
    r"(?P<amount>\d{1,4}(?:[.,]\d{2})?)"
    r"(?:[ \u00a0]?(?P<after>[€£₴₪$]|zł|kč|грн|руб|lei\b|eur\b|usd\b|uah\b|pln\b|czk\b|ron\b|chf\b|ft\b|kr\b))?",
    re.IGNORECASE,
)
_CURRENCIES = {
    "€": "EUR", "eur": "EUR", "£": "GBP", "gbp": "GBP", "₴": "UAH", "грн": "UAH", "uah": "UAH",
    "zł": "PLN", "pln": "PLN",
    "kč": "CZK", "czk": "CZK", "₪": "ILS", "lei": "RON", "ron": "RON", "chf": "CHF", "usd": "USD",
    "ft": "HUF", "руб": "RUB",
}  # fmt: skip
_SUBTITLES = re.compile(
    r"\b(?:sub(?:s|bed|titles?|titled|t)?|omu|omeu|om[ed]u|vost\w{0,2}|vose|napisy|titulky|субтитри|"
    r"субтитры|суб|subtitrat|subtitulada|"
    r"feliratos|ondertiteld|textad|כתוביות|תרגום)\b",
    re.IGNORECASE,
)
_ORIGINAL = re.compile(
    r"\b(?:ov|omu|omeu|vo|vost\w{0,2}|vose|v\.o\.|original(?: version)?|originalfassung|мовою "
    r"оригіналу|оригінал(?:ьна)?|оригинал|"
    r"versione originale|versión original|původní znění|wersja oryginalna)\b",
    re.IGNORECASE,
)
_DUBBED = re.compile(
    r"\b(?:dub(?:bed|bing)?|дубляж|дубльован\w+|dabing|doblada|doublé|synchron\w*|szinkron\w*|dublat|"
    r"lektor|df|vf|מדובב)\b",
    re.IGNORECASE,
)
_LANGUAGES = {
    "uk": "ukrainian ukr ua укр українська українською україномовний украинский украинском",
    "en": "english eng en англ англійська англійською английский английском angielski englisch anglais "
    "inglés inglese angličtina engleză אנגלית",
    "ru": "russian rus російська русский",
    "pl": "polish polski польською",
    "de": "german deutsch deutsche",
    "fr": "french français francais französisch french",
    "es": "spanish español castellano",
    "he": "hebrew עברית",
    "cs": "czech čeština česky",
    "ro": "romanian română",
    "it": "italian italiano",
    "hu": "hungarian magyar",
    "ja": "japanese japanisch japonais",
    "ko": "korean koreanisch",
    "hi": "hindi",
    "ta": "tamil",
    "te": "telugu",
    "ml": "malayalam",
    "pa": "punjabi",
}  # fmt: skip
_LANGUAGE_OF = {fold(word): code for code, words in _LANGUAGES.items() for word in words.split()}


class Details(Struct, frozen=True, kw_only=True):
    """What the words beside a showing say of it; ``price_text`` as printed, languages as BCP 47 codes."""

    format: str | None = None
    language: str | None = None
    original_language: bool = False
    subtitles: str | None = None
    room: str | None = None
    price_text: str | None = None
    price_currency: str | None = None


def format_in(text: str) -> str | None:
    """The most particular projection format that a text names."""
    if _SOME_FORMAT.search(text) is None:
        return None
    return next((name for name, pattern in _FORMATS if pattern.search(text)), None)


def price_in(text: str) -> tuple[str, str] | None:
    """The first price in a text as printed and its currency; only amounts beside a currency count."""
    for found in _PRICE.finditer(text[:600]):
        sign = (found["before"] or found["after"] or "").casefold()
        if sign:
            return found[0].strip(), _CURRENCIES.get(sign, "USD" if sign == "$" else "")
    return None


def languages_in(text: str) -> list[str]:
    """The languages that a text names, in order, as BCP 47 codes."""
    words = re.findall(r"[^\W\d_]+", text[:400])
    return [code for word in words if (code := _LANGUAGE_OF.get(fold(word)))]


def read_details(texts: Iterable[str]) -> Details:
    """What a row's own short texts say of the showing, the first that says it counting."""
    text = " | ".join(texts)[:600]
    price = price_in(text)
    room = _ROOM.search(text)
    languages = languages_in(text)
    subtitled = _SUBTITLES.search(text) is not None
    dubbed = _DUBBED.search(text) is not None
    return Details(
        format=format_in(text),
        language=languages[0] if languages and (dubbed or not subtitled) else None,
        original_language=_ORIGINAL.search(text) is not None,
        subtitles=languages[-1] if languages and subtitled else None,
        room=room[0] if room else None,
        price_text=price[0] if price else None,
        price_currency=(price[1] or None) if price else None,
    )
