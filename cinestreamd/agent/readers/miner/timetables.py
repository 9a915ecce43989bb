"""Read tables with the times down the side, and days or rooms across: each cell names the film that begins then."""

from cinestreamd.agent.readers.document import Document
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.labels import could_be_title, is_label, names_room
from cinestreamd.agent.readers.miner.calendar_marks import Calendar
from cinestreamd.agent.readers.miner.cards import View
from cinestreamd.agent.readers.miner.time_nodes import Cluster, TimeNode
from cinestreamd.agent.readers.miner.title_texts import TitleTexts

_FEWEST_ROWS, _FEWEST_COLUMNS = 2, 2
_FEW_WORDS = 3
_DATED = 0.7


def timetable_view(document: Document, cluster: Cluster, calendar: Calendar, texts: TitleTexts) -> View | None:
    """A time for each film that a table's cells name beside it; None where the cluster is no such side of a table."""
    rows = [_row_of(node, calendar) for node in cluster.nodes]
    sides = [(node, row) for node, row in zip(cluster.nodes, rows, strict=True) if row is not None]
    if len(sides) < _FEWEST_ROWS or len(sides) * 10 < len(cluster.nodes) * 9:
        return None
    tables = {_table_of(row): row for _, row in sides}
    heads = [_heads(document, table, calendar) for table in tables if table is not None]
    if len(heads) < len(tables) or not all(heads):
        return None
    nodes: list[TimeNode] = []
    titles: list[str | None] = []
    for node, row in sides:
        for cell in _cells_of(document, row):
            title = _title_in(document, cell, texts) if cell.column else None
            if title is not None:
                nodes.append(TimeNode(node.hit, cell, tuple(cell.ancestors())))
                titles.append(title)
    if len(nodes) <= len(sides):
        return None
    if "weekdays" in heads and sum(texts.is_repeated(title) for title in titles if title) * 2 < len(titles):
        return None
    strength = _DATED if all(head == "dated" for head in heads) else 0.0
    return View(Cluster(cluster.key, tuple(nodes)), tuple(titles), strength, ("timetable",), ())


def _row_of(node: TimeNode, calendar: Calendar) -> Element | None:
    """The table row whose first cell says a time and nothing else, and that has no other time."""
    cell = next((element for element in node.chain[:4] if element.column is not None), None)
    if cell is None or cell.column != 0 or cell.parent is None or calendar.clocks_in(cell.parent) != 1:
        return None
    rest = calendar.document.text[cell.start : node.hit.start] + calendar.document.text[node.hit.end : cell.end]
    return cell.parent if not could_be_title(rest.strip()) else None


def _table_of(row: Element) -> Element | None:
    return next((above for above in row.ancestors() if above.tag == "table"), None)


def _cells_of(document: Document, row: Element) -> list[Element]:
    return [
        cell
        for cell in document.elements[row.index + 1 : row.last + 1]
        if cell.parent is row and cell.column is not None
    ]


def _heads(document: Document, table: Element, calendar: Calendar) -> str:
    """What the table's first row names above every column: "dated" days or rooms, mere "weekdays", or nothing of it.

    Courses and offices have weekdays as well: there the titles must stand elsewhere on the page too.
    """
    inside = document.elements[table.index : table.last + 1]
    head = next((one for one in inside if one.tag == "tr" and not calendar.clocks_in(one)), None)
    heads = [cell for cell in _cells_of(document, head) if cell.column] if head is not None else []
    if len(heads) < _FEWEST_COLUMNS:
        return ""
    days = [calendar.marks_in(cell.start, cell.end) for cell in heads]
    if all(days):
        return "dated" if all(mark.kind != "weekday" for marks in days for mark in marks) else "weekdays"
    return "dated" if all(_names_room(document.folded(cell.start, cell.end)) for cell in heads) else ""


def _names_room(text: str) -> bool:
    if not text or len(text.split()) > _FEW_WORDS:
        return False
    return names_room(text) or (is_label(text) and any(letter.isdecimal() for letter in text))


def _title_in(document: Document, cell: Element, texts: TitleTexts) -> str | None:
    """The first text of a cell that could be a title."""
    likely = [
        document.text[run.start : run.end]
        for run in document.runs_between(cell.start, cell.end)
        if run.start not in texts.taken and could_be_title(document.text[run.start : run.end])
    ]
    return likely[0] if likely else None
