"""``status --watch`` on a terminal."""

import os
import pty
import re
import signal
import subprocess
import sys

from daemon_under_test import DaemonUnderTest


def test_watch_refreshes_in_place(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.start()
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "cinestreamd", "status", "--watch", "--state-dir", str(daemon.state_dir)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs) as watching:
        os.close(theirs)
        shown = ""
        while shown.count("\x1b[H\x1b[2J") < 2:
            shown += os.read(ours, 65536).decode()
        while not re.search(rf"worker +one +{port} .*ready", shown.rsplit("\x1b[H\x1b[2J", 1)[1]):
            shown += os.read(ours, 65536).decode()
        watching.send_signal(signal.SIGINT)
        assert watching.wait(20) == -signal.SIGINT  # a shell calls it 130
    os.close(ours)
    for heading in ("heartbeat", "RSS", "PSS", "requests/s"):
        assert heading in shown
