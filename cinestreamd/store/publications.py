"""Publications: what a run found, put in place at once."""

from datetime import datetime
from typing import Protocol

from msgspec import Struct

from cinestreamd.store.guide import Cinema, Film, Showtime
from cinestreamd.store.leases import Lease
from cinestreamd.store.runs import Run


class Listing(Struct, frozen=True, kw_only=True):
    """All future showtimes that one cinema's pages gave in one run."""

    cinema_id: str
    showtimes: tuple[Showtime, ...]


class Publication(Struct, frozen=True, kw_only=True):
    """What a run found. ``cinemas`` and ``films`` are added or replaced by id.

    For each cinema in ``listings`` its future showtimes become exactly the given ones; past ones, and cinemas without
    a listing, stay as they are. ``run`` is the finished run. A ``partial`` one read only some of the city's cinemas, so
    that the city is no more up to date than before.
    """

    cinemas: tuple[Cinema, ...]
    films: tuple[Film, ...]
    listings: tuple[Listing, ...]
    run: Run
    partial: bool = False


class PublicationStore(Protocol):
    """Putting a run's findings in place."""

    async def publish(self, lease: Lease, publication: Publication, *, now: datetime) -> int:
        """Put a publication in place, raise the city's revision and release the lease: all or nothing.

        Future means ``start_time >= now``: what has begun is neither replaced nor added. A showtime that was there
        before keeps its ``created_at``. The city is up to date as of ``now``, without failures or cooldown; a partial
        publication leaves ``last_updated`` as it was. Returns the new revision.

        Raises:
            InvalidPublicationError: something in it belongs to another city, or to another cinema than its listing's.
        """
