"""Read the dates among the tokens of a text, in one linear pass: a method for each form in which dates are written."""

from collections.abc import Iterator
from datetime import date, timedelta

from cinestreamd.agent.readers.calendar_words import relative_words
from cinestreamd.agent.readers.date_numbers import NumberWalk
from cinestreamd.agent.readers.date_tokens import Token
from cinestreamd.agent.readers.date_values import DateHit, settle_year, valid_date
from cinestreamd.agent.readers.date_walk import ACROSS, BESIDE, JOINERS
from cinestreamd.agent.readers.room_words import ROOM_WORDS

_ORDINALS = frozenset(["st", "nd", "rd", "th", "er", "e", "º", "ª", "го", "е", "ого", "te", "de", "da"])

# Short names of weekdays that are everyday words in another language: they need a month beside them.
EVERYDAY_WORDS = frozenset([
    "on", "to", "so", "do", "me", "die", "la", "mit", "man", "per", "sal", "par", "don", "sam", "sub", "ne", "ut",
    "pa", "sa", "di", "fr", "mi", "ma", "ti", "su", "st", "je", "ve", "ke", "pe", "di", "za", "as", "mar", "gi",
    "lu", "ju", "jo", "du", "vi", "pi", "on", "va",
])  # fmt: skip

# Short names of months that are everyday words elsewhere ("dès 3 ans", "2 ago"): the day must stand before them.
_EVERYDAY_MONTHS = frozenset(
    ["des", "ago", "out", "set", "pro", "led", "dub", "sie", "mag", "gen", "ara", "tem", "kas", "ver", "lis", "sub"]
)

# Short names of weekdays that name rooms elsewhere: "Sal 2", "Sál 3".
_ROOMS = frozenset(["sal"])

_ARTICLES = frozenset([
    "il", "le", "les", "du", "den", "der", "die", "am", "vom", "von", "from", "el", "los", "del", "dal", "on", "od",
    "dom", "i", "e",
])  # fmt: skip
_BEFORE_CLOCK = frozenset(
    ["at", "um", "о", "об", "в", "à", "a", "las", "kl", "klo", "om", "ore", "alle", "o", "as", "from", "ab", "v", "ve"]
)
_MOST_LISTED, _LAST_DAY, _JOINED_REACH = 6, 31, 7


