"""What is to be read at one site: for each city one wish that waits its turn, and those that come after it."""

from collections import OrderedDict
from typing import Final, Literal

from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.store.base import Trigger

Answer = Literal["accepted", "full", "unknown"]

MOST_LATER: Final = 4
"""So many wishes for one city may wait for the one before them."""


class Wish(Struct, frozen=True):
    """What a queued city is to be read for; with ``cinema_id`` only that cinema is read again.

    ``request_id`` names the request of a visitor's that asked first. ``insists``: also if the city rests.
    """

    trigger: Trigger
    cinema_id: str | None = None
    request_id: str = ""
    insists: bool = False

    def covers(self, other: "Wish") -> bool:
        """Whether all that another wish is for is read by this one. Answers of a batch are no reading of the city."""
        if "batch" in {self.trigger, other.trigger}:
            return self.trigger == other.trigger
        return self.cinema_id in (None, other.cinema_id)


class Wishes:
    """The wishes of one site. Two for one city never wait their turn at a time: one stands for both, or comes later."""

    def __init__(self) -> None:
        self.queue: OrderedDict[str, Wish] = OrderedDict()
        self._later: dict[str, list[Wish]] = {}

    def join(self, city_id: str, wish: Wish) -> Answer:
        """Have the wish that waits for a city stand for another one too, or the two come one after the other."""
        queued = self.queue[city_id]
        if not queued.covers(wish) and not wish.covers(queued):
            return self.put_later(city_id, wish)
        wider = queued if queued.covers(wish) else wish
        self.queue[city_id] = replace(wider, insists=queued.insists or wish.insists)
        return "accepted"

    def put_later(self, city_id: str, wish: Wish) -> Answer:
        """Have a wish wait for the end of the one before it."""
        later = self._later.setdefault(city_id, [])
        for number, waiting in enumerate(later):
            if waiting.covers(wish):
                later[number] = replace(waiting, insists=waiting.insists or wish.insists)
                return "accepted"
        if len(later) >= MOST_LATER:
            return "full"
        later.append(wish)
        return "accepted"

    def come_on(self, city_id: str) -> None:
        """Now that a city is read: have the next wish for it wait its turn, before all others, since it has waited."""
        later = self._later.pop(city_id, [])
        if later and city_id not in self.queue:
            self.queue[city_id] = later.pop(0)
            self.queue.move_to_end(city_id, last=False)
        if later:
            self._later[city_id] = later

    def clear(self) -> None:
        """Wish for nothing any more."""
        self.queue.clear()
        self._later.clear()
