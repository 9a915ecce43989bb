"""``cinestreamd logs``: readable, filtered, and safe on a terminal whatever a line holds."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest
from command_line import cinestreamd

from cinestreamd.cli.log_lines import Wanted, show_line

READY = {
    "role": "worker",
    "site": "kino",
    "port": 8001,
    "seconds": 0.2,
    "event": "child_ready",
    "level": "info",
    "timestamp": "2026-11-21T12:00:00.123456Z",
}
OTHERS = {"site": "opera", "event": "child_ended", "level": "warning", "timestamp": "2026-11-21T12:00:01.000000Z"}
FAILED = {"site": "kino", "event": "request_failed", "level": "error", "timestamp": "2026-11-21T12:00:02.000000Z"}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log"
    path.write_text("".join(json.dumps(each) + "\n" for each in (READY, OTHERS, FAILED)))
    return path


def test_an_event_is_one_line_for_people(log: Path, tmp_path: Path) -> None:
    ended = cinestreamd(tmp_path, "logs", "--file", str(log))
    assert ended.code == 0
    assert ended.output.splitlines() == [
        "2026-11-21T12:00:00.123 info     worker kino 8001       child_ready  seconds=0.2",
        "2026-11-21T12:00:01.000 warning  opera                  child_ended",
        "2026-11-21T12:00:02.000 error    kino                   request_failed",
    ]


@pytest.mark.parametrize(
    ("options", "events"),
    [
        (["--site", "kino"], ["child_ready", "request_failed"]),
        (["--level", "warning"], ["child_ended", "request_failed"]),
        (["--site", "kino", "--level", "error"], ["request_failed"]),
        (["--site", "nobody"], []),
        (["--lines", "1"], ["request_failed"]),
        (["--lines", "1", "--site", "opera"], ["child_ended"]),
        (["--lines", "0"], []),
    ],
)
def test_lines_are_chosen_by_site_level_and_number(
    log: Path, tmp_path: Path, options: list[str], events: list[str]
) -> None:
    shown = cinestreamd(tmp_path, "logs", "--file", str(log), *options).output
    assert [line.split()[-1 if "seconds" not in line else -2] for line in shown.splitlines()] == events
    raw = cinestreamd(tmp_path, "logs", "--file", str(log), "--json", *options).output
    assert [json.loads(line)["event"] for line in raw.splitlines()] == events


def test_a_forged_line_stays_one_line_and_commands_nothing() -> None:
    forged = {
        **READY,
        "event": "page\r\n2026-11-21T12:00:00.000 info all_is_well",
        "cinema": "\x1b]0;title\x07\x1b[2J\u202egnp.exe\u2028\x9b31m",
        "key\x1b[31m": ["\x1b[8m", {"a\n": 1}],
        "site": "\x1b[1A",
        "level": "\x1b[5m",
    }
    shown = show_line(json.dumps(forged), Wanted(), colours=True)
    assert shown is not None
    assert shown.isprintable()
    assert "\\x1b[2J\\u202egnp.exe\\u2028\\x9b31m" in shown
    assert "page\\r\\n2026" in shown


@pytest.mark.parametrize("line", ["Traceback \x1b[2J", "[1, 2]", '{"no": "event"}', "null", "{", "\x00" * 9])
def test_what_is_no_event_is_marked_and_nobodys(line: str) -> None:
    shown = show_line(line, Wanted(), colours=True)
    assert shown is not None
    assert shown.startswith("?? ")
    assert shown.isprintable()
    assert show_line(line, Wanted(site="kino"), colours=True) is None


def test_where_an_exception_came_from_is_told_below_it() -> None:
    failed = {
        **FAILED,
        "exception": [
            {"exc_type": "ValueError", "exc_value": "a\nb", "frames": [{"filename": "x.py", "lineno": 7, "name": "f"}]},
            "nonsense",
        ],
    }
    shown = show_line(json.dumps(failed), Wanted(), colours=False)
    assert shown is not None
    assert shown.splitlines()[1:] == ["    ValueError: a\\nb", "        x.py:7 f"]


def test_levels_are_coloured_on_a_terminal_alone() -> None:
    line = json.dumps(FAILED)
    assert "\x1b[31merror   \x1b[0m" in str(show_line(line, Wanted(), colours=True))
    assert "\x1b" not in str(show_line(line, Wanted(), colours=False))


def test_standard_input_is_read_where_it_is_asked_for(tmp_path: Path) -> None:
    shown = cinestreamd(tmp_path, "logs", "--file", "-", given=json.dumps(FAILED) + "\n").output
    assert shown.split()[-1] == "request_failed"


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    ended = cinestreamd(tmp_path, "logs", "--file", str(tmp_path / "no"))
    assert ended.code == 78
    assert ended.error == f"{tmp_path}/no: cannot be read (No such file or directory)"


@pytest.fixture
def following(log: Path, tmp_path: Path) -> Iterator["Queue[str]"]:
    """What a running ``logs --follow`` prints, line by line."""
    command = [sys.executable, "-m", "cinestreamd", "logs", "-f", "--file", str(log), "--state-dir", str(tmp_path)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    lines: Queue[str] = Queue()
    assert process.stdout is not None
    stream = process.stdout

    def read() -> None:
        for line in stream:
            lines.put(line.rstrip("\n"))

    reader = threading.Thread(target=read)
    reader.start()
    yield lines
    process.terminate()
    process.wait(30)
    reader.join(30)
    stream.close()


def test_a_log_is_followed_over_its_rotation(log: Path, following: "Queue[str]") -> None:
    assert [following.get(timeout=60).split()[1] for _ in range(3)] == ["info", "warning", "error"]
    with log.open("a") as file:
        file.write(json.dumps(FAILED)[:20])
        file.flush()
        file.write(json.dumps(FAILED)[20:] + "\n")
    assert following.get(timeout=60).endswith("request_failed")
    with log.open("a") as file:
        log.rename(log.with_suffix(".1"))
        file.write(json.dumps({**READY, "event": "to_the_moved_one"}) + "\n")
    assert "to_the_moved_one" in following.get(timeout=60)
    log.write_text(json.dumps({**READY, "event": "after_rotation"}) + "\n")
    assert "after_rotation" in following.get(timeout=60)
    log.write_text("")
    with log.open("a") as file:
        file.write(json.dumps({"event": "short", "level": "info"}) + "\n")
    assert "short" in following.get(timeout=60)


JOURNAL = """#!/bin/sh
case "$*" in
"--unit cinestreamd --output cat --no-pager --reverse") set -- third x second x first x ;;
"--unit cinestreamd --output cat --no-pager --lines 0 --follow") set -- fourth x ;;
*) set -- "$*" x ;;
esac
printf '{"event": "%s", "site": "kino"}\\n{"event": "%s", "site": "opera"}\\n' "$@"
"""


@pytest.mark.parametrize(
    ("options", "events"),
    [
        (("--lines", "2"), ["second", "third"]),
        (("--lines", "2", "--follow"), ["second", "third", "fourth"]),
        (("--lines", "0"), []),
    ],
)
def test_without_a_file_the_journal_of_the_unit_is_asked_until_there_are_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], events: list[str]
) -> None:
    journal = tmp_path / "journalctl"
    journal.write_text(JOURNAL)
    journal.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    ended = cinestreamd(tmp_path, "logs", "--site", "kino", *options)
    assert (ended.code, [line.split()[-1] for line in ended.output.splitlines()]) == (0, events)


def test_where_there_is_neither_file_nor_journal_it_is_told_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    ended = cinestreamd(tmp_path, "logs")
    assert ended.code == 78
    assert "name one by --file" in ended.error
