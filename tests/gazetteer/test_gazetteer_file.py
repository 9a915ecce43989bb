"""The file behind the gazetteer: opened late, read-only, by each process for itself."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from cinestreamd.errors import ConfigurationError
from cinestreamd.gazetteer import Gazetteer, UnusableGazetteerError
from cinestreamd.gazetteer.database import pack, packaged_path, unpack

FORKING = """
import os
from cinestreamd.gazetteer import Gazetteer

gazetteer = Gazetteer()
assert gazetteer.search("Київ")[0].id == "kyiv"
inherited = gazetteer._database._connection

def ask() -> None:
    for _ in range(200):
        assert gazetteer.get("lviv").names.uk == "Львів"
        assert gazetteer.search("Одес")[0].id == "odesa"
        assert gazetteer.nearest(51.5, -0.12)[0][1] < 10
    assert gazetteer._database._connection is not inherited
    assert gazetteer._database._parents == [inherited]

children = []
for _ in range(4):
    child = os.fork()
    if child == 0:
        try:
            ask()
        except BaseException:
            os._exit(1)
        os._exit(0)
    children.append(child)
codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
assert codes == [0, 0, 0, 0], codes
assert gazetteer._database._connection is inherited
assert gazetteer.get("kyiv").names.en == "Kyiv"
gazetteer.close()
"""


def test_a_forked_child_opens_its_own_connection_and_leaves_the_parents_alone() -> None:
    """In a process of its own: forking the tests' process would fork its threads' locks too."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", FORKING], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_opened_before_the_first_question(tmp_path: Path) -> None:
    missing = Gazetteer(tmp_path / "missing.sqlite")
    with pytest.raises(UnusableGazetteerError) as caught:
        missing.get("kyiv")
    assert isinstance(caught.value, ConfigurationError)
    assert "missing.sqlite" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def is_open(path: Path) -> bool:
    """Whether this process has the file open."""
    return any(link.exists() and link.resolve() == path for link in Path("/proc/self/fd").iterdir())


def test_the_end_of_a_with_lets_go_of_the_file_and_a_question_after_it_opens_it_again(tmp_path: Path) -> None:
    path = tmp_path.resolve() / "cities.sqlite"
    shutil.copy(packaged_path(), path)
    with Gazetteer(path) as gazetteer:
        assert gazetteer.get("kyiv") is not None
        assert is_open(path)
    assert not is_open(path)
    assert gazetteer.get("lviv") is not None
    assert is_open(path)
    gazetteer.close()
    assert not is_open(path)


def test_a_file_that_is_no_table_is_told_from_one_of_another_version(tmp_path: Path) -> None:
    rubbish = tmp_path / "rubbish.sqlite"
    rubbish.write_bytes(b"not a database" * 1000)
    with pytest.raises(UnusableGazetteerError, match="not a database"):
        Gazetteer(rubbish).search("Київ")
    old = tmp_path / "old.sqlite"
    with closing(sqlite3.connect(old)) as database:
        database.execute("PRAGMA user_version = 999")
    with pytest.raises(UnusableGazetteerError, match="version 999 where 1 is needed"):
        Gazetteer(old).nearest(0, 0)


def test_a_copy_on_a_path_with_odd_characters_can_be_read_and_is_not_touched(tmp_path: Path) -> None:
    """In a URI, ? # and % mean something else than in a path."""
    folder = tmp_path / "a?b#c%41 д"
    folder.mkdir()
    path = folder / "cities.sqlite"
    shutil.copy(packaged_path(), path)
    path.chmod(0o444)
    before = path.stat().st_mtime_ns
    with Gazetteer(path) as gazetteer:
        found = gazetteer.get("kyiv")
    assert found is not None
    assert found.names.uk == "Київ"
    assert (path.stat().st_mtime_ns, list(folder.iterdir())) == (before, [path])


def test_another_thread_of_the_process_may_ask_too(gazetteer: Gazetteer) -> None:
    gazetteer.get("kyiv")
    answers: list[str] = []
    thread = Thread(target=lambda: answers.extend(city.id for city in gazetteer.search("Львів")))
    thread.start()
    thread.join(timeout=30)
    assert answers == ["lviv"]


def test_ranks_are_packed_little_endian() -> None:
    assert pack([1, 256, 65_535]) == b"\x01\x00\x00\x01\xff\xff"
    assert unpack(b"\x01\x00\x00\x01\xff\xff") == [1, 256, 65_535]
    assert unpack(b"") == []
