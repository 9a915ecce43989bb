"""Match day tabs with the panels they open where nothing but their order and number says which is whose."""

from collections.abc import Callable, Sequence
from datetime import date

from cinestreamd.agent.readers.document import Element
from cinestreamd.agent.readers.miner.calendar_marks import Calendar, DayMark, structure_of
from cinestreamd.agent.readers.miner.times import TimeNode

_PANEL_WORDS = frozenset(
    ["tab", "tabs", "pane", "panel", "tabpanel", "day", "slide", "content", "dag", "tag", "jour", "dia", "den"]
)
_FEWEST = 2


def panel_days(calendar: Calendar, nodes: Sequence[TimeNode]) -> Callable[[TimeNode], date | None]:
    """The day of each time by its panel's place among as many sibling panels as there are tabs in one bar.

    Columns that only happen to be as many are not enough: the siblings must be called panels or have that role, and
    every bar of tabs on the page that fits must say the same.
    """
    panels = _panels(nodes)
    days = {tuple(mark.day for mark in bar) for bar in _bars(calendar) if len(bar) == len(panels)}
    if len(panels) < _FEWEST or len(days) != 1:
        return lambda _: None
    by_panel = dict(zip((panel.index for panel in panels), next(iter(days)), strict=True))

    def day_of(time: TimeNode) -> date | None:
        return next((by_panel[element.index] for element in time.chain if element.index in by_panel), None)

    return day_of


def _bars(calendar: Calendar) -> list[list[DayMark]]:
    """Runs of different days in one structure, to choose from."""
    bars: dict[tuple[str, ...], list[DayMark]] = {}
    for mark in calendar.marks:
        if mark.start in calendar.navigation:
            bars.setdefault(structure_of(mark), []).append(mark)
    return [bar for bar in bars.values() if len({mark.day for mark in bar}) == len(bar) >= _FEWEST]


def _panels(nodes: Sequence[TimeNode]) -> list[Element]:
    """The sibling panels in which the times stand; empty panels between them count."""
    parents: dict[int, list[Element]] = {}
    for node in nodes:
        for element in node.chain:
            if element.parent is not None and (
                element.attributes.get("role") == "tabpanel" or element.class_words() & _PANEL_WORDS
            ):
                siblings = parents.setdefault(element.parent.index, [])
                if all(one.index != element.index for one in siblings):
                    siblings.append(element)
    largest: list[Element] = []
    for found in parents.values():
        if len(found) > max(len(largest), _FEWEST - 1) and len({one.signature for one in found}) == 1:
            largest = found
    return sorted(largest, key=lambda one: one.index)
