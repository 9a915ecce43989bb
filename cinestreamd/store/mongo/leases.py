"""Leases: one holder a city, told apart for ever by a fence that rises with every grant.

Lease and fence are fields of the city's document, so that each step is one conditional update of one document. They
are checked again by the update that makes a publication visible (see ``publications``). Protocol: docs/STORE.md.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from cinestreamd.store.base import Lease, Run, StaleLeaseError, UnknownCityError
from cinestreamd.store.mongo.connection import RETRY_AFTER_SECONDS, Access, Document
from cinestreamd.store.mongo.runs import count_run, lose_runs, put_run
from cinestreamd.store.mongo.settling import settle
from cinestreamd.store.records import kept

BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)

Chooser = Callable[[str, datetime], bool]
"""Whether to free a lease, by its owner and its end."""


async def is_held(access: Access, city_id: str, *, now: datetime) -> bool:
    """Whether somebody has the city's lease at ``now``."""
    held = {"_id": city_id, "lease.until": {"$gt": kept(now)}}
    return await access["locations"].find_one(held, {"_id": 1}) is not None


async def take_lease(access: Access, city_id: str, *, owner: str, now: datetime, seconds: int) -> Lease | None:
    """Grant the lease if nobody has it at ``now``."""
    until = kept(now + timedelta(seconds=seconds))
    grant = {"$set": {"lease": {"owner": owner, "until": until}}, "$inc": {"fence": 1}}
    document = await _grant(access, {"_id": city_id, "lease": None}, grant)
    if document is None:
        held = await access["locations"].find_one({"_id": city_id}, {"lease": 1, "fence": 1})
        if held is None:
            raise UnknownCityError(city=city_id)
        if held.get("lease") is None or held["lease"]["until"] > kept(now):
            return None
        # Whoever never gave the lease back has failed: that is counted when it is taken over.
        grant["$inc"] = {"fence": 1, "failures": 1}
        late = {"_id": city_id, "fence": held["fence"], "lease.until": {"$lte": kept(now)}}
        document = await _grant(access, late, grant)
    if document is None:
        return None
    await settle(access, city_id)
    await lose_runs(access, city_id)
    return Lease(city_id=city_id, owner=owner, fence=document["fence"], until=until)


async def _grant(access: Access, condition: Document, grant: Document) -> Document | None:
    found: Document | None = await access["locations"].find_one_and_update(
        condition, grant, projection={"fence": 1}, return_document=True
    )
    return found


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


async def begin_run(access: Access, lease: Lease, run: Run) -> None:
    """Record a run under a lease in force.

    Outside a transaction the lease may be lost between the look and the record, after the next holder has declared all
    runs lost: so it is looked at again, and the run taken back. A process that dies in between leaves a running run,
    which the next grant of the city declares lost.
    """
    await require_lease(access, lease, now=run.started_at)
    is_new = await put_run(access, run)
    if access.session is None:
        try:
            await require_lease(access, lease, now=run.started_at)
        except StaleLeaseError:
            if is_new:
                await access["runs"].delete_one({"_id": run.id})
            raise
    if is_new:
        await count_run(access, run)


async def prolong_lease(access: Access, lease: Lease, *, now: datetime, seconds: int) -> Lease:
    """Let a lease in force end ``seconds`` after ``now``."""
    until = kept(now + timedelta(seconds=seconds))
    await _change(access, lease, {"$set": {"lease.until": until}}, now=now)
    return replace(lease, until=until)


async def give_lease_back(access: Access, lease: Lease, *, now: datetime, cooldown_until: datetime | None) -> None:
    """End a lease in force after a failure."""
    cooldown = None if cooldown_until is None else kept(cooldown_until)
    change = {"$set": {"cooldown_until": cooldown}, "$unset": {"lease": 1}, "$inc": {"failures": 1}}
    await _change(access, lease, change, now=now)


async def _change(access: Access, lease: Lease, change: Document, *, now: datetime) -> None:
    made = await access["locations"].update_one(in_force(lease, now=now), change, session=access.session)
    if made.matched_count == 0:
        raise stale(lease)


async def free_chosen(access: Access, chosen: Chooser) -> list[str]:
    """Free the chosen leases, whose holders are dead or late; each counts one failure. Their runs are lost."""
    cursor = access["locations"].find({"lease.until": {"$gt": BEGINNING}}, {"lease": 1, "fence": 1})
    freed = []
    for document in await cursor.to_list(None):
        lease = document["lease"]
        if not chosen(lease["owner"], lease["until"]):
            continue
        same = {"_id": document["_id"], "fence": document["fence"], "lease": lease}
        made = await access["locations"].update_one(same, {"$unset": {"lease": 1}, "$inc": {"failures": 1}})
        if made.matched_count:
            await lose_runs(access, document["_id"])
            freed.append(document["_id"])
    return sorted(freed)


async def settle_all(access: Access) -> None:
    """Finish what publishers left that died between making a publication visible and tidying up behind it."""
    cursor = access["locations"].find({"pending.gen": {"$gte": 0}}, {"_id": 1})
    for document in await cursor.to_list(None):
        await settle(access, document["_id"])
