"""What is played before the first fork, and what it leaves behind: nothing."""

import os
import subprocess
import sys
from pathlib import Path

from daemon_under_test import DaemonUnderTest, get

REHEARSE = """
import gc, os, signal, sqlite3, threading
from cinestreamd.features import FEATURES
from cinestreamd.rehearsal import rehearse

def descriptors():
    return set(os.listdir("/proc/self/fd"))

rehearse(FEATURES, rounds=1)
before = descriptors()
rehearse(FEATURES, rounds=1)
print(threading.active_count(), len(descriptors() - before))
for name in before - {"0", "1", "2"}:
    try:
        print(os.readlink(f"/proc/self/fd/{name}"))
    except OSError:
        pass
"""


def test_rehearsal_leaves_nothing_behind(tmp_path: Path) -> None:
    """No thread (a fork would copy its locks), no descriptor, no file, no line in the log."""
    done = subprocess.run(
        [sys.executable, "-c", REHEARSE],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 0\n", "")
    assert not list(tmp_path.iterdir())


def test_workers_do_without_a_rehearsal(daemon: DaemonUnderTest) -> None:
    """Where no temporary file can be made, the daemon says so and serves all the same."""
    [port] = daemon.add_site(processes=1)
    daemon.start("no_temporary_files")
    assert daemon.events("rehearsal_failed")
    assert get(port, "/uk/")[0] == 200
