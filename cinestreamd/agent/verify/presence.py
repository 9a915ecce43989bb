"""Whether what a reader says stands on the page: titles word for word, clocks in any form in which they are printed."""

import html
import re
import unicodedata
from datetime import datetime, time
from functools import cached_property, lru_cache
from typing import Final

import msgspec

from cinestreamd.agent.calendar_text import is_calendar, unfolded
from cinestreamd.agent.digits import LATIN_DIGITS
from cinestreamd.agent.html import visible_text
from cinestreamd.agent.model import Page

_JSON_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([\"'/\\])|([nrtbf]))")
_UNSEEN: Final = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_IN_CIRCLES: Final = "\u2460-\u249b\u24ea-\u24ff\u2776-\u2793"
_INVISIBLE: Final = re.compile(f"[{_UNSEEN}]")
_CIRCLED: Final = re.compile(f"[{_IN_CIRCLES}]")
# What stands on few pages and costs much to look for one by one: all that ``plain`` undoes.
_RARE: Final = re.compile(f"[{_UNSEEN}{_IN_CIRCLES}{''.join(map(chr, LATIN_DIGITS))}]")
_APOSTROPHES: Final = re.compile("['’ʼ`´]")
_GAPS: Final = re.compile(r"[\W_]+")
_NOON: Final = 12
# What announces an hour printed without minutes, or joins it to others.
_BEFORE_HOUR: Final = (
    "klo?|kell|klukkan|plkst|pukul|jam|saat|lúc|las|às|godz|godzinie|om|ore|orele|alle|ja|och|og|und|et|en|[eiy]|о|в|at|à|"
    "um|[,/–-]"
)
MOST_MISSES: Final = 300
_DIGIT_GAP: Final = r"[\s\u00a0]{0,3}"


def plain(text: str) -> str:
    """``text`` as a reader of the page sees it: entities and JSON escapes undone, invisible characters gone."""
    if "&" in text:
        text = html.unescape(text)
    if "\\" in text:
        text = _JSON_ESCAPE.sub(_unescape, text)
        if "\\u" in text:
            # Data within a string of data: escaped twice.
            text = _JSON_ESCAPE.sub(_unescape, text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if text.isascii():
        return text
    if _RARE.search(text) is not None:
        # A number in a circle is a number of its own: "①10:10" is the first showing, at 10:10.
        text = _CIRCLED.sub(r" \g<0> ", _INVISIBLE.sub("", text.translate(LATIN_DIGITS)))
    return unicodedata.normalize("NFKC", text)


def _unescape(match: re.Match[str]) -> str:
    code, literal, control = match.groups()
    if code:
        return chr(int(code, 16))
    return str(literal) if literal else (" " if control else "")


def words_of(text: str) -> str:
    """The words of ``text``, case folded, one space around each: what titles are looked up in."""
    return _words_of_plain(plain(text))


def _words_of_plain(text: str) -> str:
    return f" {' '.join(_GAPS.sub(' ', _APOSTROPHES.sub('', text.casefold())).split())} "


def squeezed(text: str) -> str:
    """``text`` without spaces and case: how an excerpt is compared, however a page's markup is spaced."""
    return _squeezed_of_plain(plain(text))


def _squeezed_of_plain(text: str) -> str:
    return "".join(text.casefold().split())


class _Places:
    """A text in which one thing after another is looked for, as readers go through a page from beginning to end.

    What stands nowhere costs a look at the whole text: after ``MOST_MISSES`` of those nothing more is found.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._last = self._misses = 0

    def hold(self, needle: str) -> bool:
        """Whether the text holds the needle."""
        return self._find(needle, digits_apart=False)

    def hold_number(self, figure: str) -> bool:
        """Whether the text holds the figure, with no digit right before or behind it."""
        return self._find(figure, digits_apart=True)

    def _find(self, needle: str, *, digits_apart: bool) -> bool:
        if self._misses >= MOST_MISSES:
            return False
        for begin in (self._last, 0):
            place = self.text.find(needle, begin)
            while place >= 0 and digits_apart and self._amid_digits(place, place + len(needle)):
                place = self.text.find(needle, place + 1)
            if place >= 0:
                self._last = place
                return True
        self._misses += 1
        return False

    def _amid_digits(self, start: int, end: int) -> bool:
        return (start > 0 and self.text[start - 1].isdecimal()) or self.text[end : end + 1].isdecimal()


class PageText:
    """A page's source and visible text in the forms in which things are looked up, each made when first needed."""

    def __init__(self, page: Page) -> None:
        self._page = msgspec.structs.replace(page, text=unfolded(page.text)) if is_calendar(page.text) else page
        self._figures: dict[str, bool] = {}

    @cached_property
    def _source(self) -> _Places:
        return _Places(self._page.text)

    @cached_property
    def _visible(self) -> _Places:
        return _Places(visible_text(self._page))

    @cached_property
    def _plain_source(self) -> str:
        return plain(self._page.text)

    @cached_property
    def _plain_visible(self) -> str:
        return plain(self._visible.text)

    @cached_property
    def _source_words(self) -> _Places:
        return _Places(_words_of_plain(self._plain_source))

    @cached_property
    def _visible_words(self) -> _Places:
        return _Places(_words_of_plain(self._plain_visible))

    @cached_property
    def _visible_squeezed(self) -> _Places:
        return _Places(_squeezed_of_plain(self._plain_visible))

    @cached_property
    def _source_squeezed(self) -> _Places:
        return _Places(_squeezed_of_plain(self._plain_source))

    def has_title(self, title: str) -> bool:
        """Whether the title stands on the page; letters and digits count, punctuation and spacing do not."""
        words = words_of(title)
        if not words.strip():
            return self._source.hold(title.strip())
        return self._source_words.hold(words) or self._visible_words.hold(words)

    def has_figures(self, text: str) -> bool:
        """Whether every number of ``text`` stands on the page, in its source or to be seen."""
        return all(self._has_figure(figure) for figure in re.findall(r"\d+(?:[.,]\d+)?", text))

    def _has_figure(self, figure: str) -> bool:
        if figure not in self._figures:
            self._figures[figure] = self._source.hold_number(figure) or self._visible.hold_number(figure)
        return self._figures[figure]

    def has_excerpt(self, quote: str) -> bool:
        """Whether the excerpt stands on the page in one piece."""
        needle = squeezed(quote)
        return bool(needle) and (self._visible_squeezed.hold(needle) or self._source_squeezed.hold(needle))


def prints_clock(text: str, clock: time) -> bool:
    """Whether ``text`` prints the time of day: 19:30, 19.30, 19h30, 19 30, T1930, 7:30 PM, 7pm, 19 Uhr, 25:30."""
    return bool(_clock_pattern(clock.hour, clock.minute).search(plain(text)))


def states_timestamp(text: str, moment: datetime) -> bool:
    """Whether ``text`` holds the unix timestamp of ``moment``, in seconds or milliseconds."""
    return re.search(rf"(?<![\d.]){int(moment.timestamp())}(?:\d{{3}})?(?!\d)", text) is not None


@lru_cache(maxsize=24 * 60)
def _clock_pattern(hour: int, minute: int) -> re.Pattern[str]:
    late = f"|{hour + 24}" if hour < 6 else ""
    twelve = hour % 12 or 12
    gap, mm = _DIGIT_GAP, f"{minute:02d}"
    whole = minute == 0
    half = [rf"(?<!\d)0?(?:{hour}|{twelve}){gap}[時时點点시]{gap}[半반]"] if minute == 30 else []
    forms = [
        *half,
        rf"(?<!\d)(?:0?{hour}{late}){gap}[:.,hHuUг∶：時时點点시'’·-]{gap}{mm}(?!\d)",
        rf"(?<!\d)(?:{hour:02d}{late}){gap}{mm}(?!\d)",
        rf"T{hour:02d}{mm}",
        rf"(?<!\d)20\d{{6}}{hour:02d}{mm}(?:\d\d)?(?!\d)",
        rf"(?<!\d)0?{twelve}{gap}[:.時时點点시]{gap}{mm}(?!\d)",
        rf"(?<!\d)0?{twelve}{'' if whole else f'{gap}{mm}'}{gap}[aApP]\.?{gap}[mM]",
    ]
    if whole:
        forms += [rf"(?<!\d)0?{hour}{gap}(?:[hHuU](?!\d)|[uU]hr)", rf"(?<!\d)0?{twelve}{gap}[aApP]\b"]
        forms += [r"\b[Nn](?:oon|OON)\b"] if hour == 12 else []
        forms.append(rf"(?<!\d)0?(?:{hour}|{twelve}){gap}[時时點点시]")
        forms.append(rf"(?:{_BEFORE_HOUR})\.?{gap}0?{hour}(?!\d)")
    if whole and hour == _NOON:
        forms.append(r"(?<![^\W\d_])(?:noon|Noon|NOON)(?![^\W\d_])")
    return re.compile("|".join(forms))
