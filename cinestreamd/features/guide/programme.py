"""What a city's cinemas show on a day, read from the store.

A *business day* is the cinema's own day: a showing after midnight belongs to the evening before. For the guide, "today"
turns to the next day at five in the morning, when the last showings of the night have ended.
"""

from bisect import bisect_right
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.features.guide.runs import LOOKED_BACK, Runs, runs_of
from cinestreamd.store.base import Cinema, Film, Location, ShowingDay, Showtime, Store

NIGHT_ENDS: Final = timedelta(hours=5)
_CACHED_CITIES: Final = 64
NO_RUNS: Final = Runs()


class Programme(Struct, frozen=True, kw_only=True):
    """Showtimes with the films and cinemas that they name, by id; ``posters`` are the digests of films' posters.

    Posters are looked up for pages that show them, by ``with_posters``; ``runs`` where they are wanted, by
    ``read_runs``.
    """

    showtimes: Sequence[Showtime]
    films: Mapping[str, Film]
    cinemas: Mapping[str, Cinema]
    posters: Mapping[str, str] = {}
    runs: Runs = NO_RUNS


def business_day(now: datetime, zone: ZoneInfo) -> date:
    """The business day that ``now`` belongs to."""
    return (now.astimezone(zone) - NIGHT_ENDS).date()


def day_bounds(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The moments (UTC) between which every showing of a business day starts, and some of its neighbours'."""
    midnight = datetime.combine(day, time(), zone)
    return midnight.astimezone(UTC), (midnight + timedelta(days=1, hours=12)).astimezone(UTC)


async def read_day(store: Store, location: Location, day: date) -> Programme:
    """Everything on one business day, past and cancelled showings included."""
    return await read_days(store, location, [day])


async def read_days(store: Store, location: Location, days: Sequence[date]) -> Programme:
    """Everything on some business days in a row, past and cancelled showings included."""
    zone = ZoneInfo(location.timezone)
    since, until = day_bounds(days[0], zone)[0], day_bounds(days[-1], zone)[1]
    rows = await store.showtimes(location.id, since=since, until=until)
    return await complete(store, location, [row for row in rows if days[0] <= row.business_day <= days[-1]])


async def read_from(
    store: Store,
    location: Location,
    since: datetime,
    *,
    first_day: date = date.min,
    film_id: str | None = None,
    cinema_id: str | None = None,
) -> Programme:
    """Everything from ``since`` on, of business days from ``first_day`` on; of all films and cinemas, or of one."""
    rows = await store.showtimes(location.id, since=since, film_id=film_id, cinema_id=cinema_id)
    return await complete(store, location, [row for row in rows if row.business_day >= first_day])


async def complete(store: Store, location: Location, rows: Sequence[Showtime]) -> Programme:
    """``rows`` with their films and cinemas. A row whose film or cinema is gone is left out."""
    films = {film.id: film for film in await store.films(sorted({row.film_id for row in rows}))}
    cinemas = {cinema.id: cinema for cinema in await store.cinemas(location.id)}
    kept = [row for row in rows if row.film_id in films and row.cinema_id in cinemas]
    return Programme(showtimes=kept, films=films, cinemas=cinemas)


def only(programme: Programme, rows: Sequence[Showtime]) -> Programme:
    """``programme`` with some of its showtimes."""
    return replace(programme, showtimes=rows)


async def with_posters(store: Store, programme: Programme, film_ids: Iterable[str]) -> Programme:
    """``programme`` with what posters those films have."""
    marks = await store.poster_marks(list(film_ids))
    return replace(programme, posters={mark.film_id: mark.digest for mark in marks if mark.digest})


async def read_runs(store: Store, location: Location, now: datetime) -> Runs:
    """Which films have just come to a city's cinemas, and which leave them."""
    today = business_day(now, ZoneInfo(location.timezone))
    since, _ = day_bounds(today, ZoneInfo(location.timezone))
    return runs_of(await store.showtimes(location.id, since=since - LOOKED_BACK), now, today)


class DayCounts:
    """How many showings each business day of a city has still to come; cancelled ones do not count."""

    def __init__(self, rows: Iterable[ShowingDay]) -> None:
        starts: dict[date, list[datetime]] = defaultdict(list)
        for row in rows:
            if row.availability != "cancelled":
                starts[row.business_day].append(row.start_time)
        self._starts = {day: sorted(starts[day]) for day in sorted(starts)}

    def upcoming(self, now: datetime) -> dict[date, int]:
        """Business days in order, with the number of showings that start after ``now``; none without any."""
        counts = {day: len(starts) - bisect_right(starts, now) for day, starts in self._starts.items()}
        return {day: count for day, count in counts.items() if count}


class DayCounter:
    """Day counts of cities, kept for as long as a city's revision stays the same."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[int, date, DayCounts]] = OrderedDict()
        self._runs: OrderedDict[str, tuple[int, date, Runs]] = OrderedDict()

    async def count(self, store: Store, location: Location, now: datetime) -> dict[date, int]:
        """Business days of the city with what each has still to come."""
        if location.last_updated is None:
            return {}
        zone = ZoneInfo(location.timezone)
        today = business_day(now, zone)
        kept = self._kept.get(location.id)
        if kept is None or kept[:2] != (location.revision, today):
            since, _ = day_bounds(today, zone)
            kept = (location.revision, today, DayCounts(await store.showing_days(location.id, since=since)))
            self._kept[location.id] = kept
        self._kept.move_to_end(location.id)
        while len(self._kept) > _CACHED_CITIES:
            self._kept.popitem(last=False)
        return kept[2].upcoming(now)

    async def runs(self, store: Store, location: Location, now: datetime) -> Runs:
        """Which films of the city are new, and which leave: as it was when first asked for at a revision, on a day."""
        today = business_day(now, ZoneInfo(location.timezone))
        kept = self._runs.get(location.id)
        if kept is None or kept[:2] != (location.revision, today):
            kept = (location.revision, today, await read_runs(store, location, now))
            self._runs[location.id] = kept
        self._runs.move_to_end(location.id)
        while len(self._runs) > _CACHED_CITIES:
            self._runs.popitem(last=False)
        return kept[2]
