"""The fence: the condition under which a write under a lease is made."""

from datetime import datetime

from cinestreamd.store.errors import StaleLeaseError
from cinestreamd.store.leases import Lease
from cinestreamd.store.mongo.connection import RETRY_AFTER_SECONDS, Access, Document
from cinestreamd.store.records import kept


def in_force(lease: Lease, *, now: datetime) -> Document:
    """The condition on a city's document under which ``lease`` is in force at ``now``."""
    return {
        "_id": lease.city_id,
        "fence": lease.fence,
        "lease.owner": lease.owner,
        "lease.until": {"$gt": kept(now)},
    }


def stale(lease: Lease) -> StaleLeaseError:
    """The error for a lease that is not in force."""
    return StaleLeaseError(city=lease.city_id, retry_after=RETRY_AFTER_SECONDS)


async def require_lease(access: Access, lease: Lease, *, now: datetime) -> None:
    """Raise StaleLeaseError unless ``lease`` is in force at ``now``."""
    condition = in_force(lease, now=now)
    if await access["locations"].find_one(condition, {"_id": 1}, session=access.session) is None:
        raise stale(lease)
