"""Find the clock times on a page that may be showings, and group those that stand in the same structure."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.agent.readers.calendar_words import fold, month_words, weekday_words
from cinestreamd.agent.readers.clock import ClockHit, find_clocks
from cinestreamd.agent.readers.dates import DateHit
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.labels import is_label

_NOT_SHOWINGS = frozenset([
    "news", "blog", "comment", "comments", "countdown", "timer", "cart", "basket", "cookie", "cookies", "consent",
    "onetrust", "gdpr", "trailer", "trailers", "duration", "runtime", "footer", "faq", "review", "reviews",
    "opening", "openinghours", "tweet", "copyright", "impressum", "filter", "filters",
])  # fmt: skip
_GLUED_END = re.compile(r"-([01]?\d|2[0-4])[:.]([0-5]\d)(?!\d)")
_ELSEWHERE = frozenset(["nearby", "sister", "elsewhere", "neighbouring"])
_FEWEST_OWN = 3
# What classes call the time when a showing is over.
_ENDS = frozenset(["end", "ends", "endtime", "ende", "fin", "until"])
# In lower case: a search that minds case is several times quicker.
_OPENING = re.compile(
    r"opening (?:hours|times)|re-?opens?\b|box office|ticket office|open daily|doors open|working hours|business hours|"
    r"öffnungszeit|geöffnet|kassenöffnung|kasse(?:n)? |abendkasse|"
    r"heures d.ouverture|horaires d.ouverture|ouvert|guichet|caisse|accueil|"
    r"години роботи|графік роботи|режим роботи|каса працює|каси працюють|часы работы|график работы|"
    r"режим работы|касса работает|кассы работают|"
    r"godziny otwarcia|kasa (?:czynna|kina)|kasy|otwart|czynne|otevírací|otevřeno|pokladna|otváracie|"
    r"horario de (?:taquilla|apertura)|taquilla|abierto|bilheteira|bilheteria|orari di apertura|biglietteria|"
    r"program de lucru|casa de bilete|casieria|deschis|שעות פתיחה|קופה|openingstijden|geopend|kassa|"
    r"öppettider|öppet|åbningstider|åbent|åpningstider|aukioloajat|avoinna|nyitva|pénztár|gişe|açılış|"
    r"ωράριο|ταμείο|営業時間|telephone|hotline|lines open",
)
_WEEKDAY_RANGE = re.compile(r"([^\W\d_]{2,12})\.?[\s\x1f]{0,2}[-–—][\s\x1f]{0,2}([^\W\d_]{2,12})[.,:]{0,2}[\s\x1f]*$")
_WORDS = re.compile(r"[^\W\d_]{2,}")
_PROSE_WORDS, _SENTENCE_WORDS = 14, 8
_IN_SENTENCE = re.compile(
    r"\b(?:at|between|um|gegen|zwischen|o|między|à|vers|entre|a las|alle|às|"
    r"в|о|об|між|между|klo|om)[\s\x1f]+\d{1,2}[:.hH]\d\d"
)
_FULL_STOP = re.compile(r"[^\W\d_]{3,}[.!?…](?:\s|$)")
_LOWER_WORD = re.compile(r"(?<![\w'’])[^\W\d_A-ZА-ЯІЇЄҐ][^\W\d_]+")
_FEWEST_TOLD = 4
_GOES_ON = re.compile(
    r"\d{1,2}(?:[:.h]\d\d)?(?:\s?[ap]\.?m\.?|\s?[Uu]hr)?\s(?:[^\W\d_A-ZА-ЯІЇЄҐ]+\s+)?[^\W\d_A-ZА-ЯІЇЄҐ]{3,}"
)
_FEWEST_STEPS, _LONGEST_STEP = 6, 60
_SHORTEST_FILM = 40
_FEWEST_PAIRS = 3
_LONGEST_LINE = 2_000
MAX_CLUSTERS = 40
_MIDNIGHT = 24
_LONGEST_FILM_MINUTES = 5 * 60 + 30
_CONTEXT = 60
_HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])


class TimeNode(Struct, frozen=True, eq=False):
    """A clock time in the page, its deepest element, and that element's chain of ancestors.

    ``until`` is the time behind it at which what it begins ends, where the page says so.
    """

    hit: ClockHit
    element: Element
    chain: tuple[Element, ...]
    until: ClockHit | None = None

    @property
    def minutes(self) -> int | None:
        """How long it lasts, where the page says so."""
        return _minutes_between(self.hit, self.until) if self.until is not None else None


class Cluster(Struct, frozen=True, eq=False):
    """Times that stand in the same structure: same tags and classes of leaf, parent and grandparent."""

    key: tuple[str, ...]
    nodes: tuple[TimeNode, ...]


def find_times(
    document: Document, dates: list[DateHit], seen: Callable[[Sequence["TimeNode"]], list["TimeNode"]] = list
) -> tuple[list[Cluster], list[DateHit]]:
    """The clusters of possible showings, largest first, and the dates that remain when doubtful numbers are settled.

    ``seen`` leaves those of the times that a visitor can come to see.
    """
    hits = find_clocks(document.text)
    nodes = [node for hit in hits if (node := _node(document, hit)) is not None]
    nodes, dates = _settle_doubtful(document, nodes, dates)
    ends = _range_ends(hits)
    headings = [element for element in document.elements if element.tag in _HEADINGS and element.end > element.start]
    starts = [element.start for element in headings]
    closed = [
        _speaks_of_opening(document.text[element.start : min(element.end, element.start + 80)]) for element in headings
    ]

    def under_opening_hours(node: TimeNode) -> bool:
        at = bisect_left(starts, node.hit.start)
        return at > 0 and closed[at - 1]

    nodes = [replace(node, until=ends.get(node.hit.start) or _glued_end(document.text, node.hit)) for node in nodes]
    nodes = _without_asides(nodes)
    kept = seen([node for node in nodes if _may_be_showing(document, node, ends) and not under_opening_hours(node)])
    groups: dict[tuple[str, ...], list[TimeNode]] = {}
    for node in kept:
        groups.setdefault(_key(node), []).append(node)
    ends_apart = _ends_apart(groups) | _axes(groups)
    clusters = [
        Cluster(key, tuple(members))
        for key, members in groups.items()
        if key not in ends_apart and _round_minutes(members) and not _only_lengths(members)
    ]
    return sorted(clusters, key=lambda cluster: -len(cluster.nodes))[:MAX_CLUSTERS], dates


def _node(document: Document, hit: ClockHit) -> TimeNode | None:
    element = document.element_of(hit.start, hit.end)
    if element is None or (document.text[hit.start].isalpha() and not _is_whole_text(document, hit)):
        return None
    return TimeNode(hit, element, tuple(element.ancestors()))


def _is_whole_text(document: Document, hit: ClockHit) -> bool:
    """Whether a time in words ("Noon") is all that its text node says; in a title or a sentence it is none."""
    run = document.run_at(hit.start)
    return run is not None and run.start == hit.start and run.end == hit.end


def _key(node: TimeNode) -> tuple[str, ...]:
    return tuple(element.signature for element in node.chain[:3])


def _without_asides(nodes: list[TimeNode]) -> list[TimeNode]:
    """The times of the page's own programme: those beside it, of other cinemas and events, are left out."""
    own = [node for node in nodes if not any(_is_aside(element) for element in node.chain)]
    return own if len(own) >= _FEWEST_OWN else nodes


