"""What operators say of cinemas."""

from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct

CinemaState = Literal["active", "paused", "blocked"]


class CinemaCorrection(Struct, frozen=True, kw_only=True):
    """What an operator says of a cinema; it outlives every rediscovery. A field that is None leaves things as found.

    ``paused``: it is not read, what is known stays. ``blocked``: it is neither read nor shown. A correction with name
    and url of a cinema that no source knows adds it. Until ``believed_until`` a reading with far fewer showings than
    usual is taken for the truth.
    """

    cinema_id: str
    city_id: str
    state: CinemaState = "active"
    name: str | None = None
    url: str | None = None
    address: str | None = None
    believed_until: datetime | None = None


class CorrectionStore(Protocol):
    """Keeping and applying what operators say of cinemas."""

    async def correct_cinema(self, correction: CinemaCorrection, *, now: datetime) -> None:
        """Put a correction in place of the cinema's former one, and apply it to the cinema if it is known.

        Blocking deletes the cinema's showtimes from ``now`` on and raises the city's revision in the same transaction.
        """

    async def corrections(self, city_id: str | None = None) -> list[CinemaCorrection]:
        """The corrections of a city's cinemas, by cinema id; without a city those of all, by city and cinema id."""
