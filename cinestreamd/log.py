"""Structured logs: one event a line on standard output, JSON for machines or coloured text on a terminal.

Event names are static snake_case; ids are fields. Text that came from outside cannot forge a line: control characters
are escaped in both forms. Tracebacks carry no local variables, and the words of few kinds of exceptions: both may hold
secrets or what a visitor or a page has said. Of the libraries' own lines the template is logged, without its values.
"""

import copy
import json
import logging
import os
import re
import sys
from collections.abc import Iterator
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from cinestreamd.config import Daemon
from cinestreamd.errors import CinestreamError, InvalidInputError, NotFoundError
from cinestreamd.log_file import write_without_waiting

HIDDEN: Final = "(not logged: it may repeat what was given)"

_TELLING: Final = (
    *(OSError, AttributeError, NameError, ImportError, RuntimeError, MemoryError, ZeroDivisionError),
    *(BaseExceptionGroup, CinestreamError),
)
"""Families of exceptions whose words come from the system, the interpreter or ourselves."""
_REPEATING: Final = (InvalidInputError, NotFoundError)
"""Our own that repeat what was given."""
_PACKAGES: Final = ("builtins", "socket", "ssl", "cinestreamd")
"""Where the kinds of these families must be at home: a library's may repeat anything."""
_AGENT: Final = "cinestreamd.agent"
"""What fails there may name an address that a page has chosen."""


class LineWriter:
    """Writes whole lines to one file descriptor. A full disk or an unread pipe loses the line, never the process."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.lost = 0

    def msg(self, message: str) -> None:
        """Write one line."""
        try:
            write_without_waiting(self._descriptor, (message + "\n").encode("utf-8", "backslashreplace"))
        except OSError:
            self.lost += 1

    debug = info = warning = error = critical = exception = msg


class _LineHandler(logging.Handler):
    """Sends the standard library's log records through the same writer."""

    def __init__(self, writer: LineWriter) -> None:
        super().__init__()
        self._writer = writer

    def emit(self, record: logging.LogRecord) -> None:
        told = copy.copy(record)
        told.msg, told.args = _template(record), ()
        self._writer.msg(self.format(told))


def _template(record: logging.LogRecord) -> str:
    """What a library says without the values: of asyncio, which fills its texts itself, what stands before them."""
    text = str(record.msg).partition("\n")[0]
    return re.split(r"[(<]", text, maxsplit=1)[0].strip() if record.name == "asyncio" else text


def configure(settings: Daemon, *, descriptor: int = 1, **fields: str | int) -> None:
    """Set up logging for this process; ``fields`` (role, site, port…) go with every event."""
    console = settings.log_format == "console" or (settings.log_format == "auto" and os.isatty(descriptor))
    writer = LineWriter(descriptor)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ending = _console_ending() if console else _json_ending()
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    structlog.configure(
        processors=[*shared, *ending],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=False,
    )
    handler = _LineHandler(writer)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.add_logger_name],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**fields)


def _json_ending() -> list[Processor]:
    return [*_exceptions(), structlog.processors.JSONRenderer(ensure_ascii=False)]


def _console_ending() -> list[Processor]:
    return [
        *_exceptions(),
        _exception_as_text,
        escape_control_characters,
        structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty()),
    ]


def _exceptions() -> list[Processor]:
    transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [structlog.processors.ExceptionRenderer(transformer), hide_values]


def hide_values(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Leave out what exceptions say that may repeat the value they met: a visitor's, a page's, or a secret."""
    if isinstance(event.get("exception"), list):
        _hide(event["exception"], {kind.__name__ for kind in _telling()})
    return event


def _hide(exceptions: list[dict[str, Any]], telling: set[str]) -> None:
    for told in exceptions:
        told["exc_notes"], told["syntax_error"] = [], None
        if told["exc_type"] not in telling:
            told["exc_value"] = HIDDEN
        for group in told.get("exceptions", ()):
            _hide(group, telling)


def _telling() -> Iterator[type[BaseException]]:
    for family in _TELLING:
        for kind in _family(family):
            home = kind.__module__
            if home.startswith(_PACKAGES) and not home.startswith(_AGENT) and not issubclass(kind, _REPEATING):
                yield kind


def _family(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for derived in kind.__subclasses__():
        yield from _family(derived)


def _exception_as_text(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    if isinstance(event.get("exception"), list):
        event["exception"] = "\n".join(exception_lines(event["exception"]))
    return event


def exception_lines(told: Any, indent: str = "    ") -> Iterator[str]:
    """An event's exceptions for people: each of the chain with the places that it went through, each on one line."""
    for each in told if isinstance(told, list) else []:
        if not isinstance(each, dict):
            continue
        yield f"{indent}{one_line(each.get('exc_type', ''))}: {one_line(each.get('exc_value', ''))}"
        for frame in each.get("frames") or []:
            if isinstance(frame, dict):
                place = f"{one_line(frame.get('filename', ''))}:{one_line(frame.get('lineno', ''))}"
                yield f"{indent}    {place} {one_line(frame.get('name', ''))}"
        for group in each.get("exceptions") or []:
            yield from exception_lines(group, indent + "    ")


def one_line(value: object) -> str:
    """A value on one line; what a terminal would obey is written as its escape."""
    return str(printable(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)))


def escape_control_characters(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Make every text value printable; a traceback keeps its own line breaks."""
    return {key: value if key == "exception" else printable(value) for key, value in event.items()}


def printable(value: Any) -> Any:
    """``value``, with what a terminal would obey written as its escape if it is text."""
    if not isinstance(value, str) or value.isprintable():
        return value
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in value
    )
