"""Find calendar dates in text, attributes and addresses, in the ways and languages in which cinemas print them."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from cinestreamd.agent.readers.calendar_words import relative_phrases, relative_words, weekday_words
from cinestreamd.agent.readers.date_scanner import Scanner
from cinestreamd.agent.readers.date_tokens import tokens_of
from cinestreamd.agent.readers.date_values import DateHit, DateOrder, DateReading, ordered_date, settle_year, valid_date

__all__ = [
    "DateHit",
    "DateOrder",
    "DateReading",
    "date_in_attribute",
    "date_of_timestamp",
    "date_order",
    "day_named",
    "find_dates",
    "joins_list",
    "joins_range",
    "settle_year",
    "valid_date",
]

MAX_DATES = 2_000
# What stands beside a weekday that is a day; "Ash Wednesday" and "Freaky Friday" are films.
_BESIDE_WEEKDAY = (
    frozenset(weekday_words())
    | relative_words().keys()
    | {
        "on",
        "this",
        "next",
        "am",
        "diesen",
        "nachsten",
        "le",
        "ce",
        "el",
        "este",
        "il",
        "la",
        "questo",
        "w",
        "we",
        "в",
        "во",
        "у",
        "ве",
        "цей",
        "цю",
        "этот",
        "эту",
        "den",
        "denna",
        "pa",
        "om",
        "ve",
        "v",
        "bu",
        "ma",
        "na",
        "o",
        "a",
        "feira",
        "die",
        "יום",
        "der",
        "das",
    }
)
_LONGEST_JOINT, _LONGEST_LIST = 16, 8
_A_DIGIT = re.compile(r"\d")
_ISO = re.compile(r"(?<!\d)(20\d\d)[-/._]?(0[1-9]|1[0-2])[-/._]?(0[1-9]|[12]\d|3[01])(?!\d)")

_DAY_FIRST = re.compile(r"(?<!\d)(\d{1,2})([-/._])(\d{1,2})\2(20\d\d)(?!\d)")
_EIGHT_DIGITS = re.compile(r"(\d\d)(\d\d)(20[2-9]\d)")


def date_in_attribute(value: str, reading: DateReading) -> date | None:
    """The date that an attribute, id or address holds for machines: 2026-11-21, 20261121, 21-11-2026, 21112026."""
    found = _ISO.search(value[:400])
    if found:
        return valid_date(int(found[1]), int(found[2]), int(found[3]))
    digits = _EIGHT_DIGITS.fullmatch(value)
    if digits:
        return ordered_date(int(digits[1]), int(digits[2]), int(digits[3]), reading)
    found = _DAY_FIRST.search(value[:400])
    if not found:
        return None
    first, second, year = int(found[1]), int(found[3]), int(found[4])
    return ordered_date(first, second, year, reading)


def date_of_timestamp(value: float, timezone: ZoneInfo) -> datetime | None:
    """The local moment of a unix timestamp in seconds or milliseconds; None outside the years 2001 to 2100."""
    seconds = value / 1000 if value >= 1e11 else value
    if not 978_307_200 <= seconds < 4_102_444_800:
        return None
    return datetime.fromtimestamp(seconds, UTC).astimezone(timezone)


_RANGE = re.compile(
    r"(?:[（(][^()（）]{1,5}[)）])?\s*(?:[-–—→〜～]|から|to|until|till|through|bis|do|au|al|a|ao|по|до|έως|ως|t/m|tot|til|"
    r"till och med)\s*(?:[2-6]ª(?:[ -]feira)?,?\s*)?",
    re.IGNORECASE,
)

_LIST = re.compile(
    r"(?:[（(][^()（）]{1,5}[)）])?\s*(?:[,&+/;・、]|and|und|et|y|e|i|и|та|й|και|och|og|en|ja|és|ve|a|și|ו)\s*",
    re.IGNORECASE,
)


def joins_range(text: str) -> bool:
    """Whether what stands between two days makes them the ends of a period: "–", "bis", "до"."""
    return (
        len(text) <= _LONGEST_JOINT and "\n" not in text and bool(text.strip()) and _RANGE.fullmatch(text) is not None
    )


def joins_list(text: str) -> bool:
    """Whether what stands between two days lists them: "&", ",", "und"."""
    return len(text) <= _LONGEST_LIST and "\n" not in text and bool(text.strip()) and _LIST.fullmatch(text) is not None


def find_dates(text: str, reading: DateReading) -> list[DateHit]:
    """All dates with a day number in a text, in order, none overlapping another."""
    kept: list[DateHit] = []
    for hit in Scanner(text, reading).hits():
        if kept and hit.start < kept[-1].end:
            continue
        kept.append(hit)
        if len(kept) >= MAX_DATES:
            break
    return _mark_ranges(text, kept)


def _mark_ranges(text: str, hits: list[DateHit]) -> list[DateHit]:
    marked = list(hits)
    for index in range(len(hits) - 1):
        first, second = hits[index], hits[index + 1]
        if joins_range(text[first.end : second.start]):
            for at in (index, index + 1):
                hit = hits[at]
                marked[at] = DateHit(
                    start=hit.start, end=hit.end, day=hit.day, kind=hit.kind, certain=hit.certain, in_range=True
                )
    return marked


def day_named(text: str, reading: DateReading) -> DateHit | None:
    """The day that a short label names by words alone: "Today", "завтра", "Friday". None for anything longer."""
    if len(text) > 40 or text.count(" ") > 3 or _A_DIGIT.search(text) is not None:
        return None
    tokens = tokens_of(text)
    words = [token for token in tokens if token.folded]
    if not words or len(words) > 3 or any(token.number is not None for token in tokens):
        return None
    relative = relative_words()
    weekdays = weekday_words()
    phrase = relative_phrases().get(" ".join(token.folded for token in words))
    if phrase is not None:
        day = reading.today + timedelta(days=phrase)
        return DateHit(start=words[0].start, end=words[-1].end, day=day, kind="relative")
    for token in words:
        if token.folded in relative:
            day = reading.today + timedelta(days=relative[token.folded])
            return DateHit(start=token.start, end=token.end, day=day, kind="relative")
    for token in words:
        alone = len(words) == 1 or (
            len(words) == 2 and all(one.folded in _BESIDE_WEEKDAY or one is token for one in words)
        )
        if token.folded in weekdays and alone and (len(token.folded) >= 4 or not token.text.isascii()):
            wanted = weekdays[token.folded][0]
            ahead = (wanted - reading.today.weekday()) % 7
            day = reading.today + timedelta(days=ahead)
            return DateHit(start=token.start, end=token.end, day=day, kind="weekday")
    return None


_SLASHED = re.compile(r"([0-9]{1,2})/([0-9]{1,2})(?![0-9])")
_YEAR_BEHIND = re.compile(r"/[0-9]{4}")
_MONTH_FIRST_ZONES = frozenset(
    "America/" + name
    for name in [
        "New_York",
        "Chicago",
        "Denver",
        "Los_Angeles",
        "Phoenix",
        "Detroit",
        "Anchorage",
        "Boise",
        "Indiana/Indianapolis",
    ]
)


# Where the year stands first, the month stands before the day: "11.27." is in November.
_YEAR_FIRST_ZONES = frozenset(
    ["Europe/Budapest", "Europe/Vilnius", "Asia/Tokyo", "Asia/Seoul", "Asia/Shanghai", "Asia/Taipei"]
)
_DOTTED = re.compile(r"(?<![0-9.:])([0-9]{1,2})\.[ ]?([0-9]{1,2})\.(?![0-9])")


def date_order(texts: str, timezone: ZoneInfo, language: str) -> DateOrder:
    """Whether a page prints the month first: by the dates that allow one order only, else by where it is."""
    month_first = day_first = 0
    for found in _SLASHED.finditer(texts) if "/" in texts else ():
        if found.start() and texts[found.start() - 1] in "0123456789./":
            continue
        first, second = int(found[1]), int(found[2])
        month_first += 1 <= first <= 12 < second <= 31 and _YEAR_BEHIND.match(texts, found.end()) is None
        day_first += 1 <= second <= 12 < first <= 31
    if str(timezone) in _YEAR_FIRST_ZONES:
        dotted = [(int(found[1]), int(found[2])) for found in _DOTTED.finditer(texts)]
        month_first += sum(1 <= first <= 12 < second <= 31 for first, second in dotted)
        day_first += sum(1 <= second <= 12 < first <= 31 for first, second in dotted)
        return "ymd" if month_first >= day_first else "dmy"
    if month_first != day_first:
        return "mdy" if month_first > day_first else "dmy"
    american = str(timezone) in _MONTH_FIRST_ZONES or language.casefold() == "en-us"
    return "mdy" if american else "dmy"
