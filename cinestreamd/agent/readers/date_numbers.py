"""Read the dates that are written in numbers alone: 2026-11-21, 21.11.2026, 11/21, 11月21日."""

from cinestreamd.agent.readers.date_values import DateHit, ordered_date, settle_year, valid_date
from cinestreamd.agent.readers.date_walk import ACROSS, TokenWalk


class NumberWalk(TokenWalk):
    """The walk over a text's tokens, as far as dates in numbers go."""

    def east_asian(self, index: int) -> tuple[int, DateHit] | None:
        """11月21日, 2026年11月21日 and their Korean like."""
        numbers, at = [], index
        for signs in ("年년", "月월", "日일"):
            token, sign = self.token(at), self.token(at + 1)
            if (
                token is None
                or token.number is None
                or sign is None
                or sign.text[0] not in signs
                or not self.near(at, at + 1, 1)
            ):
                if signs == "年년":
                    continue
                return None
            numbers.append(token.number)
            at += 2
        month, day_number = numbers[-2], numbers[-1]
        day = valid_date(numbers[0], month, day_number) if len(numbers) == 3 else None
        if len(numbers) == 2 and 1 <= month <= 12:
            day = settle_year(day_number, month, self.reading)
        return self.hit(index, at, day, "full") if day else None

    def is_clock_part(self, index: int) -> bool:
        """Whether a number is the minutes of "20:30" or the second part of "18.30"."""
        start = self.tokens[index].start
        return start >= 2 and self.text[start - 1] in ":." and self.text[start - 2].isdecimal()

    def year_first(self, index: int) -> tuple[int, DateHit] | None:
        """2026-11-21, 2026.11.21."""
        year = self.tokens[index].number or 0
        if not 2000 <= year < 2100:
            return None
        parts = self.tokens[index + 1 : index + 5]
        if len(parts) < 4 or parts[0].text != parts[2].text or parts[0].text not in "-/.":
            return None
        if parts[1].number is None or parts[3].number is None or parts[3].end - self.tokens[index].start > 10:
            return None
        day = valid_date(year, parts[1].number, parts[3].number)
        return self.hit(index, index + 5, day, "full") if day else None

    def numeric(self, index: int) -> tuple[int, DateHit] | None:  # noqa: PLR0911 - one way out for each form
        """21.11.2026, 21/11/26, 11/21/2026, 21.11., 21.11 and 21/11."""
        first, separator, second = self.tokens[index], self.token(index + 1), self.token(index + 2)
        if separator is None or second is None or separator.text not in "./-" or second.number is None:
            return None
        if first.number is None or max(len(first.text), len(second.text)) > 2 or separator.start != first.end:
            return None
        gap = self.text[separator.end : second.start]
        closing = self.token(index + 3)
        if gap not in ("", " ", "\u00a0") or (
            gap and (closing is None or closing.text != "." or closing.start != second.end)
        ):
            return None
        before = self.token(index - 1)
        if (
            before is not None
            and before.end == first.start
            and before.text in ".:/-,$€£₴"
            and not self.ends_range(index)
        ):
            return None
        third = self.token(index + 4)
        repeated = closing is not None and closing.text == separator.text and closing.start == second.end
        spaced = third is not None and closing is not None and self.text[closing.end : third.start] in (" ", "\u00a0")
        whole_year = third is not None and third.number is not None and len(third.text) == 4
        if (
            repeated
            and third is not None
            and third.number is not None
            and (third.start == second.end + 1 or (spaced and whole_year))
        ):
            if len(third.text) not in (2, 4) or (len(third.text) == 4 and not 2000 <= third.number < 2100):
                return None
            day = ordered_date(first.number, second.number, third.number, self.reading)
            return self.hit(index, index + 5, day, "full") if day else None
        if separator.text == "-":
            return None
        return self.numeric_without_year(index, first.number, second.number, dotted=repeated)

    def ends_range(self, index: int) -> bool:
        """Whether a bare dash before a number is behind a whole date: "2/6(Sat)-2/7(Sun)", "2/6-2/7"."""
        dash, last, sign = self.token(index - 1), self.token(index - 2), self.token(index - 3)
        if dash is None or dash.text != "-" or last is None or last.end != dash.start:
            return False
        return last.text in ")）" or (last.number is not None and sign is not None and sign.text in "/.")

    def numeric_without_year(self, index: int, first: int, second: int, *, dotted: bool) -> tuple[int, DateHit] | None:
        """21.11., 21.11 and 21/11."""
        slashed = self.tokens[index + 1].text == "/"
        month_first = first <= 12 and (self.reading.order == "ymd" or (self.reading.order == "mdy" and slashed))
        month, day_number = (first, second) if month_first or second > 12 else (second, first)
        if not (1 <= month <= 12 and 1 <= day_number <= 31):
            return None
        after = index + (4 if dotted and self.tokens[index + 1].text == "." else 3)
        plain = settle_year(day_number, month, self.reading)
        begin, weekdays = self.weekday_before(index)
        if weekdays and self.distance(index - 1) == ACROSS and (plain is None or plain.weekday() not in weekdays):
            begin, weekdays = index, ()  # "Friday", and below it the clock "18.10"
        after_weekday, later = self.weekday_after(after, lambda days: plain is not None and plain.weekday() in days)
        day = settle_year(day_number, month, self.reading, weekdays or later)
        if day is None:
            return None
        # "16.30/ 18.10, Sat" is a time when that day was a Saturday a year ago only.
        named = bool(weekdays) or (bool(later) and day == plain)
        certain = named or (dotted and self.tokens[index + 1].text == ".")
        certain = certain or self.tokens[index + 1].text == "/"
        if not certain and len(self.tokens[index].text) == len(self.tokens[index + 2].text) == 1:
            return None  # "7.1" is a rating
        return self.hit(begin, after if weekdays else after_weekday, day, "numeric", certain=certain)
