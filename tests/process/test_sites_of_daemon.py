"""``cinestreamd sites`` beside a running daemon, which takes every change up by itself."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from daemon_under_test import answers, free_ports, wait_until
from product_store import keep_records_here

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


class Operator:
    """Types commands at a machine whose daemon runs."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        (folder / "config.toml").write_text("[supervisor]\nstop_timeout = 5.0\n")
        self._common = ["--state-dir", str(self.state), "--config", str(folder / "config.toml")]
        self.log = folder / "log"
        self.first = 0

    def sites(self, *arguments: str, code: int = 0) -> Any:
        """Run a command and hold it to its exit code."""
        command = [sys.executable, "-m", "cinestreamd", "sites", *arguments, *self._common]
        done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=100)
        assert done.returncode == code, (done.stderr, self.log.read_text()[-3000:] if self.log.exists() else "")
        if arguments[0] == "add" and code == 0:
            keep_records_here(self.state / "sites" / arguments[1])
        return json.loads(done.stdout) if "--json" in arguments and code == 0 else done.stderr

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the daemon."""
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "cinestreamd", "run", *self._common], env=ENVIRONMENT, stdout=log, stderr=log
            )


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    operator = Operator(tmp_path)
    first = free_ports(4)
    operator.first = first
    operator.sites("add", "one", "--start-port", str(first), "--processes", "1")
    daemon = operator.start()
    wait_until(lambda: answers(first), seconds=100, what="the first site answers")
    yield operator
    daemon.terminate()
    daemon.wait(100)


@pytest.mark.timeout(400)
def test_running_daemon_takes_up_every_change(operator: Operator) -> None:
    first, second = operator.first, operator.first + 1
    operator.sites("add", "two", "--start-port", str(second), "--processes", "1")
    wait_until(lambda: answers(second), seconds=100, what="a site that was added")
    operator.sites("edit", "two", "--processes", "2")
    wait_until(lambda: answers(second + 1), seconds=100, what="a worker that was added")
    operator.sites("stop", "two")
    assert not answers(second)
    assert answers(first)
    operator.sites("start", "two")
    assert answers(second)
    assert operator.sites("start", "two", "--json") == [{"site": "two", "state": "serving", "changed": False}]
    operator.sites("rename", "two", "three")
    wait_until(lambda: answers(second), seconds=100, what="a site that was renamed")
    operator.sites("disable", "three")
    wait_until(lambda: not answers(second), seconds=100, what="a site that was disabled")
    operator.sites("enable", "three")
    wait_until(lambda: answers(second), seconds=100, what="a site that was enabled")
    operator.sites("stop-all")
    assert not answers(first)
    operator.sites("start-all")
    assert answers(first)
    operator.sites("stop", "three")
    operator.sites("rename", "three", "four")
    assert not answers(second), "a stopped site stays stopped under another name"
    assert [path.name for path in (operator.state / "run" / "stopped").iterdir()] == ["four"]
    operator.sites("start", "four")
    assert answers(second)
    operator.sites("remove", "four", "--yes")
    wait_until(lambda: not answers(second), seconds=100, what="a site that was removed")
    assert answers(first)


def test_change_that_the_daemon_refuses_is_taken_back(operator: Operator) -> None:
    """The daemon's own configuration is broken, so it refuses to read anything anew."""
    (operator.state.parent / "config.toml").write_text("[nonsense]\n")
    other = operator.state.parent / "usable.toml"
    other.write_text("")
    operator._common = [*operator._common[:2], "--config", str(other)]
    before = (operator.state / "sites" / "one" / "site.toml").read_text()
    operator.sites("edit", "one", "--city", "kyiv", code=78)
    assert (operator.state / "sites" / "one" / "site.toml").read_text() == before
    operator.sites("add", "two", code=78)
    assert not (operator.state / "sites" / "two").exists()
    assert answers(operator.first)