def _is_aside(element: Element) -> bool:
    return (
        element.tag == "aside"
        or element.attributes.get("role") == "complementary"
        or bool(element.class_words() & _ELSEWHERE)
    )


def _settle_doubtful(
    document: Document, nodes: list[TimeNode], dates: list[DateHit]
) -> tuple[list[TimeNode], list[DateHit]]:
    """Where "19.11" may be a time or a day, decide it for the whole group of like places, not one by one."""
    doubtful = {hit.start: hit for hit in dates if not hit.certain}
    taken = sorted((hit.start, hit.end) for hit in dates if hit.certain)
    free = [node for node in nodes if not _overlaps(taken, node.hit)]
    groups: dict[tuple[str, ...], list[TimeNode]] = {}
    for node in free:
        if node.hit.style == ".":
            groups.setdefault(_key(node), []).append(node)
    colons = sum(node.hit.style == ":" and node.hit.role == "start" for node in free)
    are_dates: set[int] = set()
    for members in groups.values():
        if _are_days(document, members, colons):
            are_dates.update(node.hit.start for node in members)
    times = [node for node in free if node.hit.start not in are_dates]
    clock_starts = {node.hit.start for node in times}
    spans = sorted((node.hit.start, node.hit.end) for node in times)
    kept = [
        hit for hit in dates
        if hit.certain
        or hit.start in are_dates
        or not (hit.start in clock_starts or _overlaps_span(spans, hit.start, hit.end))
    ]  # fmt: skip
    del doubtful
    return times, kept


