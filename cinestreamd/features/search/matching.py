"""How well a name fits what a person has typed so far."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Final, TypeVar

from cinestreamd.gazetteer.folding import LONGEST, fold
from cinestreamd.gazetteer.misspelling import one_slip_away, other_layouts

T = TypeVar("T")
_NO_MATCH: Final = 9


def best_matches(text: str, named: Iterable[tuple[Sequence[str], T]], *, limit: int) -> list[T]:
    """The things with a name that begins with ``text``, or has a word that does; the former first, then as they come.

    ``named`` has the folded names of each. When there is none: what the same keys write in another keyboard layout,
    then beginnings one slip away from either.
    """
    things = list(named)
    keys = list(dict.fromkeys(key for each in (text, *other_layouts(text[:LONGEST])) if (key := fold(each))))
    for key in keys:
        found = _ranked(things, partial(_rank, key), limit)
        if found:
            return found
    for key in keys:
        near = frozenset(one_slip_away(key))
        found = _ranked(things, partial(_near_rank, near, range(len(key) - 1, len(key) + 2)), limit)
        if found:
            return found
    return []


def _ranked(things: Sequence[tuple[Sequence[str], T]], rank: Callable[[str], int], limit: int) -> list[T]:
    ranked = [(min((rank(name) for name in names), default=_NO_MATCH), thing) for names, thing in things]
    found = sorted((item for item in ranked if item[0] < _NO_MATCH), key=lambda item: item[0])
    return [thing for _, thing in found[:limit]]


def _rank(key: str, name: str) -> int:
    """0: the name itself; 1: it begins so; 2: a later word of it does."""
    if name.startswith(key):
        return 0 if len(name) == len(key) else 1
    return 2 if f" {key}" in name else _NO_MATCH


def _near_rank(near: frozenset[str], lengths: range, name: str) -> int:
    """1: the name begins with one of ``near``, which have those lengths; 2: a later word of it does."""
    for start in _word_starts(name):
        if any(name[start : start + length] in near for length in lengths):
            return 1 if start == 0 else 2
    return _NO_MATCH


def _word_starts(name: str) -> Iterator[int]:
    yield 0
    yield from (at + 1 for at, character in enumerate(name) if character == " ")
