"""A bounded walk over parsed JSON: every object with its ancestors, and an index of films by id."""

import html
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec import Struct

from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.json_records.keys import (
    DAY_WORDS,
    FILM_STEMS,
    LANGUAGE,
    NOT_A_FILM,
    key_words,
    speak_of_film,
    title_score,
)
from cinestreamd.agent.readers.labels import could_be_title

MAX_OBJECTS = 10_000
MAX_VALUES = 400_000
MAX_DEPTH = 60
MAX_FIELDS = 100


class Spot(Struct, frozen=True, eq=False):
    """One object in the tree.

    ``path`` is its type: the keys above it, with lists as "*" and keys that are data as "#".
    """

    value: dict[str, Any]
    parent: "Spot | None"
    key: str
    path: tuple[str, ...]
    data_keys: tuple[str, ...] = ()


def is_data_key(key: str) -> bool:
    """Whether a key is itself data (a date, an id, a title) and not the name of a field."""
    return bool(key) and (
        key[0].isdecimal() or " " in key or len(key) > 40 or (len(key) > 7 and sum(map(str.isdecimal, key)) > 3)
    )


def _own_ids(item: dict[str, Any]) -> set[str]:
    return {str(value) for name, value in item.items() if name.lower() in _ID_KEYS and isinstance(value, str | int)}


_DAY_KEY = re.compile(r"20\d\d[-/.]?\d\d[-/.]?\d\d")


def _is_map(value: dict[str, Any]) -> bool:
    """Whether an object maps ids to objects (or lists of them) of one kind: three or more, much the same fields.

    Two are enough where their own fields are days, or where each names its key as its id.
    """
    children = [child[0] if isinstance(child, list) and child else child for child in islice(value.values(), 20)]
    if len(children) < 2 or not all(isinstance(child, dict) for child in children):
        return False
    if all(child and all(map(_DAY_KEY.fullmatch, child)) for child in children):
        return True
    names = list(islice(value, 20))
    if all(name in _own_ids(child) for name, child in zip(names, children, strict=True)):
        return True
    if len(children) < 3:
        return False
    first = set(children[0])
    return bool(first) and all(2 * len(first & set(child)) >= len(first | set(child)) for child in children[1:])


def walk(root: object) -> Iterator[Spot]:
    """Every object of the tree in document order, within ``MAX_OBJECTS``, ``MAX_VALUES`` and ``MAX_DEPTH``."""
    stack: list[tuple[object, Spot | None, str, tuple[str, ...], tuple[str, ...]]] = [(root, None, "", (), ())]
    objects = values = 0
    while stack and objects < MAX_OBJECTS and values < MAX_VALUES:
        value, parent, key, path, data_keys = stack.pop()
        values += 1
        if len(path) > MAX_DEPTH:
            continue
        if isinstance(value, dict):
            objects += 1
            spot = Spot(value, parent, key, path, data_keys)
            yield spot
            alike = _is_map(value)
            for name, child in reversed(value.items()):
                if isinstance(child, dict | list):
                    data = alike or is_data_key(name)
                    step = "#" if data else name
                    stack.append((child, spot, name, (*path, step), (*data_keys, name) if data else data_keys))
        elif isinstance(value, list):
            stack.extend(
                (child, parent, key, (*path, "*"), data_keys)
                for child in reversed(value)
                if isinstance(child, dict | list)
            )


def text_of(value: object) -> str | None:
    """A title's text: of a string, of {"rendered": …}, of {"en": …}, of a list's first."""
    if isinstance(value, str):
        text = " ".join(html.unescape(value).split()) if "&" in value else " ".join(value.split())
        return text if 0 < len(text) <= 160 else None
    if isinstance(value, dict):
        for name in ("rendered", "text", "value", "default", "title", "name", "_", "#text"):
            if isinstance(value.get(name), str):
                return text_of(value[name])
        strings = [
            child for name, child in value.items() if LANGUAGE.fullmatch(name) and isinstance(child, str) and child
        ]
        return text_of(strings[0]) if strings else None
    if isinstance(value, list) and 0 < len(value) <= (4 if isinstance(value[0], str) else 1):
        return text_of(value[0])
    return None


_TIMED = 1.0
_CLOCK = re.compile(r"(?<!\d)(?:[01]?\d|2[0-3]):[0-5]\d(?!\d)")
_WRAPPINGS = ("data", "node", "edges", "nodes")


def unwrapped(value: object) -> object:
    """What stands in the plain wrappings of one object: [{…}], {"data": {…}}, {"node": {…}}."""
    for _ in range(6):
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        elif isinstance(value, dict):
            inner = next((value[name] for name in _WRAPPINGS if isinstance(value.get(name), dict | list)), None)
            if inner is None:
                break
            value = inner
        else:
            break
    return value


_SELVES = ("attributes", "node", "fields", "acf", "translations", "localizations", "translation")


