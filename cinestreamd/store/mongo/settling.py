"""The second half of a change of a city's showtimes: everything here may be repeated, by anyone, at any time.

The first half, one update of the city's document, made the change visible and wrote down in ``pending`` what is left.
"""

from cinestreamd.store.mongo.connection import Access
from cinestreamd.store.mongo.runs import put_run
from cinestreamd.store.records import decode_run


async def settle(access: Access, city_id: str) -> None:
    """Finish a pending change of a city, if there is one."""
    city = await access["locations"].find_one({"_id": city_id}, {"pending": 1}, session=access.session)
    pending = None if city is None else city.get("pending")
    if pending is None:
        return
    showtimes, gen, session = access["showtimes"], pending["gen"], access.session
    if gen:
        await showtimes.update_many(
            {"city_id": city_id, "gen": gen, "state": "staged"}, {"$set": {"state": "live"}}, session=session
        )
    if pending["cinemas"]:
        replaced = {
            "city_id": city_id,
            "cinema_id": {"$in": pending["cinemas"]},
            "start_time": {"$gte": pending["since"]},
            "gen": {"$ne": gen},
            "state": "live",
        }
        await showtimes.delete_many(replaced, session=session)
    if pending["moved"]:
        await showtimes.delete_many({"_id": {"$in": pending["moved"]}}, session=session)
    if pending["run"] is not None:
        await put_run(access, decode_run(pending["run"]))
    await access["locations"].update_one(
        {"_id": city_id, "pending.mark": pending["mark"]}, {"$unset": {"pending": 1}}, session=session
    )
