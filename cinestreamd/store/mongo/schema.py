"""Collections and their indexes.

``locations`` hold a city with its lease and say which showtimes are the published ones (see ``publications``). A record
is one JSON text in ``record``, as in the embedded store, beside the fields that are filtered or sorted by.
"""

from typing import Final

from pymongo import ASCENDING, DESCENDING, GEOSPHERE, IndexModel

SCHEMA_VERSION: Final = 1
"""Rises when an older program could not work with what a newer one writes."""

EXPIRY_SECONDS: Final = 90 * 86_400
"""A showtime goes by itself this long after its start; ``prune`` may let it go before."""

INDEXES: Final = {
    "locations": (
        IndexModel([("point", GEOSPHERE)]),
        IndexModel([("last_updated", ASCENDING)]),
        IndexModel([("lease.until", ASCENDING), ("lease.owner", ASCENDING)], sparse=True),
        IndexModel([("pending.gen", ASCENDING)], sparse=True),
    ),
    "cinemas": (IndexModel([("city_id", ASCENDING), ("name", ASCENDING), ("_id", ASCENDING)]),),
    "film_posters": (IndexModel([("tried_at", ASCENDING)]),),
    "showtimes": (
        IndexModel([("city_id", ASCENDING), ("start_time", ASCENDING), ("cinema_id", ASCENDING), ("id", ASCENDING)]),
        IndexModel([("cinema_id", ASCENDING), ("start_time", ASCENDING), ("id", ASCENDING)]),
        IndexModel([("film_id", ASCENDING), ("city_id", ASCENDING), ("start_time", ASCENDING)]),
        IndexModel([("start_time", ASCENDING)], expireAfterSeconds=EXPIRY_SECONDS),
        IndexModel([("state", ASCENDING), ("start_time", ASCENDING)]),
        IndexModel([("id", ASCENDING)]),
        IndexModel([("city_id", ASCENDING), ("gen", ASCENDING), ("state", ASCENDING)]),
    ),
    "runs": (
        IndexModel([("started_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("city_id", ASCENDING), ("started_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("city_id", ASCENDING), ("outcome", ASCENDING)]),
    ),
    "run_reports": (IndexModel([("started_at", ASCENDING)]),),
    "row_corrections": (IndexModel([("city_id", ASCENDING), ("at", ASCENDING), ("_id", ASCENDING)]),),
    "found_rows": (IndexModel([("start_time", ASCENDING)]),),
    "city_views": (IndexModel([("day", ASCENDING), ("city_id", ASCENDING)]),),
    "corrections": (IndexModel([("city_id", ASCENDING), ("_id", ASCENDING)]),),
    "journal": (IndexModel([("at", DESCENDING), ("_id", DESCENDING)]),),
    "calls": (
        IndexModel([("started_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("run_id", ASCENDING), ("started_at", DESCENDING), ("_id", DESCENDING)]),
        IndexModel([("city_id", ASCENDING), ("started_at", DESCENDING), ("_id", DESCENDING)]),
    ),
    "batches": (IndexModel([("submitted_at", ASCENDING), ("_id", ASCENDING)]),),
}