def _are_days(document: Document, members: list[TimeNode], colons: int) -> bool:
    texts = [document.text[node.hit.start : node.hit.end] for node in members]
    numbers = [
        (int(parts[0]), int(parts[1][:2]))
        for text in texts
        if len(parts := text.split(".")) > 1 and parts[1][:2].isdecimal()
    ]
    if any(node.hit.meridian for node in members) or any(minute > 12 or minute == 0 for _, minute in numbers):
        return False
    return (
        colons >= 3
        or any(hour > 23 for hour, _ in numbers)
        or len({minute for _, minute in numbers}) == 1 < len(numbers)
    )


def _overlaps(spans: list[tuple[int, int]], hit: ClockHit) -> bool:
    return _overlaps_span(spans, hit.start, hit.end)


def _overlaps_span(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        if spans[middle][1] <= start:
            low = middle + 1
        else:
            high = middle
    return low < len(spans) and spans[low][0] < end


def _range_ends(hits: Iterable[ClockHit]) -> dict[int, ClockHit]:
    """Start offset of a time → the end time that follows it directly."""
    ends: dict[int, ClockHit] = {}
    previous: ClockHit | None = None
    for hit in hits:
        if previous is not None and hit.role == "end" and hit.start - previous.end <= 12:
            ends[previous.start] = hit
        previous = hit
    return ends


def _glued_end(text: str, hit: ClockHit) -> ClockHit | None:
    """The end of "18:00-19:00", which is no time of its own."""
    found = _GLUED_END.match(text, hit.end)
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2])
    return ClockHit(start=found.start(1), end=found.end(), hour=hour, minute=minute, style=":", role="end")


def _may_be_showing(document: Document, node: TimeNode, ends: dict[int, ClockHit]) -> bool:
    ends_here = any(element.class_words() & _ENDS for element in node.chain[:2])
    if node.hit.role != "start" or node.hit.clock() is None or ends_here:
        return False
    for element in node.chain:
        if element.tag in ("footer", "nav", "select", "textarea") or element.class_words() & _NOT_SHOWINGS:
            return False
    end = ends.get(node.hit.start)
    if end is not None and (_minutes_between(node.hit, end) > _LONGEST_FILM_MINUTES or _after_weekdays(document, node)):
        return False
    line_start, line_end = document.line(node.hit.start, node.hit.end)
    if line_end - line_start > _LONGEST_LINE:
        return False
    context = document.text[max(line_start, node.hit.start - 3 * _CONTEXT) : min(line_end, node.hit.end + _CONTEXT)]
    before = document.text[max(0, line_start - _CONTEXT) : line_start]
    heading = before.rsplit("\n", 2)[-2] if before.count("\n") >= 1 else before
    if _speaks_of_opening(context + "\n" + (before if end is not None else heading)):
        return False
    return not _in_prose(document, node)


def _speaks_of_opening(text: str) -> bool:
    """Whether a text speaks of opening hours, the box office or the telephone."""
    return _OPENING.search(text.lower()) is not None


def _after_weekdays(document: Document, node: TimeNode) -> bool:
    """Whether "Mo–Fr" or the like stands right before a time: with an end time after it these are opening hours."""
    found = _WEEKDAY_RANGE.search(document.text[max(0, node.hit.start - 34) : node.hit.start])
    return found is not None and all(fold(word) in weekday_words() for word in found.groups())


