"""The servers that the benchmark compares, each for as long as a block runs: all of them on loopback."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))

from free_ports import free_ports
from sowing import sow_file

from cinestreamd.deploy.nginx import Host, render_shared, render_site
from cinestreamd.master.client import ControlClient, NotRunningError
from cinestreamd.master.status import memory_of
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.sites.registry import Registry

PATIENCE: Final = 90.0
DOMAIN: Final = "kino.example"
PEER_CODE: Final = Path(__file__).parent / "peer"


class Daemon:
    """A running ``cinestreamd run`` whose sites know so many cities and showings."""

    def __init__(
        self,
        folder: Path,
        *,
        sites: int = 1,
        processes: int = 1,
        cities: int = 1,
        showtimes: int = 100,
        log_requests: float | None = None,
    ) -> None:
        self.state_dir = folder / "state"
        self.log = folder / "log"
        self.logs = "" if log_requests is None else f"[daemon]\nlog_requests = {log_requests}\n"
        self.sites: list[Site] = []
        registry = Registry(self.state_dir)
        for number in range(sites):
            domains = (DOMAIN,) if number == 0 else ()
            settings = SiteSettings(start_port=free_ports(processes), processes=processes, domains=domains)
            site = registry.add(f"site{number}", settings)
            Path(site.database).parent.mkdir(parents=True, exist_ok=True)
            sow_file(Path(site.database), cities=cities, showtimes=showtimes)
            self.sites.append(site)
        self.client = ControlClient(self.state_dir)
        self.ports = [port for site in self.sites for port in site.settings.ports]
        self.begun = 0.0
        self.pids: list[int] = []

    @property
    def database(self) -> Path:
        """The first site's database."""
        return Path(self.sites[0].database)

    @contextlib.contextmanager
    def running(self) -> Iterator["Daemon"]:
        """Start it, wait until it says that it serves, stop it in the end."""
        self.begun = time.time()
        command = [sys.executable, "-m", "cinestreamd", "run", "--state-dir", str(self.state_dir)]
        configuration = self.log.with_suffix(".toml")
        configuration.write_text(f"{self.logs}[discovery]\noverpass_endpoints = []\n")
        with process([*command, "--config", str(configuration)], self.log) as pid:
            wait_until(lambda: self.moments("daemon_ready"), "the daemon is ready")
            self.pids = family(pid)
            yield self

    def moments(self, event: str) -> list[float]:
        """When an event was logged, as Unix times."""
        found = []
        for line in self.log.read_text(encoding="utf-8").splitlines():
            with contextlib.suppress(json.JSONDecodeError):
                each = json.loads(line)
                if each.get("event") == event:
                    found.append(datetime.fromisoformat(each["timestamp"]).timestamp())
        return found

    def rows(self, *roles: str) -> list[dict[str, Any]]:
        """What ``status`` says of the processes of these roles, or of all."""
        rows = self.client.call("status")["processes"]
        return [row for row in rows if not roles or row["role"] in roles]

    def memory(self) -> float:
        """Proportional memory of master, zygote and workers, in MB (millions of bytes)."""
        sizes = [memory_of(row["pid"]) for row in self.rows("master", "zygote", "worker")]
        return sum(each[1] for each in sizes if each is not None) / 1e6

    def workers(self) -> dict[int, int]:
        """Process ids of ready workers by port."""
        try:
            rows = self.rows("worker")
        except NotRunningError:  # too busy to answer in time
            return {}
        return {row["port"]: row["pid"] for row in rows if row["state"] == "ready"}

    def counted(self, route: str) -> float:
        """How many requests of a route all workers have reported."""
        text = self.client.call("metrics", timeout=60.0)["text"]
        lines = [line for line in text.splitlines() if line.startswith("cinestreamd_requests_total{")]
        return sum(float(line.rpartition(" ")[2]) for line in lines if f'route="{route}"' in line)


@contextlib.contextmanager
def flask(database: Path, *, processes: int = 1) -> Iterator["Peer"]:
    """Flask under gunicorn over the same database, four threads a process."""
    port = free_ports()
    python = os.environ.get("PEER_PYTHON")
    if python is None:
        sys.exit("bench: PEER_PYTHON must name a Python with peer/requirements.txt (make bench does it), or --no-peers")
    command = [python, "-m", "gunicorn", "-k", "gthread", "--threads", "4", "-w", str(processes)]
    environment = {**os.environ, "BENCH_DATABASE": str(database)}
    options = ["-b", f"127.0.0.1:{port}", "--keep-alive", "60", "--chdir", str(PEER_CODE), "app:app"]
    with process([*command, *options], None, environment) as pid:
        wait_until(lambda: len(family(pid)) == processes + 1, "all processes of Flask are there")
        wait_until(lambda: answers(port, "/api/showtimes?city=kyiv"), "Flask answers")
        yield Peer(port, family(pid))


