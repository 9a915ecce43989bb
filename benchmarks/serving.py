"""What one worker serves a second, against Flask under gunicorn and against nginx: ``make bench``.

Everything runs on loopback: the demo with one worker; Flask with one gthread process over the same SQLite file; nginx
with one process over the same bytes in a file. Contenders take turns, so that whatever else the machine does meets all
alike; medians are compared as ratios. Needs nginx and wrk, and PEER_PYTHON with ``peer/requirements.txt`` installed.
"""

import contextlib
import json
import os
import platform
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

ROUNDS: Final = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS: Final = int(os.environ.get("BENCH_SECONDS", "3"))
CLIENTS: Final = 16
HERE: Final = Path(__file__).parent
JSON_PATH: Final = "/api/showtimes?city=kyiv"
VOLATILE: Final = frozenset({"age", "updated", "start", "fetched_at"})
"""Fields that tell the moment of asking, or write the same moment in another way."""

NGINX: Final = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000; default_type text/css;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; root {folder}/files; }}
}}
"""


def main() -> None:
    """Measure, print a table, write ``.build/bench.json``."""
    for tool in ("nginx", "wrk"):
        if shutil.which(tool) is None:
            sys.exit(f"bench: needs {tool} (Debian: apt-get install {tool})")
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cinestreamd-bench-")))
        own, peer, nginx = (free_port() for _ in range(3))
        stack.enter_context(daemon(folder, own))
        database = next(folder.rglob("cinestreamd.sqlite"))
        stack.enter_context(flask(database, peer))
        asset = "/static/" + re.findall(r"/static/(site\.\w+\.css)", fetch(own, "/uk/").decode())[0]
        stack.enter_context(static(folder, nginx, asset, fetch(own, asset)))
        if comparable(fetch(own, JSON_PATH)) != comparable(fetch(peer, JSON_PATH)):
            sys.exit("bench: the two JSON answers differ; there is nothing to compare")
        contenders = {
            "showtimes JSON, cinestreamd": (own, JSON_PATH),
            "showtimes JSON, Flask": (peer, JSON_PATH),
            "ready bytes, cinestreamd": (own, asset),
            "ready bytes, nginx": (nginx, asset),
        }
        report(measure(contenders))


def measure(contenders: Mapping[str, tuple[int, str]]) -> dict[str, list[float]]:
    """Requests a second of each contender, by round; all take turns."""
    rates: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS):
        for name, (port, path) in contenders.items():
            rates[name].append(load(port, path))
    return rates


def report(rates: Mapping[str, list[float]]) -> None:
    """Print medians and ratios, and keep all figures with the machine that made them."""
    medians = {name: statistics.median(values) for name, values in rates.items()}
    ratios = {
        "showtimes JSON: cinestreamd / Flask": (
            medians["showtimes JSON, cinestreamd"] / medians["showtimes JSON, Flask"],
            2.5,
        ),
        "ready bytes: cinestreamd / nginx": (medians["ready bytes, cinestreamd"] / medians["ready bytes, nginx"], 0.27),
    }
    for name, median in medians.items():
        print(f"{name:40} {median:10.0f} requests/s (median of {ROUNDS})")
    for name, (ratio, aim) in ratios.items():
        print(f"{name:40} {ratio:10.2f} (aim {aim}: {'reached' if ratio >= aim else 'not reached'})")
    kept = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version(), "load": os.getloadavg()},
        "rounds": rates,
        "ratios": {name: {"ratio": ratio, "aim": aim} for name, (ratio, aim) in ratios.items()},
    }
    place = HERE.parent / ".build" / "bench.json"
    place.parent.mkdir(exist_ok=True)
    place.write_text(json.dumps(kept, indent=2) + "\n")


def load(port: int, path: str) -> float:
    """Requests a second under ``CLIENTS`` connections; every answer must be a 2xx."""
    command = ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", f"http://127.0.0.1:{port}{path}"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said or "Socket errors" in said:
        sys.exit(f"bench: port {port} failed under load:\n{said}")
    return float(re.findall(r"Requests/sec:\s+([\d.]+)", said)[0])


def comparable(body: bytes) -> Any:
    """An answer without what tells the moment."""

    def strip(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: strip(each) for key, each in value.items() if key not in VOLATILE}
        return [strip(each) for each in value] if isinstance(value, list) else value

    return strip(json.loads(body))


@contextlib.contextmanager
def daemon(folder: Path, port: int) -> Iterator[None]:
    """The demo with one worker, with Kyiv read."""
    command = [sys.executable, "-m", "cinestreamd", "run", "--demo", "--state-dir", str(folder / "state")]
    options = ["--processes", "1", "--start-port", str(port), "--demo-port", str(free_port())]
    with running([*command, *options], folder / "daemon.log"):
        wait_for(port, "/readyz")
        body = json.dumps({"city": "kyiv"}).encode()
        ask = urllib.request.Request(f"http://127.0.0.1:{port}/api/scrape", body, {"Content-Type": "application/json"})
        urllib.request.urlopen(ask).close()
        deadline = time.monotonic() + 60
        while json.loads(fetch(port, "/api/scrape?city=kyiv"))["status"] != "fresh":
            if time.monotonic() > deadline:
                sys.exit("bench: the demo was not read")
            time.sleep(0.1)
        yield


@contextlib.contextmanager
def flask(database: Path, port: int) -> Iterator[None]:
    """Flask under gunicorn: one process, four threads."""
    python = os.environ.get("PEER_PYTHON", sys.executable)
    command = [python, "-m", "gunicorn", "-k", "gthread", "--threads", "4", "-w", "1", "-b", f"127.0.0.1:{port}"]
    environment = {**os.environ, "BENCH_DATABASE": str(database)}
    with running([*command, "--keep-alive", "60", "--chdir", str(HERE / "peer"), "app:app"], None, environment):
        wait_for(port, JSON_PATH)
        yield


@contextlib.contextmanager
def static(folder: Path, port: int, path: str, body: bytes) -> Iterator[None]:
    """Nginx over a file with the same bytes."""
    file = folder / "files" / path.lstrip("/")
    file.parent.mkdir(parents=True)
    file.write_bytes(body)
    for each in (folder, folder / "files", file.parent):
        each.chmod(0o755)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
    with running(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)], None):
        wait_for(port, path)
        yield


@contextlib.contextmanager
def running(command: list[str], log: Path | None, environment: Mapping[str, str] | None = None) -> Iterator[None]:
    """A process for as long as the block runs."""
    with contextlib.ExitStack() as stack:
        output = subprocess.DEVNULL if log is None else stack.enter_context(log.open("wb"))
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        try:
            yield
        finally:
            process.terminate()
            process.wait(30)


def wait_for(port: int, path: str) -> None:
    """Wait until ``path`` is answered."""
    deadline = time.monotonic() + 60
    while True:
        try:
            fetch(port, path)
        except (urllib.error.URLError, OSError):
            if time.monotonic() > deadline:
                sys.exit(f"bench: nothing answers on port {port}")
            time.sleep(0.1)
        else:
            return


def fetch(port: int, path: str) -> bytes:
    """The body of a GET."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        body: bytes = answer.read()
        return body


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        number: int = sock.getsockname()[1]
        return number


if __name__ == "__main__":
    main()
