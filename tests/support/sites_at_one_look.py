"""What a master tells of a site, for the page that shows all sites."""

from datetime import UTC, datetime, timedelta
from typing import Final

from cinestreamd.all_sites import CityAge, SiteBooks, SiteSummary

NOW: Final = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
BOOKS: Final = SiteBooks(
    cities={"fresh": 1, "stale": 2},
    named=(
        CityAge("lviv", "stale", NOW - timedelta(days=3), 2),
        CityAge("kyiv", "fresh", NOW - timedelta(hours=2)),
    ),
    due=1,
    failed_runs=4,
    spent=12_300,
    cap=2_000_000,
)
KINO: Final = SiteSummary(
    name="kino",
    state="serving",
    address="https://kino.example",
    workers={"ready": 3, "backoff": 1},
    restarts=7,
    running=1,
    queued=2,
    next_refresh=NOW + timedelta(hours=12),
    books=BOOKS,
)