NGINX: Final = """
daemon off; worker_processes 1; worker_rlimit_nofile 30000; {user}
pid {folder}/nginx.pid; error_log {folder}/nginx.log;
events {{ worker_connections 10000; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
  types {{ text/css css; text/html html; application/json json; }}
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  set_real_ip_from 127.0.0.1; real_ip_header X-Client;
  include {folder}/shared.conf;
  include {folder}/site.conf;
  {more}
}}
"""
"""What stands around the product's own configuration. The load comes from one machine, so its header X-Client tells
which client's it is meant to be: nginx takes that for the address of the connection, as ``ip_hash`` sees it."""


@contextlib.contextmanager
def nginx(folder: Path, site: Site, *, files: Mapping[str, bytes], also: int | None = None) -> Iterator["Front"]:
    """The product's nginx for a site, with ``files`` by name on a port of their own; ``also`` is a peer's port."""
    front = Front(http=free_ports(), static=free_ports(), peer=free_ports())
    host = Host(http_port=front.http, webroot=f"{folder}/acme", cache=f"{folder}/cache", own_default=False)
    for name, data in files.items():
        (folder / "files" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "files" / name).write_bytes(data)
    for each in (folder, *folder.glob("files"), *folder.glob("files/*")):
        each.chmod(0o755)
    more = f"server {{ listen 127.0.0.1:{front.static}; root {folder}/files; gzip_static on; }}\n"
    if also is not None:
        more += (
            f"upstream peer {{ server 127.0.0.1:{also}; keepalive 64; }}\nserver {{ listen 127.0.0.1:{front.peer}; "
            'proxy_http_version 1.1; proxy_set_header Connection ""; location / { proxy_pass http://peer; } }\n'
        )
    (folder / "shared.conf").write_text(render_shared(host))
    (folder / "site.conf").write_text(render_site(site, host, None))
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, more=more, user=user))
    with process(["nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)], folder / "nginx.out") as pid:
        wait_until(lambda: answers(front.http, "/healthz"), "nginx answers")
        front.pids = family(pid)
        yield front


class Peer:
    """A running Flask."""

    def __init__(self, port: int, pids: list[int]) -> None:
        self.port = port
        self.pids = pids


class Front:
    """Ports of an nginx: the product's site, files as they are, and the peer behind the same nginx."""

    def __init__(self, *, http: int, static: int, peer: int) -> None:
        self.http = http
        self.static = static
        self.peer = peer
        self.pids: list[int] = []


@contextlib.contextmanager
def process(command: list[str], log: Path | None, environment: Mapping[str, str] | None = None) -> Iterator[int]:
    """A process for as long as the block runs; gives its id."""
    with contextlib.ExitStack() as stack:
        output = subprocess.DEVNULL if log is None else stack.enter_context(log.open("wb"))
        running = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        try:
            yield running.pid
        finally:
            running.send_signal(signal.SIGTERM)
            try:
                running.wait(60)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait(60)


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for each in found:
        for children in Path(f"/proc/{each}/task").glob("*/children"):
            found += map(int, children.read_text(encoding="ascii").split())
    return found


def processor_seconds(pids: list[int]) -> dict[int, float]:
    """What each of these processes has had of the processors so far, of user and system time; ended ones are left out.

    nginx, for one, has a process that reads its cache's folder and goes.
    """
    found = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            found[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime, proc(5)
    return found


def wait_until(holds: Callable[[], object], what: str) -> None:
    """Wait for a condition; the benchmark ends when it does not come true."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            sys.exit(f"bench: not within {PATIENCE:.0f} s: {what}")
        time.sleep(0.01)


def answers(port: int, path: str) -> bool:
    """Whether a GET is answered by 200."""
    try:
        return fetch(port, path)[0] == 200
    except (OSError, http.client.HTTPException):
        return False


def fetch(port: int, path: str, **headers: str) -> tuple[int, bytes]:
    """Status and body of a GET."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": DOMAIN, **headers})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
