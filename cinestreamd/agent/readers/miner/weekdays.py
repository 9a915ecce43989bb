"""Days that a page gives by weekday within a period: "daily except Monday", "Fri, Sat 21:00 / Sun 18:00", "Wed – Sun".

The period is the nearest one named before the time ("20–26 November"), else the only one on the page, else the week
that begins today.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from functools import cache

from msgspec import Struct

from cinestreamd.agent.readers.calendar_words import fold, weekday_words, weekday_words_of
from cinestreamd.agent.readers.date_scanner import EVERYDAY_WORDS
from cinestreamd.agent.readers.dates import joins_range
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.miner.calendar_marks import Calendar
from cinestreamd.agent.readers.miner.time_nodes import TimeNode

_WEEK, _LONGEST_PERIOD = 7, 15
_LONGEST_TEXT = 400
_EVERY_DAY, _WORKING = frozenset(range(_WEEK)), frozenset(range(5))
_TOKEN = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*|\d+|[^\w\s]")
_DAILY = re.compile(
    r"(?<![^\W\d_])(?:щодня|щоденно|кожного дня|ежедневно|каждый день|daily|every ?day|täglich|codziennie|denně|denne|"
    r"tous les jours|todos los días|diariamente|a diario|tutti i giorni|todos os dias|zilnic|naponta|dagelijks|"
    r"dagligen|dagligt|päivittäin|her gün|καθημερινά|כל יום|毎日|매일|每天|每日|ежедн)(?![^\W\d_])",
    re.IGNORECASE,
)
_EXCEPT = re.compile(
    r"(?<![^\W\d_])(?:крім|окрім|кроме|except(?: on| for)?|excluding|not on|außer|ausser|oprócz|poza|z wyjątkiem|kromě|"
    r"okrem|sauf|excepto|salvo|menos|tranne|eccetto|escluso|exceto|cu excepția|kivéve|behalve|undtagen|utom|unntatt|"
    r"paitsi|hariç|εκτός|not(?= (?:mon|tue|wed|thu|fri|sat|sun)))(?![^\W\d_])",
    re.IGNORECASE,
)
_WORKING_DAYS = re.compile(
    r"(?<![^\W\d_])(?:feriali|giorni feriali|weekdays|будні|у будні|будни|в будни|робочі дні|werktags|laborables|"
    r"días laborables|dni powszednie|dni robocze|pracovní dny|všední dny|hverdager|hverdage|vardagar|arkisin|"
    r"dias úteis|hétköznap\w*|doordeweeks|en semaine)(?![^\W\d_])",
    re.IGNORECASE,
)
_WEEKEND = re.compile(
    r"(?<![^\W\d_])(?:week-?ends?|festivi|вихідні|у вихідні|выходные|в выходные|wochenende|am wochenende|weekendy|"
    r"víkend\w*|fines? de semana|fins? de semana|viikonloppu\w*|helg\w*|hétvég\w*)(?![^\W\d_])",
    re.IGNORECASE,
)
# "2ª" is Monday in Portuguese.
_ORDINAL = re.compile(r"(?<!\d)([2-6])[ªa](?:[ -]feira)?(?![^\W\d_])")
_ORDINAL_WORDS = {"2": "segunda", "3": "terça", "4": "quarta", "5": "quinta", "6": "sexta"}
_JOINING = frozenset(
    fold(word)
    for word in ("and", "und", "et", "y", "e", "i", "и", "та", "і", "й", "och", "og", "en", "ja", "a", "si", "ve")
)
_RANGING = frozenset(
    fold(word) for word in ("to", "till", "through", "bis", "do", "до", "по", "au", "a", "al", "az", "tot")
)
_LIST_SIGNS, _RANGE_SIGNS = frozenset(",&+/;."), frozenset("-–—")
_FEWEST_LETTERS, _STEM, _ENDING = 3, 5, 3


class DaySet(Struct, frozen=True):
    """Weekdays (Monday is 0) that a text names, and where in the text they end."""

    end: int
    weekdays: frozenset[int]


def learn_weekdays(calendar: Calendar) -> Callable[[TimeNode], list[date]]:
    """The days of a time by the weekdays named before it, in its line or in its table row."""
    periods = periods_of(calendar)
    starts = [start for start, _, _ in periods]

    def days_of(time: TimeNode) -> list[date]:
        named = _weekdays_before(calendar, time)
        if named is None:
            return []
        at = bisect_right(starts, time.hit.start)
        if at:
            _, first, last = periods[at - 1]
        elif len(periods) == 1:
            _, first, last = periods[0]
        elif named == _EVERY_DAY:
            return []
        else:
            first, last = calendar.reading.today, calendar.reading.today + timedelta(days=_WEEK - 1)
        return [day for day in _days_from(first, last) if day.weekday() in named]

    return days_of


def names_weekday(document: Document, time: TimeNode) -> bool:
    """Whether any word that may name a weekday stands in a time's own line."""
    start, end = document.line(time.hit.start, time.hit.end)
    words = weekday_words()
    text = document.text[max(start, time.hit.start - _LONGEST_TEXT) : min(end, time.hit.end + _LONGEST_TEXT)]
    return any(fold(token[0]) in words for token in _TOKEN.finditer(text))


def excepted_weekdays(text: str) -> frozenset[int]:
    """The weekdays that a text takes out: "(oprócz poniedziałku)"."""
    found = _EXCEPT.search(text[:_LONGEST_TEXT])
    if found is None:
        return frozenset()
    sets = weekday_sets(text[found.end() : found.end() + 60])
    return sets[0].weekdays if sets else frozenset()


