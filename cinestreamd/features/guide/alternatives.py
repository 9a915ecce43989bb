"""What else there is when filters leave nothing: each with its count and the path that leads there."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.features.guide.filters import BIT, CRITERIA, Criterion, Judge, Judged
from cinestreamd.features.guide.programme import Programme
from cinestreamd.features.guide.query import CityQuery, path_of
from cinestreamd.features.guide.showing import Viewpoint, access_label
from cinestreamd.i18n import Language, translations
from cinestreamd.store.base import Price
from cinestreamd.web import formats
from cinestreamd.web.text import clean_text

MAX_DAYS: Final = 3
MAX_LABEL: Final = 80


class Applied(Struct, frozen=True, kw_only=True):
    """A filter that is on, in words, with the path of the list without it."""

    label: str
    path: str


class Alternative(Struct, frozen=True, kw_only=True):
    """Something that would find more: ``label`` says what, ``count`` how many showings."""

    label: str
    count: int
    path: str


def applied_filters(query: CityQuery, programme: Programme, view: Viewpoint) -> list[Applied]:
    """The filters that are on, in the order of ``CRITERIA``."""
    words = _words(query, programme, view.language)
    return [
        Applied(label=words[name], path=path_of(view.city_path, without(query, name)))
        for name in CRITERIA
        if name in words
    ]


def without(query: CityQuery, criterion: Criterion) -> CityQuery:
    """``query`` with one filter less."""
    if criterion == "time":
        return replace(query, since=None, until=None, asked=None)
    flags = dict.fromkeys(("original", "accessible", "new", "last"), False)
    empty = {**flags, "ends": None, "price": None, "within": None}
    return replace(query, asked=None, **{criterion: empty.get(criterion, ())})


def alternatives_on_day(
    judged: Sequence[Judged], query: CityQuery, programme: Programme, view: Viewpoint
) -> list[Alternative]:
    """What the same day has when one filter is given up, or all; most showings first."""
    failed = [each.failed for each in judged if each.row.availability != "cancelled"]
    text = translations(view.language)
    found = [
        Alternative(
            label=text.gettext("without “%(filter)s”") % {"filter": words},
            count=count,
            path=path_of(view.city_path, without(query, name)),
        )
        for name, words in _words(query, programme, view.language).items()
        if (count := sum(each == BIT[name] for each in failed))
    ]
    found.sort(key=lambda each: -each.count)
    if failed and not found:
        bare = CityQuery(day=query.day, by=query.by, sort=query.sort, at=query.at)
        found.append(
            Alternative(label=text.gettext("without any filter"), count=len(failed), path=path_of(view.city_path, bare))
        )
    return found


def alternatives_on_other_days(
    upcoming: Programme, judge: Judge, query: CityQuery, view: Viewpoint, *, selected: date, today: date
) -> list[Alternative]:
    """The next days on which the same filters find something."""
    counts = Counter(
        each.row.business_day
        for each in judge.judge(upcoming.showtimes)
        if not each.failed and each.row.availability != "cancelled" and each.row.business_day != selected
    )
    return [
        Alternative(
            label=day_words(day, today, view.language),
            count=counts[day],
            path=path_of(view.city_path, replace(query, day=None if day == today else day, asked=None)),
        )
        for day in sorted(counts)[:MAX_DAYS]
    ]


def day_words(day: date, today: date, language: Language) -> str:
    """A day in a sentence: "Tomorrow, 22 November"."""
    text = translations(language)
    offset = day.toordinal() - today.toordinal()
    near = {0: text.gettext("Today"), 1: text.gettext("Tomorrow")}.get(offset) or formats.format_weekday(day, language)
    return f"{near}, {formats.format_day_of_month(day, language)}"


def _words(query: CityQuery, programme: Programme, language: Language) -> dict[Criterion, str]:
    """The filters that are on, in the visitor's words."""
    text = translations(language)
    found: dict[Criterion, str] = {
        "time": _window(query, language),
        "ends": text.gettext("ends by %(clock)s") % {"clock": query.ends} if query.ends else "",
        "format": ", ".join(query.format),
        "language": ", ".join(formats.language_name(code, language) for code in query.language),
        "subtitles": _subtitles(query.subtitles, language),
        "original": text.gettext("Original version") if query.original else "",
        "price": _ceiling(query.price, programme, language),
        "cinema": names_of(query.cinema, programme, language),
        "accessible": text.gettext("Without steps") if query.accessible else "",
        "access": ", ".join(access_label(each, language) for each in query.access),
        "within": within_words(query.within, language) if query.within and query.at else "",
        "new": text.gettext("new in the cinemas") if query.new else "",
        "last": text.gettext("last showings") if query.last else "",
    }
    return {name: clean_text(words, MAX_LABEL) for name, words in found.items() if words}


def names_of(cinemas: Sequence[str], programme: Programme, language: Language) -> str:
    """The names of some cinemas, as far as they are known; of none that is, the ids that were asked for."""
    known = [programme.cinemas[each] for each in cinemas if each in programme.cinemas]
    names = ", ".join(cinema.names.get(language) or cinema.name for cinema in known) or ", ".join(cinemas)
    return clean_text(names, MAX_LABEL)


def within_words(kilometres: int, language: Language) -> str:
    """A distance that cinemas may be away: "within 5 km"."""
    distance = formats.format_length(kilometres, language)
    return translations(language).gettext("within %(distance)s") % {"distance": distance}


def _window(query: CityQuery, language: Language) -> str:
    text = translations(language)
    if query.since and query.until:
        return f"{query.since}–{query.until}"
    if query.since:
        return text.gettext("from %(clock)s") % {"clock": query.since}
    return text.gettext("until %(clock)s") % {"clock": query.until} if query.until else ""


def _subtitles(codes: Sequence[str], language: Language) -> str:
    if not codes:
        return ""
    named = ", ".join(formats.language_name(code, language) for code in codes)
    return translations(language).gettext("subtitles: %(language)s") % {"language": named}


def _ceiling(price: int | None, programme: Programme, language: Language) -> str:
    if price is None:
        return ""
    currencies = Counter(row.price.currency for row in programme.showtimes if row.price)
    currency = currencies.most_common(1)[0][0] if currencies else ""
    minor = price * 10 ** formats.currency_digits(currency) if currency else price
    words = (
        formats.format_price(Price(min=minor, max=minor, currency=currency, text=""), language)
        if currency
        else formats.format_number(price, language)
    )
    return translations(language).gettext("up to %(price)s") % {"price": words}
