"""Find clock times in text: 19:30, 19.30, 19h30, 7:30pm, 7pm, 20 Uhr, and what each one is said to be.

Regular expressions here are linear: no nested repetition, every repetition bounded.
"""

import re
from collections.abc import Iterator
from datetime import time

from msgspec import Struct

from cinestreamd.agent.readers.clock_roles import Meridian, Role, Style, role_of

MAX_CLOCKS = 800

_CLOCK = re.compile(
    # The digit comes first and what may not stand before it after: so the search leaps from digit to digit.
    r"(?P<hour>\d(?<![\d.,:$€£₴#-].)(?:(?<=[01])\d?|(?<=2)[0-7]?|(?<![0-2])))"
    r"(?:\x1f?(?P<colon>[:：∶])\x1f?(?P<colon_minute>[0-5]\d)(?:[:：](?P<seconds>[0-5]\d))?"
    r"|(?<=\d\d)\x1f?[ ]\x1f?(?P<apart>:)\x1f?[ ]\x1f?(?P<apart_minute>[0-5]\d)(?![hH])"
    r"|\x1f?(?P<dot>\.)\x1f?(?P<dot_minute>[0-5]\d)"
    r"|(?:[ \u00a0\u202f\x1f]?(?P<h>[hH])[ \u00a0\u202f\x1f]?|(?P<u>[uU]))(?P<h_minute>[0-5]\d)?(?![^\W\d_])"
    r"|(?=[ \u00a0\u202f]?(?:[aApP]\.?[ ]?[mM]\b|Uhr\b|uhr\b)))"
    r"(?:[\s\x1f]?(?P<meridian>[aApP])(?:\.[ ]?[mM]\b\.?|[mM]\b)|(?P<letter>[ap])(?![\w.])"
    r"|[\s\x1f]?(?P<morning>ص|π\.?μ\.?)(?!\w)|[\s\x1f]?(?P<evening>م|μ\.?μ\.?)(?!\w))?"
    r"(?P<uhr>[ \u00a0\u202f]?[uU]hr\b)?"
    r"(?!\d|[:：]\d|[.,]\d|/\d(?!\d?[.:h]\d\d))"
)
_CLOCK_AND_SLASH = re.compile(r"[.:h]\d\d/")
_UHR_MINUTES = re.compile(r"[ \u00a0\u202f]\d{1,2}(?![\d.:])")
_NOON = re.compile(r"(?:^|[\n\x1f,;/|(–-])[ ]?(?:12 )?(noon)(?![^\W\d_])", re.IGNORECASE)
_HOUR_WORDS = (
    r"(?:klo?\.?|kell|klukkan|godz(?:\.|inie)?|om|ore(?:le)?|alle(?: ore)?|a las|às|as|plkst\.?|pukul|jam|saat|lúc)"
)
_AND_MORE = r"(?:,| ja| e| ed| i| och| og| und| y| et| en| sau| si| și|[ ]?[-–/])[ \u00a0\u202f]?"
# An hour alone, or with minutes in a list with hours alone: "ore 15.30 - 18 - 21".
_LISTED_HOUR = r"(?:[01]?\d|2[0-3])(?:[.:][0-5]\d)?(?![\d.:,/]\d|\d|h|[ ]?(?:min|€|%))"
_WORDY_HOUR = re.compile(
    rf"\b(?=[akgopàsjl])(?:{_HOUR_WORDS})[ \u00a0\u202f](?P<hours>{_LISTED_HOUR}"
    rf"(?:{_AND_MORE}{_LISTED_HOUR}(?![ ]?[^\W\d_]{{3,}}))*)",
    re.IGNORECASE,
)
# "ore 18,00 e 21,15": with a comma only behind a word that announces clock times.
_COMMA_CLOCKS = re.compile(
    rf"\b(?=[akgous])(?:{_HOUR_WORDS}|um|orari[o]?:?|spettacol[oi]:?)[ \u00a0\u202f]"
    rf"(?P<clocks>(?:[01]?\d|2[0-3]),[0-5]\d(?!\d)(?:{_AND_MORE}(?:[01]?\d|2[0-3]),[0-5]\d(?!\d))*)",
    re.IGNORECASE,
)
# 19時30分, 午後7時半, 19시 30분; "2時間" is a length, and "9.4 时长" a mark before the word for it.
_EAST_ASIAN = re.compile(
    r"(?:(?P<early>午前|上午|早上|凌晨|오전)|(?P<late>午後|午后|下午|晚上|오후))?[\s\x1f]?"
    r"(?<![\d.,:])(?P<hour>[01]?\d|2[0-7])[ \u00a0\x1f]?[时時點点시](?![间間长長段代期候评評])"
    r"[\s\x1f]?(?:(?P<minute>[0-5]\d)[\s\x1f]?[分분]?|(?P<half>[半반]))?"
)
# Said behind a time in a sentence: at, from, until, about, before, after.
_EAST_ASIAN_TOLD = re.compile(r"\s?(?:[にかまごよ頃前後以至]|까지|부터|에|이후|이전)")
_MONEY_AFTER = re.compile(
    r"[ \u00a0\u202f]?(?:[€$£₴%]|zł|zl|kč|eur|usd|грн|uah|lei|ron|chf|kr\b|ft\b|руб|/10)", re.IGNORECASE
)
# The currency of an amount before it says nothing of a number: "8,50 € 22.15".
_MONEY_BEFORE = re.compile(
    r"(?<!\d)(?<!\d[ \u00a0\u202f])(?:[€$£₴]|eur|usd|chf|kr\.?)[ \u00a0\u202f]?\Z", re.IGNORECASE
)
# A currency behind the last of several amounts is that of all: "8.50 – 12.00 €", "7.00/9.50 zł".
_MORE_MONEY = re.compile(r"(?:[ \u00a0]?[-–—/][ \u00a0]?\d{1,3}[.,]\d\d(?!\d)){1,4}")
# What stands before an amount in a list of prices without a currency: "Adults 10.50 Children 7.00".
_TARIFF_BEFORE = re.compile(
    r"(?:adults?|child(?:ren)?|kids|family|seniors?|students?|concessions?|members?|erwachsene|kinder|ermäßigt|normal|ulgowy|"
    r"tarif\w*|plein|réduit|enfants?|adultes?|general|reducida|niños|intero|ridotto|inteira|meia|дорослі|діти|взрослые|дети)"
    r"(?:[ \x1f]*\([^()]{0,12}\))?[ \x1f:–-]*$",
    re.IGNORECASE,
)
# "16:30-18:45-21:00" lists three showings; then every dash on the page does.
_GLUED_LIST = re.compile(
    r"(?<![\d.,:-])(?:[01]?\d|2[0-3])[:.][0-5]\d(?:-(?:[01]?\d|2[0-3])[:.][0-5]\d){2,12}(?![\d.,:-])"
)
_GLUED = re.compile(r"(?<=[:.][0-5]\d-)(?P<hour>[01]?\d|2[0-3])(?P<sign>[:.])(?P<minute>[0-5]\d)(?![\d,]|[.:]\d)")
_DASH_BEFORE = re.compile(r"[\s\x1f]*[-–—−～〜][\s\x1f]*$")
# Said before two times joined by a dash, it makes them two showings, not the beginning and end of one.
_SHOWINGS_BEFORE = re.compile(
    r"\b(?:spettacoli|proiezioni|séances|projections|pases|sesiones|funciones|sessões|vorstellungen|screenings|"
    r"showtimes|showings|seanse|seansy|сеанси|сеансы|представления|vetítések|előadások|visningar|visninger|näytökset)"
    r"(?:[\s\x1f]+(?:alle|ore|ore|à|a las|um|at|o|о|в))?[\s\x1f:]*$",
    re.IGNORECASE,
)


