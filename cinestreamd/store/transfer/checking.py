"""Whether a store is whole: every item can be read as what it is, and what names something names what is there."""

from collections import Counter
from typing import Any, Final

import msgspec
from msgspec import Struct

from cinestreamd.store.transfer.items import KINDS, TYPES, Depot, Digest, Item, Tally

NAMES: Final = {"showtime": ("cinema_id", "film_id", "city_id"), "cinema": ("city_id",), "run": ("city_id",)}
OWNERS: Final = {"cinema_id": "cinema", "film_id": "film", "city_id": "location"}


class Report(Struct, frozen=True, kw_only=True):
    """What was found: problems, each one line, and what the store holds of each kind."""

    problems: tuple[str, ...]
    held: dict[str, Digest]

    @property
    def is_whole(self) -> bool:
        """Whether there is no problem."""
        return not self.problems


async def check(depot: Depot) -> Report:
    """Look at all of a store."""
    problems = await depot.faults()
    known: dict[str, set[str]] = {kind: set() for kind in ("location", "cinema", "film")}
    held, lost, unread = {}, Counter[tuple[str, str]](), Counter[str]()
    for kind in ("location", "film", *(kind for kind in KINDS if kind not in {"location", "film"})):
        tally, decoder = Tally(), msgspec.json.Decoder(TYPES[kind])
        async for item in depot.items(kind):
            tally.add(item)
            value = _read(decoder, item)
            if value is None:
                unread[kind] += 1
            if kind in known:
                known[kind].add(item.key)
            for field in NAMES.get(kind, ()) if value is not None else ():
                lost[kind, field] += getattr(value, field) not in known[OWNERS[field]]
        held[kind] = tally.digest
    problems += [f"{count} of kind {kind} cannot be read" for kind, count in unread.items()]
    problems += [
        f"{count} of kind {kind} name a {OWNERS[field]} that is not there"
        for (kind, field), count in lost.items()
        if count
    ]
    return Report(problems=tuple(problems), held=held)


def _read(decoder: "msgspec.json.Decoder[Any]", item: Item) -> Any:
    try:
        return decoder.decode(item.body)
    except msgspec.DecodeError:
        return None
