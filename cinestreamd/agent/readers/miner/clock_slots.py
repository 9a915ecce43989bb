"""Find clock times in unusual spellings by where they stand: alone in their block, in a structure that repeats.

"19-30", "19,30", "19 30", "1930" and "19'30" may be anything; a place on the page that holds nothing else, again and
again, with hours of the day and round minutes, holds times.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from cinestreamd.agent.readers.clock import MAX_CLOCKS, ClockHit
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element

_LONGEST, _LEVELS = 16, 3
_FEWEST, _MOSTLY = 4, 0.85
_FIRST_HOUR, _LAST_HOUR, _NOON = 9, 23, 12
_MINUTES = 60
_STEP, _SOME_BROKEN = 5, 0.25
_ALONE = re.compile(
    r"[^\w€$£₴]{0,3}(?:[^\W\d_]{1,8}[.:]?[\s\x1f]?)?(?P<hour>[01]?\d|2[0-3])"
    r"[\s\x1f]?(?P<sign>[^\d€$£₴%/+.:]?)[\s\x1f]?(?P<minute>[0-5]\d)(?:[\s\x1f]?[^\W\d_]{1,6}\.?)?[^\w€$£₴%]{0,3}"
)
_MONEY = re.compile(r"[€$£₴₪%]|zł|kč|\b(?:eur|usd|uah|pln|czk|ron|lei|kr|ft|chf|rub|kzt|грн|руб)\b", re.IGNORECASE)


def clocks_in_slots(document: Document) -> list[ClockHit]:
    """The times that stand in the places of a page which hold nothing but numbers like times."""
    slots: dict[tuple[str, ...], list[Element]] = {}
    for element in _small_blocks(document):
        slots.setdefault(tuple(above.signature for above in element.lineage(_LEVELS)), []).append(element)
    hits = [hit for elements in slots.values() for hit in _times_of(document, elements)]
    known = {hit.start for hit in hits}
    hits += [hit for hit in _raised(document) if hit.start not in known]
    return sorted(hits, key=lambda hit: hit.start)[:MAX_CLOCKS]


def _raised(document: Document) -> list[ClockHit]:
    """The times whose minutes stand in an element of their own right behind the hour, amid other text: 19<sup>30</sup>.

    So do prices their cents: those are not round, or have money beside them.
    """
    hits = []
    for first, second in pairwise(document.runs):
        minute, hour = document.text[second.start : second.end], document.text[first.start : first.end][-2:].strip()
        if len(minute) != 2 or not minute.isdecimal() or first.element is second.element or second.element.children:
            continue
        apart = document.text[first.end : second.start].strip("\x1f")
        start = first.end - len(hour)
        if apart or not hour.isdecimal() or document.text[start - 1 : start].isdecimal() or int(hour) > _LAST_HOUR:
            continue
        if int(minute) < _MINUTES and not _is_price(document.text, start, second.end):
            hits.append(ClockHit(start=start, end=second.end, hour=int(hour), minute=int(minute), style=":"))
    clocks = [(hit.hour, hit.minute) for hit in hits]
    return hits if len(hits) >= _FEWEST and _like_a_programme(clocks) else []


_CURRENCY_BEFORE = re.compile(r"(?<!\d)(?<!\d[ \u00a0\u202f])[€$£₴₪][ \x1f\u00a0]?\Z")


def _is_price(text: str, start: int, end: int) -> bool:
    """Whether a currency stands beside a number; that of an amount before it does not count: "8,50 € 16"."""
    behind = _MONEY.match(text, end + (text[end : end + 1] in " \x1f\u00a0"))
    return behind is not None or _CURRENCY_BEFORE.search(text, max(0, start - 4), start) is not None


def _small_blocks(document: Document) -> Iterator[Element]:
    """Around each text the narrowest element that holds nothing but a time, or else the text's own; each once."""
    known: set[int] = set()
    for run in document.runs:
        small = [above for above in run.element.lineage(_LEVELS) if above.end - above.start <= _LONGEST]
        alone = (above for above in small if _ALONE.fullmatch(document.text, above.start, above.end))
        block = next(alone, run.element)
        if block.index not in known:
            known.add(block.index)
            yield block


def _times_of(document: Document, elements: Sequence[Element]) -> list[ClockHit]:
    """The times of one structure, none where what it holds does not look like a programme's."""
    texts = [document.text[element.start : element.end] for element in elements]
    found = [(element, _ALONE.fullmatch(text)) for element, text in zip(elements, texts, strict=True)]
    times = [(element, one) for element, one in found if one is not None]
    if len(times) < _FEWEST or len(times) < _MOSTLY * len(elements) or any(map(_MONEY.search, texts)):
        return []
    clocks = [(int(one["hour"]), int(one["minute"])) for _, one in times]
    if len({one["sign"] for _, one in times}) > 1 or not _like_a_programme(clocks):
        return []
    return [
        ClockHit(
            start=element.start + one.start("hour"), end=element.start + one.end("minute"),
            hour=int(one["hour"]), minute=int(one["minute"]), style=":",
        )
        for element, one in times
    ]  # fmt: skip


def _like_a_programme(clocks: Sequence[tuple[int, int]]) -> bool:
    """Whether numbers are hours of a cinema's day with round minutes, not all of them full hours; prices seldom are."""
    count = len(clocks)
    awake = sum(_FIRST_HOUR <= hour <= _LAST_HOUR or hour == 0 for hour, _ in clocks)
    late = sum(hour >= _NOON for hour, _ in clocks)
    round_minutes = sum(minute % _STEP == 0 for _, minute in clocks)
    broken = sum(minute != 0 for _, minute in clocks)
    return (
        awake >= 0.9 * count
        and late * 2 >= count
        and round_minutes >= 0.9 * count
        and broken >= _SOME_BROKEN * count
        and len({minute for _, minute in clocks}) > 1
    )
