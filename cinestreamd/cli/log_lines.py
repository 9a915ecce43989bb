"""One line of the daemon's log, for people: filtered by site and level, and safe on a terminal whatever is in it."""

import json
from typing import Any, Final, Literal

from msgspec import Struct

from cinestreamd.log import printable

Level = Literal["debug", "info", "warning", "error", "critical"]
LEVELS: Final[tuple[Level, ...]] = ("debug", "info", "warning", "error", "critical")
COLOURS: Final = {"debug": "2", "info": "32", "warning": "33", "error": "31", "critical": "1;31"}
"""ECMA-48: faint, green, yellow, red, bold red."""
HEAD: Final = frozenset({"timestamp", "level", "event", "role", "site", "port", "exception"})


class Wanted(Struct, frozen=True):
    """Which lines are shown: of one ``site`` or all, of this ``level`` or worse."""

    site: str | None = None
    level: Level = "debug"

    def lets_through(self, event: dict[str, Any]) -> bool:
        """Whether an event is among them. One of an unknown level is."""
        if self.site is not None and event.get("site") != self.site:
            return False
        level = event.get("level")
        return level not in LEVELS or LEVELS.index(level) >= LEVELS.index(self.level)


def parse_line(line: str) -> dict[str, Any] | None:
    """The event of a line; None where the line is none: what the interpreter itself has written, or a stranger."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) and "event" in event else None


def show_line(line: str, wanted: Wanted, *, colours: bool) -> str | None:
    """A line as people read it, without its end; None if it is not wanted.

    What is no event is shown with a mark, unless one site is asked for: nobody can say whose it is.
    """
    event = parse_line(line)
    if event is None:
        return f"?? {printable(line)}" if wanted.site is None and line.strip() else None
    return paint(event, colours=colours) if wanted.lets_through(event) else None


def paint(event: dict[str, Any], *, colours: bool) -> str:
    """An event on one line, and below it where an exception came from."""
    level = str(event.get("level", ""))
    who = " ".join(_text(event[name]) for name in ("role", "site", "port") if event.get(name) not in (None, ""))
    rest = " ".join(f"{_text(name)}={_text(value)}" for name, value in event.items() if name not in HEAD)
    head = f"{_text(event.get('timestamp', ''))[:23]:23} "
    shown = f"{_text(level):8}"
    if colours and level in COLOURS:
        shown = f"\x1b[{COLOURS[level]}m{shown}\x1b[0m"
    line = f"{head}{shown} {who:22} {_text(event['event'])}  {rest}".rstrip()
    return "\n".join([line, *_exception(event.get("exception"))])


def _exception(told: Any) -> list[str]:
    """Each exception of the chain, with the places that it went through."""
    lines = []
    for each in told if isinstance(told, list) else []:
        if not isinstance(each, dict):
            continue
        lines.append(f"    {_text(each.get('exc_type', ''))}: {_text(each.get('exc_value', ''))}")
        for frame in each.get("frames") or []:
            if isinstance(frame, dict):
                place = f"{_text(frame.get('filename', ''))}:{_text(frame.get('lineno', ''))}"
                lines.append(f"        {place} {_text(frame.get('name', ''))}")
    return lines


def _text(value: object) -> str:
    """A value on one line; what a terminal would obey is written as its escape."""
    return str(printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)))
