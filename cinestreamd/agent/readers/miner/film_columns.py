"""Read tables whose columns are films and whose rows are days: each time has its title at the head of its column."""

from cinestreamd.agent.readers.calendar_words import fold
from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.labels import could_be_title, names_room
from cinestreamd.agent.readers.miner.calendar_marks import Calendar
from cinestreamd.agent.readers.miner.cards import View
from cinestreamd.agent.readers.miner.time_nodes import Cluster
from cinestreamd.agent.readers.miner.title_texts import TitleTexts

_FEWEST_FILMS, _FEWEST_TIMES = 2, 3
_STRENGTH = 0.7
_LEVELS, _MOST_BEFORE_ROW, _MOST_IN_ROW = 5, 20, 400


def film_columns_view(document: Document, cluster: Cluster, calendar: Calendar, texts: TitleTexts) -> View | None:
    """A title for each time from its column's head; None where the cluster is no such table.

    Every row must begin with a day and every head name a film.
    """
    if len(cluster.nodes) < _FEWEST_TIMES:
        return None
    titles: list[str] = []
    starts: set[int] = set()
    heads: dict[int, dict[int, tuple[str, int]]] = {}
    dated: dict[int, bool] = {}
    for node in cluster.nodes:
        cell = next((element for element in node.chain[:_LEVELS] if element.column is not None), None)
        table = next((above for above in cell.ancestors() if above.tag == "table"), None) if cell is not None else None
        if cell is None or not cell.column or cell.parent is None or table is None:
            return None
        if table.index not in heads:
            heads[table.index] = _titles_at_head(document, table, calendar)
        if cell.parent.index not in dated:
            dated[cell.parent.index] = _begins_with_day(document, cell.parent, calendar)
        found = heads[table.index].get(cell.column)
        if found is None or not dated[cell.parent.index]:
            return None
        titles.append(found[0])
        starts.add(found[1])
    distinct = {fold(title) for title in titles}
    if len(distinct) < _FEWEST_FILMS or sum(map(names_room, distinct)) * 2 > len(distinct):
        return None
    repeated = sum(texts.is_repeated(title) for title in distinct) * 2 > len(distinct)
    strength = 1.0 if repeated else _STRENGTH
    return View(cluster, tuple(titles), strength, ("film columns",), tuple(sorted(starts)))


def _cells(document: Document, row: Element) -> list[Element]:
    inside = document.elements[row.index + 1 : min(row.last, row.index + _MOST_IN_ROW) + 1]
    return [cell for cell in inside if cell.parent is row and cell.column is not None]


def _titles_at_head(document: Document, table: Element, calendar: Calendar) -> dict[int, tuple[str, int]]:
    """Column → the title in the table's first row and where it begins; nothing where that row has days or times."""
    inside = document.elements[table.index : min(table.last, table.index + _MOST_BEFORE_ROW) + 1]
    first = next((one for one in inside if one.tag == "tr"), None)
    if first is None or calendar.clocks_in(first) or calendar.marks_in(first.start, first.end):
        return {}
    found: dict[int, tuple[str, int]] = {}
    for head in _cells(document, first):
        runs = document.runs_between(head.start, head.end)
        likely = [run for run in runs if could_be_title(document.text[run.start : run.end])]
        if likely and head.column is not None:
            found[head.column] = document.text[likely[0].start : likely[0].end], likely[0].start
    return found


def _begins_with_day(document: Document, row: Element, calendar: Calendar) -> bool:
    """Whether a row's first cell names a day and nothing like a film."""
    first = next(iter(_cells(document, row)), None)
    marks = calendar.marks_in(first.start, first.end) if first is not None else []
    if first is None or not marks:
        return False
    rest = document.text[first.start : marks[0].start] + document.text[marks[-1].end : first.end]
    return not could_be_title(rest.strip(" \n\x1f.,:–-"))
