"""Bring data into the one shape that is read: objects with named fields.

JSON inside strings is parsed, tables of rows and columns become objects, and the tuples in which components keep
their state lose their notes.
"""

import json
import re
from itertools import islice
from typing import Any

from cinestreamd.agent.readers.clock import find_clocks
from cinestreamd.agent.readers.dates import date_in_attribute, find_dates
from cinestreamd.agent.readers.json_records.keys import start_score, title_score
from cinestreamd.agent.readers.json_records.moments import ValueReading, moment_of
from cinestreamd.agent.readers.json_records.tree import MAX_FIELDS, is_data_key
from cinestreamd.agent.readers.labels import could_be_title, names_room

MAX_VALUES = 400_000
MAX_INNER = 2_000_000
_INNER = re.compile(r"\s*[\[{]\s*[\[{\"]")
_COLUMN_KEYS = ("columns", "cols", "headers", "header", "fields", "columnNames")
_ROW_KEYS = ("rows", "data", "values", "records")
_SAMPLE = 40
_FEWEST_COLUMNS = 2
_CLOCK_SIGN = re.compile(r"[:.hH：]\d\d|\d ?[ap]\.?m", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_LONGEST_LIST = 1_000
_MARKUP = re.compile(r"<[a-zA-Z/]")
_LEAST_HEADED, _LONGEST_HEADED = 12, 200
_SHORTEST_CODE = 8
_TAG = re.compile(r"<[^<>]{0,300}>")
_LONGEST_HEAD, _NEARBY = 400, 40
_LONGEST_TITLE_COLUMN = 70


def unfolded(root: Any, reading: ValueReading) -> Any:
    """The same data, in place, with inner JSON parsed and tables as objects; within ``MAX_VALUES``."""
    holder = {"": root}
    stack: list[Any] = [holder]
    seen, inner = 0, MAX_INNER
    while stack and seen < MAX_VALUES:
        value = stack.pop()
        items = list(value.items() if isinstance(value, dict) else enumerate(value))
        seen += len(items)
        for key, child in items:
            if isinstance(child, str) and len(child) > 20 and _INNER.match(child) and len(child) <= inner:
                inner -= len(child)
                child = _parsed(child)  # noqa: PLW2901 - the child as it is read on
                value[key] = child
            if isinstance(child, dict | list):
                shaped = _shaped(child, reading)
                if shaped is not child:
                    value[key] = shaped
                stack.append(shaped)
    return holder[""]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return text


def _shaped(value: Any, reading: ValueReading) -> Any:
    if isinstance(value, dict):
        shaped: Any = value
        if any(isinstance(one, list) for one in value.values()):
            shaped = _named_table(value) or _parallel(value) or _clock_lists(value, reading) or value
        if not isinstance(shaped, dict) or not any(
            isinstance(one, str) and len(one) > _LEAST_HEADED for one in shaped.values()
        ):
            return shaped
        _split_lists_of_starts(shaped, reading)
        return _with_start_in_markup(_with_start_apart(shaped, reading), reading)
    if len(value) == 2 and isinstance(value[0], list | dict) and isinstance(value[1], dict) and _is_note(value[1]):
        return value[0]
    return _bare_table(value, reading) or value


def _split_lists_of_starts(value: object, reading: ValueReading) -> None:
    """{"showtimes": "Fri 27 Nov: 18:00, 20:30; Sat 28 Nov: 14:00"}: each clock with the day before it, in place."""
    if not isinstance(value, dict) or len(value) > MAX_FIELDS:
        return
    for key, text in value.items():
        if not isinstance(text, str) or not _LEAST_HEADED < len(text) <= _LONGEST_LIST or start_score(key) <= 0:
            continue
        if len(list(islice(_CLOCK_SIGN.finditer(text), 2))) < 2 or not reading.prose.spend():
            continue
        moment = moment_of(text, reading)
        if moment is not None and moment.exact:
            continue
        dates = [hit for hit in find_dates(text, reading) if hit.certain]
        clocks = [hit for hit in find_clocks(text) if hit.role == "start"]
        if len(clocks) < 2 or not dates or dates[0].start > clocks[0].start or _MARKUP.search(text):
            continue
        value[key] = [
            {
                "date": next(text[day.start : day.end] for day in reversed(dates) if day.start < clock.start),
                "time": text[clock.start : clock.end],
            }
            for clock in clocks
        ]


def _with_start_apart(value: dict[str, Any], reading: ValueReading) -> dict[str, Any]:
    """{"title": "23. 11. 2026 19:00 – Dune"}, as in news feeds: the day and clock apart from the title."""
    for key, text in islice(value.items(), MAX_FIELDS):
        if not isinstance(text, str) or not _LEAST_HEADED < len(text) <= _LONGEST_HEADED or not title_score(key):
            continue
        if len(list(islice(_DIGITS.finditer(text), 3))) < 3 or not reading.prose.spend():
            continue
        dates, clocks = find_dates(text, reading), find_clocks(text)
        if len(dates) != 1 or len(clocks) != 1 or not dates[0].certain or text[0].isspace():
            continue
        start, end = min(dates[0].start, clocks[0].start), max(dates[0].end, clocks[0].end)
        rest = (text[end:] if not text[:start].strip() else "" if text[end:].strip() else text[:start]).strip(
            " \t,:;|–—-"
        )
        if could_be_title(rest):
            return {**value, key: rest, "start": text[start:end]}
    return value


def _with_start_in_markup(value: dict[str, Any], reading: ValueReading) -> dict[str, Any]:
    """{"title": "Dune", "description": "<p>22/11/2026<br>3:00 pm</p>…"}: the day and clock at the head of a text.

    Feeds of events say so when they begin; the moments beside are those of publishing.
    """
    if len(value) > MAX_FIELDS or not any(map(title_score, value)) or any(start_score(key) > 0 for key in value):
        return value
    for text in value.values():
        if not isinstance(text, str) or len(text) <= _LEAST_HEADED or not _MARKUP.search(text[:_LEAST_HEADED]):
            continue
        head = _TAG.sub("\n", text[:_LONGEST_HEAD])
        if not _CLOCK_SIGN.search(head) or not reading.prose.spend():
            continue
        dates = [hit for hit in find_dates(head, reading) if hit.certain]
        clocks = [hit for hit in find_clocks(head) if hit.role == "start"]
        if len({hit.day for hit in dates}) == 1 and clocks and 0 <= clocks[0].start - dates[0].end < _NEARBY:
            day, clock = dates[0], clocks[0]
            return {**value, "date": head[day.start : day.end], "time": head[clock.start : clock.end]}
    return value


def _is_note(value: dict[str, Any]) -> bool:
    """The note behind a value in a component's state: {"s": "arr"}."""
    return (
        isinstance(value.get("s"), str)
        and len(value) <= 3
        and all(isinstance(one, str | int) for one in value.values())
    )


def _named_table(value: dict[str, Any]) -> dict[str, Any] | None:
    """{"columns": […], "rows": [[…]]} with its rows as objects."""
    columns = next((value[name] for name in _COLUMN_KEYS if isinstance(value.get(name), list)), None)
    rows_key = next((name for name in _ROW_KEYS if isinstance(value.get(name), list) and value[name]), None)
    if columns is None or rows_key is None:
        columns, rows_key = _table_of_any_name(value)
    if not columns or rows_key is None:
        return None
    names = [_column_name(column) for column in columns]
    rows = [cells for row in value[rows_key] if (cells := _cells(row)) is not None]
    if not all(names) or len(rows) < len(value[rows_key]) or any(len(row) > len(names) for row in rows):
        return None
    return {**value, rows_key: [dict(zip(names, row, strict=False)) for row in rows]}


def _table_of_any_name(value: dict[str, Any]) -> tuple[list[str] | None, str | None]:
    """A list of different names, and the key of a list beside it whose every row has one value for each of them."""
    lists = [(key, one) for key, one in islice(value.items(), MAX_FIELDS) if isinstance(one, list) and one]
    for key, rows in lists:
        if not all(isinstance(row, list) and len(row) == len(rows[0]) > _FEWEST_COLUMNS for row in rows):
            continue
        for _, names in lists:
            if len(names) == len(rows[0]) == len({name for name in names if isinstance(name, str) and name}):
                return names, key
    return None, None


def _column_name(column: object) -> str:
    if isinstance(column, dict):
        column = next((column[name] for name in ("name", "label", "key", "field", "id") if column.get(name)), "")
    return column if isinstance(column, str) else ""


def _cells(row: object) -> list[Any] | None:
    """A row's values; {"c": [{"v": …}]} is how spreadsheets are served."""
    if isinstance(row, dict) and isinstance(row.get("c"), list):
        return [(cell.get("f") or cell.get("v")) if isinstance(cell, dict) else cell for cell in row["c"]]
    return row if isinstance(row, list) else None


def _parallel(value: dict[str, Any]) -> list[dict[str, Any]] | None:
    """{"title": […], "date": […], "time": […]}: lists of one length, one showing at each place."""
    lists = list(value.values())
    if len(lists) < 3 or not all(isinstance(one, list) and len(one) == len(lists[0]) for one in lists):
        return None
    if len(lists[0]) < 2 or any(isinstance(cell, dict | list) for one in lists for cell in one[:_SAMPLE]):
        return None
    if not any(title_score(name) for name in value) or not any(start_score(name) > 0 for name in value):
        return None
    return [dict(zip(value, cells, strict=True)) for cells in zip(*lists, strict=True)]


def _clock_lists(value: dict[str, Any], reading: ValueReading) -> dict[str, Any] | None:
    """{film or cinema id: ["17:30", "20:15"]}: what stands behind an id is a list of showings."""
    if not value or not all(isinstance(one, list) and one for one in value.values()):
        return None
    keys = list(value)[:_SAMPLE]
    ids = sum(is_data_key(key) and date_in_attribute(key, reading) is None for key in keys)
    if ids * 2 < len(keys) or not all(_are_clocks(one, reading) for one in value.values()):
        return None
    return {key: [{"time": one} for one in clocks] for key, clocks in value.items()}


def _are_clocks(values: list[Any], reading: ValueReading) -> bool:
    moments = [moment_of(one, reading) if isinstance(one, str) else None for one in values[:_SAMPLE]]
    return all(moment is not None and moment.clock is not None for moment in moments)


def _bare_table(rows: list[Any], reading: ValueReading) -> list[dict[str, Any]] | None:
    """[["Film", "Day", "Time"], […]] or rows without a header, their columns named by what they hold."""
    if len(rows) < 3 or not all(isinstance(row, list) and 2 < len(row) <= 40 for row in rows):
        return None
    head = rows[0]
    if all(isinstance(cell, dict | list) for cell in head):
        return None
    if all(isinstance(cell, str) for cell in head) and any(map(title_score, head)) and any(map(_speaks_of_time, head)):
        return [dict(zip(head, row, strict=False)) for row in rows[1:]]
    names = _columns_by_content(rows[1:], reading)
    if names is None:
        return None
    return [dict(zip(names, row, strict=False)) for row in rows]


def _speaks_of_time(name: str) -> bool:
    return start_score(name) > 0


def _columns_by_content(rows: list[list[Any]], reading: ValueReading) -> list[str] | None:
    sample = rows[:_SAMPLE]
    width = min(len(row) for row in sample)
    names = [f"column{index}" for index in range(max(len(row) for row in sample))]
    titles: list[tuple[bool, bool, int, int]] = []
    for index in range(width):
        cells = [row[index] for row in sample]
        kind = _kind_of(cells, reading)
        if kind in ("start", "date", "time") and kind not in names:
            names[index] = kind
        elif kind == "text":
            rooms = sum(isinstance(cell, str) and names_room(cell) for cell in cells) * 2 > len(cells)
            tells = sum(len(str(cell)) for cell in cells) > _LONGEST_TITLE_COLUMN * len(cells)
            titles.append((rooms, tells, -len(set(cells)), index))
    if not titles or not {"start", "time"} & set(names):
        return None
    names[min(titles)[3]] = "title"
    return names


def _kind_of(cells: list[Any], reading: ValueReading) -> str:
    moments = [moment_of(cell, reading) if isinstance(cell, str) else None for cell in cells]
    kinds = {moment.kind for moment in moments if moment is not None}
    if None not in moments and len(kinds) == 1:
        return {"moment": "start", "day": "date", "clock": "time"}[kinds.pop()]
    titles = sum(isinstance(cell, str) and could_be_title(cell) and not _is_code(cell) for cell in cells)
    return "text" if titles * 10 >= len(cells) * 8 else ""


def _is_code(cell: str) -> bool:
    """Whether a text is a number, an id or an address: of digits, or one long word with digits in it."""
    return cell.isdecimal() or (" " not in cell and len(cell) >= _SHORTEST_CODE and any(map(str.isdecimal, cell)))