def _in_prose(document: Document, node: TimeNode) -> bool:
    """Whether a time stands in a sentence: among many words of the same element on the same line."""
    start, end = document.line(node.hit.start, node.hit.end)
    own = [run for run in document.runs_between(start, end) if run.element is node.element]
    words = sum(len(_WORDS.findall(document.text, run.start, run.end)) for run in own)
    if any(_is_sentence(document.text[run.start : run.end], node.hit.start - run.start) for run in own):
        return True
    told = _IN_SENTENCE.search(document.text, start, node.hit.end) is not None
    return words >= (_SENTENCE_WORDS if told else _PROSE_WORDS)


def _is_sentence(text: str, clock_at: int) -> bool:
    """Whether a text node tells something: the sentence goes on after the time, and words and full stops are around it.

    In a list a time stands between signs, at an end, or before a title; in "Set in 1990. At 5:30 someone knocks." not.
    """
    text = text[:_LONGEST_LINE]
    stop = _FULL_STOP.search(text)
    if not 0 <= clock_at < len(text) or stop is None:
        return False
    told = [
        found.start()
        for found in _LOWER_WORD.finditer(text)
        if not is_label(found[0]) and fold(found[0]) not in month_words()
    ]
    before = sum(at < clock_at for at in told)
    goes_on = _GOES_ON.match(text, clock_at) is not None
    return goes_on and len(told) >= _FEWEST_TOLD and before < len(told) and (before >= 2 or stop.end() <= clock_at)


def _axes(groups: dict[tuple[str, ...], list[TimeNode]]) -> set[tuple[str, ...]]:
    """The groups whose times follow one another in equal steps: the hours down the side of a timetable.

    Only where other times stand in the timetable: else the hours themselves may be when films begin.
    """
    found = set()
    for key, members in groups.items():
        others = sum(
            len(nodes) for other, nodes in groups.items()
            if other != key
            and sum(members[0].hit.start < node.hit.start < members[-1].hit.start for node in nodes) * 2 > len(nodes)
        )  # fmt: skip
        if others < _FEWEST_PAIRS or len(members) < _FEWEST_STEPS:
            continue
        steps = [_minutes_between(first.hit, second.hit) for first, second in pairwise(members)]
        step, count = Counter(steps).most_common(1)[0]
        if 0 < step <= _LONGEST_STEP and count >= _FEWEST_STEPS - 1 and count * 5 >= len(steps) * 4:
            found.add(key)
    return found


def _ends_apart(groups: dict[tuple[str, ...], list[TimeNode]]) -> set[tuple[str, ...]]:
    """The groups whose every time follows one of another group by the length of a film: when it ends."""
    found: set[tuple[str, ...]] = set()
    for key, ends in groups.items():
        for other, starts in groups.items():
            if other == key or other in found or len(starts) != len(ends) or len(ends) < _FEWEST_PAIRS:
                continue
            pairs = list(zip(starts, ends, strict=True))
            in_turn = all(start.hit.start < end.hit.start for start, end in pairs) and all(
                end.hit.start < start.hit.start for (_, end), (start, _) in pairwise(pairs)
            )
            if in_turn and all(
                _SHORTEST_FILM <= _minutes_between(start.hit, end.hit) <= _LONGEST_FILM_MINUTES for start, end in pairs
            ):
                found.add(key)
    return found


def _minutes_between(first: ClockHit, second: ClockHit) -> int:
    one, two = first.clock(), second.clock()
    if one is None or two is None:
        return 0
    return (two.hour * 60 + two.minute - one.hour * 60 - one.minute) % (24 * 60)


def _only_lengths(members: list[TimeNode]) -> bool:
    """Whether all of a group would begin past midnight: "25:10" is a time beside evening ones, else a length."""
    return all(node.hit.hour > _MIDNIGHT for node in members)


def _round_minutes(members: list[TimeNode]) -> bool:
    """Showings begin at round minutes; a group with odd ones is something else (timers, posts, lengths)."""
    return sum(node.hit.minute % 5 == 0 for node in members) * 2 >= len(members)
