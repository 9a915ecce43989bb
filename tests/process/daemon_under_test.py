"""A real daemon under test: its processes, its ports, its log, and clients that put load on it."""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import psutil
from free_ports import free_ports
from product_store import ChoosingRegistry
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from cinestreamd.master.client import ControlClient
from cinestreamd.sites.model import SiteSettings
from cinestreamd.sites.registry import Registry

HERE = Path(__file__).parent
CALM = {"stable_after": 0.1, "backoff_initial": 0.1, "backoff_limit": 0.5}
"""Settings under which a worker that is killed again and again comes back as fast as the first time."""


def wait_until(condition: Callable[[], Any], *, seconds: float = 100.0, what: str = "") -> Any:
    """Wait for a condition and return its value; fail after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what or condition}")
        time.sleep(0.01)


def get(port: int, path: str = "/healthz", *, timeout: float = 30.0) -> tuple[int, str]:
    """One request on a connection of its own: status and body.

    Raises:
        OSError: there was no whole answer.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.read().decode()
    except http.client.HTTPException as error:
        raise ConnectionError(str(error)) from None
    finally:
        connection.close()


def answers(port: int, path: str = "/healthz") -> bool:
    try:
        return get(port, path, timeout=20.0)[0] == 200
    except OSError:
        return False


def is_free(port: int) -> bool:
    """Whether somebody else could listen on a port now."""
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", port))
            sock.listen()
        except OSError:
            return False
        return True


