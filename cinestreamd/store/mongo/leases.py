"""Leases: one holder a city, told apart for ever by a fence that rises with every grant.

Lease and fence are fields of the city's document, so that each step is one conditional update of one document. They
are checked again by the update that makes a publication visible (see ``publications``). A lease names the session of
its holder's transactions, which is ended before the lease of a dead or late holder is freed. Protocol: docs/STORE.md.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec.structs import replace

from cinestreamd.store.errors import UnknownCityError
from cinestreamd.store.leases import Lease, LeaseStore
from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import Access, Document
from cinestreamd.store.mongo.fence import in_force, stale
from cinestreamd.store.mongo.runs import lose_runs
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
    session = await access.own_session()
    grant = {"$set": {"lease": {"owner": owner, "until": until, "session": session.session_id}}, "$inc": {"fence": 1}}
    document = await _grant(access, {"_id": city_id, "lease": None}, grant)
    if document is None:
        held = await access["locations"].find_one({"_id": city_id}, {"lease": 1, "fence": 1})
        if held is None:
            raise UnknownCityError(city=city_id)
        if held.get("lease") is None or held["lease"]["until"] > kept(now):
            return None
        # Whoever never gave the lease back has failed: that is counted when it is taken over.
        await access.end_session(held["lease"].get("session"))
        grant["$inc"] = {"fence": 1, "failures": 1}
        late = {"_id": city_id, "fence": held["fence"], "lease.until": {"$lte": kept(now)}}
        document = await _grant(access, late, grant)
    if document is None:
        return None
    await settle(access, city_id)
    await lose_runs(access, city_id, before=document["fence"])
    return Lease(city_id=city_id, owner=owner, fence=document["fence"], until=until)


async def _grant(access: Access, condition: Document, grant: Document) -> Document | None:
    found: Document | None = await access["locations"].find_one_and_update(
        condition, grant, projection={"fence": 1}, return_document=True
    )
    return found


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
        await access.end_session(lease.get("session"))
        same = {"_id": document["_id"], "fence": document["fence"], "lease": lease}
        made = await access["locations"].update_one(same, {"$unset": {"lease": 1}, "$inc": {"failures": 1}})
        if made.matched_count:
            await lose_runs(access, document["_id"], before=document["fence"] + 1)
            freed.append(document["_id"])
    return sorted(freed)


async def settle_all(access: Access) -> None:
    """Finish what publishers left that died between making a publication visible and tidying up behind it."""
    cursor = access["locations"].find({"pending.gen": {"$gte": 0}}, {"_id": 1})
    for document in await cursor.to_list(None):
        await settle(access, document["_id"])


class MongoLeaseStore(Connected, LeaseStore):
    """Leases, in a database of MongoDB."""

    def __init__(self, uri: str, *, write_timeout: float = 2.0, transactions: bool | None = None) -> None:
        super().__init__(uri, write_timeout=write_timeout, transactions=transactions)
        self._acquiring = asyncio.Lock()

    async def acquire_lease(self, city_id: str, *, owner: str, now: datetime, seconds: int) -> Lease | None:
        """One conditional update of the city's document.

        One at a time in a process, after a look: of many that want the same city, few send a write.
        """
        async with self._acquiring:
            if await self._read(lambda access: is_held(access, city_id, now=now), nothing=False):
                return None
            return await self._write(lambda access: take_lease(access, city_id, owner=owner, now=now, seconds=seconds))

    async def renew_lease(self, lease: Lease, *, now: datetime, seconds: int) -> Lease:
        """One conditional update."""
        return await self._write(lambda access: prolong_lease(access, lease, now=now, seconds=seconds))

    async def release_lease(self, lease: Lease, *, now: datetime, cooldown_until: datetime | None) -> None:
        """One conditional update."""
        await self._write(lambda access: give_lease_back(access, lease, now=now, cooldown_until=cooldown_until))

    async def free_leases(self, owner_prefix: str, *, except_prefix: str | None = None) -> list[str]:
        """One conditional update a lease."""

        def chosen(owner: str, _until: datetime) -> bool:
            spared = except_prefix is not None and owner.startswith(except_prefix)
            return owner.startswith(owner_prefix) and not spared

        return await self._write(lambda access: free_chosen(access, chosen))

    async def expire_leases(self, now: datetime) -> list[str]:
        """One conditional update a lease; finishes what dead publishers left, too."""

        async def expire(access: Access) -> list[str]:
            await settle_all(access)
            return await free_chosen(access, lambda _owner, until: until <= kept(now))

        return await self._write(expire)
