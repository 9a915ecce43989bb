"""A prepared database file, and the little that these tests keep in it."""

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cinestreamd.store.base import Evidence, Listing, Location, Names, Publication, Run, Showtime
from cinestreamd.store.sqlite import SqliteStore, prepare

sys.path.insert(0, str(Path(__file__).parent))  # test folders are no packages


class Samples:
    """Records around one moment."""

    now = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

    def city(self, city_id: str = "kyiv") -> Location:
        """A city without state."""
        names = Names(uk="Київ", en="Kyiv", ru="Киев")
        return Location(id=city_id, names=names, lat=50.45, lon=30.52, country="UA", timezone="Europe/Kyiv")

    def publication(self, *showtime_ids: str) -> Publication:
        """Showings at one cinema of Kyiv, all right now."""
        evidence = Evidence(url="https://zhovten.example/", quote="19:00 Довбуш", fetched_at=self.now)
        rows = [
            Showtime(
                id=showtime_id,
                city_id="kyiv",
                cinema_id="zhovten",
                film_id="dovbush-2023",
                start_time=self.now,
                business_day=self.now.date(),
                raw_title="Довбуш",
                evidence=evidence,
                reader="schema.org",
                run_id="run-1",
                created_at=self.now,
            )
            for showtime_id in showtime_ids
        ]
        run = Run(id="run-1", city_id="kyiv", owner="agent", trigger="visitor", started_at=self.now)
        listing = Listing(cinema_id="zhovten", showtimes=tuple(rows))
        return Publication(cinemas=(), films=(), listings=(listing,), run=run)


@pytest.fixture
def samples() -> Samples:
    return Samples()


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A prepared, empty database."""
    path = tmp_path / "data" / "cinestreamd.sqlite"
    prepare(path)
    return path


@pytest.fixture
async def store(database: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(database)
    yield store
    await store.close()
