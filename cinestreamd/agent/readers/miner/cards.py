"""One cluster of times with its titles, and the cards of the page: the blocks in which a time and its title stand."""

from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.labels import could_be_title
from cinestreamd.agent.readers.miner.calendar_marks import Calendar
from cinestreamd.agent.readers.miner.nearest_texts import Resolution
from cinestreamd.agent.readers.miner.time_nodes import Cluster, TimeNode
from cinestreamd.agent.readers.miner.title_texts import TitleNode, TitleTexts
from cinestreamd.agent.readers.table_columns import covered_rows


class View(Struct, frozen=True, eq=False):
    """One cluster read: a title for each time (None where there is none), and how well the titles are founded.

    ``venues`` are the cinemas of the times on a page that lists several; ``cards`` the structures of the blocks in
    which a time has its title to itself, ``paths`` the tags from a title up to that block; ``films`` are all texts of
    the structure that holds the titles.
    """

    cluster: Cluster
    titles: tuple[str | None, ...]
    strength: float
    rule: tuple[str, ...] | None
    title_starts: tuple[int, ...]
    after: bool = False
    carded: float = 1.0
    proved: bool = False
    to_films: bool = False
    venues: tuple[str | None, ...] = ()
    cards: frozenset[tuple[str, str]] = frozenset()
    paths: frozenset[tuple[str, ...]] = frozenset()
    films: tuple[TitleNode, ...] = ()


def cards_of(cluster: Cluster, found: Sequence[Resolution | None]) -> frozenset[tuple[str, str]]:
    """The structures of the smallest blocks in which a time and its one title stand together."""
    blocks = [
        time.chain[one.level] for time, one in zip(cluster.nodes, found, strict=True) if one is not None and one.unique
    ]
    return frozenset(
        (block.signature, block.parent.signature)
        for block in blocks
        if block.parent is not None and "." in block.signature
    )


def paths_of(cluster: Cluster, found: Sequence[Resolution | None]) -> frozenset[tuple[str, ...]]:
    """The tags from each title up to the block that it shares with its time."""
    return frozenset(
        _path(one.node.run.element, time.chain[one.level])
        for time, one in zip(cluster.nodes, found, strict=True)
        if one is not None and one.unique
    )


def _path(element: Element, block: Element) -> tuple[str, ...]:
    tags = []
    for above in element.ancestors():
        if above is block:
            break
        tags.append(above.tag)
    return tuple(tags)


def in_known_cards(cluster: Cluster, main: View, texts: TitleTexts) -> View | None:
    """Times that are dressed in another way than most but stand in the same cards, each with its title where theirs is.

    None where not all of them do.
    """
    found = [_title_in_card(time, main, texts) for time in cluster.nodes] if main.cards and main.paths else [None]
    if any(title is None for title in found):
        return None
    return View(cluster, tuple(found), main.strength, main.rule, (), main.after, 1.0, cards=main.cards)


def _title_in_card(time: TimeNode, main: View, texts: TitleTexts) -> str | None:
    for block in time.chain:
        if block.parent is None or (block.signature, block.parent.signature) not in main.cards:
            continue
        likely = [
            text
            for run in texts.document.runs_between(block.start, block.end)
            for text in [texts.document.text[run.start : run.end].replace("\x1f", " ")]
            if run.start in texts.of_run and could_be_title(text) and _path(run.element, block) in main.paths
        ]
        return likely[0] if len(likely) == 1 else None
    return None


def with_all_films(view: View, calendar: Calendar) -> View:
    """A time that heads a list of films begins them all; so does one whose cell reaches over the rows of several."""
    starts = [node.run.start for node in view.films]
    covered = covered_rows(calendar.document.elements) if view.films else {}
    nodes: list[TimeNode] = []
    titles: list[str | None] = []
    for time, title in zip(view.cluster.nodes, view.titles, strict=True):
        nodes.append(time)
        titles.append(title)
        if title is None:
            continue
        block = next((element for element in reversed(time.chain) if calendar.clocks_in(element) == 1), None)
        inside = view.films[bisect_left(starts, block.start) : bisect_left(starts, block.end)] if block else ()
        if block and len(inside) > 1 and inside[0].run.start > time.hit.end:
            if _are_items(inside, block, calendar.document):
                others = [text for node in inside if (text := _text(node)) != title]
                nodes += [time] * len(others)
                titles += others
            continue
        for row in (row for element in time.chain for row in covered.get(element.index, ())):
            films = view.films[bisect_left(starts, row.start) : bisect_left(starts, row.end)]
            if len(films) == 1 and not calendar.clocks_in(row):
                nodes.append(replace(time, element=row, chain=tuple(row.ancestors())))
                titles.append(_text(films[0]))
    return replace(view, cluster=Cluster(view.cluster.key, tuple(nodes)), titles=tuple(titles))


def _text(node: TitleNode) -> str:
    return node.text.replace("\x1f", " ")


def _are_items(films: Sequence[TitleNode], block: Element, document: Document) -> bool:
    """Whether each title stands in its own item of one list in a block, beside something to press."""
    lists = [[above for above in film.run.element.ancestors() if above.index >= block.index] for film in films]
    common = set.intersection(*({above.index for above in chain} for chain in lists))
    items = {above.index: above for chain in lists for above in chain if above.parent and above.parent.index in common}
    items = {index: item for index, item in items.items() if index not in common}
    pressed = all(
        any(one.tag in ("a", "button") for one in document.elements[item.index : item.last + 1])
        for item in items.values()
    )
    return len(items) == len(films) and len({item.signature for item in items.values()}) == 1 and pressed
