"""Put the miner's parts together: a page's rows and the confidence in them."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import time, timedelta
from functools import partial

from msgspec import Struct
from msgspec.structs import replace
from selectolax.lexbor import LexborHTMLParser

from cinestreamd.agent.html import parse_html
from cinestreamd.agent.model import Candidate, Page, ReadContext, Reading
from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.dates import DateReading, date_order, find_dates
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.film_words import names_cinema, speaks_of_films
from cinestreamd.agent.readers.late_starts import Listed, after_midnight
from cinestreamd.agent.readers.miner.calendar_marks import Calendar
from cinestreamd.agent.readers.miner.cards import View
from cinestreamd.agent.readers.miner.confidence import Signs, page_confidence
from cinestreamd.agent.readers.miner.days import DaySource, Resolved
from cinestreamd.agent.readers.miner.film_page import facts_of, film_by_facts, film_of_page, is_subject, subject_of_page
from cinestreamd.agent.readers.miner.hypotheses import most_coherent
from cinestreamd.agent.readers.miner.rows import availability_of, details_of, link_of, quote_of, row_of
from cinestreamd.agent.readers.miner.time_nodes import TimeNode
from cinestreamd.agent.readers.miner.times import find_times
from cinestreamd.agent.readers.miner.twelve_hours import evening_clock, is_twelve_hour
from cinestreamd.agent.readers.miner.views import views_of
from cinestreamd.agent.readers.miner.visibility import without_hidden

MAX_ROWS = 1_500
_MIDNIGHT = 24


def read_structure(page: Page, context: ReadContext) -> Reading | None:
    """The showings that stand in a page's visible structure; None where it has no times of that kind."""
    if "<" not in page.text[:2_000]:
        return None
    return mine(parse_html(page.text), page, context)


def mine(parser: LexborHTMLParser, page: Page, context: ReadContext) -> Reading | None:
    """The same for a page that is parsed already; where it shows no times, those that its links' labels say."""
    reading = _mined(Document(parser), parser, page, context)
    if reading is not None or len(_LABELLED.findall(page.text)) < _FEWEST_SPOKEN:
        return reading
    return _mined(Document(parser, spoken=True), parser, page, context)


_FEWEST_SPOKEN, _MOST_SPEAKING = 3, 3_000
_LABELLED = re.compile(
    r"(?:title|aria-label|datetime|data-[\w-]{1,30})=[\"'][^\"'<>]{0,160}?\d[:.h]\d\d", re.IGNORECASE
)


def _mined(document: Document, parser: LexborHTMLParser, page: Page, context: ReadContext) -> Reading | None:
    today = context.now.astimezone(context.timezone).date()
    reading = DateReading(today=today, order=date_order(document.text, context.timezone, document.language))
    clusters, hits = find_times(
        document, find_dates(document.text, reading), lambda nodes: without_hidden(document, nodes, reading)
    )
    if not clusters:
        return None
    clock_starts = sorted(node.hit.start for cluster in clusters for node in cluster.nodes)
    calendar = Calendar(document, hits, clock_starts, reading, context.timezone)
    programme = [node.hit.start for node in clusters[0].nodes]
    film = film_of_page(document, parser, page.url) or film_by_facts(document, programme, page.url)
    sure = film is not None and facts_of(document, film, programme)
    views = views_of(document, clusters, calendar, film, sure=sure)
    subject = subject_of_page(document) if film is None and _names_cinemas(views) else None
    if subject is not None and not names_cinema(subject):
        film, views = subject, views_of(document, clusters, calendar, subject)
    twelve = is_twelve_hour([node for view in views for node in view.cluster.nodes])
    rows: list[Candidate] = []
    sources: Counter[DaySource] = Counter()
    making = _Making(document, calendar, page.url, twelve)
    for view in views:
        read = most_coherent(calendar, view, page.url, partial(_candidates, making, view))
        sources.update(one.source if one is not None else "none" for one in read.days)
        rows = _merge(rows, read.rows)
    rows = _one_a_link(rows)
    if not rows:
        return None
    strength = views[0].strength if views else 0.0
    times = sum(len(cluster.nodes) for cluster in clusters)
    signs = Signs(
        source=sources.most_common(1)[0][0],
        title_strength=strength,
        about_one_film=film is not None or (bool(views) and views[0].proved) or _is_of_one(document, rows, page.url),
        explained=sum(title is not None for view in views for title in view.titles) / times,
        lengths=tuple(node.minutes for view in views for node in view.cluster.nodes if node.minutes is not None),
        speaks_of_films=speaks_of_films(f"{page.url} {document.title} {document.text}"),
    )
    confidence = page_confidence(rows, signs)
    return Reading(reader="structure", candidates=tuple(rows[:MAX_ROWS]), confidence=confidence)


