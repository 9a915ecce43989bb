"""Whether what a reader says stands on the page: titles word for word, clocks in any form in which they are printed."""

import html
import re
import unicodedata
from datetime import datetime, time
from functools import cached_property, lru_cache
from typing import Final

from cinestreamd.agent.html import visible_text
from cinestreamd.agent.model import Page

_JSON_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([\"'/\\])|([nrtbf]))")
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_GAPS: Final = re.compile(r"[\W_]+")
_NOON: Final = 12
_DIGIT_GAP: Final = r"[\s\u00a0]{0,3}"


def plain(text: str) -> str:
    """``text`` as a reader of the page sees it: entities and JSON escapes undone, invisible characters gone."""
    if "&" in text:
        text = html.unescape(text)
    if "\\" in text:
        text = _JSON_ESCAPE.sub(_unescape, text)
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))


def _unescape(match: re.Match[str]) -> str:
    code, literal, control = match.groups()
    if code:
        return chr(int(code, 16))
    return str(literal) if literal else (" " if control else "")


def words_of(text: str) -> str:
    """The words of ``text``, case folded, one space around each: what titles are looked up in."""
    folded = re.sub(r"['’ʼ`´]", "", plain(text).casefold())
    return " " + " ".join(_GAPS.sub(" ", folded).split()) + " "


def squeezed(text: str) -> str:
    """``text`` without spaces and case: how an excerpt is compared, however a page's markup is spaced."""
    return re.sub(r"\s+", "", plain(text).casefold())


class PageText:
    """A page's source and visible text in the forms in which things are looked up, each made when first needed."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._last_title = 0

    @cached_property
    def _visible(self) -> str:
        return visible_text(self._page)

    @cached_property
    def _source_words(self) -> str:
        return words_of(self._page.text)

    @cached_property
    def _visible_words(self) -> str:
        return words_of(self._visible)

    @cached_property
    def _squeezed(self) -> dict[str, int]:
        """The text squeezed, as shown and as written, each with the place of the last excerpt found in it."""
        return {squeezed(self._visible): 0, squeezed(self._page.text): 0}

    def has_title(self, title: str) -> bool:
        """Whether the title stands on the page; letters and digits count, punctuation and spacing do not."""
        words = words_of(title)
        if not words.strip():
            return title.strip() in self._page.text
        # Readers go through a page from its beginning to its end.
        place = self._source_words.find(words, self._last_title)
        place = place if place >= 0 else self._source_words.find(words)
        self._last_title = max(place, 0)
        return place >= 0 or words in self._visible_words

    def has_figures(self, text: str) -> bool:
        """Whether every number of ``text`` stands on the page, in its source or to be seen."""
        return all(self._has_figure(figure) for figure in re.findall(r"\d+(?:[.,]\d+)?", text))

    def _has_figure(self, figure: str) -> bool:
        pattern = re.compile(rf"(?<!\d){re.escape(figure)}(?!\d)")
        return bool(pattern.search(self._page.text) or pattern.search(self._visible))

    def has_excerpt(self, quote: str) -> bool:
        """Whether the excerpt stands on the page in one piece."""
        needle = squeezed(quote)
        if not needle:
            return False
        for text, last in self._squeezed.items():
            # Readers go through a page from its beginning to its end.
            place = text.find(needle, last)
            place = place if place >= 0 else text.find(needle)
            if place >= 0:
                self._squeezed[text] = place
                return True
        return False


def prints_clock(text: str, clock: time) -> bool:
    """Whether ``text`` prints the time of day: 19:30, 19.30, 19h30, 19 30, T1930, 7:30 PM, 7pm, 19 Uhr, 25:30."""
    return bool(_clock_pattern(clock.hour, clock.minute).search(plain(text)))


def states_timestamp(text: str, moment: datetime) -> bool:
    """Whether ``text`` holds the unix timestamp of ``moment``, in seconds or milliseconds."""
    return re.search(rf"(?<![\d.]){int(moment.timestamp())}(?:000)?(?!\d)", text) is not None


@lru_cache(maxsize=24 * 60)
def _clock_pattern(hour: int, minute: int) -> re.Pattern[str]:
    late = f"|{hour + 24}" if hour < 6 else ""
    twelve = hour % 12 or 12
    gap, mm = _DIGIT_GAP, f"{minute:02d}"
    whole = minute == 0
    forms = [
        rf"(?<!\d)(?:0?{hour}{late}){gap}[:.,hHг∶：]{gap}{mm}(?!\d)",
        rf"(?<!\d)(?:{hour:02d}{late}){gap}{mm}(?!\d)",
        rf"T{hour:02d}{mm}",
        rf"(?<!\d)0?{twelve}{gap}[:.]{gap}{mm}(?!\d)",
        rf"(?<!\d)0?{twelve}{'' if whole else f'{gap}{mm}'}{gap}[aApP]\.?{gap}[mM]",
    ]
    if whole:
        forms += [rf"(?<!\d)0?{hour}{gap}(?:[hH](?!\d)|[uU]hr)", rf"(?<!\d)0?{twelve}{gap}[aApP]\b"]
        forms += [r"\b[Nn](?:oon|OON)\b"] if hour == 12 else []
        forms += [
            rf"(?:klo?|godz|godzinie|om|ore|orele|alle|ja|och|og|und|et|en|[eiy]|о|в|at|à|um|[,/–-])\.?{gap}0?{hour}(?!\d)"
        ]
    if whole and hour == _NOON:
        forms.append(r"(?<![^\W\d_])(?:noon|Noon|NOON)(?![^\W\d_])")
    return re.compile("|".join(forms))