class ClockHit(Struct, frozen=True, kw_only=True):
    """A clock time at ``text[start:end]``, with what the words around it say of it.

    ``hour`` is as printed: 24 to 27 are the hours after the midnight of that evening. ``meridian`` is None where none
    is printed.
    """

    start: int
    end: int
    hour: int
    minute: int
    style: Style
    meridian: Meridian | None = None
    role: Role = "start"

    def clock(self) -> time | None:
        """The time of day, with a printed meridian applied; None for 13pm and the like."""
        if self.meridian is None:
            return time(self.hour % 24, self.minute)
        if not 1 <= self.hour <= 12:
            return time(self.hour, self.minute) if self.meridian == "pm" and self.hour > 12 and self.hour < 24 else None
        return time(self.hour % 12 + (12 if self.meridian == "pm" else 0), self.minute)


def find_clocks(text: str) -> list[ClockHit]:
    """All clock times in a text in order, at most ``MAX_CLOCKS``.

    A shared meridian ("5:00, 7:30 & 9:45pm") is spread.
    """
    hits: list[ClockHit] = []
    for found in _CLOCK.finditer(text):
        hit = _hit(text, found)
        if hit is not None:
            hits.append(hit)
            if len(hits) >= MAX_CLOCKS:
                break
    if _GLUED_LIST.search(text) is not None:
        hits += list(_glued(text))[: MAX_CLOCKS - len(hits)]
    taken = {hit.start for hit in hits}
    hits += [hit for hit in _announced(text) if hit.start not in taken][: MAX_CLOCKS - len(hits)]
    for found in _NOON.finditer(text):
        if len(hits) < MAX_CLOCKS:
            start, end = found.span(1)
            hits.append(ClockHit(start=start, end=end, hour=12, minute=0, style="meridian", meridian="pm"))
    if any(sign in text for sign in "時时點点시"):
        hits += list(_east_asian(text))[: MAX_CLOCKS - len(hits)]
    hits.sort(key=lambda hit: hit.start)
    return _spread_meridian(text, _mark_range_ends(text, hits))


