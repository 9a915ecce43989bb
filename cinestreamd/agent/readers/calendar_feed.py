"""Read showings out of calendar files (RFC 5545): what a cinema offers to be subscribed to."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cinestreamd.agent.calendar_text import is_calendar, unfolded
from cinestreamd.agent.model import Candidate, Page, ReadContext, Reading
from cinestreamd.agent.readers.film_words import names_other_kind, speaks_of_films
from cinestreamd.agent.schema_org.start_dates import Moment, parse_moment

MAX_EVENTS: Final = 1_500
_CONFIDENCE, _DOUBTFUL = 0.9, 0.4
_LINE: Final = re.compile(r"(?P<name>[A-Z-]+)(?P<parameters>(?:;[^:\r\n]*)?):(?P<value>.*)")
_ESCAPED: Final = re.compile(r"\\([nN,;\\])")
_ZONE: Final = re.compile(r';TZID="?([^";:]{1,60})')


def read_calendar_feed(page: Page, context: ReadContext) -> Reading | None:
    """The events of a calendar file; None where the page is none. Of an event that recurs the first start is read."""
    if not is_calendar(page.text):
        return None
    events = unfolded(page.text).split("BEGIN:VEVENT")[1 : MAX_EVENTS + 1]
    candidates = tuple(found for event in events if (found := _candidate(event.split("END:VEVENT")[0], context)))
    if not candidates:
        return None
    others = sum(names_other_kind(candidate.title) for candidate in candidates)
    doubtful = others * 2 > len(candidates) or not speaks_of_films(page.url + page.text)
    return Reading(reader="calendar_feed", candidates=candidates, confidence=_DOUBTFUL if doubtful else _CONFIDENCE)


def _candidate(event: str, context: ReadContext) -> Candidate | None:
    lines = {found["name"]: found for line in reversed(event.splitlines()) if (found := _LINE.fullmatch(line.strip()))}
    start, title = lines.get("DTSTART"), _value(lines, "SUMMARY")
    moment = parse_moment(start["value"]) if start is not None else None
    if start is None or moment is None or not title:
        return None
    link = _value(lines, "URL")
    return Candidate(
        title=title,
        day=moment.day,
        clock=moment.clock,
        quote=start[0],
        utc_offset=_offset(start["parameters"], moment, context.timezone),
        room=_value(lines, "LOCATION") or None,
        link=link if link.startswith("http") else None,
        availability="cancelled" if _value(lines, "STATUS").upper() == "CANCELLED" else "available",
    )


def _value(lines: dict[str, re.Match[str]], name: str) -> str:
    found = lines.get(name)
    return " ".join(_ESCAPED.sub(_unescaped, found["value"]).split()) if found is not None else ""


def _unescaped(found: re.Match[str]) -> str:
    return " " if found[1] in "nN" else found[1]


def _offset(parameters: str, moment: Moment, home: ZoneInfo) -> timedelta | None:
    """How far the zone of a start is from UTC then; None where it is the cinema's own wall clock."""
    named = _ZONE.search(parameters)
    if moment.offset is not None or named is None:
        return moment.offset
    try:
        zone = ZoneInfo(named[1])
    except (ZoneInfoNotFoundError, ValueError):
        return None
    local = datetime.combine(moment.day, moment.clock, UTC)
    offset = local.replace(tzinfo=zone).utcoffset()
    return None if offset == local.replace(tzinfo=home).utcoffset() else offset
