"""A list of showings as an iCalendar document (RFC 5545).

Written here rather than by a library: a worker makes it in its event loop, and a list may hold a thousand showings.
What it writes is read back with a library in the tests.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from cinestreamd.store.base import Availability

CONTENT_TYPE: Final = "text/calendar"
_LINE: Final = 75
"""Most octets of one line (RFC 5545 section 3.1); a longer one is folded."""

_ESCAPES: Final = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


class Event(Struct, frozen=True, kw_only=True):
    """One showing. ``uid`` stays the same for the same showing; ``stamp`` is when it was read; ``end`` may be unknown.

    ``point`` is (latitude, longitude) in degrees. Texts are one line each, apart from ``description``.
    """

    uid: str
    stamp: datetime
    start: datetime
    end: datetime | None
    summary: str
    location: str
    description: str
    url: str
    point: tuple[float, float] | None
    availability: Availability


def render_calendar(name: str, events: Iterable[Event]) -> bytes:
    """The document with one VEVENT a showing; a cancelled one says so. Clients are told to ask again in an hour."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//cinestreamd//guide//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{_text(name)}",
        f"X-WR-CALNAME:{_text(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H",
        "X-PUBLISHED-TTL:PT1H",
    ]
    for event in events:
        lines.extend(_event(event))
    lines.append("END:VCALENDAR")
    return b"".join(_folded(line) for line in lines)


def _event(event: Event) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_text(event.uid)}"
    yield f"DTSTAMP:{_moment(event.stamp)}"
    yield f"DTSTART:{_moment(event.start)}"
    if event.end is not None:
        yield f"DTEND:{_moment(event.end)}"
    yield f"SUMMARY:{_text(event.summary)}"
    yield f"LOCATION:{_text(event.location)}"
    yield f"DESCRIPTION:{_text(event.description)}"
    yield f"URL:{event.url}"
    if event.point is not None:
        yield f"GEO:{event.point[0]:.6f};{event.point[1]:.6f}"
    yield f"STATUS:{'CANCELLED' if event.availability == 'cancelled' else 'CONFIRMED'}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _text(text: str) -> str:
    return text.translate(_ESCAPES)


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _folded(line: str) -> bytes:
    """``line`` with its end, cut between characters where it is longer than allowed."""
    whole = line.encode()
    if len(whole) <= _LINE:
        return whole + b"\r\n"
    parts, start, room = [], 0, _LINE
    while len(whole) - start > room:
        end = start + room
        while whole[end] & 0xC0 == 0x80:
            end -= 1
        parts.append(whole[start:end])
        start, room = end, _LINE - 1
    parts.append(whole[start:])
    return b"\r\n ".join(parts) + b"\r\n"
