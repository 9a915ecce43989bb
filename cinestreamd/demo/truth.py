"""What a reader of the demo town's websites must find: ``truth.toml``, written by hand, spelled out for a moment.

It shares neither data nor code with the websites, so that it is a check on them and on whatever reads them.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from cinestreamd.store.base import Availability

WEEKDAY_NAMES = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


class ExpectedRow(Struct, frozen=True, kw_only=True):
    """A showing that must be found. ``start`` is UTC; ``day`` the evening it belongs to; prices in minor units.

    What is None or False is not stated by the cinema. ``page`` and ``booking`` are paths on the demo host.
    """

    cinema: str
    cinema_name: str
    city: str
    title: str
    start: datetime
    day: date
    page: str
    booking: str
    year: int | None = None
    original_title: str | None = None
    format: str | None = None
    language: str | None = None
    original_language: bool = False
    subtitles: str | None = None
    room: str | None = None
    price_min: int | None = None
    price_max: int | None = None
    currency: str | None = None
    availability: Availability = "available"


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a cinema's table: see the head of ``truth.toml``."""

    on: str
    time: str
    title: str
    booking: str
    after_midnight: bool = False
    year: int | None = None
    original_title: str | None = None
    format: str | None = None
    language: str | None = None
    original_language: bool = False
    subtitles: str | None = None
    room: str | None = None
    price: tuple[int, int] | None = None
    availability: Availability = "available"
    not_published: str | None = None


class CinemaTruth(Struct, frozen=True, forbid_unknown_fields=True):
    """One cinema: where its schedule stands, and its rows."""

    name: str
    city: str
    timezone: str
    page: str
    rows: tuple[Row, ...]
    currency: str | None = None


class Truth(Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    day_begins: str
    days_shown: int
    cinemas: dict[str, CinemaTruth]


def expected_rows(now: datetime) -> list[ExpectedRow]:
    """All showings after ``now`` (aware) that must be published, by start, cinema and room."""
    truth = read_truth()
    rows = [
        row
        for slug, cinema in truth.cinemas.items()
        for rule in cinema.rows
        if rule.not_published is None
        for row in _spell_out(slug, cinema, rule, _days(truth, cinema, now))
        if row.start > now
    ]
    return sorted(rows, key=lambda row: (row.start, row.cinema, row.room or ""))


@cache
def read_truth() -> Truth:
    """The file as it was written, read once."""
    return msgspec.toml.decode((resources.files("cinestreamd.demo") / "truth.toml").read_bytes(), type=Truth)


def _days(truth: Truth, cinema: CinemaTruth, now: datetime) -> list[date]:
    """The evenings on the cinema's page."""
    local = now.astimezone(ZoneInfo(cinema.timezone))
    night = local.strftime("%H:%M") < truth.day_begins
    first = local.date() - timedelta(days=1) if night else local.date()
    return [first + timedelta(days=count) for count in range(truth.days_shown)]


def _spell_out(slug: str, cinema: CinemaTruth, rule: Row, days: list[date]) -> list[ExpectedRow]:
    weekdays = WEEKDAY_NAMES if rule.on == "every day" else rule.on.split(", ")
    rows = []
    for day in days:
        if WEEKDAY_NAMES[day.weekday()] not in weekdays:
            continue
        printed = day + timedelta(days=1) if rule.after_midnight else day
        local = datetime.combine(printed, time.fromisoformat(rule.time), ZoneInfo(cinema.timezone))
        rows.append(_expected(slug, cinema, rule, day=day, local=local))
    return rows


def _expected(slug: str, cinema: CinemaTruth, rule: Row, *, day: date, local: datetime) -> ExpectedRow:
    price_min, price_max = rule.price or (None, None)
    return ExpectedRow(
        cinema=slug,
        cinema_name=cinema.name,
        city=cinema.city,
        title=rule.title,
        start=local.astimezone(UTC),
        day=day,
        page=cinema.page,
        booking=rule.booking.replace("DATE", local.strftime("%Y%m%d")),
        year=rule.year,
        original_title=rule.original_title,
        format=rule.format,
        language=rule.language,
        original_language=rule.original_language,
        subtitles=rule.subtitles,
        room=rule.room,
        price_min=price_min,
        price_max=price_max,
        currency=cinema.currency if rule.price else None,
        availability=rule.availability,
    )
