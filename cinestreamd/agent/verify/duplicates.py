"""The same showing seen twice on a cinema's pages becomes one; two at once in different rooms stay two."""

from collections.abc import Iterable
from itertools import combinations

import msgspec

from cinestreamd.agent.verify.showing import Showing
from cinestreamd.agent.verify.titles import fold_title

# What tells two showings of one film at one time apart; a row that leaves one of these open does not contradict.
_TELLS_APART = ("room", "format", "language", "subtitles")
_FILLED = (
    "original_title", "year", "duration_minutes", "poster_url",
    "format", "language", "subtitles", "room", "price", "link",
)  # fmt: skip


def merge_duplicates(showings: Iterable[Showing]) -> tuple[list[Showing], list[Showing]]:
    """The distinct showings in their order, and those that were merged into an earlier one."""
    distinct: dict[tuple[str, float], list[Showing]] = {}
    merged: list[Showing] = []
    for showing in showings:
        alike = distinct.setdefault((fold_title(showing.title), showing.start_time.timestamp()), [])
        place = next((i for i, other in enumerate(alike) if _same(other, showing)), None)
        if place is None:
            alike.append(showing)
        else:
            alike[place] = _union(alike[place], showing)
            merged.append(showing)
    return [showing for alike in distinct.values() for showing in alike], merged


def discriminators(twins: list[Showing]) -> list[str]:
    """For showings of one film at one time: the shortest text for each that tells it from the others.

    A showing without twins needs none. Twins are told apart by room, or else by format, language, subtitles, several of
    them together, or their order: the first of these that works for all is used.
    """
    if len(twins) == 1:
        return [""]
    for size in range(1, len(_TELLS_APART) + 1):
        for names in combinations(_TELLS_APART, size):
            texts = ["|".join(str(getattr(twin, name) or "") for name in names) for twin in twins]
            if len(set(texts)) == len(twins):
                return texts
    return [str(place) for place in range(len(twins))]


def _same(one: Showing, other: Showing) -> bool:
    if one.year and other.year and one.year != other.year:
        return False
    pairs = ((getattr(one, name), getattr(other, name)) for name in _TELLS_APART)
    return all(a is None or b is None or fold_title(a) == fold_title(b) for a, b in pairs)


def _union(kept: Showing, extra: Showing) -> Showing:
    """``kept`` with what only ``extra`` says; a showing that one view still sells is available."""
    gaps = {name: getattr(extra, name) for name in _FILLED if getattr(kept, name) is None}
    open_still = "available" in {kept.availability, extra.availability}
    if open_still and "cancelled" not in {kept.availability, extra.availability}:
        gaps["availability"] = "available"
    gaps["access"] = tuple(dict.fromkeys((*kept.access, *extra.access)))
    gaps["original_language"] = kept.original_language or extra.original_language
    return msgspec.structs.replace(kept, **gaps)
