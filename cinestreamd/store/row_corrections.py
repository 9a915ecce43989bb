"""What operators say of single showings: each word is kept for good, the last one counts, until it is taken back."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Final, Literal, Protocol

from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.store.guide import Showtime

OPERATOR: Final = "operator"
"""The reader of a row that an operator has corrected."""


class RowChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is otherwise than the page says; None leaves it. ``hidden``: there is no such showing.

    ``start_time`` comes with its ``business_day``. An empty ``room`` or ``format`` says that there is none.
    """

    hidden: bool = False
    start_time: datetime | None = None
    business_day: date | None = None
    film_id: str | None = None
    room: str | None = None
    format: str | None = None
    availability: Literal["available", "sold_out", "cancelled"] | None = None


class RowCorrection(Struct, frozen=True, kw_only=True):
    """One word of an operator on one showing; without a ``change`` the page's own word counts again.

    ``title`` and ``start_time`` are those of the showing as the page has it.
    """

    id: str
    at: datetime
    who: str
    city_id: str
    cinema_id: str
    showtime_id: str
    title: str
    start_time: datetime
    change: RowChange | None


def in_force(corrections: Iterable[RowCorrection]) -> Mapping[str, RowCorrection]:
    """Of corrections in their order the last of each showing, by its id, unless it was taken back."""
    last = {each.showtime_id: each for each in corrections}
    return {name: each for name, each in last.items() if each.change is not None}


def corrected_row(row: Showtime, change: RowChange) -> Showtime | None:
    """The showing as the operator says it is; None where there is none."""
    if change.hidden:
        return None
    return replace(
        row,
        start_time=change.start_time or row.start_time,
        business_day=change.business_day or row.business_day,
        film_id=change.film_id or row.film_id,
        room=row.room if change.room is None else change.room or None,
        format=row.format if change.format is None else change.format or None,
        availability=change.availability or row.availability,
        reader=OPERATOR,
    )


class RowCorrectionStore(Protocol):
    """Keeping and applying what operators say of single showings."""

    async def correct_showtime(self, correction: RowCorrection, *, now: datetime) -> None:
        """Add an operator's word on a showing, let it count at once, and raise the city's revision.

        It counts for every publication from then on, until another word on the same showing. Taken back (no change),
        the showing is as its page had it when it was last published, or gone if the page lists it no more.

        Raises:
            UnknownShowtimeError: there is no such showing to change.
        """

    async def row_corrections(self, city_id: str) -> list[RowCorrection]:
        """All that operators have said of a city's showings, oldest first."""

    async def found_showtime(self, showtime_id: str) -> Showtime | None:
        """A corrected showing as its page has it; None for one that is not corrected."""
