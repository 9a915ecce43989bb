"""Fixtures of the process tests. Their harness is ``daemon_under_test``, beside this file."""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # test folders are no packages

from daemon_under_test import DaemonUnderTest
from mongo_server import MongoServer, empty_database, own_server


@pytest.fixture
def make_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], DaemonUnderTest]]:
    made: list[DaemonUnderTest] = []

    def make() -> DaemonUnderTest:
        made.append(DaemonUnderTest(tmp_path_factory.mktemp("daemon")))
        return made[-1]

    yield make
    for daemon in made:
        daemon.end()


@pytest.fixture
def daemon(make_daemon: Callable[[], DaemonUnderTest]) -> DaemonUnderTest:
    return make_daemon()


@pytest.fixture
def open_daemon() -> Iterator[DaemonUnderTest]:
    """A daemon in a folder that every user may pass through, as /var/lib is."""
    folder = Path(tempfile.mkdtemp(prefix="cinestreamd-users-"))
    folder.chmod(0o755)
    daemon = DaemonUnderTest(folder)
    yield daemon
    if daemon.process is not None:
        daemon.end()
    shutil.rmtree(folder)


@pytest.fixture
def database() -> Iterator[str]:
    """The address of an empty database of MongoDB."""
    with empty_database() as uri:
        yield uri


@pytest.fixture
def mongo_server(tmp_path: Path) -> Iterator[MongoServer]:
    """A MongoDB of this test's own."""
    with own_server(tmp_path / "mongo") as server:
        yield server
