"""What can be filtered by: only what exists on the day, each value with the number of showings it would leave."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Final, Literal, NamedTuple

from msgspec import Struct
from msgspec.structs import astuple, replace

from cinestreamd.features.guide.alternatives import within_words
from cinestreamd.features.guide.filters import BIT, Criterion, Judge, Judged
from cinestreamd.features.guide.programme import Programme
from cinestreamd.features.guide.query import CityQuery, path_of
from cinestreamd.features.guide.showing import Viewpoint, access_label
from cinestreamd.i18n import N_, translations
from cinestreamd.store.accessibility import ACCESS, Access
from cinestreamd.store.base import Price
from cinestreamd.web import formats
from cinestreamd.web.points import distance_km
from cinestreamd.web.text import clean_text

MAX_OPTIONS: Final = 40
_CEILINGS: Final = 4
_DISTANCES: Final = (1, 2, 3, 5, 10, 20)
WINDOWS: Final = (
    (N_("until noon"), None, "11:59"),
    (N_("afternoon"), "12:00", "16:59"),
    (N_("evening"), "17:00", "20:59"),
    (N_("late"), "21:00", None),
)
"""Parts of the day: name, first and last clock of a start."""


class Option(Struct, frozen=True, kw_only=True):
    """One value of a facet: what the form sends, what people read, how many showings it leaves."""

    value: str
    label: str
    count: int
    selected: bool


class Facet(Struct, frozen=True, kw_only=True):
    """One filter of the form: its name in the query, its heading, its values."""

    name: str
    label: str
    options: Sequence[Option]


class Window(Struct, frozen=True, kw_only=True):
    """A part of the day, or of the films, that can be chosen, with the path of the list that shows it alone."""

    label: str
    path: str
    count: int
    selected: bool


class Facets(Struct, frozen=True, kw_only=True):
    """The whole form: ``choices`` take several values, ``flags`` are yes or nothing, ``prices`` one of some ceilings.

    ``distances`` are one of some, where the visitor's point is known. ``since``, ``until`` and ``ends`` are what the
    three clocks hold; ``has_lengths`` tells whether any film's length is known, without which "ends by" finds nothing.
    """

    choices: Sequence[Facet]
    flags: Sequence[Option]
    prices: Sequence[Option]
    distances: Sequence[Option]
    windows: Sequence[Window]
    since: str
    until: str
    ends: str
    has_lengths: bool


def facets_of(
    judged: Iterable[Judged], judge: Judge, programme: Programme, query: CityQuery, view: Viewpoint
) -> Facets:
    """The form for ``judged``: the rows of a day that are still to come. Cancelled ones are not counted."""
    rows = [each for each in judged if each.row.availability != "cancelled"]
    builder = _Builder(rows, judge, programme, query, view)
    return Facets(
        choices=builder.choices(),
        flags=builder.flags(),
        prices=builder.prices(),
        distances=builder.distances(),
        windows=[*builder.windows(), *builder.run_windows()],
        since=query.since or "",
        until=query.until or "",
        ends=query.ends or "",
        has_lengths=any(programme.films[film].duration_minutes for film in {each.row.film_id for each in rows}),
    )


class _Kind(NamedTuple):
    """What showings have in common that most of the form counts; a day of a hundred has a dozen kinds."""

    failed: int
    format: str | None
    language: str | None
    subtitles: str | None
    cinema: str
    original: bool


class _Builder:
    def __init__(
        self, rows: Sequence[Judged], judge: Judge, programme: Programme, query: CityQuery, view: Viewpoint
    ) -> None:
        self._rows = rows
        kinds = Counter(
            (failed, row.format, row.language, row.subtitles, row.cinema_id, row.original_language)
            for row, failed in map(astuple, rows)
        )
        self._kinds = [(_Kind(*kind), count) for kind, count in kinds.items()]
        self._judge = judge
        self._programme = programme
        self._query = query
        self._view = view
        self._text = translations(view.language)

    def choices(self) -> list[Facet]:
        language, cinemas, text = self._view.language, self._programme.cinemas, self._text

        def tongue(code: str) -> str:
            name = formats.language_name(code, language)
            return name[:1].upper() + name[1:]

        def cinema(cinema_id: str) -> str:
            found = cinemas.get(cinema_id)
            return clean_text((found.names.get(language) or found.name) if found else cinema_id)

        query = self._query
        found = (
            self._choice("format", text.gettext("Format"), query.format, lambda kind: kind.format, str),
            self._choice("language", text.gettext("Language"), query.language, lambda kind: kind.language, tongue),
            self._choice("subtitles", text.gettext("Subtitles"), query.subtitles, lambda kind: kind.subtitles, tongue),
            self._choice("cinema", text.gettext("Cinema"), query.cinema, lambda kind: kind.cinema, cinema),
        )
        told = [facet for facet in found if len(facet.options) > 1 or any(each.selected for each in facet.options)]
        access = self._access()
        return [*told, access] if access.options else told

    def _access(self) -> Facet:
        """The ways in which screenings of the day are made accessible."""
        others, query, counts = ~BIT["access"], self._query, Counter[Access]()
        for row, failed in map(astuple, self._rows):
            if row.access and not failed & others:
                counts.update(row.access)
        options = [
            Option(value=each, label=access_label(each, self._view.language), count=counts[each], selected=chosen)
            for each in ACCESS
            if (chosen := each in query.access) or counts[each]
        ]
        return Facet(name="access", label=self._text.gettext("Accessible screenings"), options=options)

    def _choice(
        self,
        name: Criterion,
        label: str,
        selected: tuple[str, ...],
        value_of: Callable[[_Kind], str | None],
        label_of: Callable[[str], str],
    ) -> Facet:
        counts = self._count(name, value_of)
        counts.update(dict.fromkeys(selected, 0))
        options = [
            Option(value=value, label=clean_text(label_of(value), 60), count=count, selected=value in selected)
            for value, count in counts.items()
            if (count or value in selected) and len(value) <= 80
        ]
        options.sort(key=lambda option: (not option.selected, -option.count, option.label))
        return Facet(name=name, label=label, options=sorted(options[:MAX_OPTIONS], key=lambda option: option.label))

    def _count(self, name: Criterion, value_of: Callable[[_Kind], str | None]) -> Counter[str]:
        """How many rows each value would leave, all other filters kept; values that exist but leave none count 0."""
        others = ~BIT[name]
        counts: Counter[str] = Counter()
        for kind, number in self._kinds:
            value = value_of(kind)
            if value:
                counts[value] += 0 if kind.failed & others else number
        return counts

    def flags(self) -> list[Option]:
        cinemas, query, text = self._programme.cinemas, self._query, self._text
        original = self._count("original", lambda kind: "1" if kind.original else None)
        steps = self._count("accessible", lambda kind: "1" if cinemas[kind.cinema].wheelchair == "yes" else None)
        found = (
            Option(
                value="original", label=text.gettext("Original version"), count=original["1"], selected=query.original
            ),
            Option(
                value="accessible", label=text.gettext("Without steps"), count=steps["1"], selected=query.accessible
            ),
        )
        return [option for option in (*found, *self.runs()) if option.count or option.selected]

    def runs(self) -> list[Option]:
        """Films that are new and films that leave."""
        runs, query, text = self._programme.runs, self._query, self._text
        words: tuple[tuple[Literal["new", "last"], str, Collection[str], bool], ...] = (
            ("new", text.gettext("new in the cinemas"), runs.new, query.new),
            ("last", text.gettext("last showings"), runs.last, query.last),
        )
        return [
            Option(value=name, label=label, count=self._count_films(name, films), selected=selected)
            for name, label, films, selected in words
        ]

    def _count_films(self, name: Criterion, films: Collection[str]) -> int:
        if not films:
            return 0
        others = ~BIT[name]
        return sum(row.film_id in films and not failed & others for row, failed in map(astuple, self._rows))

    def distances(self) -> list[Option]:
        """How far away cinemas may be, where the visitor's point is known: what leaves something, but not all."""
        view, cinemas, chosen = self._view, self._programme.cinemas, self._query.within
        if view.point is None:
            return []
        others = ~BIT["within"]
        far = [
            distance_km(view.point, cinemas[row.cinema_id].lat, cinemas[row.cinema_id].lon)
            for row, failed in map(astuple, self._rows)
            if not failed & others
        ]
        counts = {step: sum(each is not None and each <= step for each in far) for step in {*_DISTANCES, chosen or 1}}
        return [
            Option(value=str(step), label=within_words(step, view.language), count=count, selected=step == chosen)
            for step, count in sorted(counts.items())
            if step == chosen or 0 < count < len(far)
        ]

    def prices(self) -> list[Option]:
        """Some ceilings that tell the day's prices apart, in the currency that most of them are in."""
        others = ~BIT["price"]
        priced = Counter(
            (price.currency, price.min, not failed & others)
            for row, failed in map(astuple, self._rows)
            if (price := row.price) is not None
        )
        if not priced:
            return []
        currencies: Counter[str] = Counter()
        for (name, _, _), number in priced.items():
            currencies[name] += number
        currency = currencies.most_common(1)[0][0]
        unit = 10 ** formats.currency_digits(currency)
        lowest = sorted(-(-price // unit) for (_, price, _), number in priced.items() for _ in range(number))
        steps = {lowest[(len(lowest) - 1) * part // _CEILINGS] for part in range(1, _CEILINGS + 1)}
        chosen = self._query.price
        return [
            Option(
                value=str(ceiling),
                label=self._up_to(ceiling * unit, currency),
                count=sum(
                    number for (_, price, is_left), number in priced.items() if is_left and price <= ceiling * unit
                ),
                selected=ceiling == chosen,
            )
            for ceiling in sorted(steps | ({chosen} if chosen is not None else set()))
        ]

    def _up_to(self, minor: int, currency: str) -> str:
        price = formats.format_price(Price(min=minor, max=minor, currency=currency, text=""), self._view.language)
        return self._text.gettext("up to %(price)s") % {"price": price}

    def windows(self) -> list[Window]:
        """The parts of the day in which something starts, and the whole day when one of them is chosen."""
        query = self._query
        minutes = sorted(self._judge.start_minutes(each.row) for each in self._rows if not each.failed & ~BIT["time"])
        found = []
        for name, since, until in WINDOWS:
            window = replace(query, since=since, until=until, asked=None)
            count = Judge.count_between(minutes, since, until)
            selected = (query.since, query.until) == (since, until)
            if count or selected:
                target = replace(window, since=None, until=None) if selected else window
                path = path_of(self._view.city_path, target)
                found.append(Window(label=self._text.gettext(name), path=path, count=count, selected=selected))
        return found if len(found) > 1 or any(window.selected for window in found) else []

    def run_windows(self) -> list[Window]:
        """The same for films that are new, and for those that leave."""
        found = []
        for option in self.runs():
            if option.count or option.selected:
                target = replace(self._query, asked=None, **{option.value: not option.selected})
                path = path_of(self._view.city_path, target)
                found.append(Window(label=option.label, path=path, count=option.count, selected=option.selected))
        return found
