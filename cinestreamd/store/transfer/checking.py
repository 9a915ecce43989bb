"""Whether a store is whole: every item can be read as what it is, and what names something names what is there."""

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from typing import Any, Final

import msgspec
from msgspec import Struct

from cinestreamd.store.transfer.items import KINDS, READING_ORDER, TYPES, Depot, Digest, Item, Tally

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
    """Look at all of a store, which may be written to meanwhile."""
    problems = await depot.faults()
    known: dict[str, set[str]] = {kind: set() for kind in OWNERS.values()}
    named: dict[tuple[str, str], Counter[str]] = {}
    held, unread = {}, Counter[str]()
    for kind in READING_ORDER:
        tally, decoder = Tally(), msgspec.json.Decoder(TYPES[kind])
        async for item in depot.items(kind):
            tally.add(item)
            value = _read(decoder, item)
            if value is None:
                unread[kind] += 1
            if kind in known:
                known[kind].add(item.key)
            for field in NAMES.get(kind, ()) if value is not None else ():
                named.setdefault((kind, field), Counter())[getattr(value, field)] += 1
        held[kind] = tally.digest
    problems += [f"{count} of kind {kind} cannot be read" for kind, count in unread.items()]
    problems += list(_lost(named, known))
    return Report(problems=tuple(problems), held={kind: held[kind] for kind in KINDS})


def _lost(named: Mapping[tuple[str, str], Counter[str]], known: Mapping[str, Container[str]]) -> Iterator[str]:
    """What names something that is not there, by kind and field."""
    for (kind, field), keys in named.items():
        owner = OWNERS[field]
        count = sum(count for key, count in keys.items() if key not in known[owner])
        if count:
            yield f"{count} of kind {kind} name a {owner} that is not there"


def _read(decoder: "msgspec.json.Decoder[Any]", item: Item) -> Any:
    try:
        return decoder.decode(item.body)
    except msgspec.DecodeError:
        return None
