"""The records that a site keeps, and the operations that every store offers.

All moments are timezone-aware UTC ``datetime`` values; a *business day* is the cinema's own calendar day to which a
showing belongs (00:30 belongs to the evening before). Records are frozen; a change is a new record. Operations are
named for what the product needs: there is no filter language, and no caller writes SQL or Mongo operators.

Stores keep moments to the millisecond; finer parts are cut off, in records and in arguments alike.
"""

from datetime import datetime
from typing import Protocol

from cinestreamd.store.corrections import CinemaCorrection, CinemaState, CorrectionStore
from cinestreamd.store.counters import CounterStore, DayStats, Stats
from cinestreamd.store.duties import DutyStore
from cinestreamd.store.errors import (
    InvalidPublicationError,
    StaleLeaseError,
    StoreBusyError,
    StoreUnavailableError,
    UnknownCityError,
    UnknownShowtimeError,
    UnstorableTextError,
)
from cinestreamd.store.guide import (
    Availability,
    Cinema,
    CinemaSource,
    Evidence,
    Film,
    GuideStore,
    Price,
    ShowingDay,
    Showtime,
    Titles,
)
from cinestreamd.store.journal import JournalStore
from cinestreamd.store.leases import Lease, LeaseStore
from cinestreamd.store.locations import Location, LocationStatus, LocationStore, Names
from cinestreamd.store.memory import MemoryStore
from cinestreamd.store.posters import PosterStore
from cinestreamd.store.publications import Listing, Publication, PublicationStore
from cinestreamd.store.reports import ReportStore
from cinestreamd.store.row_corrections import RowCorrectionStore
from cinestreamd.store.runs import Run, RunOutcome, RunStore, SourceOutcome, SourceResult, Trigger
from cinestreamd.store.spending import SpendingStore

__all__ = [
    "Availability",
    "Cinema",
    "CinemaCorrection",
    "CinemaSource",
    "CinemaState",
    "DayStats",
    "Evidence",
    "Film",
    "InvalidPublicationError",
    "Lease",
    "Listing",
    "Location",
    "LocationStatus",
    "Names",
    "Price",
    "Publication",
    "Run",
    "RunOutcome",
    "ShowingDay",
    "Showtime",
    "SourceOutcome",
    "SourceResult",
    "StaleLeaseError",
    "Stats",
    "Store",
    "StoreBusyError",
    "StoreUnavailableError",
    "Titles",
    "Trigger",
    "UnknownCityError",
    "UnknownShowtimeError",
    "UnstorableTextError",
]


class Store(
    LocationStore,
    LeaseStore,
    DutyStore,
    RunStore,
    PublicationStore,
    ReportStore,
    GuideStore,
    PosterStore,
    CorrectionStore,
    RowCorrectionStore,
    MemoryStore,
    SpendingStore,
    JournalStore,
    CounterStore,
    Protocol,
):
    """What every store can do. Any write may raise ``StoreBusyError``; nothing is half-written.

    ``now`` is passed in by the caller. Methods that carry a ``Lease`` raise ``StaleLeaseError`` when owner and fence
    are not the ones in force or the lease's time is up. Any call may raise ``StoreUnavailableError``. A cancelled
    write is over when ``CancelledError`` arrives: either it was never made, or it is complete.
    """

    async def close(self) -> None:
        """Finish pending writes and let go of files and connections."""

    async def prune(
        self, *, showtimes_before: datetime, runs_before: datetime, calls_before: datetime | None = None
    ) -> int:
        """Delete showtimes that started, and runs and calls that began, before these moments. Returns how many went.

        What deleted calls have cost stays counted. None: calls stay. Posters go ``POSTERS_LONGER`` later than
        showtimes, counted from when they were tried last; they are not in the number.

        Works in small steps, so that other writes need not wait for all of it.
        """
