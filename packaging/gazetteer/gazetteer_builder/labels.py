"""Which name of a city is shown in each language. A language is never guessed from the letters of a name."""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple
from unicodedata import combining, normalize

from cinestreamd.gazetteer.folding import fold
from gazetteer_builder.sources import Place, Tags

# A tagged name in another alphabet than its language's is an error of the source: "Bakhmut" as uk, "Здолбунів" as ru.
_ALPHABETS: Final = {
    "uk": re.compile(r"[абвгґдеєжзиіїйклмнопрстуфхцчшщьюя’. -]+", re.IGNORECASE),
    "ru": re.compile(r"[абвгдеёжзийклмнопрстуфхцчшщъыьэюя’. -]+", re.IGNORECASE),
}
_STRESS: Final = "\u0301"
_APOSTROPHES: Final = str.maketrans("'ʼ`‘", "’’’’")

# Not written in Latin letters at home, so that marks in GeoNames' spelling are those of a transliteration table.
_TRANSLITERATED: Final = frozenset(
    (
        *("AE", "AF", "AM", "BD", "BG", "BH", "BY", "CY", "EG", "ER", "ET", "GE", "GR", "IL", "IN", "IQ", "IR", "JO"),
        *("JP", "KG", "KH", "KP", "KR", "KW", "KZ", "LB", "LK", "LY", "MK", "MM", "MN", "NP", "OM", "PK", "PS", "QA"),
        *("RU", "SA", "SD", "SY", "TH", "TJ", "YE"),
    )
)
_ROMANIAN: Final = str.maketrans("şţŞŢ", "șțȘȚ")


class Correction(NamedTuple):
    """A name corrected by hand; "" keeps what the sources say."""

    en: str
    uk: str
    ru: str


def acceptable(name: str, language: str) -> str | None:
    """``name`` tidied, when it can be one of ``language`` ("uk" or "ru"); None when its alphabet is another."""
    tidy = re.sub(r"\s*\(.*\)$", "", name.replace(_STRESS, "")).translate(_APOSTROPHES).strip()
    return tidy if _ALPHABETS[language].fullmatch(tidy) else None


def plain_english(name: str, country: str) -> str:
    """GeoNames' name as English text: marks of transliteration go, those of a Latin alphabet stay (Kraków, Zürich)."""
    if country in {"RO", "MD"}:
        return name.translate(_ROMANIAN)
    if country not in _TRANSLITERATED:
        return name.replace("`", "’").replace("'", "’")
    letters = "".join(letter for letter in normalize("NFKD", name) if not combining(letter))
    return re.sub(r"['’‘`ʻ]", "", letters)


def label(place: Place, language: str, sources: tuple[Tags, ...], zone_names: Mapping[str, str]) -> str | None:
    """The name of a city outside Ukraine in ``language``, from the first source that has an acceptable one.

    Ukrainian spelling (2019, § 122) writes г for a foreign g in place names; sources that write ґ are brought to it.
    """
    offers = [tags[language].get(place.geonameid, "") for tags in sources] + [zone_names.get(language, "")]
    for offer in offers:
        name = acceptable(offer, language)
        if name:
            return name.replace("ґ", "г").replace("Ґ", "Г") if language == "uk" else name
    return None


def zone_cities(places: Mapping[int, Place], zones: Mapping[str, Mapping[str, str]]) -> dict[int, Mapping[str, str]]:
    """CLDR's names by geonameid: of a zone's namesakes of its exemplar city the most populous is meant."""
    by_zone: dict[tuple[str, str], Place] = {}
    for place in sorted(places.values(), key=lambda place: (-place.population, place.geonameid)):
        by_zone.setdefault((place.timezone, fold(place.name)), place)
    found = {by_zone.get((zone, fold(names["en"]))): names for zone, names in zones.items()}
    return {place.geonameid: names for place, names in found.items() if place is not None}
