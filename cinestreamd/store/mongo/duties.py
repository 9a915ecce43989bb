"""Duties: what one daemon of several does for all, such as deciding which city is read next."""

from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from cinestreamd.store.duties import DutyStore
from cinestreamd.store.mongo.connected import Connected
from cinestreamd.store.mongo.connection import Access
from cinestreamd.store.records import kept


async def hold(access: Access, duty: str, *, owner: str, now: datetime, seconds: int) -> bool:
    """One conditional update; the upsert of a duty that another has meets its document."""
    free = {"_id": duty, "$or": [{"owner": owner}, {"until": {"$lte": kept(now)}}]}
    change = {"$set": {"owner": owner, "until": kept(now + timedelta(seconds=seconds))}}
    try:
        await access["duties"].update_one(free, change, upsert=True)
    except DuplicateKeyError:
        return False
    return True


async def lay_down(access: Access, duty: str, *, owner: str) -> None:
    """Let others have a duty, if the owner has it."""
    await access["duties"].delete_one({"_id": duty, "owner": owner})


class MongoDutyStore(Connected, DutyStore):
    """Duties, in a database of MongoDB."""

    async def hold_duty(self, duty: str, *, owner: str, now: datetime, seconds: int) -> bool:
        """One conditional update."""
        return await self._write(lambda access: hold(access, duty, owner=owner, now=now, seconds=seconds))

    async def lay_down_duty(self, duty: str, *, owner: str) -> None:
        """One conditional deletion."""
        await self._write(lambda access: lay_down(access, duty, owner=owner))
