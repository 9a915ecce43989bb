"""A systemd that really runs: process 1 of a namespace of its own, over files that are thrown away with it."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from daemon_under_test import wait_until

HERE = Path(__file__).parent
PATIENCE: Final = 120.0
"""Seconds for whatever takes a moment; a machine under load may be slow."""


class Machine:
    """A booted systemd. The network is this machine's own: a service listens on ports that the test is given."""

    def __init__(self, installed: Path, log: Path) -> None:
        self._cgroup = f"cinestreamd-test-{os.getpid()}-{time.monotonic_ns()}"
        self._log = log
        [packages] = [place.parent for place in installed.glob("usr/l*/**/*-packages/cinestreamd")]
        program = installed / "usr" / "bin" / "cinestreamd"
        with log.open("wb") as output:
            self._process: subprocess.Popen[Any] = subprocess.Popen(
                [
                    *("unshare", "--mount", "--pid", "--uts", "--ipc", "--fork", "--kill-child"),
                    *("--propagation", "private", "sh", str(HERE / "boot_systemd.sh"), self._cgroup),
                    *(sys.base_prefix, str(packages), str(program)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        self._first: int = wait_until(self._find_first, seconds=PATIENCE, what="systemd is there")
        self.wait(lambda: self.says("systemctl", "is-system-running") in {"running", "degraded"}, "systemd has booted")

    def says(self, *command: str) -> str:
        """What a command inside prints, whatever its exit code."""
        return self._inside(*command).stdout.strip()

    def run(self, *command: str) -> str:
        """What a command inside prints; it must succeed."""
        done = self._inside(*command)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}\n{self.journal()}"
        return done.stdout.strip()

    def fails(self, *command: str) -> str:
        """What a command inside complains of; it must fail."""
        done = self._inside(*command)
        assert done.returncode != 0, f"{command}: {done.stdout}"
        return done.stderr.strip()

    def show(self, name: str) -> str:
        """A property of the service."""
        return self.says("systemctl", "show", "--value", "--property", name, "cinestreamd")

    def journal(self) -> str:
        """What the service has logged, and systemd of it."""
        return self.says("journalctl", "--no-pager", "--output", "cat", "--unit", "cinestreamd")

    def wait(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait until a condition holds."""
        try:
            return wait_until(condition, seconds=PATIENCE, what=what)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._log.read_text()}\n{self.journal()}") from None

    def end(self) -> None:
        """Kill everything in it, and wait until nothing of it is left."""
        self._process.kill()
        self._process.wait()
        # The kernel ends what is left in the namespace by itself; a group is removed when its last process is gone.
        script = 'mount -t cgroup2 none /mnt && cd /mnt && find "$0" -depth -type d -exec rmdir {} + && ! [ -e "$0" ]'
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, self._cgroup]
        wait_until(
            lambda: subprocess.run(command, capture_output=True, check=False).returncode == 0,
            seconds=PATIENCE,
            what="its control groups are gone",
        )

    def _inside(self, *command: str) -> "subprocess.CompletedProcess[str]":
        spaces = ["nsenter", "--target", str(self._first), "-m", "-p", "-u", "-i", "-C", "--"]
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
        return subprocess.run(
            [*spaces, *command], env=environment, capture_output=True, text=True, check=False, timeout=PATIENCE
        )

    def _find_first(self) -> int:
        """The process that became systemd; it is a shell until then."""
        assert self._process.poll() is None, self._log.read_text()
        own = self._process.pid
        for child in Path(f"/proc/{own}/task/{own}/children").read_text().split():
            if Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                return int(child)
        return 0
