"""Which cities that are due are read now: how soon one that failed is tried again, and who comes first."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

FIRST_PAUSE: Final = timedelta(minutes=10)
LONGEST_PAUSE: Final = timedelta(hours=3)


class Attempts(Struct, frozen=True):
    """How often the refresh has begun a city since it was last read, and when it did so last."""

    count: int = 0
    last: datetime | None = None


def may_try(now: datetime, attempts: Attempts) -> bool:
    """Whether a city that did not succeed is tried again: after 10 minutes, then 20, 40… up to 3 hours."""
    if attempts.last is None:
        return True
    pause = min(FIRST_PAUSE * 2.0 ** min(attempts.count - 1, 10), LONGEST_PAUSE)
    return now - attempts.last >= pause


def in_order(cities: Iterable[str], views: Mapping[str, int]) -> list[str]:
    """Each city once, most viewed first; cities viewed alike keep their order."""
    return sorted(dict.fromkeys(cities), key=lambda city_id: -views.get(city_id, 0))