def _selves(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """An object and the envelopes in which it says what it is itself."""
    yield item
    if item.keys().isdisjoint(_SELVES):
        return
    for name in _SELVES:
        inner = item.get(name)
        if isinstance(inner, list) and inner:
            inner = inner[0]
        if isinstance(inner, dict):
            yield inner


def own_title(item: dict[str, Any]) -> tuple[str, float] | None:
    """The best title that an object itself holds, with the strength of its key."""
    best: tuple[str, float] | None = None
    for holder in _selves(item):
        for key, value in islice(holder.items(), MAX_FIELDS):
            score = title_score(key)
            if score and (best is None or score > best[1]):
                text = text_of(value)
                if text and any(letter.isalnum() for letter in text) and not text.startswith(("http", "/")):
                    # "Dune - 22-10 21:15" is a showing's name; a film's may stand beside it.
                    score -= _TIMED if _CLOCK.search(text) is not None else 0
                    best = (text, score) if best is None or score > best[1] else best
    if best is not None and best[1] <= _OTHER_NAME and _OTHER_NAMES & item.keys():
        return _beside_other_name(item) or best
    return best


# A film's name elsewhere stands beside its name here.
_OTHER_NAME = 2.5
_OTHER_NAMES = frozenset(["originalTitle", "original_title", "OriginalTitle", "titleOriginal", "originalName"])
_LONGEST_NAME = 80


def _beside_other_name(item: dict[str, Any]) -> tuple[str, float] | None:
    """The name of a film whose object says "originalTitle" too: the first field whose text could be a title."""
    for key, value in islice(item.items(), MAX_FIELDS):
        if not isinstance(value, str) or key in _OTHER_NAMES or not 1 < len(value) <= _LONGEST_NAME:
            continue
        words = set(key_words(key))
        plain = not any(sign in value for sign in "/_@#{}<>=") and (value[0].isupper() or value[0].isdecimal())
        if plain and not words & NOT_A_FILM and words.isdisjoint(_ID_KEYS) and could_be_title(value):
            return value, _OTHER_NAME + 0.1
    return None


_ID_KEYS = frozenset(["id", "_id", "uuid", "slug", "code", "key", "ref", "uid", "@id", "sys", "guid", "pk", "__ref"])


def ids_of(item: dict[str, Any], key: str) -> Iterator[str]:
    """The ids under which others may refer to an object. ``key`` is its key in a parent that maps ids to objects."""
    for name, value in item.items():
        words = key_words(name)
        own = name.lower() in _ID_KEYS or (
            len(words) > 1
            and (words[-1] in ("id", "uuid", "code", "slug", "key", "no", "number") or words[0] == "id")
            and not set(words) & NOT_A_FILM
        )
        if own and isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            yield str(value)
    if key:
        yield key


_OF_DAYS = DAY_WORDS | {"calendar", "schedule"}


def film_weight(path: tuple[str, ...]) -> int:
    """1 where the nearest named key of a path speaks of films, -1 where of something else, else 0."""
    nameless = False
    for step in reversed(path):
        if step in ("*", "#", "items", "data", "nodes", "edges", "node", "results", "list", "attributes", "fields"):
            nameless = nameless or step not in ("*", "#")
            continue
        words = set(key_words(step))
        if nameless and words & _OF_DAYS:
            continue  # what a day holds without a name is no day
        return 1 if speak_of_film(words) else -1 if words & NOT_A_FILM else 0
    return 0


def _is_listed_film(path: tuple[str, ...]) -> bool:
    """Whether an object stands in a list that is called films, in any language, and not shows or events."""
    named = next((step for step in reversed(path) if step not in ("*", "#")), "")
    return any(word.startswith(FILM_STEMS) for word in key_words(named))


class Film(Struct, frozen=True, eq=False):
    """An object with a title that showings may refer to."""

    title: str
    score: float
    spot: Spot


def index_films(spots: list[Spot]) -> dict[str, list[Film]]:
    """Folded id → the objects with a title that bear it."""
    index: dict[str, list[Film]] = {}
    for spot in spots:
        if (
            spot.value.get("type")
            and isinstance(spot.value["type"], str)
            and set(key_words(spot.value["type"])) & NOT_A_FILM
        ):
            continue
        weight = film_weight(spot.path)
        if weight < 0:
            continue
        titled = own_title(spot.value) or (_beside_other_name(spot.value) if _is_listed_film(spot.path) else None)
        if titled is None:
            continue
        film = Film(titled[0], titled[1] + 2 * weight, spot)
        mapped = spot.parent is not None and spot.path and spot.path[-1] != "*"
        ids = list(ids_of(spot.value, spot.key if mapped else ""))
        if spot.parent is not None and len(spot.parent.value) <= MAX_FIELDS and ids in ([], [spot.key]):
            # {"slug": "dune-late", "show": {"title": "Dune"}}: the id stands in the envelope.
            ids += ids_of(spot.parent.value, "")
        for name in ids:
            known = index.setdefault(fold(name), [])
            if len(known) < 8:
                known.append(film)
    return index
