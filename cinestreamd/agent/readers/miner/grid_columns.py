"""The days at the head of columns that are no table's: rows of as many blocks, of which the first row names days."""

from collections.abc import Callable
from datetime import date

from cinestreamd.agent.readers.miner.calendar_marks import Calendar
from cinestreamd.agent.readers.miner.day_marks import is_pressed
from cinestreamd.agent.readers.miner.time_nodes import TimeNode

_LEVELS = 4
_FEWEST_DAYS = 2
_FEWEST_BLOCKS = 3
_FEWEST_CELLS, _FEWEST_IN_ROW = 8, 3


def grid_days(calendar: Calendar) -> Callable[[TimeNode], date | None]:
    """The day of a time by its block's place in a row, where a row of as many blocks beside it names days in order."""
    heads, flat = _heads(calendar), _flat_heads(calendar)

    def day_of(time: TimeNode) -> date | None:
        for block in time.chain[: _LEVELS + 2]:
            days = flat.get(block.parent.index) if block.parent is not None else None
            if days is not None and block.position > max(days):
                return days.get(block.position % (max(days) + 1))
        for block in time.chain[: _LEVELS + 2]:
            row = block.parent
            grid = row.parent if row is not None else None
            if row is None or grid is None:
                return None
            for head, children, days in heads.get(grid.index, ()):
                if head < row.index and children == row.children and block.position in days:
                    return days[block.position]
        return None

    return day_of


def _heads(calendar: Calendar) -> dict[int, list[tuple[int, int, dict[int, date]]]]:
    """Grid → its rows that name days: their element, how many blocks they have, the day of each block."""
    rows: dict[tuple[int, int, int], dict[int, date]] = {}
    for mark in calendar.marks:
        if is_pressed(mark.element):
            continue  # a bar to choose from, as long as the row of rooms below it by chance
        for block in mark.element.lineage(_LEVELS):
            row = block.parent
            if row is None or calendar.clocks_in(row):
                break
            if row.parent is not None and row.children >= _FEWEST_BLOCKS:
                rows.setdefault((row.parent.index, row.index, row.children), {}).setdefault(block.position, mark.day)
    heads: dict[int, list[tuple[int, int, dict[int, date]]]] = {}
    for (grid, row_index, children), days in rows.items():
        if len(days) >= _FEWEST_DAYS and len(set(days.values())) == len(days):
            heads.setdefault(grid, []).append((row_index, children, days))
    return heads


def _flat_heads(calendar: Calendar) -> dict[int, dict[int, date]]:
    """Grid → the day of each of the blocks that head it, where all of its cells follow one another in one element."""
    found: dict[int, dict[int, date]] = {}
    grids: dict[int, int] = {}
    for mark in calendar.marks:
        if is_pressed(mark.element):
            continue
        for block in mark.element.lineage(_LEVELS):
            if block.parent is not None and block.parent.children >= _FEWEST_CELLS:
                found.setdefault(block.parent.index, {}).setdefault(block.position, mark.day)
                grids[block.parent.index] = block.parent.children
    return {grid: days for grid, days in found.items() if _heads_grid(days, grids[grid])}


def _heads_grid(days: dict[int, date], children: int) -> bool:
    """Whether days stand in a row of blocks at the beginning, and the other blocks fill whole rows of as many."""
    first, last = min(days), max(days)
    in_row = len(days) == last - first + 1 >= _FEWEST_IN_ROW and len(set(days.values())) == len(days)
    return in_row and first <= 1 and children % (last + 1) == 0 and children > last + 1
