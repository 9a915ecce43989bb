"""Which showings are of the same film, and under which id the guide knows it.

One film is one cleaned title and year: showings share a film when they have a title in common (the local one or the
original one; case, punctuation and spacing do not matter) and no two of their years differ. A title alone never joins
films of different years. An id is a slug of the original title and the year, so that every run and every city gives the
same film the same id; a film that the guide knows already keeps its id when its year becomes known later.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from cinestreamd.agent.verify import Showing
from cinestreamd.agent.verify.titles import fold_title
from cinestreamd.i18n import LANGUAGES
from cinestreamd.store.base import Film, Titles

LONGEST_SLUG: Final = 60
_LATIN: Final = {
    **dict(zip("абвгґдезийіклмнопрстуфыэ", "abvhgdezyiiklmnoprstufye", strict=True)),
    "є": "ie", "ж": "zh", "ї": "i", "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ю": "iu", "я": "ia",
    "ь": "", "ъ": "", "ё": "e", "ł": "l", "ø": "o", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i",
}  # fmt: skip


def slug_of(text: str) -> str:
    """``text`` in lower-case ASCII words joined by hyphens; empty when nothing of it can be written so."""
    spelled = "".join(_LATIN.get(letter, letter) for letter in unicodedata.normalize("NFC", text).casefold())
    ascii_only = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_only.replace("'", "")).strip("-")[:LONGEST_SLUG].strip("-")


def film_id(title: str, year: int | None) -> str:
    """The id of a film by its original title and year. Titles that are not plain ASCII get a short hash as well."""
    slug = slug_of(title)
    exact = bool(slug) and title.isascii() and len(slug) < LONGEST_SLUG
    digest = "" if exact else sha256(fold_title(title).encode()).hexdigest()[:6]
    return "-".join(part for part in (slug or "film", str(year) if year else "", digest) if part)


class _Group:
    """Showings of one film."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.year: int | None = None
        self.showings: list[Showing] = []

    def accepts(self, showing: Showing) -> bool:
        """Whether the years of both agree, as far as they are known."""
        return self.year is None or showing.year is None or self.year == showing.year

    def add(self, showing: Showing) -> None:
        self.keys |= _keys(showing)
        self.year = self.year or showing.year
        self.showings.append(showing)


def identify_films(showings: Sequence[Showing], known: Iterable[Film]) -> tuple[dict[int, str], tuple[Film, ...]]:
    """The film id of each showing (by its place in ``showings``), and the films themselves.

    ``known`` are films that the guide has; one of them is kept when its titles and year fit exactly one group.
    """
    groups, place_of = _grouped(showings)
    by_title: dict[str, list[Film]] = {}
    for film in sorted(known, key=lambda film: film.id):
        for key in _film_keys(film):
            by_title.setdefault(key, []).append(film)
    films: dict[str, Film] = {}
    ids = []
    for group in groups:
        film = _film(group, _known(group, by_title))
        films[film.id] = _merged(films[film.id], film) if film.id in films else film
        ids.append(film.id)
    return {place: ids[number] for place, number in place_of.items()}, tuple(films.values())


def completed(films: Iterable[Film], known: Iterable[Film]) -> tuple[Film, ...]:
    """``films`` with what the guide knows under the same ids: a film has one record, whatever city told what of it."""
    by_id = {film.id: film for film in known}
    return tuple(_merged(by_id[film.id], film) if film.id in by_id else film for film in films)


def _grouped(showings: Sequence[Showing]) -> tuple[list[_Group], dict[int, int]]:
    """Groups of showings of one film. Showings that know their year come first: the others then join or stay alone."""
    groups: list[_Group] = []
    by_key: dict[str, list[int]] = {}
    place_of: dict[int, int] = {}
    order = sorted(
        range(len(showings)), key=lambda i: (showings[i].year is None, showings[i].original_title is None, i)
    )
    for i in order:
        showing = showings[i]
        numbers = sorted({number for key in _keys(showing) for number in by_key.get(key, ())})
        fitting = [number for number in numbers if groups[number].accepts(showing)]
        if showing.year is None and len({groups[number].year for number in fitting} - {None}) > 1:
            fitting = [number for number in fitting if groups[number].year is None]
        if not fitting:
            groups.append(_Group())
            fitting = [len(groups) - 1]
        groups[fitting[0]].add(showing)
        place_of[i] = fitting[0]
        for key in _keys(showing):
            by_key.setdefault(key, []).append(fitting[0]) if fitting[0] not in by_key.get(key, ()) else None
    return groups, place_of


def _keys(showing: Showing) -> set[str]:
    return {fold_title(title) for title in (showing.title, showing.original_title) if title}


def _film_keys(film: Film) -> set[str]:
    titles = film.titles
    return {fold_title(title) for title in (titles.original, titles.uk, titles.en, titles.ru) if title}


def _known(group: _Group, by_title: dict[str, list[Film]]) -> Film | None:
    """The one known film that fits the group: a shared title, years that agree; an equal year before an unknown one."""
    candidates = {film.id: film for key in group.keys for film in by_title.get(key, ())}
    same = [film for film in candidates.values() if film.year == group.year]
    open_ = [film for film in candidates.values() if (film.year is None) != (group.year is None)]
    for fitting in (same, open_):
        if len(fitting) == 1:
            return fitting[0]
    return None


def _film(group: _Group, known: Film | None) -> Film:
    showings = group.showings
    original = next((showing.original_title for showing in showings if showing.original_title), None)
    titles = {
        showing.page_language: showing.title
        for showing in reversed(showings)
        if showing.page_language in LANGUAGES and showing.title != original
    }
    name = original or showings[0].title
    film = Film(
        id=film_id(name, group.year),
        titles=Titles(original=name, **{str(language): title for language, title in titles.items()}),
        year=group.year,
        duration_minutes=next((showing.duration_minutes for showing in showings if showing.duration_minutes), None),
        poster_url=next((showing.poster_url for showing in showings if showing.poster_url), None),
    )
    return _merged(known, film) if known else film


def _merged(kept: Film, news: Film) -> Film:
    """``kept`` with what ``news`` adds: what the guide knew is not lost when a page says less today."""
    old, new = kept.titles, news.titles
    titles = Titles(original=old.original, uk=new.uk or old.uk, en=new.en or old.en, ru=new.ru or old.ru)
    return msgspec.structs.replace(
        kept,
        titles=titles,
        year=kept.year or news.year,
        duration_minutes=news.duration_minutes or kept.duration_minutes,
        poster_url=news.poster_url or kept.poster_url,
    )
