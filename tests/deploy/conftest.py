"""Fixtures of the deployment tests; the harness of a real daemon is that of the process tests."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # test folders are no packages
sys.path.insert(0, str(Path(__file__).parent.parent / "process"))

from daemon_under_test import DaemonUnderTest

SOURCE = Path(__file__).parent.parent.parent


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


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty root into which the wheel and what it needs were installed, once for all test processes of a run.

    By the system's own python, where that is as new as this one: its layout is that of the distribution's packages.
    Beside it, in ``dist``, are the sdist and the wheel.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    root, made = shared / "installed", shared / "installed.made"
    with (shared / "installed.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            script = [str(SOURCE / "packaging" / "install_root.sh"), str(root), str(shared / "dist")]
            environment = {**os.environ, "PYTHON": system_python()}
            done = subprocess.run(script, env=environment, capture_output=True, check=False)
            assert done.returncode == 0, done.stderr.decode()
            assert done.stdout.decode() == f"{root} serves the demo.\n"
            made.touch()
    return root


def system_python() -> str:
    """The distribution's python if it is of this version, else the one that runs."""
    found = shutil.which(f"python3.{sys.version_info.minor}", path="/usr/bin")
    return found or sys.executable
