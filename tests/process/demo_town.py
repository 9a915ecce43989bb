"""The demo town under a real daemon, on a database that a test chooses, and what its visitors ask."""

import json
import urllib.error
import urllib.request
from typing import Any

from daemon_under_test import DaemonUnderTest, wait_until
from free_ports import free_ports

from cinestreamd.demo.settings import demo_settings
from cinestreamd.sites.env import read_env, write_env
from cinestreamd.sites.registry import Registry


def use_mongo(daemon: DaemonUnderTest, site: str, uri: str, **values: str) -> None:
    """Have a site keep its records in MongoDB from the next start on."""
    path = daemon.registry.folder / site / ".env"
    write_env(path, {**read_env(path), "MONGO_URI": uri, **values})


def secret_of(daemon: DaemonUnderTest, site: str = "demo") -> str:
    return read_env(daemon.registry.folder / site / ".env")["SECRET_KEY"]


def demo_on(daemon: DaemonUnderTest, uri: str | None, *, processes: int = 2, **values: str) -> DaemonUnderTest:
    """The demo town, which takes its records to ``uri``; None: into a file."""
    start = free_ports(processes + 1)
    daemon.demo_port = start + processes
    settings = demo_settings(f"http://127.0.0.1:{daemon.demo_port}", start_port=start, processes=processes)
    Registry(daemon.state_dir).add("demo", settings)
    if uri is not None:
        use_mongo(daemon, "demo", uri, **values)
    return daemon


def ports_of(daemon: DaemonUnderTest) -> list[int]:
    return sorted(daemon.workers())


def ask(port: int, path: str, *, data: Any = None, timeout: float = 30.0) -> tuple[int, dict[str, str], str]:
    """Status, headers and body."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=None if data is None else json.dumps(data).encode(),
        headers={"Content-Type": "application/json"} if data is not None else {},
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:  # noqa: S310 - http, on loopback
            return answer.status, dict(answer.headers), answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, dict(error.headers), error.read().decode()


def showtimes(port: int, city: str = "kyiv") -> list[str]:
    """Ids of what is shown; the rows also tell their age, which goes on."""
    return [row["id"] for row in json.loads(ask(port, f"/api/showtimes?city={city}")[2])["showtimes"]]


def read_city(daemon: DaemonUnderTest, city: str = "kyiv") -> None:
    """Have a city read as a visitor does, to the end."""
    assert ask(ports_of(daemon)[0], "/api/scrape", data={"city": city})[0] == 202
    wait_until(lambda: showtimes(ports_of(daemon)[0], city), seconds=100, what=f"{city} was read")


def start_refused(daemon: DaemonUnderTest) -> tuple[int, str]:
    """The exit code of a daemon that does not start, and its last words."""
    daemon.start(wait=False)
    assert daemon.process is not None
    code = daemon.process.wait(100)
    return code, daemon.log_path.read_text().strip().splitlines()[-1]
