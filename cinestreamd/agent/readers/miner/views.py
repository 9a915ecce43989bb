"""Give each cluster of times its titles, and decide which clusters belong to the programme."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence

from msgspec.structs import replace

from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.film_words import names_cinema
from cinestreamd.agent.readers.labels import is_label, names_room
from cinestreamd.agent.readers.miner.calendar_marks import Calendar
from cinestreamd.agent.readers.miner.cards import View, cards_of, in_known_cards, paths_of, with_all_films
from cinestreamd.agent.readers.miner.film_columns import film_columns_view
from cinestreamd.agent.readers.miner.film_page import is_film_address
from cinestreamd.agent.readers.miner.inline_titles import inline_title
from cinestreamd.agent.readers.miner.nearest_texts import Resolution
from cinestreamd.agent.readers.miner.time_nodes import Cluster
from cinestreamd.agent.readers.miner.timetables import timetable_view
from cinestreamd.agent.readers.miner.title_figures import are_templated
from cinestreamd.agent.readers.miner.title_texts import BY_ATTRIBUTE, TitleTexts
from cinestreamd.agent.readers.miner.titles import TitleRule, learn_title_rules
from cinestreamd.agent.readers.miner.venues import venues_of

_LARGE = 5
_SAMPLE = 40
# What stands in a time's line and tells fewer films apart than another place is its room or version.
_FEWER = 2.5

_PROVED = 0.9

_CORROBORATED = 0.6

_FURTHER_RULES = 3

_STRONG = 0.6

_TELLING_WORDS = 3
_LOWER_WORD = re.compile(r"(?<![\w'’])[^\W\d_A-ZА-ЯІЇЄҐ][^\W\d_]{2,}")


def views_of(
    document: Document, clusters: Sequence[Cluster], calendar: Calendar, film: str | None, *, sure: bool = False
) -> list[View]:
    """The clusters that belong to the programme, largest first, each time with its title.

    ``film`` is the title of the one film that the page is about; with ``sure`` only texts that lead to pages about
    other films are taken for others' titles.
    """
    occupied = {run.start for start in calendar.clock_starts if (run := document.run_at(start)) is not None}
    occupied |= {run.start for mark in calendar.marks for run in document.runs_between(mark.start, mark.end)}
    occupied |= {run.start for mark in calendar.marks if (run := document.run_at(mark.start)) is not None}
    ends = [node.until for cluster in clusters for node in cluster.nodes if node.until is not None]
    occupied |= {run.start for end in ends if (run := document.run_at(end.start)) is not None}
    texts = TitleTexts(document, occupied)
    texts.add_attributes()
    spans = sorted(
        [(node.hit.start, node.hit.end) for cluster in clusters for node in cluster.nodes]
        + [(end.start, end.end) for end in ends]
        + [(mark.start, mark.end) for mark in calendar.marks]
    )
    views: list[View] = []
    known: set[str] = set()
    for cluster in clusters:
        view = timetable_view(document, cluster, calendar, texts)
        view = view or film_columns_view(document, cluster, calendar, texts)
        view = view or _view(texts, cluster, spans, film, sure=sure)
        if views and (view is None or not view.cards & views[0].cards):
            view = in_known_cards(cluster, views[0], texts) or view
        if view is None:
            continue
        view = with_all_films(view, calendar)
        titles = {fold(title) for title in view.titles if title}
        if views and not _belongs(view, titles, known, views):
            continue
        if views and (_borrows(view, views) or _is_beside(view, views[0])):
            continue
        if views and _tells(document, cluster) and not _tells(document, views[0].cluster):
            continue
        known |= titles
        views.append(view)
    return _without_title_times(document, views, texts)


def _belongs(view: View, titles: set[str], known: set[str], views: Sequence[View]) -> bool:
    """Whether a smaller group of times is of the same kind as the larger ones before it.

    Where the larger ones stand in cards of their own, a time that borrows a card's title from outside it is none.
    """
    for other in views:
        if (
            view.rule is not None
            and view.rule == other.rule
            and (view.after != other.after or view.carded < other.carded - 0.5)
        ):
            return False
    if views[0].carded >= _PROVED and view.carded < _CORROBORATED and len(view.cluster.nodes) < _LARGE:
        return False
    if view.carded >= _PROVED and view.cards & views[0].cards:
        return True
    if len(titles & known) * 2 >= len(titles):
        return True
    if any(view.rule is not None and view.rule == other.rule for other in views):
        return True
    enough = len(view.cluster.nodes) >= _LARGE or (view.to_films and view.carded >= _PROVED)
    return enough and view.strength >= _STRONG and len(titles) > 1


def _borrows(view: View, views: Sequence[View]) -> bool:
    """Whether a few times share their titles' block with most of the programme: the bar's hours on the same page."""
    if len(view.cluster.nodes) >= _LARGE or not view.title_starts or any(view.rule == other.rule for other in views):
        return False
    starts = [node.hit.start for node in views[0].cluster.nodes]
    if len(starts) < _LARGE:
        return False
    borrowed = 0
    for node in view.cluster.nodes:
        block = next((one for one in node.chain if any(one.start <= at < one.end for at in view.title_starts)), None)
        held = bisect_left(starts, block.end) - bisect_left(starts, block.start) if block is not None else 0
        borrowed += held * 2 > len(starts)
    return borrowed * 2 > len(view.cluster.nodes)


def _is_beside(view: View, main: View) -> bool:
    """Whether a few times of a page about one film stand outside its list, dressed in another way: a post, a notice."""
    if main.rule is not None or view.rule is not None or len(view.cluster.nodes) >= _LARGE:
        return False
    starts = [node.hit.start for node in main.cluster.nodes]
    alike = {node.chain[1].signature for node in main.cluster.nodes if "." in node.chain[1].signature}
    return len(starts) >= _LARGE and not any(
        min(starts) <= node.hit.start <= max(starts) or any(one.signature in alike for one in node.chain[:4])
        for node in view.cluster.nodes
    )


def _tells(document: Document, cluster: Cluster) -> bool:
    """Whether most times of a group stand in text nodes among words that are no labels: descriptions, not lists."""
    telling = 0
    for node in cluster.nodes:
        run = document.run_at(node.hit.start)
        text = document.text[run.start : run.end] if run is not None else ""
        words = [found for found in _LOWER_WORD.findall(text) if not is_label(found)]
        telling += len(words) >= _TELLING_WORDS
    return telling * 2 > len(cluster.nodes)


def _without_title_times(document: Document, views: list[View], texts: TitleTexts) -> list[View]:
    """Drop the "times" that turned out to be titles of films, or to repeat them: "Train at 7:40" under its poster."""
    used = {start for view in views for start in view.title_starts}
    said = {fold(title) for view in views for title in view.titles if title}
    for node in (node for view in views for node in view.cluster.nodes):
        run = document.run_at(node.hit.start)
        text = document.text[run.start : run.end] if run is not None else ""
        if run is not None and len(text) > node.hit.end - node.hit.start and fold(text) in said:
            used.add(run.start)
    kept = []
    for view in views:
        pairs = [
            (node, title)
            for node, title in zip(view.cluster.nodes, view.titles, strict=True)
            if (run := document.run_at(node.hit.start)) is None or run.start not in used
        ]
        if pairs:
            nodes, titles = zip(*pairs, strict=True)
            told = dict(zip((node.hit.start for node in view.cluster.nodes), view.venues, strict=False))
            venues = (
                tuple(told.get(node.hit.start) for node in nodes) if told else tuple(venues_of(nodes, texts, view.rule))
            )
            kept.append(replace(view, cluster=Cluster(view.cluster.key, nodes), titles=titles, venues=venues))
    return kept


def _view(
    texts: TitleTexts, cluster: Cluster, spans: list[tuple[int, int]], film: str | None, *, sure: bool
) -> View | None:
    inline = [inline_title(texts.document, node, spans) for node in cluster.nodes[:400]]
    written = [title for title in inline if title]
    rooms = sum(names_room(title) and "," not in title for title in written)
    if rooms * 10 >= len(written) * 6 or are_templated(written):
        inline, written = [None] * len(inline), []
    distinct = len({fold(title) for title in written})
    complete = len(written) * 10 >= len(inline) * 7
    rules = learn_title_rules(cluster.nodes, texts, most=max(1, distinct if complete else 1))
    rule = rules[0] if rules else None
    if complete and (distinct > 1 or rule is None) and film is None:
        corroborated = sum(texts.is_repeated(title) for title in written) / len(written)
        others = _distinct_of(rule, cluster) if rule is not None else 0
        score = _inline_score(written, len(inline), corroborated) - (_FEWER if distinct * 3 <= others * 2 else 0.0)
        if rule is None or score > rule.score or _from_other_lines(texts.document, rule, cluster, spans):
            written_all = tuple(inline_title(texts.document, node, spans) for node in cluster.nodes)
            return View(cluster, written_all, 0.6 + 0.4 * corroborated, ("inline",), ())
    by_rule = _by_rule(rule, cluster, texts) if rule is not None else None
    if film is None or rule is None or by_rule is None:
        return by_rule if film is None else _of_film(film, cluster, None)
    several = len(set(by_rule.titles)) > 1 and by_rule.carded >= _CORROBORATED
    said_again = rule.corroborated >= _CORROBORATED and not sure
    if several and (said_again or by_rule.to_films):
        return by_rule
    return _of_film(film, cluster, by_rule.titles if several and sure else None)


def _of_film(film: str, cluster: Cluster, places: Sequence[str | None] | None) -> View:
    """The times of a page about one film; ``places`` are what stands where other pages have titles: where it is on."""
    named = {place for place in places or () if place}
    told = len(named) > 1 and sum(map(names_cinema, named)) * 3 >= len(named) and not any(map(names_room, named))
    return View(cluster, (film,) * len(cluster.nodes), 0.8, None, (), venues=tuple(places or ()) if told else ())


def _by_rule(rule: TitleRule, cluster: Cluster, texts: TitleTexts) -> View:
    found = _resolved_titles(rule, cluster, texts)
    titles = tuple(one.node.text.replace("\x1f", " ") if one is not None else None for one in found)
    starts = tuple(sorted({one.node.run.start for one in found if one is not None}))
    return View(
        cluster,
        titles,
        min(1.0, max(0.0, (rule.score - 4) / 6)),
        rule.signature,
        starts if rule.signature[0] not in BY_ATTRIBUTE else (),
        rule.after,
        sum(one is not None and one.unique for one in found) / len(found),
        _is_proved(rule),
        _lead_to_films(found),
        cards=cards_of(cluster, found),
        paths=paths_of(cluster, found),
        films=rule.nodes,
    )


def _from_other_lines(document: Document, rule: TitleRule, cluster: Cluster, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a rule often takes for a time what stands in the line of another time, though each line has a title."""
    clocks = {node.hit.start for node in cluster.nodes}
    starts = [start for start, _ in spans if start in clocks]
    nodes = cluster.nodes[:: max(1, len(cluster.nodes) // _SAMPLE)]
    other = 0
    for node in nodes:
        one = rule.resolve(node)
        if one is None:
            continue
        start, end = document.line(one.node.run.start, one.node.run.end)
        held = starts[bisect_left(starts, start) : bisect_left(starts, end)]
        other += bool(held) and not start <= node.hit.start < end
    return other * 5 > len(nodes)


def _distinct_of(rule: TitleRule, cluster: Cluster) -> int:
    """How many different titles a rule gives a sample of times."""
    nodes = cluster.nodes[:: max(1, len(cluster.nodes) // _SAMPLE)]
    return len({fold(one.node.text) for one in map(rule.resolve, nodes) if one is not None})


def _resolved_titles(rule: TitleRule, cluster: Cluster, texts: TitleTexts) -> list[Resolution | None]:
    """A title for each time by the rule; the times it reaches only from further off than usual are learnt again apart.

    Those belong to cards in which the title stands in another structure: taking the neighbouring card's title for
    them would be wrong.
    """
    rule = rule.with_clock_titles(texts, cluster.nodes)
    found = _apart(cluster, [rule.resolve(node) for node in cluster.nodes], texts)
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


def _apart(cluster: Cluster, found: list[Resolution | None], texts: TitleTexts) -> list[Resolution | None]:
    """Where one part of the times has its title in a card and the other not, let the other part learn its own cards.

    A page that shows its programme twice, for wide and narrow screens, often writes the times alike, the titles not.
    """
    rest = [at for at, one in enumerate(found) if one is None or not one.unique]
    if not _LARGE <= len(rest) <= len(found) - _LARGE:
        return found
    for rule in learn_title_rules([cluster.nodes[at] for at in rest], texts):
        own = rule.with_clock_titles(texts, cluster.nodes)
        again = [own.resolve(cluster.nodes[at]) for at in rest]
        fewer = _texts(again) < _texts([found[at] for at in rest])
        if not fewer and sum(one is not None and one.unique for one in again) * 10 >= len(rest) * 9:
            for at, one in zip(rest, again, strict=True):
                found[at] = one
            return found
    return found


def _texts(found: Sequence[Resolution | None]) -> int:
    return len({fold(one.node.text) for one in found if one is not None})


def _lead_to_films(found: Sequence[Resolution | None]) -> bool:
    """Whether all titles are links to pages about one film each."""
    titles = [one.node.run.element for one in found if one is not None]
    links = [
        next((above.attributes["href"] for above in element.lineage(3) if above.attributes.get("href")), "")
        for element in titles
    ]
    return bool(links) and all(is_film_address(link) for link in links)


def _is_proved(rule: TitleRule) -> bool:
    """Whether the titles are links to pages about films, and said again elsewhere on the page."""
    return rule.corroborated >= _PROVED and rule.linked >= _PROVED


def _is_near(one: Resolution, limit: int, usual: set[int]) -> bool:
    return one.unique or one.level in usual or one.level <= limit


def _inline_score(written: list[str], asked: int, corroborated: float) -> float:
    return 3.0 * len(written) / asked + 1.0 + 2.5 + 0.8 + 1.2 * corroborated + 0.5
