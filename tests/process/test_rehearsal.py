"""What is played before the first fork, and what it leaves behind: nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path

from daemon_under_test import DaemonUnderTest, get

REHEARSE = """
import os, sys, threading
from cinestreamd.features import FEATURES
from cinestreamd.rehearsal import rehearse

def descriptors():
    return set(os.listdir("/proc/self/fd"))

rehearse(FEATURES, rounds=1, time_limit=100)
before = descriptors()
for limit in sys.argv[1:]:
    rehearse(FEATURES, rounds=1, time_limit=float(limit))
print(threading.active_count(), len(descriptors() - before))
"""


def run_rehearsals(folder: Path, *limits: str) -> tuple[int, list[str], str]:
    """Play it once, then within each of these times; exit code, what was printed, and what was complained of."""
    command = [sys.executable, "-c", REHEARSE, *limits]
    environment = {**os.environ, "TMPDIR": str(folder)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines(), done.stderr


def test_rehearsal_leaves_nothing_behind(tmp_path: Path) -> None:
    """No thread (a fork would copy its locks), no descriptor, no file, no line in the log."""
    assert run_rehearsals(tmp_path, "100") == (0, ["1 0"], "")
    assert not list(tmp_path.iterdir())


def test_rehearsal_that_is_broken_off_leaves_nothing_behind(tmp_path: Path) -> None:
    """At any moment: while it connects, while it waits for an answer."""
    limits = ("0", "0.001", "0.002", "0.003", "0.005", "0.01", "0.02")
    code, printed, complaints = run_rehearsals(tmp_path, *limits)
    assert (code, printed[-1], complaints) == (0, "1 0", "")
    problems = [json.loads(line)["problem"] for line in printed[:-1]]
    assert problems[0] == "it was not over within 0.0 s"
    assert not list(tmp_path.iterdir())


def test_workers_do_without_a_rehearsal(daemon: DaemonUnderTest) -> None:
    """Where no temporary file can be made, the daemon says so and serves all the same."""
    [port] = daemon.add_site(processes=1)
    daemon.start("no_temporary_files")
    assert daemon.events("rehearsal_failed")
    assert get(port, "/uk/")[0] == 200
