"""``cinestreamd logs`` finds the file that a running daemon writes to."""

import subprocess
import sys

from daemon_under_test import DaemonUnderTest


def test_the_log_of_a_running_daemon_is_found(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.start()
    command = [sys.executable, "-m", "cinestreamd", "logs", "--state-dir", str(daemon.state_dir), "--level", "info"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    events = [line.split()[4:6] for line in shown.stdout.splitlines() if " worker one " in line]
    assert any("child_ready" in words for words in events)
    assert "daemon_ready" in shown.stdout
    assert "\x1b" not in shown.stdout
