"""Moving about the tokens of a text: what stands beside a token, and the weekday or year next to a date."""

from collections.abc import Callable
from datetime import date

from cinestreamd.agent.readers.calendar_words import month_words, opening_words, weekday_words
from cinestreamd.agent.readers.date_tokens import Token, tokens_of
from cinestreamd.agent.readers.date_values import DateHit, DateKind, DateReading

JOINERS = frozenset(["de", "of", "d", "del", "den"])
_JOINING_SIGNS = frozenset("&+,/-–—")
_JOINING_WORDS = frozenset([
    "and", "und", "et", "y", "e", "i", "и", "та", "і", "й", "och", "og", "en", "ja", "es", "ve", "a", "si", "to",
    "bis", "au", "al", "до",
])  # fmt: skip
# Distances between tokens: 2 is another element, 3 another line.
BESIDE, ACROSS = 2, 3


class TokenWalk:
    """The tokens of one text, and the ways between them."""

    def __init__(self, text: str, reading: DateReading) -> None:
        self.text = text
        self.reading = reading
        self.tokens = tokens_of(text)
        self.months = month_words()
        self.weekdays = weekday_words()
        # The words with which a date may begin.
        self.openers = opening_words()
        # Behind the last "November 28" that was read: the index of the token there, and the day.
        self.month_first: tuple[int, date | None] = (-1, None)
        # The index behind the last date that was read: its weekday is no other date's.
        self.beyond_last = 0

    def token(self, index: int) -> Token | None:
        """The token at an index, None outside the text."""
        return self.tokens[index] if 0 <= index < len(self.tokens) else None

    def near(self, left: int, right: int, reach: int = 3) -> bool:
        """Whether at most ``reach`` characters of white space stand between two tokens."""
        first, second = self.token(left), self.token(right)
        return first is not None and second is not None and second.start - first.end <= reach

    def distance(self, index: int) -> int:
        """How far apart a token and the next stand: 3 across lines, 2 across elements, 1 across a blank, 0 together."""
        between = self.text[self.tokens[index].end : self.tokens[index + 1].start]
        return 3 if "\n" in between else 2 if "\x1f" in between else 1 if between else 0

    def weekday_before(self, index: int) -> tuple[int, tuple[int, ...]]:
        """The token index where a weekday in front of ``index`` begins, and the weekdays it may mean."""
        at = index - 1
        for _ in range(2):
            token = self.token(at)
            if token is not None and token.text in ",.-–—|/(•·" and self.near(at, at + 1):
                at -= 1
        token = self.token(at)
        if at < self.beyond_last or token is None or token.folded not in self.weekdays or not self.near(at, at + 1):
            return index, ()
        if self.is_end_of_line(at) and "\n" in self.text[token.end : self.tokens[index].start]:
            return index, ()
        named = set(self.weekdays[token.folded])
        while at - 2 >= self.beyond_last and self.is_joiner(at - 1):
            earlier = self.tokens[at - 2]
            if earlier.folded not in self.weekdays or not self.near(at - 2, at - 1, 1) or not self.near(at - 1, at, 1):
                break
            named.update(self.weekdays[earlier.folded])
            at -= 2
        return at, tuple(sorted(named))

    def is_end_of_line(self, index: int) -> bool:
        """Whether other words stand before a token on its line: "the bar opens on Friday", and a date below it."""
        before = self.token(index - 1)
        return before is not None and bool(before.folded) and self.distance(index - 1) < BESIDE

    def begins_line(self, index: int) -> bool:
        """Whether other words follow a token on its line: "30", and below it "Sept portes plus bas"."""
        following = self.token(index + 1)
        return following is not None and bool(following.folded) and self.distance(index) < BESIDE

    def are_alone(self, first: int, after: int) -> bool:
        """Whether the tokens from one up to another fill their line, with nothing on another line between them."""
        alone = first == 0 or self.distance(first - 1) == ACROSS
        ended = after >= len(self.tokens) or self.distance(after - 1) == ACROSS
        return alone and ended and all(self.distance(at) < ACROSS for at in range(first, after - 1))

    def is_joiner(self, index: int) -> bool:
        """Whether a token lists days or bounds a period of them: "&", "and", "–"."""
        token = self.token(index)
        return token is not None and (token.text in _JOINING_SIGNS or token.folded in _JOINING_WORDS)

    def weekday_after(self, index: int, fits: Callable[[tuple[int, ...]], bool]) -> tuple[int, tuple[int, ...]]:
        """The token index after a weekday that follows ``index``, and the weekdays it may mean.

        One that stands as near to the number behind it is the earlier date's where it ``fits`` that.
        """
        at = index
        for _ in range(2):
            token = self.token(at)
            if token is not None and token.text in ",.-–—|(•·" and self.near(at - 1, at):
                at += 1
        token, following = self.token(at), self.token(at + 1)
        if token is None or token.folded not in self.weekdays or not self.near(at - 1, at):
            return index, ()
        if self.tokens[at - 1].text == "(" and (following is None or following.text not in ".)"):
            return index, ()  # "18.10 (Sub ITA)"
        if self.distance(at - 1) == ACROSS and following is not None and self.distance(at) < ACROSS:
            # The first word of the next line is a weekday only when it stands there alone: "La orilla" is a title.
            return index, ()
        if following is not None and following.number is not None and following.number <= 31 and self.near(at, at + 1):
            clock = self.token(at + 2)
            is_day = clock is None or clock.text not in ":h" or clock.start != following.end
            before, behind = self.distance(at - 1), self.distance(at)
            if is_day and (before > behind or (before == behind and not fits(self.weekdays[token.folded]))):
                return index, ()
        return at + 1, self.weekdays[token.folded]

    def year_after(self, index: int) -> tuple[int, int | None]:
        """The token index after a year that follows ``index``, and the year."""
        at = index
        token = self.token(at)
        while token is not None and at - index < 2 and (token.text in ",." or token.folded in JOINERS):
            at += 1
            token = self.token(at)
        near_year = (
            token is not None and token.number is not None and 1890 <= token.number <= self.reading.today.year + 5
        )
        if (
            near_year
            and token is not None
            and self.near(at - 1, at)
            and "\n" not in self.text[self.tokens[at - 1].end : token.start]
        ):
            return at + 1, token.number
        return index, None

    def hit(self, first: int, after: int, day: date, kind: DateKind, *, certain: bool = True) -> tuple[int, DateHit]:
        """A date from one token up to another, after the index of the token behind it."""
        start, end = self.tokens[first].start, self.tokens[after - 1].end
        return after, DateHit(start=start, end=end, day=day, kind=kind, certain=certain)
