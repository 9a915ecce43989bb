"""What the website of a fictional cinema is made of: films, a weekly programme, pages; and the week that it shows.

The programme repeats by weekday, so that a date has the same showings whenever it is asked about. A cinema's day lasts
until ``DAY_BEGINS``: a showing at 00:15 belongs to the evening before, and that evening stays on the page until then.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct

from cinestreamd.i18n import Language
from cinestreamd.store.base import Availability

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAILY: Final = " ".join(WEEKDAYS)
DAY_BEGINS: Final = time(4)
DAYS_SHOWN: Final = 7


class Film(Struct, frozen=True, kw_only=True):
    """A fictional film.

    ``titles``, ``director`` and ``blurb`` are by language (uk, en); ``language`` is that of its original sound, BCP 47.
    """

    slug: str
    titles: Mapping[str, str]
    original_title: str
    year: int
    minutes: int
    language: str
    director: Mapping[str, str]
    age: str
    blurb: Mapping[str, str]

    @property
    def duration(self) -> str:
        """The running time as an ISO 8601 duration ("PT1H58M")."""
        return f"PT{self.minutes // 60}H{self.minutes % 60:02}M"


class Slot(Struct, frozen=True):
    """One line of the weekly programme: a film at a clock time on some weekdays.

    ``clock`` counts on past midnight ("24:15" is 00:15 of the next morning). ``prices`` are the lowest and, where
    it differs, the highest amount as the site prints them. ``days``, ``sold_out`` and ``cancelled`` are weekdays, by
    the first three letters, of the evening that the showing belongs to.
    """

    clock: str
    film: Film
    days: str = DAILY
    hall: str = ""
    format: str = ""
    language: str = ""
    subtitles: str = ""
    prices: tuple[str, ...] = ()
    sold_out: str = ""
    cancelled: str = ""

    def availability_on(self, weekday: str) -> Availability:
        """Whether seats can be had on that weekday."""
        if weekday in self.cancelled.split():
            return "cancelled"
        return "sold_out" if weekday in self.sold_out.split() else "available"

    def starts_on(self, day: date, timezone: ZoneInfo) -> datetime:
        """The aware local moment at which the showing of that evening begins."""
        hours, minutes = map(int, self.clock.split(":"))
        extra_days, hour = divmod(hours, 24)
        return datetime.combine(day + timedelta(days=extra_days), time(hour, minutes), timezone)


class Showing(Struct, frozen=True, kw_only=True):
    """One slot on one evening. ``day`` is that evening's date, ``start`` local and aware, ``booking`` absolute.

    ``key`` is unique in the website: it names the booking page.
    """

    slot: Slot
    day: date
    start: datetime
    availability: Availability
    key: str
    booking: str

    @property
    def clock(self) -> str:
        """The wall clock as printed ("00:15")."""
        return f"{self.start:%H:%M}"


class Day(Struct, frozen=True, kw_only=True):
    """One evening's date and its showings, earliest first."""

    date: date
    showings: tuple[Showing, ...]


class Week(Struct, frozen=True, kw_only=True):
    """The days that a website shows, the first of them the current one."""

    days: tuple[Day, ...]

    @property
    def showings(self) -> tuple[Showing, ...]:
        """All showings, earliest first."""
        return tuple(showing for day in self.days for showing in day.showings)

    @property
    def films(self) -> tuple[Film, ...]:
        """The films that are shown, in the order of their first showing."""
        return tuple({showing.slot.film.slug: showing.slot.film for showing in self.showings}.values())

    def of_film(self, film: Film) -> tuple[Day, ...]:
        """The days on which a film is shown, with its showings alone."""
        days = (
            Day(date=day.date, showings=tuple(one for one in day.showings if one.slot.film == film))
            for day in self.days
        )
        return tuple(day for day in days if day.showings)


class CinemaWebsite(Struct, frozen=True, kw_only=True):
    """One fictional cinema's website, served under ``/slug/``.

    ``pages`` maps a path below that prefix to a template of the site's folder; "{film}" in a path stands for the slug
    of a film. ``schedule`` is the path that carries all showings; ``booking`` the path, with "{key}", of booking pages.
    ``lat`` and ``lon`` are in degrees.
    """

    slug: str
    city: str
    name: str
    address: str
    lat: float
    lon: float
    language: Language
    timezone: str
    pages: Mapping[str, str]
    schedule: str
    booking: str
    programme: tuple[Slot, ...]

    @property
    def folder(self) -> str:
        """The folder under ``demo/sites`` that holds the templates and the style sheet."""
        return self.slug.replace("-", "_")

    @property
    def schedule_path(self) -> str:
        """The path on the host of the page that carries all showings."""
        return f"/{self.slug}/{self.schedule}"

    def first_day(self, now: datetime) -> date:
        """The cinema's current day: the local date, the day before while the night is not over."""
        local = now.astimezone(ZoneInfo(self.timezone))
        return local.date() if local.time() >= DAY_BEGINS else local.date() - timedelta(days=1)

    def week(self, first_day: date, home: str) -> Week:
        """The days from ``first_day`` on; ``home`` is the absolute address of the website's front page."""
        dates = [first_day + timedelta(days=offset) for offset in range(DAYS_SHOWN)]
        return Week(days=tuple(Day(date=day, showings=tuple(self._showings(day, home))) for day in dates))

    def _showings(self, day: date, home: str) -> Iterable[Showing]:
        weekday = WEEKDAYS[day.weekday()]
        halls = sorted({slot.hall for slot in self.programme})
        slots = [slot for slot in self.programme if weekday in slot.days.split()]
        for slot in sorted(slots, key=lambda slot: (slot.clock, slot.hall)):
            start = slot.starts_on(day, ZoneInfo(self.timezone))
            key = f"{start:%Y%m%d-%H%M}-{halls.index(slot.hall) + 1}"
            yield Showing(
                slot=slot,
                day=day,
                start=start,
                availability=slot.availability_on(weekday),
                key=key,
                booking=home + self.booking.format(key=key),
            )
