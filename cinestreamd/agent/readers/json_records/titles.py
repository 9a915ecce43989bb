"""Learn, for one type of object, where its film's title stands: in it, in a child, behind an id, or above it."""

from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from msgspec import Struct

from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.json_records.keys import NOT_A_FILM, key_words, speak_of_film
from cinestreamd.agent.readers.json_records.tree import Film, Spot, film_weight, own_title, unwrapped
from cinestreamd.agent.readers.labels import could_be_title, names_room

FilmIndex = dict[str, list[Film]]
Accessor = tuple[str, int, str]
_SAMPLE = 300
_MAX_UP = 6
_MOST_FIELDS = 200


class Titled(Struct, frozen=True, eq=False):
    """A title and the object that holds it."""

    title: str
    holder: dict[str, Any]
    score: float
    path: tuple[str, ...] = ()


def _up(spot: Spot, levels: int) -> Spot | None:
    at: Spot | None = spot
    for _ in range(levels):
        at = at.parent if at is not None else None
    return at


def _reference(value: object) -> Iterable[str]:
    """The ids that a value may be a reference to: a scalar, {"id": …}, {"data": {"id": …}}, a list of one."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return (str(value),) if value != "" else ()
    if isinstance(value, list) and len(value) == 1:
        return _reference(value[0])
    if isinstance(value, dict):
        for name in ("__ref", "id", "ID", "Id", "_id", "@id", "uuid", "slug", "code"):
            if isinstance(value.get(name), str | int):
                return (str(value[name]),)
        if "data" in value:
            return _reference(value["data"])
    return ()


def _joined(value: object, index: FilmIndex, spot: Spot) -> Titled | None:
    for name in _reference(value):
        films = [film for film in index.get(fold(name), ()) if film.spot.value is not spot.value]
        if films:
            best = max(films, key=lambda film: film.score)
            return Titled(best.title, best.spot.value, 8 + best.score / 4, best.spot.path)
    return None


def _holders(item: dict[str, Any]) -> Iterable[tuple[str, object]]:
    yield from islice(item.items(), _MOST_FIELDS)
    for name in ("relationships", "attributes", "_embedded", "node", "fields"):
        inner = item.get(name)
        if isinstance(inner, dict):
            yield from inner.items()


def _resolve(accessor: Accessor, spot: Spot, index: FilmIndex) -> Titled | None:
    kind, levels, key = accessor
    at = _up(spot, levels)
    if at is None:
        return None
    if kind == "own":
        return _own(at.value)
    if kind == "key":
        return Titled(at.key, at.value, 3.0) if _key_may_be_title(at) else None
    if kind == "key_ref":
        return _joined(at.key, index, at)
    return _from_field(kind, next((value for name, value in _holders(at.value) if name == key), None), index, at)


def _own(item: dict[str, Any]) -> Titled | None:
    found = own_title(item)
    return Titled(found[0], item, found[1]) if found else None


def _from_field(kind: str, value: object, index: FilmIndex, at: Spot) -> Titled | None:
    if kind == "child":
        value = unwrapped(value)
        return _own(value) if isinstance(value, dict) else None
    titled = _joined(value, index, at)
    if kind == "plain_ref" and (titled is None or film_weight(titled.path) < 1):
        return None
    return titled


def _key_may_be_title(at: Spot) -> bool:
    """Whether a key has several words, or is one of keys that are data: {"Rook": {"2026-11-27": […]}}."""
    key = at.key.strip()
    named = " " in key or (at.path[-1:] == ("#",) and key[:1].isupper() and key[1:].islower() and key.isalpha())
    return named and could_be_title(key)


def _key_may_refer(at: Spot) -> bool:
    """Whether a key is an id, as in {film id: [showings]}, and not the name of a field."""
    named = next((step for step in reversed(at.path) if step != "*"), "")
    return named == "#" or any(letter.isdecimal() or letter in "-:" for letter in at.key)


def _accessors(spots: list[Spot], index: FilmIndex) -> dict[Accessor, float]:
    """Accessor → how much its place speaks for a film's title."""
    found: dict[Accessor, float] = {}
    for spot in spots:
        for levels in range(_MAX_UP + 1):
            at = _up(spot, levels)
            if at is None:
                break
            closeness = 1.5 - 0.4 * levels
            weight = film_weight(at.path)
            if levels == 0 or weight >= 0:
                found.setdefault(("own", levels, ""), closeness + (2 * weight if levels else 0))
            if _key_may_be_title(at):
                found.setdefault(("key", levels, ""), closeness)
            if _key_may_refer(at) and fold(at.key) in index:
                found.setdefault(("key_ref", levels, ""), closeness)
            below = _up(spot, levels - 1) if levels else None
            for key, value in _holders(at.value):
                if below is None or not _is_sibling(value, below.value):
                    _add_field(found, (at, levels), key, value, index)
    return found


