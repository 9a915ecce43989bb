"""Serves the demo from a root that install_root.sh has filled, and sees a page of it: serve_root.py ROOT."""  # noqa: INP001 - a script

import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

PATIENCE = 120.0
"""Seconds until the installed daemon must answer; a machine under load may be slow."""


def main(root: Path) -> None:
    """Start the installed program, without any other copy in reach; wait for a page; stop it.

    Raises:
        SystemExit: it did not serve, or did not end well.
    """
    [packages] = [place.parent for place in root.glob("usr/lib*/**/*-packages/cinestreamd")]
    [port, _, demo_port] = free_ports(3)
    words = ["run", "--demo", "--start-port", str(port), "--processes", "2", "--demo-port", str(demo_port)]
    with tempfile.TemporaryDirectory(prefix="cinestreamd-root-") as scratch, ExitStack() as stack:
        log = stack.enter_context(Path(scratch, "log").open("w+"))
        daemon = subprocess.Popen(  # noqa: S603 - the program that was just installed
            [sys.executable, "-s", "-P", str(root / "usr/bin/cinestreamd"), *words, "--state-dir", f"{scratch}/state"],
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=log,
            stderr=log,
        )
        stack.callback(daemon.wait)
        stack.callback(daemon.kill)
        deadline = time.monotonic() + PATIENCE
        while not has_page(port):
            if daemon.poll() is not None or time.monotonic() > deadline:
                sys.exit(f"serve_root.py: the installed daemon does not serve\n{Path(log.name).read_text()}")
            time.sleep(0.1)
        daemon.send_signal(signal.SIGTERM)
        if daemon.wait(60) != 0:
            sys.exit(f"serve_root.py: the installed daemon ended with {daemon.returncode}")
    sys.stdout.write(f"{root} serves the demo.\n")


def free_ports(count: int) -> list[int]:
    """Ports in a row on which nobody listens."""
    while True:
        with ExitStack() as stack:
            first = stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1]
            try:
                for port in range(first + 1, first + count):
                    stack.enter_context(socket.create_server(("127.0.0.1", port)))
            except (OSError, OverflowError):
                continue
            return list(range(first, first + count))


def has_page(port: int) -> bool:
    """Whether the guide's front page comes from a port."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/en/", timeout=10) as answer:
            return bool(answer.status == 200 and b"</html>" in answer.read())
    except (OSError, urllib.error.URLError):
        return False


if __name__ == "__main__":
    main(Path(sys.argv[1]))
