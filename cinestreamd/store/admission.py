"""What a publication and a correction mean, whichever store they are written to."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from cinestreamd.store.corrections import CinemaCorrection
from cinestreamd.store.errors import InvalidPublicationError
from cinestreamd.store.guide import Cinema, Showtime
from cinestreamd.store.leases import Lease
from cinestreamd.store.publications import Publication
from cinestreamd.store.records import kept
from cinestreamd.store.runs import Run


def refuse_foreign_records(lease: Lease, publication: Publication) -> None:
    """Raise InvalidPublicationError unless all is of the lease's city and showtimes are of their listing's cinema."""
    city = lease.city_id
    refuse_foreign_run(lease, publication.run)
    foreign = [f"cinema {cinema.id}" for cinema in publication.cinemas if cinema.city_id != city]
    foreign += [
        f"showtime {showtime.id}"
        for listing in publication.listings
        for showtime in listing.showtimes
        if showtime.city_id != city or showtime.cinema_id != listing.cinema_id
    ]
    if foreign:
        raise InvalidPublicationError(city=city, record=foreign[0])


def refuse_foreign_run(lease: Lease, run: Run) -> None:
    """Raise InvalidPublicationError unless the run is of the lease's city."""
    if run.city_id != lease.city_id:
        raise InvalidPublicationError(city=lease.city_id, record=f"run {run.id}")


def future_listings(publication: Publication, *, now: datetime) -> Mapping[str, Mapping[str, Showtime]]:
    """Each listed cinema's showtimes from ``now`` on, by id; several listings of one cinema count as one."""
    future: dict[str, dict[str, Showtime]] = {}
    for listing in publication.listings:
        given = future.setdefault(listing.cinema_id, {})
        given.update((row.id, row) for row in listing.showtimes if kept(row.start_time) >= kept(now))
    return future


def corrected(cinema: Cinema, correction: CinemaCorrection) -> Cinema:
    """The cinema as the operator says it is."""
    return msgspec.structs.replace(
        cinema,
        name=correction.name or cinema.name,
        url=correction.url or cinema.url,
        address=correction.address or cinema.address,
    )
