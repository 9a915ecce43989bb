"""The columns of a page's tables, cells that span several and reach into rows below taken into account."""

from cinestreamd.agent.readers.elements import Element

_MOST_COLUMNS = 100
# Cells taken by others that span rows: beyond so many on one page, spans are no longer followed.
_MOST_SPANNED = 20_000
_TABLE_TAGS = frozenset(["table", "thead", "tbody", "tfoot", "tr", "td", "th"])
_FEWEST_IN_LAYOUT = 10


def unfold_layout(elements: list[Element], length: int) -> None:
    """Make blocks of the tables that lay out a page: one of their cells holds most of its text, of ``length``."""
    cells = (
        element for element in elements if element.end - element.start > length / 2 and element.tag in ("td", "th")
    )
    layouts = {
        next((above.index for above in cell.ancestors() if above.tag == "table"), -1)
        for cell in cells
        if cell.last - cell.index >= _FEWEST_IN_LAYOUT
    }
    if not layouts:
        return
    own: list[int] = []
    for element in elements:
        above = own[element.parent.index] if element.parent is not None else -1
        own.append(element.index if element.tag == "table" else above)
    for element in elements:
        if element.tag in _TABLE_TAGS and own[element.index] in layouts:
            element.tag = "div"


def number_columns(elements: list[Element]) -> None:
    """Give table cells the number of their column, and rows the cells that reach into them from rows above."""
    reaching_by_table: dict[int, dict[int, tuple[int, Element]]] = {}
    taken_by_row: dict[int, set[int]] = {}
    spanned = 0
    for cell in elements:
        row = cell.parent
        if cell.tag not in ("td", "th") or row is None:
            continue
        table = next((above.index for above in row.ancestors() if above.tag == "table"), -1)
        reaching = reaching_by_table.setdefault(table, {})
        if row.index not in taken_by_row:
            taken_by_row[row.index] = set(reaching)
            row.covering = list({above.index: above for _, above in reaching.values()}.values())
            reaching = {column: (left - 1, above) for column, (left, above) in reaching.items() if left > 1}
            reaching_by_table[table] = reaching
        taken = taken_by_row[row.index]
        column = 0
        while column in taken and column <= _MOST_COLUMNS:
            column += 1
        if column > _MOST_COLUMNS:
            continue
        cell.column = column
        columns = range(column, column + _span(cell, "colspan"))
        taken.update(columns)
        height = _span(cell, "rowspan")
        spanned += len(columns) * height
        if height > 1 and spanned <= _MOST_SPANNED:
            reaching.update(dict.fromkeys(columns, (height - 1, cell)))


def covered_rows(elements: list[Element]) -> dict[int, list[Element]]:
    """Index of a cell → the rows below its own that it reaches into."""
    found: dict[int, list[Element]] = {}
    for row in elements:
        for cell in row.covering:
            found.setdefault(cell.index, []).append(row)
    return found


def _span(element: Element, name: str) -> int:
    value = element.attributes.get(name, "1")
    return min(60, int(value)) if value.isdecimal() and int(value) >= 1 else 1
