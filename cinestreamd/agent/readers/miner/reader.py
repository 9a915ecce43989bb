"""Put the miner's parts together: a page's rows and the confidence in them."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace
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
from cinestreamd.agent.readers.miner.titles import Resolution, TitleRule, TitleTexts, inline_title, learn_title_rules
from cinestreamd.agent.readers.miner.twelve_hours import evening_clock, is_twelve_hour

MAX_ROWS = 2_000
_LARGE = 5
_PROVED = 0.9
_CORROBORATED = 0.6
_FURTHER_RULES = 3
_STRONG = 0.6


class _View(Struct, frozen=True, eq=False):
    """One cluster read: a title for each time (None where there is none), and how well the titles are founded."""

    cluster: Cluster
    titles: tuple[str | None, ...]
    strength: float
    rule: tuple[str, ...] | None
    title_starts: tuple[int, ...]
    after: bool = False
    carded: float = 1.0
    proved: bool = False


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
    sources: Counter[DaySource] = Counter()
    for view in views:
        days = resolve_days(calendar, view.cluster, page.url)
        sources.update(one.source if one is not None else "none" for one in days)
        rows = _merge(rows, _candidates(_Making(document, calendar, page.url, twelve), view, days))
    if not rows:
        return None
    strength = views[0].strength if views else 0.0
    confidence = page_confidence(rows, source=sources.most_common(1)[0][0], title_strength=strength, about_one_film=film is not None or (bool(views) and views[0].proved))
    return Reading(reader="structure", candidates=tuple(rows[:MAX_ROWS]), confidence=confidence)


def _views(document: Document, clusters: Sequence[Cluster], calendar: Calendar, film: str | None) -> list[_View]:
    occupied = {run.start for start in calendar.clock_starts if (run := document.run_at(start)) is not None}
    occupied |= {run.start for mark in calendar.marks for run in document.runs_between(mark.start, mark.end)}
    occupied |= {run.start for mark in calendar.marks if (run := document.run_at(mark.start)) is not None}
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
        if views and not _belongs(view, titles, known, views):
            continue
        known |= titles
        views.append(view)
    return _without_title_times(document, views)


def _belongs(view: _View, titles: set[str], known: set[str], views: Sequence[_View]) -> bool:
    """Whether a smaller group of times is of the same kind as the larger ones before it.

    Where the larger ones stand in cards of their own, a time that borrows a card's title from outside it is none.
    """
    for other in views:
        if view.rule is not None and view.rule == other.rule and (view.after != other.after or view.carded < other.carded - 0.5):
            return False
    if len(titles & known) * 2 >= len(titles):
        return True
    if any(view.rule is not None and view.rule == other.rule for other in views):
        return True
    return (len(view.cluster.nodes) >= _LARGE and view.strength >= _STRONG and len(titles) > 1)


def _without_title_times(document: Document, views: list[_View]) -> list[_View]:
    """Drop the "times" that turned out to be titles of films."""
    used = {start for view in views for start in view.title_starts}
    kept = []
    for view in views:
        pairs = [
            (node, title)
            for node, title in zip(view.cluster.nodes, view.titles, strict=True)
            if (run := document.run_at(node.hit.start)) is None or run.start not in used
        ]
        if pairs:
            nodes, titles = zip(*pairs, strict=True)
            kept.append(replace(view, cluster=Cluster(view.cluster.key, nodes), titles=titles))
    return kept


def _view(
    document: Document, cluster: Cluster, texts: TitleTexts, spans: list[tuple[int, int]], film: str | None
) -> _View | None:
    inline = [inline_title(document, node, spans) for node in cluster.nodes[:400]]
    written = [title for title in inline if title]
    distinct = len({fold(title) for title in written})
    complete = len(written) * 10 >= len(inline) * 7
    rules = learn_title_rules(cluster.nodes, texts, most=max(1, distinct if complete else 1))
    rule = rules[0] if rules else None
    if complete and (distinct > 1 or rule is None) and film is None:
        corroborated = sum(texts.is_repeated(title) for title in written) / len(written)
        if rule is None or _inline_score(written, len(inline), corroborated) > rule.score:
            return _View(cluster, tuple(inline), 0.6 + 0.4 * corroborated, ("inline",), ())
    if rule is not None:
        found = _resolved_titles(rule, cluster, texts)
        titles = tuple(one.node.text.replace("\x1f", " ") if one is not None else None for one in found)
        starts = tuple(sorted({one.node.run.start for one in found if one is not None}))
        carded = sum(one is not None and one.unique for one in found) / len(found)
        if film is None or (len(starts) > 1 and rule.corroborated >= _CORROBORATED and carded >= _CORROBORATED):
            strength = min(1.0, max(0.0, (rule.score - 4) / 6))
            return _View(cluster, titles, strength, rule.signature, starts, rule.after, carded, _is_proved(rule))
    if film is not None:
        return _View(cluster, (film,) * len(cluster.nodes), 0.8, None, ())
    return None


def _resolved_titles(rule: TitleRule, cluster: Cluster, texts: TitleTexts) -> list[Resolution | None]:
    """A title for each time by the rule; the times it reaches only from further off than usual are learnt again apart.

    Those belong to cards in which the title stands in another structure: taking the neighbouring card's title for
    them would be wrong.
    """
    rule = rule.with_clock_titles(texts, cluster.nodes)
    found = [rule.resolve(node) for node in cluster.nodes]
    levels = Counter(one.level for one in found if one is not None)
    usual = {level for level, count in levels.items() if count * 10 >= len(found)}
    limit = max(usual, default=0)
    far = [at for at, one in enumerate(found) if one is None or not (one.unique or one.level in usual)]
    for other in learn_title_rules([cluster.nodes[at] for at in far], texts)[:_FURTHER_RULES] if far else ():
        for at in far:
            known = found[at]
            again = other.resolve(cluster.nodes[at]) if known is None or not _is_near(known, limit, usual) else None
            if again is not None and again.level <= limit:
                found[at] = again
    return [one if one is not None and _is_near(one, limit, usual) else None for one in found]


def _is_proved(rule: TitleRule) -> bool:
    """Whether the titles are links to pages about films, and said again elsewhere on the page."""
    return rule.corroborated >= _PROVED and rule.linked >= _PROVED


def _is_near(one: Resolution, limit: int, usual: set[int]) -> bool:
    return (one.unique or one.level in usual or one.level <= limit)


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
        candidate = _candidate(making, node, title, resolved) if title else None
        if candidate is not None:
            made.append(candidate)
            made += [replace(candidate, day=day) for day in (resolved.more if resolved is not None else ())]
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
