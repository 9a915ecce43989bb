"""What a visitor asks of a list: its filters and its order, which live in the URL and nowhere else."""

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

import msgspec
from msgspec import Meta, Struct, field

from cinestreamd.features.guide.programme import NIGHT_ENDS
from cinestreamd.store.accessibility import Access
from cinestreamd.web.points import POINT_PATTERN

Order = Literal["film", "cinema"]
Sort = Literal["time", "price", "distance"]
CityId = Annotated[str, Meta(min_length=1, max_length=80, pattern=r"\A[a-z0-9][a-z0-9-]*\Z", examples=["kyiv"])]
Clock = Annotated[str, Meta(pattern=r"\A(?:[01][0-9]|2[0-3]):[0-5][0-9]\Z", examples=["19:30"])]
Place = Annotated[
    str,
    Meta(
        max_length=60,
        description="A point, LAT,LON, to tell distances from.",
        extra_json_schema={"pattern": POINT_PATTERN},
    ),
]
Word = Annotated[str, Meta(min_length=1, max_length=80)]
Words = Annotated[tuple[Word, ...], Meta(max_length=20)]

NIGHT_ENDS_MINUTES: Final = int(NIGHT_ENDS.total_seconds()) // 60
_DAY_MINUTES: Final = 24 * 60


class Filters(Struct, frozen=True, kw_only=True):
    """Which showings are wanted; several values of one filter mean any of them.

    ``from``, ``to`` and ``ends`` are clocks of the city on the business day: 00:30 is half an hour after its midnight.
    ``price`` is the most to pay, in whole units of the currency. What a cinema does not say fits no filter on it.
    """

    day: (
        Annotated[
            date,
            Meta(
                description="Business day; a showing after midnight is the evening's before.",
                extra_json_schema={"pattern": "^20[0-9]{2}-"},
            ),
        ]
        | None
    ) = field(name="date", default=None)
    since: Annotated[Clock, Meta(description="Starts at this clock or later.")] | None = field(
        name="from", default=None
    )
    until: Annotated[Clock, Meta(description="Starts at this clock or earlier.")] | None = field(
        name="to", default=None
    )
    ends: Annotated[Clock, Meta(description="Has ended by this clock.")] | None = None
    format: Annotated[Words, Meta(description="Formats: 2D, 3D, IMAX…")] = ()
    language: Annotated[Words, Meta(description="Languages of the sound (BCP 47).")] = ()
    subtitles: Annotated[Words, Meta(description="Languages of the subtitles (BCP 47).")] = ()
    original: Annotated[bool, Meta(description="Only original versions.")] = False
    price: Annotated[int, Meta(ge=0, le=1_000_000, description="Most to pay, in whole units.")] | None = None
    cinema: Annotated[Words, Meta(description="Ids of cinemas.")] = ()
    accessible: Annotated[bool, Meta(description="Only cinemas without steps for a wheelchair.")] = False
    access: Annotated[
        tuple[Access, ...], Meta(max_length=4, description="Screenings made accessible in one of these ways.")
    ] = ()
    new: Annotated[bool, Meta(description="Only films that have just come to the city's cinemas.")] = False
    last: Annotated[bool, Meta(description="Only films that are about to leave them.")] = False
    within: (
        Annotated[int, Meta(ge=1, le=100, description="Kilometres from ``at``; means nothing without it.")] | None
    ) = None
    at: Place | None = None

    def is_filtering(self) -> bool:
        """Whether anything beside the day is asked for."""
        return next(_pairs(self, skip=_NO_FILTERS), None) is not None


class CityQuery(Filters, frozen=True, kw_only=True):
    """The city page: filters, and the order of the list.

    ``asked`` is when (Unix seconds) this visitor asked for the city to be read; ``rests`` until when it was told that
    reading cannot be paid.
    """

    by: Annotated[Order, Meta(description="Grouped by film or by cinema.")] = "film"
    sort: Annotated[Sort, Meta(description="Which comes first; by default what is shown most.")] | None = None
    asked: Annotated[int, Meta(ge=0, le=10_000_000_000)] | None = None
    rests: Annotated[int, Meta(ge=0, le=10_000_000_000)] | None = None


class MapQuery(Struct, frozen=True, kw_only=True):
    """The map. ``at`` is the visitor's point."""

    at: Place | None = None


class FilmQuery(Struct, frozen=True, kw_only=True):
    """The film page, and its list in other forms; ``cinema`` are the ids of the only cinemas that are meant."""

    cinema: Annotated[Words, Meta(description="Ids of cinemas.")] = ()


class CinemaQuery(Struct, frozen=True, kw_only=True):
    """The cinema page. ``asked`` is when (Unix seconds) this visitor asked for the cinema to be read again."""

    asked: Annotated[int, Meta(ge=0, le=10_000_000_000)] | None = None


_PASSING: Final = frozenset({"asked", "rests"})
_NO_FILTERS: Final = _PASSING | {"date", "days", "by", "sort", "at", "city", "limit", "offset", "most"}


def _pairs(query: Filters, *, skip: frozenset[str] = _PASSING) -> Iterator[tuple[str, str]]:
    """Names and values of what differs from the default, in the order of the fields."""
    for each in _fields(type(query)):
        value = getattr(query, each.name)
        if value == each.default or each.encode_name in skip:
            continue
        for one in value if isinstance(value, tuple) else (value,):
            yield each.encode_name, "1" if one is True else str(one)


@cache
def _fields(kind: type[Filters]) -> tuple[msgspec.structs.FieldInfo, ...]:
    return msgspec.structs.fields(kind)


def query_pairs(query: Filters) -> list[tuple[str, str]]:
    """The query as name and value pairs; what is default is left out, and so are ``asked`` and ``rests``."""
    return list(_pairs(query))


def path_of(path: str, query: Filters) -> str:
    """``path`` with what differs from the default."""
    pairs = query_pairs(query)
    return f"{path}?{urlencode(pairs, safe=',:')}" if pairs else path


def clock_minutes(clock: str) -> int:
    """Minutes from the business day's midnight to a clock: what is earlier than five belongs to the night after."""
    hours, minutes = clock.split(":")
    total = int(hours) * 60 + int(minutes)
    return total + _DAY_MINUTES if total < NIGHT_ENDS_MINUTES else total
