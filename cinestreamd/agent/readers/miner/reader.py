"""Put the miner's parts together: a page's rows and the confidence in them."""

from collections.abc import Sequence

from msgspec import Struct
from selectolax.lexbor import LexborHTMLParser

from cinestreamd.agent.model import Candidate, Page, ReadContext, Reading
from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.dates import DateReading, date_order, find_dates
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.markup import parse_markup
from cinestreamd.agent.readers.miner.confidence import page_confidence
from cinestreamd.agent.readers.miner.days import Calendar, DaySource, Resolved, resolve_days
from cinestreamd.agent.readers.miner.film_page import film_of_page
from cinestreamd.agent.readers.miner.rows import availability_of, details_of, link_of, quote_of, row_of
from cinestreamd.agent.readers.miner.times import Cluster, TimeNode, find_times
from cinestreamd.agent.readers.miner.titles import TitleTexts, inline_title, learn_title_rule
from cinestreamd.agent.readers.miner.twelve_hours import evening_clock, is_twelve_hour

MAX_ROWS = 2_000


class _View(Struct, frozen=True, eq=False):
    """One cluster read: a title for each time (None where there is none), and how well the titles are founded."""

    cluster: Cluster
    titles: tuple[str | None, ...]
    strength: float


def read_structure(page: Page, context: ReadContext) -> Reading | None:
    """The showings that stand in a page's visible structure; None where it has no times of that kind."""
    if "<" not in page.text[:2_000]:
        return None
    parser = parse_markup(page.text)
    return mine(parser, page, context) if parser is not None else None


def mine(parser: LexborHTMLParser, page: Page, context: ReadContext) -> Reading | None:
    """The same for a page that is parsed already."""
    document = Document(parser)
    today = context.now.astimezone(context.timezone).date()
    reading = DateReading(today=today, order=date_order(document.text, context.timezone, document.language))
    clusters, hits = find_times(document, find_dates(document.text, reading))
    if not clusters:
        return None
    clock_starts = sorted(node.hit.start for cluster in clusters for node in cluster.nodes)
    calendar = Calendar(document, hits, clock_starts, reading, context.timezone)
    film = film_of_page(document, parser, page.url)
    views = _views(document, clusters, calendar, film)
    twelve = is_twelve_hour([node for view in views for node in view.cluster.nodes])
    rows: list[Candidate] = []
    main_source: DaySource = "none"
    for number, view in enumerate(views):
        days, source = resolve_days(calendar, view.cluster, page.url)
        main_source = source if number == 0 else main_source
        rows = _merge(rows, _candidates(_Making(document, calendar, page.url, twelve), view, days))
    if not rows:
        return None
    strength = views[0].strength if views else 0.0
    confidence = page_confidence(rows, source=main_source, title_strength=strength, about_one_film=film is not None)
    return Reading(reader="structure", candidates=tuple(rows[:MAX_ROWS]), confidence=confidence)


def _views(document: Document, clusters: Sequence[Cluster], calendar: Calendar, film: str | None) -> list[_View]:
    occupied = {run.start for start in calendar.clock_starts if (run := document.run_at(start)) is not None}
    occupied |= {run.start for mark in calendar.marks for run in document.runs_between(mark.start, mark.end)}
    texts = TitleTexts(document, occupied)
    spans = sorted(
        [(node.hit.start, node.hit.end) for cluster in clusters for node in cluster.nodes]
        + [(mark.start, mark.end) for mark in calendar.marks]
    )
    views: list[_View] = []
    known: set[str] = set()
    for cluster in clusters:
        view = _view(document, cluster, texts, spans, film)
        if view is None:
            continue
        titles = {fold(title) for title in view.titles if title}
        if views and not (titles & known) and view.strength < 0.5:
            continue
        known |= titles
        views.append(view)
    return views


def _view(
    document: Document, cluster: Cluster, texts: TitleTexts, spans: list[tuple[int, int]], film: str | None
) -> _View | None:
    rules = learn_title_rule(cluster, texts)
    inline = [inline_title(document, node, spans) for node in cluster.nodes[:400]]
    written = [title for title in inline if title]
    rule = rules[0] if rules else None
    if len(written) * 10 >= len(inline) * 7 and (len({fold(title) for title in written}) > 1 or rule is None):
        corroborated = sum(texts.is_repeated(title) for title in written) / len(written)
        if rule is None or _inline_score(written, len(inline), corroborated) > rule.score:
            return _View(cluster, tuple(inline), 0.6 + 0.4 * corroborated)
    if rule is not None:
        found = [rule.resolve(node) for node in cluster.nodes]
        distinct = {one.node.run.start for one in found if one is not None}
        if film is None or len(distinct) > 1:
            titles = tuple(one.node.text.replace("\x1f", " ") if one is not None else None for one in found)
            return _View(cluster, titles, min(1.0, max(0.0, (rule.score - 4) / 6)))
    if film is not None:
        return _View(cluster, (film,) * len(cluster.nodes), 0.8)
    return None


def _inline_score(written: list[str], asked: int, corroborated: float) -> float:
    return 3.0 * len(written) / asked + 1.0 + 2.5 + 0.8 + 1.2 * corroborated + 0.5


class _Making(Struct, frozen=True, eq=False):
    """What turning times into candidates depends on."""

    document: Document
    calendar: Calendar
    url: str
    twelve: bool


def _candidates(making: _Making, view: _View, days: Sequence[Resolved | None]) -> list[Candidate]:
    made = []
    for node, title, resolved in zip(view.cluster.nodes, view.titles, days, strict=False):
        if title:
            candidate = _candidate(making, node, title, resolved)
            if candidate is not None:
                made.append(candidate)
    return made


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
    known = {(fold(row.title), row.day, row.clock) for row in rows}
    return rows + [row for row in more if (fold(row.title), row.day, row.clock) not in known]
