"""Log lines: machine-readable, unforgeable, without secrets in tracebacks."""

import json
import logging
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from cinestreamd import log
from cinestreamd.config import Daemon
from cinestreamd.errors import ConfigurationError


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    for descriptor in (reading, writing):
        os.close(descriptor)


def lines(reading: int) -> list[str]:
    return os.read(reading, 1_000_000).decode().splitlines()


def test_json_line_has_event_level_time_and_bound_fields(pipe: tuple[int, int]) -> None:
    log.configure(Daemon(log_format="json"), descriptor=pipe[1], role="worker", port=8001)
    structlog.get_logger().info("city_published", city="kyiv")
    [line] = lines(pipe[0])
    event = json.loads(line)
    assert event.pop("timestamp").endswith("Z")
    assert event == {"event": "city_published", "level": "info", "city": "kyiv", "role": "worker", "port": 8001}


@pytest.mark.parametrize("form", ["json", "console"])
def test_text_from_outside_cannot_forge_a_line(pipe: tuple[int, int], form: str) -> None:
    log.configure(Daemon(log_format=form), descriptor=pipe[1])  # type: ignore[arg-type]  # both are valid formats
    structlog.get_logger().warning("page_refused", url="http://x/\n2026 [info] all_is_well\x1b[2J\u202e")
    [line] = lines(pipe[0])
    assert "\x1b[2J" not in line
    assert "\\n2026" in line


@pytest.mark.parametrize("form", ["json", "console"])
def test_traceback_shows_no_local_variables(pipe: tuple[int, int], form: str) -> None:
    log.configure(Daemon(log_format=form), descriptor=pipe[1])  # type: ignore[arg-type]  # both are valid formats
    secret = secrets.token_hex(8)
    try:
        int("x" * len(secret))
    except ValueError:
        structlog.get_logger().exception("unexpected")
    text = "\n".join(lines(pipe[0]))
    assert "ValueError" in text
    assert secret not in text


def test_library_warnings_come_through_and_chatter_does_not(pipe: tuple[int, int]) -> None:
    log.configure(Daemon(log_format="json"), descriptor=pipe[1])
    logging.getLogger("asyncio").info("chatter")
    logging.getLogger("asyncio").warning("slow callback")
    [line] = lines(pipe[0])
    assert json.loads(line)["event"] == "slow callback"


def test_closed_log_loses_lines_but_not_the_process() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    writer = log.LineWriter(writing)
    writer.msg("nobody reads this")
    os.close(writing)
    assert writer.lost == 1


class StrangeError(KeyError):
    """One of a library's, that repeats what it was given."""


def test_what_an_exception_repeats_is_not_logged_and_its_kind_and_place_are(pipe: tuple[int, int]) -> None:
    log.configure(Daemon(log_format="json"), descriptor=pipe[1])
    try:
        try:
            int("a visitor's word")
        except ValueError as error:
            raise StrangeError("a visitor's word") from error
    except StrangeError:
        structlog.get_logger().exception("unexpected")
    try:
        Path("/nowhere/at/all").read_bytes()
    except FileNotFoundError:
        structlog.get_logger().exception("unexpected")
    first, second = lines(pipe[0])
    assert "visitor" not in first
    assert [told["exc_type"] for told in json.loads(first)["exception"]] == ["StrangeError", "ValueError"]
    assert json.loads(first)["exception"][0]["frames"][0]["name"].startswith("test_what_an_exception")
    [told] = json.loads(second)["exception"]
    assert told["exc_value"] == "[Errno 2] No such file or directory: '/nowhere/at/all'"


class LibraryError(RuntimeError):
    """One of a library's; the same kind of the interpreter's own would be told."""


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize(
    "error",
    [
        ValueError("canary"),
        KeyError("canary"),
        TypeError("canary"),
        LibraryError("canary"),
        Exception("canary"),
        SyntaxError("canary", ("canary.html", 1, 1, "canary")),
        ExceptionGroup("two at once", [ExceptionGroup("and deeper", [ValueError("canary")]), KeyError("canary")]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_words_of_a_stranger_are_logged(pipe: tuple[int, int], form: str, error: Exception) -> None:
    log.configure(Daemon(log_format=form), descriptor=pipe[1])  # type: ignore[arg-type]  # both are valid formats
    error.add_note("canary")
    structlog.get_logger().error("unexpected", exc_info=error)
    logging.getLogger("library").error("it failed for %s", "canary", exc_info=error)
    logging.getLogger("asyncio").error("Task was lost\nfuture: <Task exception=ValueError('canary')>", exc_info=error)
    logging.getLogger("asyncio").error("Exception in callback visit('canary') at x.py:1")
    text = os.read(pipe[0], 1_000_000).decode()
    assert "canary" not in text
    assert text.count(type(error).__name__) >= 3
    for told in ("it failed for %s", "Task was lost", "Exception in callback visit"):
        assert told in text


def test_words_of_the_system_and_our_own_are_logged(pipe: tuple[int, int]) -> None:
    log.configure(Daemon(log_format="console"), descriptor=pipe[1])
    try:
        try:
            Path("/nowhere/at/all").read_bytes()
        except FileNotFoundError as error:
            raise ConfigurationError(place="x.toml", problem="is wrong") from error
    except ConfigurationError:
        structlog.get_logger().exception("unexpected")
    text = os.read(pipe[0], 1_000_000).decode()
    assert "    ConfigurationError: x.toml: is wrong\n" in text
    assert "    FileNotFoundError: [Errno 2] No such file or directory: '/nowhere/at/all'\n" in text
    assert "test_words_of_the_system_and_our_own_are_logged" in text