def is_alive(process: psutil.Process) -> bool:
    """Whether a process has not ended: an ended one that nobody reaped yet does not count."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


class DaemonUnderTest:
    """One daemon with its state directory."""

    def __init__(self, folder: Path) -> None:
        self.state_dir = folder / "state"
        self.config = folder / "config.toml"
        self.log_path = folder / "log"
        self.registry = ChoosingRegistry(self.state_dir)
        self.process: subprocess.Popen[bytes] | None = None
        self.demo_port = 0
        self._log = EventLog(self.log_path)
        self.configure()

    def configure(self, **tables: Mapping[str, Any]) -> None:
        """Write the configuration: tables by name."""
        lines = []
        for table, values in tables.items():
            lines.append(f"[{table}]")
            lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
        self.config.write_text("\n".join(lines) + "\n")

    def add_site(self, name: str = "one", *, processes: int = 2, embedded: bool = False, **settings: Any) -> range:
        """Make a site on free ports; returns its ports. ``embedded``: on a file, wherever the other tests run."""
        start = free_ports(processes)
        registry = Registry(self.state_dir) if embedded else self.registry
        site = registry.add(name, SiteSettings(start_port=start, processes=processes, **settings))
        return site.settings.ports

    def start(self, entries: str = "hooked", *arguments: str, wait: bool = True, **options: Any) -> "DaemonUnderTest":
        """Start the daemon and wait until it says that it is ready; ``entries`` are those of children.py by default."""
        before = len(self.events("daemon_ready"))
        command = [sys.executable, str(HERE / "launch.py"), str(self.state_dir), str(self.config)]
        environment = {**os.environ, "PYTHONPATH": str(HERE.parent.parent), **options.pop("env", {})}
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *options.pop("prefix", ()),
                    *command,
                    entries if ":" in entries else f"children:{entries}",
                    *arguments,
                ],
                stdout=options.pop("stdout", log),
                stderr=log,
                env=environment,
                **options,
            )
        if wait:
            self.wait_for("daemon_ready", count=before + 1, seconds=100)
        return self

    @property
    def pid(self) -> int:
        """The master's process id."""
        assert self.process is not None
        return self.process.pid

    def events(self, name: str | None = None) -> list[dict[str, Any]]:
        """The events logged so far, or those of one name."""
        return [event for event in self._log.read() if name is None or event.get("event") == name]

    def wait_for(self, name: str, *, count: int = 1, seconds: float = 100.0) -> list[dict[str, Any]]:
        """Wait until an event was logged ``count`` times."""

        def seen() -> list[dict[str, Any]] | None:
            found = self.events(name)
            return found if len(found) >= count else None

        try:
            return wait_until(seen, seconds=seconds, what=name)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log_path.read_text(errors='replace')[-4000:]}") from None

    def status(self) -> dict[str, Any]:
        """What the control socket says."""
        return ControlClient(self.state_dir).call("status", timeout=60.0)

    def call(self, command: str, **arguments: Any) -> Any:
        """Give a command over the control socket."""
        return ControlClient(self.state_dir).call(command, timeout=60.0, **arguments)

    def scrape(self, city: str, *, site: str = "one") -> None:
        """Have a city read to the end. A wish that meets the end of the former reading is repeated."""
        started, ended = len(self.events("agent_started")), len(self.events("agent_ended"))
        deadline = time.monotonic() + 90.0
        while len(self.events("agent_started")) == started:
            assert time.monotonic() < deadline, f"no agent was started for {city}"
            self.call("scrape", site=site, city=city)
            with contextlib.suppress(AssertionError):
                wait_until(lambda: len(self.events("agent_started")) > started, seconds=2.0)
        self.wait_for("agent_ended", count=ended + 1, seconds=100)

    def samples(self) -> list[Sample]:
        """What a scrape of the metrics gives."""
        text = self.call("metrics")["text"]
        return [sample for family in text_string_to_metric_families(text) for sample in family.samples]

    def rows(self, role: str) -> list[dict[str, Any]]:
        """The status rows of one role."""
        return [row for row in self.status()["processes"] if row["role"] == role]

    def workers(self) -> dict[int, int]:
        """Process ids of ready workers by port."""
        return {row["port"]: row["pid"] for row in self.rows("worker") if row["state"] == "ready"}

    def family(self) -> list[psutil.Process]:
        """All living processes of the daemon, itself included."""
        try:
            master = psutil.Process(self.pid)
            return [master, *master.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def zombies(self) -> list[psutil.Process]:
        """Processes below the master that have ended and were not reaped."""
        below = psutil.Process(self.pid).children(recursive=True)
        return [process for process in below if not is_alive(process) and psutil.pid_exists(process.pid)]

    def send(self, number: signal.Signals) -> None:
        """Send the master a signal."""
        os.kill(self.pid, number)

    def stop(self, *, seconds: float = 100.0) -> int:
        """Stop gracefully and return the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.send(signal.SIGTERM)
        return self.process.wait(seconds)

    def end(self) -> None:
        """Kill everything at once and leave nothing behind."""
        family = self.family()
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        if self.process is not None:
            self.process.wait(100)
        wait_until(lambda: not any(is_alive(process) for process in family), what="all processes are gone")


class EventLog:
    """The events in a log file; each line is read once, however often one asks."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity: tuple[int, int] | None = None
        self._position = 0
        self._events: list[dict[str, Any]] = []

    def read(self) -> list[dict[str, Any]]:
        """All events so far in the file that is there now."""
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            self._identity = None
            return []
        with file:
            status = os.fstat(file.fileno())
            identity = (status.st_dev, status.st_ino)
            if self._identity != identity or status.st_size < self._position:
                self._identity, self._position, self._events = identity, 0, []
            file.seek(self._position)
            whole = file.read().rpartition(b"\n")[0]
        if whole:
            self._position += len(whole) + 1
        for line in whole.splitlines():
            with contextlib.suppress(json.JSONDecodeError):
                event = json.loads(line.decode(errors="replace"))
                if isinstance(event, dict):
                    self._events.append(event)
        return list(self._events)


class Load:
    """Clients that ask as fast as they are answered, each in its own thread; counts answers and failures by kind."""

    def __init__(self, ports: list[int], *, clients: int = 4, keep_alive: bool = False, path: str = "/healthz") -> None:
        self.counts: Counter[str] = Counter()
        self._ports = ports
        self._path = path
        self._keep_alive = keep_alive
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(clients)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(60)

    @property
    def failures(self) -> dict[str, int]:
        """What was not answered by 200, by kind."""
        return {kind: count for kind, count in self.counts.items() if kind != "200"}

    def wait(self, requests: int) -> None:
        """Wait until so many more requests were answered."""
        goal = self.counts["200"] + requests
        wait_until(lambda: self.counts["200"] >= goal, seconds=100, what=f"{requests} answers under load")

    def _ask(self, number: int) -> None:
        port = self._ports[number % len(self._ports)]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while not self._ended.is_set():
            try:
                connection.request("GET", self._path)
                response = connection.getresponse()
                response.read()
                self.counts[str(response.status)] += 1
            except OSError as error:
                self.counts[type(error).__name__] += 1
                connection.close()
            except http.client.HTTPException as error:
                self.counts[type(error).__name__] += 1
                connection.close()
            if not self._keep_alive:
                connection.close()
        connection.close()


def pss(processes: list[psutil.Process]) -> int:
    """Proportional memory of processes in bytes, by smaps_rollup."""
    total = 0
    for process in processes:
        for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1]) * 1024
    return total
