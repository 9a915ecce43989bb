"""The store over one MongoDB database: one client a process, connected at first use.

The operations of each noun stand in its own room.
"""

from datetime import datetime

from cinestreamd.store.base import Store
from cinestreamd.store.mongo.connection import Access
from cinestreamd.store.mongo.corrections import MongoCorrectionStore
from cinestreamd.store.mongo.counters import MongoCounterStore
from cinestreamd.store.mongo.duties import MongoDutyStore
from cinestreamd.store.mongo.guide import MongoGuideStore
from cinestreamd.store.mongo.journal import MongoJournalStore
from cinestreamd.store.mongo.leases import MongoLeaseStore
from cinestreamd.store.mongo.locations import MongoLocationStore
from cinestreamd.store.mongo.memory import MongoMemoryStore
from cinestreamd.store.mongo.posters import MongoPosterStore
from cinestreamd.store.mongo.publications import MongoPublicationStore
from cinestreamd.store.mongo.reports import MongoReportStore
from cinestreamd.store.mongo.row_corrections import MongoRowCorrectionStore
from cinestreamd.store.mongo.runs import MongoRunStore
from cinestreamd.store.mongo.spending import MongoSpendingStore
from cinestreamd.store.posters import POSTERS_LONGER
from cinestreamd.store.records import kept


class MongoStore(
    MongoLocationStore,
    MongoLeaseStore,
    MongoDutyStore,
    MongoRunStore,
    MongoPublicationStore,
    MongoReportStore,
    MongoGuideStore,
    MongoPosterStore,
    MongoCorrectionStore,
    MongoRowCorrectionStore,
    MongoMemoryStore,
    MongoSpendingStore,
    MongoJournalStore,
    MongoCounterStore,
    Store,
):
    """``Store`` over a database that ``prepare`` has made ready. Connected at first use, by and for the using process.

    ``write_timeout`` (seconds) is how long the server may be looked for, and how long a transaction that meets others
    is tried again. ``transactions``: whether to use them; None asks the server. Use from one event loop.
    """

    async def prune(
        self, *, showtimes_before: datetime, runs_before: datetime, calls_before: datetime | None = None
    ) -> int:
        """By index; the server lets other writes pass in between."""

        async def delete(access: Access) -> int:
            gone = await access["showtimes"].delete_many({"start_time": {"$lt": kept(showtimes_before)}})
            count = gone.deleted_count
            await access["found_rows"].delete_many({"start_time": {"$lt": kept(showtimes_before)}})
            await access["film_posters"].delete_many({"tried_at": {"$lt": kept(showtimes_before - POSTERS_LONGER)}})
            for collection in ("runs", "run_reports"):
                gone = await access[collection].delete_many({"started_at": {"$lt": kept(runs_before)}})
                count += gone.deleted_count
            if calls_before is not None:
                gone = await access["calls"].delete_many({"started_at": {"$lt": kept(calls_before)}})
                count += gone.deleted_count
            return count

        return await self._write(delete)
