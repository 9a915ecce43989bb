"""What the tests of interrupted publishers publish."""

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from cinestreamd.store.base import Listing, Publication

if TYPE_CHECKING:
    from conftest import Samples


def programme(samples: "Samples", *showtime_ids: str) -> Publication:
    """Showings at one cinema of Kyiv, all in two hours."""
    publication = samples.publication(*showtime_ids)
    [listing] = publication.listings
    rows = tuple(replace(row, start_time=samples.now + timedelta(hours=2)) for row in listing.showtimes)
    return replace(publication, listings=(Listing(cinema_id=listing.cinema_id, showtimes=rows),))
