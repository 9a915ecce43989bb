"""One line of the daemon's log, for people: filtered by site and level, and safe on a terminal whatever is in it."""

import json
from typing import Any, Final, Literal

from msgspec import Struct

from cinestreamd.log import exception_lines, one_line, printable

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
    who = " ".join(one_line(event[name]) for name in ("role", "site", "port") if event.get(name) not in (None, ""))
    rest = " ".join(f"{one_line(name)}={one_line(value)}" for name, value in event.items() if name not in HEAD)
    head = f"{one_line(event.get('timestamp', ''))[:23]:23} "
    shown = f"{one_line(level):8}"
    if colours and level in COLOURS:
        shown = f"\x1b[{COLOURS[level]}m{shown}\x1b[0m"
    line = f"{head}{shown} {who:22} {one_line(event['event'])}  {rest}".rstrip()
    return "\n".join([line, *exception_lines(event.get("exception"))])
