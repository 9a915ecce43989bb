"""Day tabs: which one is chosen, and which panel each opens where nothing but order and number says so."""

import re
from collections.abc import Callable, Sequence
from datetime import date

from cinestreamd.agent.readers.dates import DateReading, date_in_attribute, find_dates
from cinestreamd.agent.readers.document import Document, Run
from cinestreamd.agent.readers.elements import Element
from cinestreamd.agent.readers.labels import could_be_title
from cinestreamd.agent.readers.miner.calendar_marks import LABEL_LENGTH, Calendar
from cinestreamd.agent.readers.miner.day_marks import DayMark, is_chosen, structure_of
from cinestreamd.agent.readers.miner.time_nodes import TimeNode

_PANEL_WORDS = frozenset(
    ["tab", "tabs", "pane", "panel", "tabpanel", "day", "slide", "content", "dag", "tag", "jour", "dia", "den"]
)
_FEWEST = 2
_FEWEST_LISTS = 3
_CARD_LEVELS = 3
_HOURS = re.compile(r"[^\w]{0,4}(?:\d{1,2}[:.h]\d\d|\d{1,2}\s?[ap]m)", re.IGNORECASE)
_LONGEST_SAID = 80


def panel_days(calendar: Calendar, nodes: Sequence[TimeNode]) -> Callable[[TimeNode], date | None]:
    """The day of each time by its panel's place among as many sibling panels as there are tabs in one bar.

    Columns that only happen to be as many are not enough: the siblings must be called panels or have that role, or each
    must be a list of films of its own, the films coming again in the others. Every bar of tabs on the page that fits
    must say the same.
    """
    bars = _bars(calendar)
    for panels in (_panels(nodes), _film_lists(calendar, nodes, {len(bar) for bar in bars})):
        days = {tuple(mark.day for mark in bar) for bar in bars if len(bar) == len(panels)}
        if len(panels) >= _FEWEST and len(days) == 1:
            return _by_panel(dict(zip((panel.index for panel in panels), next(iter(days)), strict=True)))
    return lambda _: None


def _by_panel(days: dict[int, date]) -> Callable[[TimeNode], date | None]:
    def day_of(time: TimeNode) -> date | None:
        return next((days[element.index] for element in time.chain if element.index in days), None)

    return day_of


def _film_lists(calendar: Calendar, nodes: Sequence[TimeNode], counts: set[int]) -> list[Element]:
    """Sibling elements alike, as many as a bar has days, each of which begins with the first of several cards.

    A panel that began with a heading of its own would be a room's or a cinema's; and a film's card names one film, so
    that films which come again in other siblings prove them to be days.
    """
    siblings: dict[tuple[int, str], list[Element]] = {}
    for element in calendar.document.elements:
        if element.parent is not None:
            siblings.setdefault((element.parent.index, element.signature), []).append(element)
    seen: set[tuple[int, str]] = set()
    for node in nodes:
        for element in node.chain:
            key = (element.parent.index, element.signature) if element.parent is not None else None
            if key is None or key in seen:
                continue
            seen.add(key)
            group = siblings[key]
            if len(group) >= _FEWEST_LISTS and len(group) in counts and _list_films(calendar, group):
                return group
    return []


def _list_films(calendar: Calendar, panels: Sequence[Element]) -> bool:
    leading: list[str] = []
    several = full = 0
    for panel in panels:
        runs = calendar.document.runs_between(panel.start, panel.end)
        if not runs or not calendar.clocks_in(panel) or not _tells(calendar.document, runs[0]):
            continue
        full += 1
        first = [above.signature for above in runs[0].element.lineage(_CARD_LEVELS)]
        alike = [
            calendar.document.text[run.start : run.end]
            for run in runs
            if [above.signature for above in run.element.lineage(_CARD_LEVELS)] == first
        ]
        several += len(alike) > 1
        leading += set(alike)
    return full >= _FEWEST_LISTS and several * 2 > full and len(set(leading)) * 3 <= len(leading) * 2


def _tells(document: Document, run: Run) -> bool:
    """Whether a text could be a title: the pieces of a clock in several elements could, by their shape, be "1917"."""
    text = document.text[run.start : run.end]
    return any(letter.isalpha() for letter in text) and could_be_title(text)


def _bars(calendar: Calendar) -> list[list[DayMark]]:
    """Runs of different days in one structure, to choose from."""
    bars: dict[tuple[str, ...], list[DayMark]] = {}
    for mark in calendar.marks:
        if mark.start in calendar.navigation and not mark.in_range and not _has_hours(calendar.document, mark):
            bars.setdefault(structure_of(mark), []).append(mark)
    return [bar for bar in bars.values() if len({mark.day for mark in bar}) == len(bar) >= _FEWEST]


def _has_hours(document: Document, mark: DayMark) -> bool:
    """Whether a clock stands right behind a day that may be chosen: it is a day of opening hours then."""
    return _HOURS.match(document.text, mark.end) is not None


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


def active_day(calendar: Calendar) -> date | None:
    """The day of the one tab that is marked as chosen; None where none or several are."""
    days = days_set(calendar)
    for mark in calendar.marks:
        for element in mark.element.lineage(4):
            if element.end - element.start > LABEL_LENGTH:
                break
            if is_chosen(element):
                days.add(mark.day)
    days = days or _days_said_by_chosen(calendar)
    return next(iter(days)) if len(days) == 1 else None


def days_set(calendar: Calendar) -> set[date]:
    """The days that the page's fields hold: the option selected, the value of a field for a date."""
    return {
        day
        for element in calendar.document.elements
        if (element.tag == "option" and "selected" in element.attributes) or element.attributes.get("type") == "date"
        for day in [date_in_attribute(element.attributes.get("value", ""), calendar.reading)]
        if day is not None
    }


def days_to_choose(calendar: Calendar) -> set[date]:
    """The days that the page has to choose from, named in texts or in attributes of what is pressed."""
    days = {mark.day for mark in calendar.marks if mark.start in calendar.navigation}
    for element in calendar.document.elements:
        if element.tag in ("a", "button", "li", "option") and element.end - element.start <= LABEL_LENGTH:
            days |= {day for day in [_day_said(element, calendar.reading)] if day is not None}
    return days


_FEW_INSIDE = 6


def _days_said_by_chosen(calendar: Calendar) -> set[date]:
    """The days that attributes of the chosen tabs name where their texts name none: title="Saturday, 5 December"."""
    days = set()
    elements = calendar.document.elements
    for element in elements:
        if element.end - element.start > LABEL_LENGTH or not is_chosen(element):
            continue
        for one in elements[element.index : element.last + 1][:_FEW_INSIDE]:
            days |= {day for day in [_day_said(one, calendar.reading)] if day is not None}
    return days


def _day_said(element: Element, reading: DateReading) -> date | None:
    """The one day that a label, an address or a data attribute of an element names."""
    for name, value in element.attributes.items():
        if name in ("title", "aria-label"):
            named = {hit.day for hit in find_dates(value[:_LONGEST_SAID], reading) if hit.certain}
            if len(named) == 1:
                return named.pop()
        elif name in ("href", "id", "value") or name.startswith("data-"):
            day = date_in_attribute(value, reading)
            if day is not None:
                return day
    return None