class Scanner(NumberWalk):
    """The walk over one text's tokens."""

    def first_of_several(self, index: int) -> tuple[int, DateHit] | None:
        """The "28" of "28-29 November" and of "28, 29 and 30 November": its month stands behind the last number."""
        if not self.is_joiner(index + 1) and not self.is_joiner(index + 2):
            return None
        first, before = self.tokens[index], self.token(index - 1)
        named_before = before is not None and before.folded and self.distance(index - 1) < ACROSS
        if named_before and before is not None and before.folded not in _ARTICLES | self.weekdays.keys():
            return None
        at, number = index, first.number or 0
        for _ in range(_MOST_LISTED):
            step = at + 1
            dot = self.token(step)
            if dot is not None and dot.text == "." and dot.start == self.tokens[at].end:
                step += 1
            following = self.token(step + 1)
            if following is None or following.number is None or not self.is_joiner(step):
                return None
            if not number < following.number <= _LAST_DAY or following.end - self.tokens[at].end > _JOINED_REACH:
                return None
            at, number = step + 1, following.number
            last = self.day_month(at) or self.numeric(at)
            if last is not None and last[1].certain:
                own_dot = self.tokens[index + 1].text == "." and self.tokens[index + 1].start == first.end
                return self.of_same_month(index, index + (2 if own_dot else 1), last[1].day)
        return None

    def of_same_month(self, number_at: int, after: int, other: date) -> tuple[int, DateHit] | None:
        """A date made of a number and the month of another date, at the weekday before it where one stands there."""
        day = valid_date(other.year, other.month, self.tokens[number_at].number or 0)
        begin, _ = self.weekday_before(number_at)
        return self.hit(begin, after, day, "month_word") if day is not None else None

    def further_of_month(self, index: int) -> tuple[int, DateHit] | None:
        """The "29" of "Nov 28-29" and "November 28 & 29"."""
        after, day = self.month_first
        token, following = self.tokens[index], self.token(index + 1)
        beyond = self.token(index + 2)
        goes_on = self.is_joiner(index + 1) and beyond is not None and (beyond.number or 0) > (token.number or 0)
        if day is None or index - 1 != after or not self.is_joiner(after):
            return None
        if self.tokens[after].text == "," and not goes_on:
            return None
        if token.number is None or not day.day < token.number <= _LAST_DAY or not self.near(after, index, 1):
            return None
        beside = following is not None and self.distance(index) < BESIDE
        if beside and following is not None and following.folded not in _BEFORE_CLOCK | {""}:
            return None
        glued = following is not None and beyond is not None and beyond.start == following.end
        if beside and following is not None and (following.text in "h/%" or (following.text in ":." and glued)):
            return None
        found = self.of_same_month(index, index + 1, day)
        if found is not None:
            self.month_first = (found[0], found[1].day)
        return found

    def before_clock(self, index: int) -> tuple[int, DateHit] | None:
        """A "today" or "tomorrow" right before a clock time: "today, 13:55", "heute um 20:00 Uhr"."""
        at = index + 1
        while at < index + 4 and (token := self.token(at)) is not None and token.number is None:
            if (token.text not in ",:–-(" and token.folded not in _BEFORE_CLOCK) or not self.near(at - 1, at, 1):
                return None
            at += 1
        hour, sign, minute = self.token(at), self.token(at + 1), self.token(at + 2)
        if hour is None or hour.number is None or hour.number > 24 or not self.near(at - 1, at, 1):
            return None
        if sign is None or minute is None or sign.start != hour.end or sign.text not in ":.h" or minute.number is None:
            return None
        if minute.start != sign.end or len(minute.text) != 2 or self.numeric(at) is not None:
            return None
        day = self.reading.today + timedelta(days=relative_words()[self.tokens[index].folded])
        return self.hit(index, index + 1, day, "relative")

    def counts_days(self, index: int) -> bool:
        """Whether a word that may name a month or a weekday names a weekday: "lun 16, mar 17, mer 18"."""
        token = self.tokens[index]
        if token.folded not in self.weekdays or token.folded not in self.months:
            return False
        return self.is_in_row_of_days(index) or self.leads_numeric_date(index)

    def leads_numeric_date(self, index: int) -> bool:
        """Whether a whole date in numbers of that very weekday stands behind a word: "mar. 08/12"."""
        at = index + 1
        dot = self.token(at)
        at += dot is not None and dot.text in ".,"
        number = self.token(at)
        if number is None or number.number is None or not self.near(at - 1, at):
            return False
        found = self.numeric(at)
        return found is not None and found[1].day.weekday() in self.weekdays[self.tokens[index].folded]

    def is_in_row_of_days(self, index: int) -> bool:
        """Whether the weekday before or after a weekday and its number has the number before or after: "Mar. 24"."""
        number_at = self.number_behind(index)
        number = self.token(number_at)
        if number is None or number.number is None or number.number > _LAST_DAY:
            return False
        dotted = (before := self.token(index - 2)) is not None and before.text == "."
        for weekday_at, step in ((index - 3 if dotted else index - 2, -1), (number_at + 1, 1)):
            weekday = self.token(weekday_at)
            other = self.token(self.number_behind(weekday_at)) if weekday is not None else None
            if weekday is None or other is None or other.number is None or weekday.folded not in self.weekdays:
                continue
            follows = other.number == number.number + step or (step * (other.number - number.number) < -26)
            weekdays = self.weekdays[weekday.folded]
            beside = {(one + step) % 7 for one in self.weekdays[self.tokens[index].folded]}
            if follows and weekday.folded not in self.months and beside & set(weekdays):
                return True
        return False

    def number_behind(self, index: int) -> int:
        """The index of what stands behind a word and its dot: a number, perhaps."""
        following = self.token(index + 1)
        return index + 2 if following is not None and following.text == "." else index + 1

    def read(self, index: int) -> tuple[int, DateHit] | None:
        """The date that begins at a token, with the index of the token after it."""
        token = self.tokens[index]
        if token.number is not None:
            if self.is_clock_part(index):
                return None
            return (
                self.east_asian(index)
                or self.year_first(index)
                or self.numeric(index)
                or self.day_month(index)
                or self.first_of_several(index)
                or self.further_of_month(index)
                or self.day_weekday(index)
            )
        if token.folded in relative_words():
            return self.before_clock(index)
        if token.folded in self.months and token.folded not in _EVERYDAY_MONTHS and not self.counts_days(index):
            found = self.month_day(index)
            if found:
                return found
        if token.folded in self.weekdays:
            return self.weekday_day(index)
        return None

    def day_month(self, index: int) -> tuple[int, DateHit] | None:
        """21 November 2026, 21. listopadu, 21st of Nov, 21 de noviembre."""
        day_number = self.tokens[index].number or 0
        if not 1 <= day_number <= 31 or len(self.tokens[index].text) > 2:
            return None
        at = index + 1
        for _ in range(3):
            token = self.token(at)
            if token is None or not self.near(at - 1, at, 2):
                return None
            if token.folded in self.months and token.folded != "des" and not self.counts_days(at):
                break
            if token.folded == "d" and token.start == self.tokens[at - 1].end:
                return None
            if token.text not in ".-/,ºª" and token.folded not in _ORDINALS and token.folded not in JOINERS:
                return None
            at += 1
        month_token = self.token(at)
        if month_token is None or month_token.folded not in self.months or not self.near(at - 1, at, 2):
            return None
        apart = self.distance(at - 1) == ACROSS and self.begins_line(at)
        return None if apart else self.with_year_and_weekday(index, at + 1, day_number, self.months[month_token.folded])

    def month_day(self, index: int) -> tuple[int, DateHit] | None:
        """November 21, 2026 and Nov. 21st."""
        at = index + 1
        token = self.token(at)
        if token is not None and token.text == ".":
            at += 1
            token = self.token(at)
        if token is None or token.number is None or len(token.text) > 2 or not 1 <= token.number <= 31:
            return None
        following = self.token(at + 1)
        if self.distance(at - 1) == ACROSS and self.numeric(at) is not None:
            return None  # "November", and below it "27.11."
        if not self.near(at - 1, at, 2) or (
            following is not None and following.start == token.end and following.text in ":h"
        ):
            return None
        if self.distance(at - 1) == ACROSS and self.is_end_of_line(index):
            return None
        skip = following is not None and (following.text == "." or following.folded in _ORDINALS)
        beyond = self.token(at + 2 if skip else at + 1)
        if self.tokens[index].folded in self.weekdays and beyond is not None and beyond.folded in self.months:
            return None
        month = self.months[self.tokens[index].folded]
        after = at + 1
        if following is not None and following.folded in _ORDINALS and following.start == token.end:
            after += 1
        found = self.with_year_and_weekday(index, after, token.number, month)
        if found is not None:
            self.month_first = (found[0], found[1].day)
        return found

    def with_year_and_weekday(self, index: int, after: int, day_number: int, month: int) -> tuple[int, DateHit] | None:
        """A day and month, with the year and weekday that may stand beside them."""
        following = self.token(after)
        if following is not None and following.text == "." and following.start == self.tokens[after - 1].end:
            after += 1
        after, year = self.year_after(after)
        begin, weekdays = self.weekday_before(index)
        plain = settle_year(day_number, month, self.reading)
        if weekdays and self.distance(index - 1) == ACROSS and (plain is None or plain.weekday() not in weekdays):
            begin, weekdays = index, ()  # the weekday of the date above it
        after_weekday, later = self.weekday_after(after, lambda days: plain is not None and plain.weekday() in days)
        if not weekdays and later:
            after, weekdays = after_weekday, later
        if year is not None:
            day = valid_date(year, month, day_number)
            return self.hit(begin, after, day, "full") if day else None
        day = settle_year(day_number, month, self.reading, weekdays)
        return self.hit(begin, after, day, "month_word") if day else None

    def near_day(self, day_number: int, weekdays: tuple[int, ...]) -> date | None:
        """The day of that number and weekday from a week ago to six weeks ahead."""
        for offset in (*range(45), *range(-1, -8, -1)):
            day = self.reading.today + timedelta(days=offset)
            if day.day == day_number and day.weekday() in weekdays:
                return day
        return None

    def weekday_day(self, index: int) -> tuple[int, DateHit] | None:
        """Fri 21, where no month is printed."""
        at = index + 1
        token = self.token(at)
        if token is not None and token.text in ",.":
            at += 1
            token = self.token(at)
        if token is None or token.number is None or len(token.text) > 2 or not self.near(at - 1, at, 2):
            return None
        found = (
            self.east_asian(at)
            or self.year_first(at)
            or self.numeric(at)
            or self.day_month(at)
            or self.first_of_several(at)
        )
        word = self.tokens[index]
        everyday = word.folded in EVERYDAY_WORDS and (word.folded in _ROOMS or not word.text[0].isupper())
        everyday = everyday and not (at == index + 1 and self.is_in_row_of_days(index))
        if found is not None or everyday:
            return found
        return self.bare_day(index, at, at + 1, self.weekdays[self.tokens[index].folded])

    def day_weekday(self, index: int) -> tuple[int, DateHit] | None:
        """21 Fri, where no month is printed."""
        number = self.tokens[index].number or 0
        after, weekdays = self.weekday_after(index + 1, lambda days: self.near_day(number, days) is not None)
        if not weekdays or len(self.tokens[index].text) > 2:
            return None
        before = self.token(index - 1)
        if before is not None and before.folded in ROOM_WORDS and self.distance(index - 1) < BESIDE:
            return None  # "Hall 3 Thu–Wed: 19.00"
        if self.tokens[after - 1].folded in EVERYDAY_WORDS and not self.are_alone(index, after):
            return None
        return self.bare_day(index, index, after, weekdays)

    def bare_day(self, first: int, number_at: int, after: int, weekdays: tuple[int, ...]) -> tuple[int, DateHit] | None:
        """A weekday and a number beside it."""
        token, following = self.tokens[number_at], self.token(number_at + 1)
        if following is not None and following.start == token.end:
            beyond = self.text[following.end : following.end + 1]
            if following.folded == "h" or (following.text in ":.-/%" and beyond.isdecimal()):
                return None
        day = self.near_day(token.number or 0, weekdays)
        return self.hit(first, after, day, "weekday_day") if day else None

    def may_begin(self, index: int, token: Token) -> bool:
        """Whether a date may begin with a number: not with the hour of a clock, nor right before another number."""
        following = self.token(index + 1)
        if following is None:
            return index - 1 == self.month_first[0]
        if following.number is not None:
            return index - 1 == self.month_first[0]
        is_clock = following.text == ":" and following.start == token.end
        return not (is_clock and self.text[following.end : following.end + 1].isdecimal())

    def hits(self) -> Iterator[DateHit]:
        """All dates of the text in order."""
        index = 0
        while index < len(self.tokens):
            token = self.tokens[index]
            begins = self.may_begin(index, token) if token.number is not None else token.folded in self.openers
            found = self.read(index) if begins else None
            if found is None:
                index += 1
                continue
            index, hit = found
            self.beyond_last = index
            yield hit
