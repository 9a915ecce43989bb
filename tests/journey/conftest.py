"""A real daemon with the demo town, started as an operator starts it."""

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from free_ports import free_ports
from product_store import settle_demo

PATIENCE = 90.0
"""Seconds before a condition that does not come true fails a test; a machine under load may be slow."""


class Daemon:
    """One running ``cinestreamd run --demo``."""

    def __init__(self, state_dir: Path, *, start_port: int, processes: int, demo_port: int) -> None:
        self.state_dir = state_dir
        self.ports = range(start_port, start_port + processes)
        self.demo_url = f"http://127.0.0.1:{demo_port}"
        self._demo_port = demo_port
        self.log = state_dir.with_suffix(".log")
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until every port answers."""
        settle_demo(self.state_dir)
        options = ("--start-port", self.ports.start, "--processes", len(self.ports), "--demo-port", self._demo_port)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "cinestreamd",
                    "run",
                    "--demo",
                    "--state-dir",
                    self.state_dir,
                    *map(str, options),
                ],
                stdout=log,
                stderr=log,
            )
        for port in self.ports:
            self.wait_for(partial(self._is_ready, port), f"port {port} answers")
        self.wait_for(lambda: self.demo("/truth.json") is not None, "the demo town answers")

    def stop(self) -> int:
        """Ask it to stop and return its exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until ``condition`` holds."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            ended = self.process is not None and self.process.poll() is not None
            assert not ended, f"the daemon ended while waiting: {what}\n{self.log.read_text()}"
            assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
            time.sleep(0.02)

    def _is_ready(self, port: int) -> bool:
        return self.get("/readyz", port=port)[0] == 200

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run another ``cinestreamd`` command on the same state."""
        return subprocess.run(
            [sys.executable, "-m", "cinestreamd", *arguments, "--state-dir", str(self.state_dir)],
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE * 2,
        )

    def processes(self) -> list[dict[str, Any]]:
        """What ``status`` says of every process."""
        rows: list[dict[str, Any]] = json.loads(self.command("status", "--json").stdout)["processes"]
        return rows

    def get(self, path: str, *, port: int | None = None) -> tuple[int, str]:
        """Status and body of a GET; (0, "") when nobody answers."""
        return self._ask(urllib.request.Request(f"http://127.0.0.1:{port or self.ports.start}{path}"))

    def post(self, path: str, body: object, *, port: int | None = None) -> tuple[int, str]:
        """Status and body of a POST of JSON."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{port or self.ports.start}{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        return self._ask(request)

    def scrape(self, city: str) -> dict[str, Any]:
        """Have a city read as a visitor does, and return its showtimes."""
        status, body = self.post("/api/scrape", {"city": city})
        assert status in {200, 202}, body
        self.wait_for(lambda: self.state(city)["status"] == "fresh", f"{city} is fresh")
        answer: dict[str, Any] = json.loads(self.get(f"/api/showtimes?city={city}")[1])
        return answer

    def state(self, city: str) -> dict[str, Any]:
        """What ``GET /api/scrape`` says of a city."""
        answer: dict[str, Any] = json.loads(self.get(f"/api/scrape?city={city}")[1])
        return answer

    def demo(self, path: str) -> str | None:
        """A document of the demo town; None when it does not answer."""
        return self._ask(urllib.request.Request(self.demo_url + path))[1] or None  # noqa: S310 - http, on loopback

    def truth(self, city: str) -> list[dict[str, Any]]:
        """The hand-written truth: what must be published of a city now."""
        document = self.demo("/truth.json")
        assert document is not None
        return [row for row in json.loads(document)["rows"] if row["city"] == city]

    def fetches(self, path: str) -> int:
        """How often a path of the demo town was asked for by an agent."""
        lines = (self.state_dir / "demo" / "access.log").read_text(encoding="utf-8").splitlines()
        asked = [json.loads(line) for line in lines]
        return sum(line["path"] == path and "cinestreamd" in line["user_agent"] for line in asked)

    def _ask(self, request: urllib.request.Request) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - http, on loopback
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (urllib.error.URLError, OSError):
            return 0, ""


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[Daemon]:
    """A daemon with two workers, not yet started; stopped afterwards."""
    start = free_ports(3)
    running = Daemon(tmp_path / "state", start_port=start, processes=2, demo_port=start + 2)
    yield running
    if running.process is not None and running.process.poll() is None:
        running.stop()
