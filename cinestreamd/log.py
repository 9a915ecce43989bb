"""Structured logs: one event a line on standard output, JSON for machines or coloured text on a terminal.

Event names are static snake_case; ids are fields. Text that came from outside cannot forge a line: control characters
are escaped in both forms. Tracebacks carry no local variables, since those may hold secrets.
"""

import logging
import os
import sys
from collections.abc import Iterator
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from cinestreamd.config import Daemon
from cinestreamd.log_file import write_without_waiting

HIDDEN: Final = "(not logged: it may repeat what was given)"


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
        self._writer.msg(self.format(record))


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
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**fields)


def _json_ending() -> list[Processor]:
    transformer = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        structlog.processors.ExceptionRenderer(transformer),
        hide_values,
        structlog.processors.JSONRenderer(ensure_ascii=False),
    ]


def _console_ending() -> list[Processor]:
    return [
        structlog.processors.format_exc_info,
        escape_control_characters,
        structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty()),
    ]


def hide_values(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Leave out what exceptions say that repeat the value they met: it may be a visitor's, a page's, or a secret."""
    if isinstance(event.get("exception"), list):
        repeating = {kind.__name__ for family in (ValueError, LookupError) for kind in _family(family)}
        for told in event["exception"]:
            if told["exc_type"] in repeating:
                told["exc_value"] = HIDDEN
                told["exc_notes"] = []
    return event


def _family(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for derived in kind.__subclasses__():
        yield from _family(derived)


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
