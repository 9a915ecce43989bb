"""schema.org values joined into one graph: which film, venue and parent event each event belongs to."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec import Struct

MOST_NODES: Final = 50_000
DEEPEST: Final = 150

Node = dict[str, Any]

# Types whose instances are showings by their meaning; Veezi calls its film sessions VisualArtsEvent.
SCREENINGS: Final = frozenset({"screeningevent", "visualartsevent"})
# Types that cinemas also use for their showings.
SHOWS: Final = SCREENINGS | {"event", "theaterevent", "socialevent", "childrensevent", "broadcastevent"}
# Types that are showings only where they name a film.
EVENTS: Final = SHOWS | {
    "musicevent", "danceevent", "comedyevent", "literaryevent", "businessevent", "educationevent", "foodevent",
    "sportsevent", "exhibitionevent",
}  # fmt: skip
FILMS: Final = frozenset({"movie", "film", "shortfilm"})
VENUES: Final = frozenset({"movietheater", "cinema"})
_WORK_KEYS: Final = ("workPresented", "workFeatured", "workPerformed", "about", "itemOffered")


class Surroundings(Struct, frozen=True):
    """What stands around a value: the nearest film, venue and event that contain it."""

    film: Node | None = None
    venue: Node | None = None
    event: Node | None = None


class Found(Struct, frozen=True):
    """An event with what it stands in."""

    node: Node
    around: Surroundings


def types_of(node: Any) -> frozenset[str]:
    """The schema.org types of a node, in lower case and without their prefix."""
    if not isinstance(node, dict):
        return frozenset()
    names = as_list(node.get("@type") or node.get("type"))
    return frozenset(
        name.rstrip("/").replace("#", "/").replace(":", "/").rpartition("/")[2].lower()
        for name in names
        if isinstance(name, str)
    )


def as_list(value: Any) -> list[Any]:
    """``value`` itself if it is a list, a list of it if it is anything, an empty one for None."""
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


class Graph:
    """All nodes of a page's schema.org data."""

    def __init__(self, values: list[Any]) -> None:
        self._by_id: dict[str, Node] = {}
        self._named_in: dict[str, Surroundings] = {}
        self._events: list[Found] = []
        self._collect(values)

    def events(self) -> Iterator[Found]:
        """The events in document order, each once, with what contains or names them."""
        for found in self._events:
            named = self._named_in.get(str(found.node.get("@id", "")))
            if named is None:
                yield found
                continue
            around = found.around
            yield Found(
                found.node,
                Surroundings(around.film or named.film, around.venue or named.venue, around.event or named.event),
            )

    def resolve(self, value: Any) -> Any:
        """The node that a reference (``{"@id": …}``) names, or the value itself."""
        if isinstance(value, dict) and isinstance(value.get("@id"), str) and "name" not in value:
            return self._by_id.get(value["@id"], value)
        return value

    def film_of(self, found: Found) -> Node | None:
        """The film that an event shows, as far as the data names one."""
        for event in (found.node, self.resolve(found.node.get("superEvent")), found.around.event):
            if not isinstance(event, dict):
                continue
            for key in _WORK_KEYS:
                for value in as_list(event.get(key)):
                    work = self.resolve({"name": value} if isinstance(value, str) else value)
                    if isinstance(work, dict) and work.get("name") and (key != "about" or types_of(work) & FILMS):
                        return work
        return found.around.film

    def venue_of(self, found: Found) -> Node | None:
        """The cinema at which an event is, where the data says that it is one."""
        for value in as_list(found.node.get("location")):
            place = self.resolve(value)
            for candidate in (place, *self._containers(place)):
                if types_of(candidate) & VENUES:
                    return candidate if isinstance(candidate, dict) else None
        return found.around.venue

    def _containers(self, place: Any) -> list[Any]:
        if not isinstance(place, dict):
            return []
        return [self.resolve(place.get(key)) for key in ("containedInPlace", "containedIn") if place.get(key)]

    def _collect(self, values: list[Any]) -> None:
        """Walk everything once, in document order, without recursion."""
        stack = [(value, Surroundings(), 0) for value in reversed(values)]
        for _ in range(MOST_NODES):
            if not stack:
                return
            value, around, depth = stack.pop()
            if isinstance(value, list):
                stack += [(item, around, depth + 1) for item in reversed(value) if isinstance(item, dict | list)]
            elif isinstance(value, dict) and depth < DEEPEST:
                inner = self._enter(value, around)
                children = [item for item in value.values() if isinstance(item, dict | list)]
                stack += [(item, inner, depth + 1) for item in reversed(children)]

    def _enter(self, node: Node, around: Surroundings) -> Surroundings:
        """Note a node, and say what surrounds its children."""
        name = node.get("@id")
        if isinstance(name, str):
            if len(node) <= 2 and not node.get("startDate"):
                self._named_in.setdefault(name, around)
            elif len(node) > len(self._by_id.get(name, ())):
                self._by_id[name] = node
        types = types_of(node)
        if types & EVENTS or types & {"eventseries", "festival"}:
            if types & EVENTS and node.get("startDate"):
                self._events.append(Found(node, around))
            return Surroundings(around.film, around.venue, node)
        if types & FILMS:
            return Surroundings(node, around.venue, around.event)
        if types & VENUES:
            return Surroundings(around.film, node, around.event)
        return around
