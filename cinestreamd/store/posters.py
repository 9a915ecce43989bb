"""Posters of films, as agents have made them of what cinemas' pages name, and as the site serves them itself.

Forgetting any of it is always safe: a film without a poster is shown with a drawn one.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from msgspec import Struct

POSTERS_LONGER: Final = timedelta(days=60)
"""So much longer than showtimes a poster stays: one that is still asked for is tried anew every month."""


class FilmPoster(Struct, frozen=True, kw_only=True):
    """A film's poster, as WebP in two sizes, made of the picture at ``url``.

    ``digest`` is of the pictures and stands in their addresses. It is empty, and there are no pictures, where none was
    ever had; ``tried_at`` is when that was last tried.
    """

    film_id: str
    url: str
    tried_at: datetime
    digest: str = ""
    small: bytes = b""
    large: bytes = b""


class PosterMark(Struct, frozen=True, kw_only=True):
    """What is known of a film's poster, without the pictures."""

    film_id: str
    url: str
    tried_at: datetime
    digest: str


class PosterStore(Protocol):
    """The posters of films."""

    async def poster_marks(self, film_ids: Sequence[str]) -> list[PosterMark]:
        """What is known of the posters of those films, without the pictures, in no particular order."""

    async def poster(self, film_id: str) -> FilmPoster | None:
        """A film's poster."""

    async def put_posters(self, city_id: str, found: Sequence[FilmPoster]) -> None:
        """Put posters in place of the former ones of their films, and raise the city's revision with them."""