def _is_of_one(document: Document, rows: Sequence[Candidate], url: str) -> bool:
    """Whether all rows have the title that the page's own title and address name."""
    return len({fold(row.title) for row in rows}) == 1 and is_subject(document, rows[0].title, url)


def _names_cinemas(views: Sequence[View]) -> bool:
    """Whether what was found in the place of titles are cinemas: a page about one film lists where it is on."""
    pairs = [
        (title, view.venues[at] if view.venues else None)
        for view in views
        for at, title in enumerate(view.titles)
        if title
    ]
    different = {fold(title): fold(title) == fold(venue or "") or names_cinema(title) for title, venue in pairs}
    return len(different) > 1 and sum(different.values()) * 2 >= len(different)


class _Making(Struct, frozen=True, eq=False):
    """What turning times into candidates depends on."""

    document: Document
    calendar: Calendar
    url: str
    twelve: bool


def _candidates(making: _Making, view: View, days: Sequence[Resolved | None]) -> list[Candidate]:
    made = []
    late = _late(making, view, days)
    for at, (node, title, resolved) in enumerate(zip(view.cluster.nodes, view.titles, days, strict=True)):
        candidate = _candidate(making, node, title, resolved) if title else None
        if candidate is None:
            continue
        candidate = replace(candidate, venue=view.venues[at] if view.venues else None)
        alike = [candidate, *(replace(candidate, day=day) for day in (resolved.more if resolved is not None else ()))]
        made += [_next_day(one) for one in alike] if late[at] else alike
    return made


def _late(making: _Making, view: View, days: Sequence[Resolved | None]) -> list[bool]:
    """Which times belong to the night after their day: by their order, or printed as 24:30."""
    listed = [
        Listed(
            group=title or "",
            day=resolved.day if resolved is not None else None,
            clock=evening_clock(node, twelve=making.twelve) or time(12),
            movable=resolved is not None and resolved.source not in ("moment", "own") and title is not None,
        )
        for node, title, resolved in zip(view.cluster.nodes, view.titles, days, strict=True)
    ]
    late = after_midnight(listed)
    return [moved or node.hit.hour >= _MIDNIGHT for node, moved in zip(view.cluster.nodes, late, strict=True)]


def _next_day(candidate: Candidate) -> Candidate:
    if candidate.day is None:
        return candidate
    return replace(candidate, day=candidate.day + timedelta(days=1), business_day=candidate.day)


def _candidate(making: _Making, node: TimeNode, title: str, resolved: Resolved | None) -> Candidate | None:
    clock = evening_clock(node, twelve=making.twelve)
    if clock is None:
        return None
    row = row_of(making.calendar, node)
    details = details_of(making.document, row, node, title)
    return Candidate(
        title=title,
        day=resolved.day if resolved is not None else None,
        clock=clock,
        quote=quote_of(making.document, row, node),
        format=details.format,
        language=details.language,
        original_language=details.original_language,
        subtitles=details.subtitles,
        room=details.room,
        price_text=details.price_text,
        price_currency=details.price_currency,
        link=link_of(making.document, row, node, making.url),
        availability=availability_of(making.document, row, node),
    )


def _merge(rows: list[Candidate], more: list[Candidate]) -> list[Candidate]:
    """Rows of another view that say the same are dropped; inside one view nothing is."""
    known = {(fold(row.title), row.day, row.clock, row.venue) for row in rows}
    return rows + [row for row in more if (fold(row.title), row.day, row.clock, row.venue) not in known]


def _one_a_link(rows: list[Candidate]) -> list[Candidate]:
    """One row for each link, where links stand for showings: each for one title and time, and half of them twice.

    A page that lists its programme by films and again by days names each showing's booking in both; of a link's
    rows that differ in their day the first counts.
    """
    said: dict[str, set[tuple[str, time]]] = {}
    times: Counter[str] = Counter()
    for row in rows:
        if row.link is not None:
            said.setdefault(row.link, set()).add((fold(row.title), row.clock))
            times[row.link] += 1
    twice = sum(count == _TWICE for count in times.values())
    if twice * 2 < len(times) or any(count > _TWICE for count in times.values()):
        return rows
    if not times or any(len(showings) > 1 for showings in said.values()):
        return rows
    first = dict.fromkeys(times, True)
    return [row for row in rows if row.link is None or first.pop(row.link, False)]


_TWICE = 2
