"""Find the titles of one type of object by what its fields hold, where no field's name tells them.

"dilo", "nimetus" or "f": whatever a film's name is called, its values are names: short, capitalised, several, and they
come again.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any

from cinestreamd.agent.readers.json_records.keys import NOT_A_FILM, key_words, start_score
from cinestreamd.agent.readers.json_records.tree import Spot, text_of
from cinestreamd.agent.readers.labels import could_be_title, names_room
from cinestreamd.agent.readers.miner.title_figures import are_templated

_SAMPLE, _MOST_UP, _MOST_FIELDS = 60, 4, 60
_FEWEST, _MOSTLY, _LONGEST = 3, 0.9, 80
_Place = tuple[int, str, str]


def titles_by_value(spots: list[Spot]) -> Callable[[Spot], tuple[str, dict[str, Any]] | None] | None:
    """What gives each object its title and the object that holds it; None where no field's values are like titles."""
    sample = spots[:: max(1, len(spots) // _SAMPLE)]
    places = dict.fromkeys(place for spot in sample[:10] for place in _places(spot))
    scores = {place: _score([_at(spot, place) for spot in sample], place[0]) for place in places}
    best = max(scores, key=lambda place: scores[place], default=None)
    if best is None or scores[best] <= 0 or len(sample) < _FEWEST:
        return None

    def title_of(spot: Spot) -> tuple[str, dict[str, Any]] | None:
        found = _at(spot, best)
        return found if found is not None and could_be_title(found[0]) else None

    return title_of


def _places(spot: Spot) -> list[_Place]:
    """How far up, in which field, and in which field of an object there: where an object may keep its title."""
    found: list[_Place] = []
    at: Spot | None = spot
    for levels in range(_MOST_UP + 1):
        if at is None:
            break
        for key, value in islice(at.value.items(), _MOST_FIELDS):
            if set(key_words(key)) & NOT_A_FILM or start_score(key) > 0:
                continue
            if isinstance(value, str):
                found.append((levels, key, ""))
            elif isinstance(value, dict):
                found += [
                    (levels, key, inner) for inner, text in islice(value.items(), _MOST_FIELDS) if isinstance(text, str)
                ]
        at = at.parent
    return found


def _at(spot: Spot, place: _Place) -> tuple[str, dict[str, Any]] | None:
    levels, key, inner = place
    at: Spot | None = spot
    for _ in range(levels):
        at = at.parent if at is not None else None
    if at is None:
        return None
    value = at.value.get(key)
    holder = value if inner and isinstance(value, dict) else at.value
    text = text_of(holder.get(inner) if inner else value) if holder is not at.value or not inner else None
    return (text, holder) if text else None


def _score(found: list[tuple[str, dict[str, Any]] | None], levels: int) -> float:
    """How much the values of one place are like titles; 0 where they are not."""
    texts = [one[0] for one in found if one is not None]
    likely = [text for text in texts if could_be_title(text) and len(text) <= _LONGEST]
    distinct = set(likely)
    if len(likely) < _MOSTLY * len(found) or len(distinct) < 2 or are_templated(likely):
        return 0.0
    named = sum(text[0].isupper() or text[0].isdecimal() or not text[0].islower() for text in distinct) / len(distinct)
    several = sum(" " in text for text in distinct) / len(distinct)
    signs = sum(any(sign in text for sign in "/_@#{}<>=") for text in distinct) / len(distinct)
    rooms = sum(map(names_room, distinct)) / len(distinct)
    if named < _MOSTLY or not several or signs > 1 - _MOSTLY or rooms > 1 / 2:
        return 0.0
    return 1 + min(len(distinct), 12) / 4 + several + (len(distinct) < len(likely)) - levels / 4
