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
