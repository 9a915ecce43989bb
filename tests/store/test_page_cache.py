"""Page caches that begin small, each in a process of its own: the setting is the process's."""

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

READ_A_PAGE = """
import _sqlite3, ctypes, sqlite3, sys
from cinestreamd.store.sqlite.page_cache import begin_small

if sys.argv[2] == "small":
    assert begin_small()
used = ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_used
connection = sqlite3.connect(sys.argv[1])
before = used()
connection.execute("PRAGMA schema_version").fetchone()
print(used() - before, connection.execute("SELECT sum(length(text)), count(*) FROM line").fetchone())
"""
"""Prints what reading one page took, and what many pages hold."""


def read(path: Path, how: str) -> tuple[int, str]:
    command = [sys.executable, "-c", READ_A_PAGE, str(path), how]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    taken, _, found = done.stdout.strip().partition(" ")
    return int(taken), found


IN_USE = """
import sqlite3
from cinestreamd.store.sqlite.page_cache import begin_small

connection = sqlite3.connect(":memory:")
assert not begin_small()
print(connection.execute("SELECT 6 * 7").fetchone()[0])
"""


def test_nothing_is_changed_while_a_connection_is_open() -> None:
    done = subprocess.run([sys.executable, "-c", IN_USE], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "42\n"


def test_one_page_takes_the_room_of_one(tmp_path: Path) -> None:
    path = tmp_path / "lines.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE line (text TEXT)")
        connection.executemany("INSERT INTO line VALUES (?)", [("x" * 1000,)] * 500)
        connection.commit()
    usual, small = read(path, "usual"), read(path, "small")
    assert usual[1] == small[1] == "(500000, 500)"
    assert small[0] < usual[0] - 50_000
