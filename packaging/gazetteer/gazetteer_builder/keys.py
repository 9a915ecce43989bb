"""What each city is found by, and the prepared answers for short prefixes."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from cinestreamd.gazetteer.database import MAX_RESULTS, SCANNED_NAMES
from cinestreamd.gazetteer.folding import fold
from gazetteer_builder.record import Record

PROPER: Final = 0
ALTERNATE: Final = 1
LATER_WORD: Final = 2

SHORTEST_ALTERNATE: Final = 4
"""Letters of an alternate name that is kept: GeoNames' shorter ones are mostly codes of airports."""


class Key(NamedTuple):
    """A folded name, what ``kind`` it is of, and the rank of its city."""

    text: str
    kind: int
    rank: int


def keys_of(record: Record, rank: int) -> set[Key]:
    """The keys of one city; each text is of one kind only, the best that it can be."""
    named = (record.uk, record.en, record.ru, *record.names)
    proper = {fold(name) for name in named if name and _in_one_alphabet(name)} - {""}
    others = {fold(name) for name in record.alternates if _is_written(name)} - proper
    others = {text for text in others if len(text) >= SHORTEST_ALTERNATE}
    later = {" ".join(words[start:]) for words in map(str.split, proper) for start in range(1, len(words))}
    return {
        *(Key(text, PROPER, rank) for text in proper),
        *(Key(text, ALTERNATE, rank) for text in others),
        *(Key(text, LATER_WORD, rank) for text in later - proper - others),
    }


def _is_written(name: str) -> bool:
    """Whether an alternate is a name as people write it: GeoNames' machine transliterations begin in lower case."""
    return name[:1].isupper() and _in_one_alphabet(name)


def _in_one_alphabet(name: str) -> bool:
    """Whether all letters of ``name`` are Latin, or all are Cyrillic."""
    letters = [letter for letter in name if letter.isalpha()]
    latin = all(letter < "ɐ" or "Ḁ" <= letter <= "ỿ" or letter in "ʻʼʾʿə" for letter in letters)
    return latin or all("Ѐ" <= letter <= "ԯ" for letter in letters)


def prepared_answers(keys: Iterable[Key]) -> Iterator[tuple[str, list[int]]]:
    """For each prefix that too many keys begin with, in order: the ranks that are its answer."""
    ordered = sorted(keys)
    counts = Counter(prefix for key in ordered for prefix in _prefixes(key.text))
    frequent = {prefix for prefix, count in counts.items() if count > SCANNED_NAMES}
    found: dict[str, list[tuple[int, int]]] = {prefix: [] for prefix in sorted(frequent)}
    for key in ordered:
        for prefix in _prefixes(key.text):
            if prefix in frequent:
                found[prefix].append((min(key.kind, ALTERNATE), key.rank))
    for prefix, offers in found.items():
        yield prefix, list(dict.fromkeys(rank for _, rank in sorted(offers)))[:MAX_RESULTS]


def _prefixes(text: str) -> Iterator[str]:
    """The beginnings of ``text`` that folding can give: none ends in a space."""
    return (text[:end] for end in range(1, len(text) + 1) if text[end - 1] != " ")