def weekday_sets(text: str, language: str = "") -> list[DaySet]:
    """The lists and ranges of weekdays in a text, in order.

    Short names that are everyday words elsewhere ("so", "po", "Mi") count in the page's own ``language`` only, before a
    clock, a sign or another weekday.
    """
    own = weekday_words_of(language)
    text = _ORDINAL.sub(lambda found: _ORDINAL_WORDS[found[1]], text)
    sets: list[DaySet] = []
    weekdays: set[int] = set()
    last: int | None = None
    joined = ranging = False
    previous = ""
    end = 0
    for token in _TOKEN.finditer(text[:_LONGEST_TEXT]):
        word = fold(token[0])
        named = _weekday(word)
        if named is None and word in own and _goes_on(text, token.end(), own):
            named = own[word][0]
        if named is not None and (last is None or joined or ranging):
            weekdays.update(_between(last, named) if ranging and last is not None else [named])
            previous = word
            last, joined, ranging, end = named, False, False, token.end()
        elif named is not None:
            sets.append(DaySet(end, frozenset(weekdays)))
            previous = word
            weekdays, last, end = {named}, named, token.end()
        elif last is not None and word == "a" and not ranging:
            # "pátek a sobota" are two days, "lunes a viernes" are five.
            joined = previous in _slavic_weekdays()
            ranging = not joined
        elif last is not None and (word in _JOINING or word in _LIST_SIGNS) and not ranging:
            joined = True
        elif last is not None and (word in _RANGING or word in _RANGE_SIGNS):
            joined, ranging = False, True
        elif last is not None:
            sets.append(DaySet(end, frozenset(weekdays)))
            weekdays, last, joined, ranging = set(), None, False, False
    if weekdays:
        sets.append(DaySet(end, frozenset(weekdays)))
    return sets


def _between(first: int, last: int) -> Iterable[int]:
    return ((first + step) % _WEEK for step in range((last - first) % _WEEK + 1))


_NEXT = re.compile(r"\s*(?:\d|[-–—,;:./|&+]|[^\W\d_]{1,3}\s+(?P<beyond>[^\W\d_]+)|(?P<next>[^\W\d_]+))")


def _goes_on(text: str, at: int, own: Mapping[str, tuple[int, ...]]) -> bool:
    """Whether a clock, a sign or another weekday follows, as behind a weekday and not behind a word of a sentence."""
    found = _NEXT.match(text, at)
    if found is None:
        return not text[at:].strip()
    words = [fold(word) for word in found.groups() if word]
    return not words or any(word in own for word in words)


@cache
def _slavic_weekdays() -> frozenset[str]:
    """The folded words for weekdays in the languages in which "a" means "and"."""
    return frozenset({*weekday_words_of("cs"), *weekday_words_of("sk")})


@cache
def _weekday(word: str) -> int | None:
    """The weekday that a folded word names beyond doubt, in any of its cases."""
    words = weekday_words()
    if word in EVERYDAY_WORDS:
        return None
    if len(word) < _FEWEST_LETTERS and not any(ord(letter) > 0x24F for letter in word):
        return None
    if word in words:
        return words[word][0] if len(words[word]) == 1 else None
    if len(word) <= _STEM:
        return None
    alike = {
        days[0]
        for name, days in words.items()
        if len(name) > _STEM and name[:_STEM] == word[:_STEM] and abs(len(name) - len(word)) <= _ENDING
    }
    return alike.pop() if len(alike) == 1 else None


def _weekdays_before(calendar: Calendar, time: TimeNode) -> frozenset[int] | None:
    document = calendar.document
    start, end = document.line(time.hit.start, time.hit.end)
    language = document.language[:2].casefold()
    named = _named_in(document.text[max(start, time.hit.start - _LONGEST_TEXT) : time.hit.start], language)
    if named is None:
        row = _table_row(time)
        if row is not None and all(mark.kind == "weekday" for mark in calendar.marks_in(row.start, row.end)):
            named = _named_in(document.text[max(row.start, time.hit.start - _LONGEST_TEXT) : time.hit.start], language)
    if named is None:
        return None
    return named - excepted_weekdays(document.text[time.hit.end : min(end, time.hit.end + 60)])


def _named_in(text: str, language: str) -> frozenset[int] | None:
    """The weekdays that a text names last, "every day" and exceptions taken into account."""
    excepted = _EXCEPT.search(text)
    if excepted is not None:
        left = _named_in(text[: excepted.start()], language)
        return (left if left is not None else _EVERY_DAY) - excepted_weekdays(text[excepted.start() :])
    sets = weekday_sets(text, language)
    for pattern, weekdays in ((_DAILY, _EVERY_DAY), (_WORKING_DAYS, _WORKING), (_WEEKEND, _EVERY_DAY - _WORKING)):
        sets += [DaySet(found.end(), weekdays) for found in pattern.finditer(text)]
    return max(sets, key=lambda one: one.end).weekdays if sets else None


def _table_row(time: TimeNode) -> Element | None:
    return next((element for element in time.chain[:6] if element.tag == "tr"), None)


def periods_of(calendar: Calendar) -> list[tuple[int, date, date]]:
    """(offset, first day, last day) of the periods of at most two weeks that the page names."""
    found = []
    for first, second in zip(calendar.marks, calendar.marks[1:], strict=False):
        between = calendar.document.text[first.end : second.start]
        if joins_range(between) and 0 < (second.day - first.day).days < _LONGEST_PERIOD:
            found.append((first.start, first.day, second.day))
    return found


def _days_from(first: date, last: date) -> Sequence[date]:
    return [first + timedelta(days=step) for step in range((last - first).days + 1)]
