"""The second half of a change of a city's showtimes: everything here may be repeated, by anyone, at any time.

The first half, one update of the city's document, made the change visible and wrote down in ``pending`` what is left.
Whoever was stopped in the middle of this and goes on much later must not touch what was published since: that is of
generations which ``pending`` does not reach.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from cinestreamd.store.mongo.connection import Access, Document
from cinestreamd.store.mongo.runs import record_run
from cinestreamd.store.records import decode_run

AT_ONCE: Final = 500
"""Documents changed by one message, so that none takes long, however large a city is."""

Change = Callable[[Access, Document], Awaitable[None]]


async def settle(access: Access, city_id: str) -> None:
    """Finish a pending change of a city, if there is one."""
    city = await access["locations"].find_one({"_id": city_id}, {"pending": 1}, session=access.session)
    pending = None if city is None else city.get("pending")
    if pending is None:
        return
    gen, session = pending["gen"], access.session
    if gen:
        await _in_portions(access, {"city_id": city_id, "gen": gen, "state": "staged"}, _make_live)
    if pending["cinemas"]:
        replaced = {
            "city_id": city_id,
            "cinema_id": {"$in": pending["cinemas"]},
            "start_time": {"$gte": pending["since"]},
            "gen": {"$lt": pending.get("below", gen)},
            "state": "live",
        }
        await _in_portions(access, replaced, _delete)
    for first in range(0, len(pending["moved"]), AT_ONCE):
        await _delete(access, {"_id": {"$in": pending["moved"][first : first + AT_ONCE]}})
    if pending["run"] is not None:
        await record_run(access, decode_run(pending["run"]))
    await access["locations"].update_one(
        {"_id": city_id, "pending.mark": pending["mark"]}, {"$unset": {"pending": 1}}, session=session
    )


async def delete_staged(access: Access, city_id: str, *, up_to: int) -> None:
    """Delete what was written for publications up to a generation and never became visible."""
    await _in_portions(access, {"city_id": city_id, "gen": {"$lte": up_to}, "state": "staged"}, _delete)


async def _in_portions(access: Access, condition: Document, change: Change) -> None:
    """Change all showtimes of a condition which, once changed, fulfil it no more."""
    while True:
        cursor = access["showtimes"].find(condition, {"_id": 1}, session=access.session).limit(AT_ONCE)
        ids = [document["_id"] for document in await cursor.to_list(None)]
        if ids:
            await change(access, {"_id": {"$in": ids}})
        if len(ids) < AT_ONCE:
            return


async def _make_live(access: Access, some: Document) -> None:
    await access["showtimes"].update_many(some, {"$set": {"state": "live"}}, session=access.session)


async def _delete(access: Access, some: Document) -> None:
    await access["showtimes"].delete_many(some, session=access.session)
