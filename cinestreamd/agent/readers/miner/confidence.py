"""How far a page's mined rows can be trusted: from what told right from wrong on real pages."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import time
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from cinestreamd.agent.model import Candidate
from cinestreamd.agent.readers.film_words import names_other_kind
from cinestreamd.agent.readers.miner.coherence import disorder
from cinestreamd.agent.readers.miner.days import DaySource

if TYPE_CHECKING:
    from datetime import date

LINE = 0.5
_SHORTEST_GAP = 40
_SEVERAL_DAYS = 3
_PAIR = 2
_SOME_CLOSE, _MOST_CLOSE = 0.25, 0.4
_LAST_START, _FIRST_START, _SOME_ASLEEP = time(2, 30), time(8, 0), 0.25
_CERTAIN_DAYS = frozenset(["moment", "own", "line", "attribute", "tab"])
_MOSTLY_PROSE, _SOME_PROSE, _LONGEST_TITLE = 0.6, 0.3, 12
_SHORTEST_FILM, _LONGEST_FILM = 65, 225
_LITTLE_EXPLAINED, _MOSTLY_BOOKED = 0.4, 0.6
_SENTENCE_END = re.compile(r"[^\W\d_]{3,}[.!?;]\s+[^\W\d_]+\s+[^\W\d_]")
_BY_SOURCE: dict[DaySource, float] = {
    "moment": 0.05, "own": 0.05, "line": 0.03, "attribute": 0.05, "tab": 0.03, "column": 0.0, "heading": 0.0,
    "calendar": 0.0, "weekdays": -0.05, "period": -0.1, "address": 0.0, "active": -0.1, "none": -0.2,
}  # fmt: skip


class Signs(Struct, frozen=True, kw_only=True):
    """What a page shows besides its rows.

    ``source`` is where most days were found; ``title_strength`` how well the titles are founded (0..1); ``explained``
    the share of the times that may be showings and became rows; ``lengths`` are the minutes of the times that have an
    end printed; ``speaks_of_films``: the page uses a word of cinemas.
    """

    source: DaySource
    title_strength: float
    about_one_film: bool
    explained: float = 1.0
    lengths: tuple[int, ...] = ()
    speaks_of_films: bool = True


def page_confidence(rows: Sequence[Candidate], signs: Signs) -> float:
    """0..1; below ``LINE`` nothing of the page is to be published on this reading alone."""
    if not rows:
        return 0.0
    confidence = 0.62 + _BY_SOURCE[signs.source] + 0.3 * signs.title_strength
    confidence -= 0.0 if signs.about_one_film else _titles_against(rows, signs)
    confidence -= _times_against(rows, signs)
    if len(rows) == _PAIR and rows[0].title == rows[1].title and not signs.about_one_film:
        confidence -= 0.15
    if len(rows) < 3:
        confidence -= 0.15 if signs.source in _CERTAIN_DAYS or signs.about_one_film else 0.35
    if booked(rows) >= _MOSTLY_BOOKED:
        confidence += 0.06
    elif not signs.speaks_of_films:
        confidence -= 0.15
    return max(0.0, min(1.0, confidence))


def _titles_against(rows: Sequence[Candidate], signs: Signs) -> float:
    """What the titles of a page that is not about one film speak against them."""
    titles = Counter(row.title for row in rows)
    against = 0.0
    if len(rows) >= 6 and titles.most_common(1)[0][1] * 2 > len(rows) and len(titles) < 4:
        # A small cinema may show two films; then at least their days are plainly said.
        days = {row.day for row in rows if row.day is not None}
        plain = signs.source in _CERTAIN_DAYS or (len(days) >= _SEVERAL_DAYS and not disorder(rows))
        few = 0.15 if plain else 0.3
        against += few if len(titles) > 1 else 0.5
    if signs.source == "none" and len(titles) == 1 < len(rows):
        against += 0.3
    others = sum(count for title, count in titles.items() if names_other_kind(title)) / len(rows)
    against += 0.4 if others >= _MOSTLY_PROSE else 0.0
    told = sum(count for title, count in titles.items() if reads_like_prose(title)) / len(rows)
    return against + (0.35 if told >= _MOSTLY_PROSE else 0.2 if told >= _SOME_PROSE else 0.0)


def _times_against(rows: Sequence[Candidate], signs: Signs) -> float:
    """What the times speak against a programme: too close, at night, too short or too long, or mostly unexplained."""
    close = overlapping(rows)
    against = 0.5 if close >= _MOST_CLOSE else 0.3 if close >= _SOME_CLOSE else 0.0
    against += 0.4 if asleep(rows) >= _SOME_ASLEEP else 0.0
    against += 0.0 if _last_like_films(signs.lengths, len(rows)) else 0.4
    return against + (0.2 if signs.explained < _LITTLE_EXPLAINED else 0.0)


def _last_like_films(lengths: Sequence[int], rows: int) -> bool:
    """Whether what has an end lasts as films do: courses take an hour, halls are hired for half a day."""
    if len(lengths) * 2 < rows:
        return True
    return sum(_SHORTEST_FILM < length <= _LONGEST_FILM for length in lengths) * 2 > len(lengths)


def reads_like_prose(title: str) -> bool:
    """Whether a title looks like a sentence, a notice or a label: many words, a sentence's end inside, no capital."""
    words = title.split()
    starts_low = title[:1].islower() and not any(letter.isupper() for letter in title)
    return len(words) > _LONGEST_TITLE or _SENTENCE_END.search(title) is not None or title.endswith(":") or starts_low


def booked(rows: Sequence[Candidate]) -> float:
    """The share of rows that have a link of their own: nothing but showings is booked time by time."""
    links = Counter(row.link for row in rows if row.link)
    return sum(count == 1 for count in links.values()) / len(rows) if len(rows) > 1 else 0.0


def asleep(rows: Sequence[Candidate]) -> float:
    """The share of rows that begin while cinemas sleep: timetables of buses and offices do, programmes hardly."""
    return sum(_LAST_START < row.clock < _FIRST_START for row in rows) / len(rows) if rows else 0.0


def overlapping(rows: Sequence[Candidate]) -> float:
    """The share of rows that begin less than 40 minutes after the same film began on the same day in the same room.

    No cinema does that with one film in one room; a page that seems to has been misread.
    """
    by_film: dict[tuple[str, date | None, str | None], list[Candidate]] = {}
    for row in rows:
        by_film.setdefault((row.title, row.day, row.venue), []).append(row)
    close = 0
    for alike in by_film.values():
        by_clock = {row.clock: row for row in sorted(alike, key=lambda row: row.clock)}
        for first, second in pairwise(by_clock.values()):
            minutes = (second.clock.hour - first.clock.hour) * 60 + second.clock.minute - first.clock.minute
            apart = first.room is not None and second.room is not None and first.room != second.room
            close += minutes < _SHORTEST_GAP and not apart
    return close / len(rows) if rows else 0.0