def _glued(text: str) -> Iterator[ClockHit]:
    """The times right behind the dashes of lists: "16:30-18:45-21:00"."""
    for found in _GLUED.finditer(text):
        style: Style = ":" if found["sign"] == ":" else "."
        yield ClockHit(
            start=found.start(), end=found.end(), hour=int(found["hour"]), minute=int(found["minute"]), style=style
        )


def _announced(text: str) -> Iterator[ClockHit]:
    """Times that only the word before them tells from other numbers: "klo 14 ja 16", "ore 18,00 e 21,15"."""
    for found in _WORDY_HOUR.finditer(text):
        for number in re.finditer(r"(?<![\d.:])\d+(?![\d.:]\d|\d)", found["hours"]):
            start, end = found.start("hours") + number.start(), found.start("hours") + number.end()
            yield ClockHit(start=start, end=end, hour=int(number[0]), minute=0, style="hour")
    for found in _COMMA_CLOCKS.finditer(text):
        for clock in re.finditer(r"(\d+),(\d\d)", found["clocks"]):
            start, end = found.start("clocks") + clock.start(), found.start("clocks") + clock.end()
            yield ClockHit(start=start, end=end, hour=int(clock[1]), minute=int(clock[2]), style="h")


def _east_asian(text: str) -> Iterator[ClockHit]:
    """Times with the characters for hour and minute behind the numbers."""
    for found in _EAST_ASIAN.finditer(text):
        start = found.start("hour")
        if start and text[start - 1].isdecimal():
            continue
        meridian: Meridian | None = "am" if found["early"] else "pm" if found["late"] else None
        hour = int(found["hour"])
        minute = 30 if found["half"] else int(found["minute"] or 0)
        fits = meridian is None or 1 <= hour <= 12
        told = _EAST_ASIAN_TOLD.match(text, found.end()) is not None
        yield ClockHit(
            start=start, end=found.end(), hour=hour, minute=minute, style=":",
            meridian=meridian if fits else None, role="limit" if told else "start",
        )  # fmt: skip


