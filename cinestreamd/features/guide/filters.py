"""Which showings a visitor's filters let through, and by which filters the others fail."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final, Literal

from msgspec import Struct

from cinestreamd.features.guide.programme import Programme
from cinestreamd.features.guide.query import Filters, clock_minutes
from cinestreamd.features.guide.showing import Viewpoint
from cinestreamd.store.base import Cinema, Film, Showtime
from cinestreamd.web.formats import currency_digits
from cinestreamd.web.points import distance_km

Criterion = Literal[
    "time", "ends", "format", "language", "subtitles", "original", "price", "cinema", "accessible", "access", "within",
    "new", "last",
]  # fmt: skip
CRITERIA: Final[tuple[Criterion, ...]] = (
    "time",
    "ends",
    "format",
    "language",
    "subtitles",
    "original",
    "price",
    "cinema",
    "accessible",
    "access",
    "within",
    "new",
    "last",
)
BIT: Final = {name: 1 << number for number, name in enumerate(CRITERIA)}
_DAY: Final = 24 * 60
_LATEST: Final = 2 * _DAY


class Judged(Struct, frozen=True, gc=False):
    """A row and the criteria that it fails, as a sum of ``BIT``s."""

    row: Showtime
    failed: int


class Judge:
    """Applies one query to rows of one city."""

    def __init__(self, query: Filters, programme: Programme, view: Viewpoint) -> None:
        self._query = query
        self._programme = programme
        self._zone = view.zone
        self._earliest = clock_minutes(query.since) if query.since else None
        self._latest = clock_minutes(query.until) if query.until else None
        self._ends = clock_minutes(query.ends) if query.ends else None
        self._is_filtering = query.is_filtering()
        self._far = _beyond(query.within, programme, view)

    def judge(self, rows: Sequence[Showtime]) -> list[Judged]:
        """Each row with what it fails."""
        if not self._is_filtering:
            return [Judged(row, 0) for row in rows]
        return [Judged(row, self._failures(row)) for row in rows]

    def start_minutes(self, row: Showtime) -> int:
        """Minutes from the midnight of the row's business day to its start, by the clock on the wall."""
        local = row.start_time.astimezone(self._zone)
        clock = local.hour * 60 + local.minute
        day = local.date()
        return clock if day == row.business_day else clock + (day - row.business_day).days * _DAY

    @staticmethod
    def count_between(minutes: Sequence[int], since: str | None, until: str | None) -> int:
        """How many of these starts (as ``start_minutes`` gives them, sorted) lie between two clocks."""
        first = clock_minutes(since) if since else 0
        last = clock_minutes(until) if until else _LATEST
        return bisect_right(minutes, last) - bisect_left(minutes, first)

    def _failures(self, row: Showtime) -> int:
        query = self._query
        failed = self._clock_failures(row, self._programme.films[row.film_id])
        if query.format and (row.format or "") not in query.format:
            failed |= BIT["format"]
        if query.language and row.language not in query.language:
            failed |= BIT["language"]
        if query.subtitles and row.subtitles not in query.subtitles:
            failed |= BIT["subtitles"]
        if query.original and not row.original_language:
            failed |= BIT["original"]
        if query.price is not None and not _costs_at_most(row, query.price):
            failed |= BIT["price"]
        if query.access and not set(query.access) & set(row.access):
            failed |= BIT["access"]
        if query.new and row.film_id not in self._programme.runs.new:
            failed |= BIT["new"]
        if query.last and row.film_id not in self._programme.runs.last:
            failed |= BIT["last"]
        return failed | self._place_failures(self._programme.cinemas[row.cinema_id])

    def _clock_failures(self, row: Showtime, film: Film) -> int:
        if self._earliest is None and self._latest is None and self._ends is None:
            return 0
        start = self.start_minutes(row)
        failed = 0
        if not (self._earliest or 0) <= start <= (_LATEST if self._latest is None else self._latest):
            failed |= BIT["time"]
        if self._ends is not None and not (film.duration_minutes and start + film.duration_minutes <= self._ends):
            failed |= BIT["ends"]
        return failed

    def _place_failures(self, cinema: Cinema) -> int:
        failed = 0
        if self._query.cinema and cinema.id not in self._query.cinema:
            failed |= BIT["cinema"]
        if self._query.accessible and cinema.wheelchair != "yes":
            failed |= BIT["accessible"]
        if cinema.id in self._far:
            failed |= BIT["within"]
        return failed


def _beyond(kilometres: int | None, programme: Programme, view: Viewpoint) -> frozenset[str]:
    """The cinemas that are farther away, or nobody knows where; none without a distance or a point to tell it from."""
    point = view.point
    if kilometres is None or point is None:
        return frozenset()
    return frozenset(
        cinema.id
        for cinema in programme.cinemas.values()
        if (far := distance_km(point, cinema.lat, cinema.lon)) is None or far > kilometres
    )


def _costs_at_most(row: Showtime, ceiling: int) -> bool:
    price = row.price
    return price is not None and price.min <= ceiling * 10 ** currency_digits(price.currency)
