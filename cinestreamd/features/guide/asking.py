"""What a request for a list means: the city, the moment and the language it is asked in."""

from datetime import date
from zoneinfo import ZoneInfo

from aiohttp import web

from cinestreamd.features.guide.showing import Viewpoint
from cinestreamd.web.inputs import InvalidFieldError
from cinestreamd.web.keys import CLOCK, GAZETTEER, STORE
from cinestreamd.web.language import language_of
from cinestreamd.web.places import find_location
from cinestreamd.web.points import parse_point


async def viewpoint(request: web.Request, city_id: str, *, at: str | None = None) -> Viewpoint:
    """For whom the answer is made. May raise what ``find_location`` and ``parse_point`` raise."""
    location = await find_location(request.app[STORE], request.app[GAZETTEER], city_id)
    return Viewpoint(
        location=location,
        zone=ZoneInfo(location.timezone),
        language=language_of(request),
        now=request.app[CLOCK](),
        point=parse_point(at) if at else None,
    )


def checked_day(day: date | None) -> date | None:
    """``day``, unless it lies so far off that no calendar reckoning would hold.

    Raises:
        InvalidFieldError: it does.
    """
    if day is not None and not 2000 <= day.year <= 2099:
        raise InvalidFieldError(field="date")
    return day