def _is_sibling(value: object, item: dict[str, Any]) -> bool:
    """Whether a list holds one object of the same kind as ``item``: another event is not what an event belongs to."""
    only = value[0] if isinstance(value, list) and len(value) == 1 else None
    return isinstance(only, dict) and only is not item and len(only) > 2 and only.keys() <= item.keys()


# Envelopes in which a film's object keeps what it says of itself.
_ABOUT = frozenset([
    "facts", "info", "details", "data", "general", "meta", "attributes", "fields", "description", "properties",
    "content",
])  # fmt: skip


# A field whose name says nothing ("f": "500") must lose against every place whose name speaks of films.
_NAMELESS = 5.0
# A place that gives one title where others tell several apart names something else: a field, a cinema, a series.
_MERGING = 4.0


def _refers_to_film(value: object, index: FilmIndex) -> bool:
    """Whether a bare scalar is the id of an object that stands among the films."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return False
    return any(film_weight(film.spot.path) > 0 for film in index.get(fold(str(value)), ()))


def _add_field(
    found: dict[Accessor, float], place: tuple[Spot, int], key: str, value: object, index: FilmIndex
) -> None:
    words = set(key_words(key))
    filmlike = speak_of_film(words)
    levels = place[1]
    about = key.casefold() in _ABOUT and film_weight(place[0].path) > 0
    if words & NOT_A_FILM and not filmlike:
        return
    closeness = 1.5 - 0.4 * levels
    if levels <= 1 and not filmlike and _refers_to_film(value, index):
        found.setdefault(("plain_ref", levels, key), closeness - _NAMELESS)
    if levels and not filmlike and not about:
        return
    if isinstance(unwrapped(value), dict):
        found.setdefault(("child", levels, key), closeness + (2 if filmlike else -1))
    referring = filmlike or "id" in words or "ref" in words
    if referring and any(fold(name) in index for name in _reference(value)):
        found.setdefault(("ref", levels, key), closeness + (1 if filmlike else -3))


def _certain_join(likely: list[Titled], sample: list[Spot]) -> bool:
    """Whether a field without a telling name is a reference all the same: always resolved, to films of one kind."""
    films = {titled.title for titled in likely}
    return len(likely) * 10 >= len(sample) * 9 and len(films) > 1 and len({titled.path for titled in likely}) == 1


def learn_titles(spots: list[Spot], index: FilmIndex) -> Callable[[Spot], Titled | None] | None:
    """The accessor that gives the objects of one type their titles; None where no place gives half of them one."""
    step = max(1, len(spots) // _SAMPLE)
    sample = spots[::step]
    ranked: list[tuple[float, int, Accessor]] = []
    for accessor, place in _accessors(sample[:40], index).items():
        titles = [titled for spot in sample if (titled := _resolve(accessor, spot, index)) is not None]
        likely = [titled for titled in titles if could_be_title(titled.title)]
        if sum(names_room(titled.title) for titled in likely) * 2 > len(likely):
            continue
        distinct = len({titled.title for titled in likely})
        if len(likely) * 2 < len(sample) or (accessor[0] == "plain_ref" and not _certain_join(likely, sample)):
            continue
        variety = min(3.0, 3.0 * distinct / max(2, min(len(sample), 12))) if len(sample) > 1 else 1.0
        strength = sum(titled.score for titled in likely) / len(likely)
        ranked.append((place + strength + 2 * len(likely) / len(sample) + variety, distinct, accessor))
    if not ranked:
        return None
    # More titles than half of the objects are names of single showings: a film is shown again.
    most = max((distinct for _, distinct, _ in ranked if distinct * 2 <= len(sample)), default=0)
    scores = {accessor: score - (_MERGING if distinct * 2 < most else 0) for score, distinct, accessor in ranked}
    order = sorted(scores, key=lambda accessor: -scores[accessor])[:4]

    def title_of(spot: Spot) -> Titled | None:
        return next((titled for accessor in order if (titled := _resolve(accessor, spot, index)) is not None), None)

    return title_of
