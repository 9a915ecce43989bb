"""Fixtures of the deployment tests; the harness of a real daemon is that of the process tests."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # test folders are no packages
sys.path.insert(0, str(Path(__file__).parent.parent / "process"))

from daemon_under_test import DaemonUnderTest


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
