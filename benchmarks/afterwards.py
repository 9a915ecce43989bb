"""What a busy time leaves in memory: twelve workers behind the product's nginx before, under and after many clients.

``python benchmarks/afterwards.py [SECONDS]``: each load lasts so long (12 by default).
"""

import re
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from front import PAST_CACHE, from_many
from servers import Daemon, fetch, nginx
from serving import JSON_PATH, VARIANTS, city_path
from wrk import Asked, put_load_on, require_wrk

WORKERS = 12
REST = 90
"""Seconds after which connections without a request are closed, and more."""


def tell(daemon: Daemon, when: str) -> None:
    """Print the memory of all, and of each worker's heap."""
    heaps = [heap(row["pid"]) for row in daemon.rows("worker")]
    print(
        f"{when:52} {daemon.memory():6.1f} MB in all, {sum(heaps) / len(heaps) / 1024:.1f} MiB of heap a worker",
        flush=True,
    )


def heap(pid: int) -> int:
    """The proportional size of a process' heap in KiB: of all its parts, for what was forked is one apart."""
    text = Path(f"/proc/{pid}/smaps").read_text(encoding="utf-8")
    return sum(map(int, re.findall(r"\[heap\]\n(?:.*\n)*?Pss: +(\d+) kB", text)))


def main() -> None:
    """Measure."""
    require_wrk()
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 12
    with tempfile.TemporaryDirectory(prefix="cinestreamd-bench-") as folder, ExitStack() as stack:
        daemon = stack.enter_context(Daemon(Path(folder), processes=WORKERS).running())
        tell(daemon, "nothing asked yet")
        for port in daemon.ports:
            for path in ("/healthz", "/uk/", "/en/", "/ru/", city_path(), JSON_PATH):
                fetch(port, path)
        tell(daemon, "after six pages of each")
        front = stack.enter_context(nginx(Path(folder), daemon.sites[0], files={}))
        loads: dict[str, tuple[int, list[Asked]]] = {
            "64 clients": (64, from_many(JSON_PATH, **PAST_CACHE)),
            "64 clients, each page made anew": (64, from_many(city_path(), variants=VARIANTS, **PAST_CACHE)),
            "2,000 clients without a pause": (2000, from_many(JSON_PATH, **PAST_CACHE)),
        }
        for name, (clients, asked) in loads.items():
            put_load_on(front.http, asked, clients=clients, seconds=seconds, tolerant=True)
            tell(daemon, f"after {seconds} s of {name}")
        time.sleep(REST)
        tell(daemon, f"{REST} s later")


if __name__ == "__main__":
    main()