def _hit(text: str, found: re.Match[str]) -> ClockHit | None:
    minute = found["colon_minute"] or found["apart_minute"] or found["dot_minute"] or found["h_minute"]
    style: Style = (
        ":"
        if found["colon"] or found["apart"]
        else "."
        if found["dot"]
        else "h"
        if found["h"] or found["u"]
        else "meridian"
    )
    if found["uhr"] and style == "meridian":
        style = "hour"
    hour = int(found["hour"])
    meridian: Meridian | None = None
    letter = found["meridian"] or found["letter"]
    if found["morning"] or found["evening"]:
        meridian = "am" if found["morning"] else "pm"
    elif letter:
        meridian = "am" if letter in "aA" else "pm"
    if (style == "." and _is_amount(text, found)) or _is_behind_slash(text, found.start()):
        return None
    if style == "h" and minute is None and hour < 9 and hour != 0:
        return None
    if hour >= 24 and (style not in (":", "h") or minute is None or meridian is not None):
        return None
    if found["seconds"] not in (None, "00"):
        return None  # a countdown or a record of work
    if found["uhr"] and minute is None and _UHR_MINUTES.match(text, found.end()):
        return None  # "4 Uhr 12": so titles and prose tell the time, not programmes
    role = role_of(text, found, style, hour)
    return ClockHit(
        start=found.start(),
        end=found.end(),
        hour=hour,
        minute=int(minute or 0),
        style=style,
        meridian=meridian,
        role=role,
    )


def _is_behind_slash(text: str, start: int) -> bool:
    """Whether a slash that follows no clock stands before: "18.00/20.30" are two times, "12/18.00" is none."""
    return text[start - 1 : start] == "/" and _CLOCK_AND_SLASH.match(text, max(0, start - 4)) is None


def _is_amount(text: str, found: re.Match[str]) -> bool:
    before = text[max(0, found.start() - 6) : found.start()]
    told = " ".join(text[max(0, found.start() - 40) : found.start()].rsplit("\n", 2)[-2:])
    more = _MORE_MONEY.match(text, found.end())
    behind = more.end() if more is not None else found.end()
    return bool(_MONEY_AFTER.match(text, behind) or _MONEY_BEFORE.search(before) or _TARIFF_BEFORE.search(told))


def _mark_range_ends(text: str, hits: list[ClockHit]) -> list[ClockHit]:
    """The second of two times joined by a dash is when the film ends.

    Three so joined are a list; then the dash lists times on the whole page.
    """
    chains: list[tuple[int, int]] = []
    at = 0
    while at < len(hits):
        last = at
        while last + 1 < len(hits) and _dash_between(text, hits[last], hits[last + 1]):
            last += 1
        chains.append((at, last))
        at = last + 1
    if any(last - first >= 2 for first, last in chains):
        return hits
    marked = list(hits)
    for first, last in chains:
        if _SHOWINGS_BEFORE.search(text[max(0, hits[first].start - 24) : hits[first].start]):
            continue
        if last > first and hits[first].role in ("start", "limit"):
            marked[last] = _withrole_of(hits[last], "end")
    return marked


def _dash_between(text: str, first: ClockHit, second: ClockHit) -> bool:
    between = text[first.end : second.start]
    return 0 < len(between) <= 7 and between.count("\n") < 2 and _DASH_BEFORE.fullmatch(between) is not None


def _withrole_of(hit: ClockHit, role: Role) -> ClockHit:
    return ClockHit(
        start=hit.start,
        end=hit.end,
        hour=hit.hour,
        minute=hit.minute,
        style=hit.style,
        meridian=hit.meridian,
        role=role,
    )


_LIST_SEPARATOR = re.compile(r"[\s\x1f]*(?:[,;/|&+•·-]|–|and|or|und|et|y|и|та)?[\s\x1f]*")


def _spread_meridian(text: str, hits: list[ClockHit]) -> list[ClockHit]:
    """Give "5:00, 7:30 & 9:45pm" its evening, walking back while the hours fall and only separators stand between."""
    spread = list(hits)
    for index in range(len(spread) - 2, -1, -1):
        hit, following = spread[index], spread[index + 1]
        if hit.meridian is not None or following.meridian is None or not 1 <= hit.hour <= 12:
            continue
        between = text[hit.end : following.start]
        if len(between) > 7 or "\n" in between or not _LIST_SEPARATOR.fullmatch(between):
            continue
        earlier = (hit.hour % 12, hit.minute) <= (following.hour % 12, following.minute)
        meridian: Meridian = following.meridian if earlier else "am"
        spread[index] = ClockHit(
            start=hit.start,
            end=hit.end,
            hour=hit.hour,
            minute=hit.minute,
            style=hit.style,
            meridian=meridian,
            role=hit.role,
        )
    return spread
