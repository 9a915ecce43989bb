"""What is said of a clock time: that something begins then, or ends, how long it lasts, when doors open."""

import re
from typing import Literal

Style = Literal[":", ".", "h", "meridian", "hour"]


Role = Literal["start", "end", "duration", "limit", "doors"]


Meridian = Literal["am", "pm"]


_UNTIL_BEFORE = re.compile(
    r"(?:\b(?:until|till|ends?(?: at)?|ending|finish(?:es)?|fin|bis|ende|(?-i:do)|jusqu.à|hasta|fino "
    r"alle|(?<=\d)[\s\x1f]{1,2}alle(?: ore)?|(?<=[\dmM.])[\s\x1f]{1,2}to|tot|до|закінчення|кінець|"
    r"окончание|конец|koniec|konec|slut|loppuu|vége|até)|~|→)"
    r"(?:[\s\x1f:]+(?:at|gegen|um|ca\.?|about|around|approx\.?|vers|à|alle|las|às|ok\.?|o|godz\.?|о|"
    r"около|близько|прибл\.?))?[\s\x1f:]*$",
    re.IGNORECASE,
)


_LIMIT_BEFORE = re.compile(
    r"\b(?:before|after|from|since|vor|nach|ab|avant|après|dès|à partir de|od|przed|(?-i:po)|po "
    r"godz(?:inie|\.)?|antes de(?: las)?|"
    r"después de(?: las)?|desde(?: las)?|після|после|з|с|від|от|dopo le|prima delle|dalle|a partir "
    r"das|depois das|antes das|desde as|updated(?: at)?|"
    r"оновлено(?: о)?|обновлено(?: в)?)[\s\x1f:]*$",
    re.IGNORECASE,
)


# "de 9h30 à 12h30", "von 10 Uhr bis 18 Uhr".
_FROM_BEFORE = re.compile(
    r"\b(?:de|das|von|from|od|dalle|entre|zwischen|between)[\s\x1f](?:las[\s\x1f])?$", re.IGNORECASE
)


_TO = r"[\s\x1f](?:à|às|a las|bis|to|do|alle|until|till|und|and)[\s\x1f]"


_TO_AFTER = re.compile(rf"{_TO}\d{{1,2}}(?:[:.h]|[\s\x1f]?Uhr)", re.IGNORECASE)


_FROM_TO_BEFORE = re.compile(
    rf"\b(?:de|das|von|from|od|dalle|entre|zwischen|between)[\s\x1f](?:las[\s\x1f])?\d{{1,2}}(?:[:.h]\d\d)?{_TO}$",
    re.IGNORECASE,
)


_DOORS_BEFORE = re.compile(
    r"\b(?:doors?(?: open)?(?: at)?|einlass(?: ab)?|kasse|dveře|ouverture des portes)[\s\x1f:]*$", re.IGNORECASE
)


_TRAILER_BEFORE = re.compile(
    r"(?:trailer|teaser|трейлер|тизер|zwiastun|bande-annonce|tráiler|upoutávka)[^\S\n]*(?:ansehen|watch|\x1f)?[\s\x1f:.(–-]*$",
    re.IGNORECASE,
)


_LONGEST_TRAILER_MINUTES = 6


_DURATION_BEFORE = re.compile(
    r"(?:duration|runtime|running time|run time|"
    r"length|тривалість|хронометраж|длительность|продолжительность|durée|dauer|länge|"
    r"laufzeit|duración|durata|duração|czas trwania|délka|stopáž|durată|hossz|játékidő|speelduur|"
    r"längd|kesto|משך|אורך|süre)"
    r"[\s\x1f:.(–-]*$",
    re.IGNORECASE,
)


_DURATION_AFTER = re.compile(
    r"[ \u00a0\u202f]?(?:h\b|hrs?\b|hours?\b|hod\b|godz\b|std\b|stunden|год\.?\b|ч\.?\b|час|min\b|"
    r"mins\b|minut|хв|мин\b|שעות)",
    re.IGNORECASE,
)


_H_DURATION_AFTER = re.compile(r"[ \u00a0\u202f]?(?:m\b|mn\b|min|m\.)", re.IGNORECASE)


def role_of(text: str, found: re.Match[str], style: Style, hour: int) -> Role:
    """What the words around a time, found as ``found``, say that it is."""
    before = text[max(0, found.start() - 28) : found.start()]
    before = before.rsplit("\n", 2)[-1] if before.strip() else before
    if (
        style == "h"
        and hour <= 6
        and (found["h_minute"] is None or _H_DURATION_AFTER.match(text, found.end()) or hour > 0)
    ):
        return "duration"
    if (
        not (found["meridian"] or found["letter"] or found["evening"] or found["morning"])
        and hour <= 6
        and found["hour"] != "00"
        and _DURATION_AFTER.match(text, found.end())
    ):
        return "duration"
    return "duration" if _is_length(text, found, hour) else _bound(text, before, found.end())


def _bound(text: str, before: str, end: int) -> Role:
    """Whether a time bounds something else: when doors open, when something ends, from when to when it is open."""
    if _DOORS_BEFORE.search(before):
        return "doors"
    if _UNTIL_BEFORE.search(before) or _FROM_TO_BEFORE.search(before):
        return "end"
    from_to = _FROM_BEFORE.search(before) is not None and _TO_AFTER.match(text, end) is not None
    return "limit" if from_to or _LIMIT_BEFORE.search(before) else "start"


def _is_length(text: str, found: re.Match[str], hour: int) -> bool:
    """Whether the words before say that this is how long something lasts; a trailer lasts few minutes."""
    before = text[max(0, found.start() - 28) : found.start()]
    if _TRAILER_BEFORE.search(before):
        return hour < _LONGEST_TRAILER_MINUTES and not (
            found["meridian"] or found["letter"] or found["evening"] or found["morning"]
        )
    told = _DURATION_BEFORE.search(before)
    return told is not None and (hour < _LONGEST_TRAILER_MINUTES or "\n" not in before[told.start() :])
