"""Workers are killed under load through a real nginx: no visitor notices."""

import http.client
import os
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_under_test import CALM, DaemonUnderTest, wait_until
from free_ports import free_ports

from cinestreamd.deploy.nginx import Host, render_shared, render_site

ROUNDS = 12
CLIENTS = 6


class Visitors:
    """Clients that ask as fast as they are answered, each request on a connection of its own; half of them POST."""

    def __init__(self, port: int) -> None:
        self.answers: Counter[tuple[str, str]] = Counter()
        self._port = port
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(number,)) for number in range(CLIENTS)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Wait until all are done."""
        self._ended.set()
        for thread in self._threads:
            thread.join()

    def count(self, method: str) -> int:
        """How many requests of that method were answered."""
        return sum(count for (asked, _), count in list(self.answers.items()) if asked == method)

    def _ask(self, number: int) -> None:
        method = "POST" if number % 2 else "GET"
        while not self._ended.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)
            try:
                if method == "POST":
                    headers = {"Host": "one.example", "Content-Type": "application/json"}
                    connection.request("POST", "/api/visit", body=b"{}", headers=headers)
                else:
                    # A Cookie keeps the answer out of nginx's cache: every request reaches a worker.
                    connection.request("GET", "/en/", headers={"Host": "one.example", "Cookie": "a=1"})
                response = connection.getresponse()
                response.read()
                self.answers[method, str(response.status)] += 1
            except (OSError, http.client.HTTPException) as error:
                self.answers[method, repr(error)] += 1
            finally:
                connection.close()


@pytest.fixture
def front(daemon: DaemonUnderTest, tmp_path: Path) -> Iterator[int]:
    """The port of an nginx in front of a daemon with four workers."""
    # On a busy machine four workers may take longer to come back than a port normally waits before it refuses.
    daemon.configure(supervisor={**CALM, "refuse_after": 60})
    daemon.add_site(processes=4, domains=("one.example",))
    daemon.start()
    host = Host(http_port=free_ports(), webroot=f"{tmp_path}/acme", cache=f"{tmp_path}/cache", own_default=False)
    (tmp_path / "shared.conf").write_text(render_shared(host))
    (tmp_path / "site.conf").write_text(render_site(daemon.registry.load("one"), host, None))
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nuser root;\nevents {{ worker_connections 512; }}\n"
        f"http {{\n    access_log off;\n    client_body_temp_path {tmp_path}/body;\n"
        f"    proxy_temp_path {tmp_path}/proxy;\n"
        f"    include {tmp_path}/shared.conf;\n    include {tmp_path}/site.conf;\n}}\n"
    )
    subprocess.run(["nginx", "-c", str(tmp_path / "nginx.conf")], check=True, capture_output=True)
    yield host.http_port
    os.kill(int((tmp_path / "pid").read_text()), signal.SIGTERM)


def test_no_request_fails_while_workers_are_killed(daemon: DaemonUnderTest, front: int) -> None:
    """One, two, three, then all four at once, again and again."""
    visitors = Visitors(front)
    visitors.start()
    killed = 0
    try:
        for number in range(ROUNDS):
            workers = wait_until(lambda: len(found := daemon.workers()) == 4 and found, seconds=100, what="all serve")
            before = visitors.count("GET"), visitors.count("POST")
            for pid in list(workers.values())[: number % 4 + 1]:
                os.kill(pid, signal.SIGKILL)
                killed += 1
            wait_until(
                lambda: visitors.count("GET") > before[0] + 5 and visitors.count("POST") > before[1] + 5,  # noqa: B023 - waited for at once
                seconds=100,
                what="requests are answered after the kill",
            )
            time.sleep(0.05)  # let the next kill meet workers at another point of their work
    finally:
        visitors.stop()
    assert killed == 30
    assert set(visitors.answers) == {("GET", "200"), ("POST", "204")}, visitors.answers


def test_events_come_through_at_once_and_carry_on_at_another_worker(daemon: DaemonUnderTest, front: int) -> None:
    """A stream that nginx held back until it ends would tell nothing in time: this one does not end by itself."""
    marks = set()
    for _ in range(2):
        connection = http.client.HTTPConnection("127.0.0.1", front, timeout=60)
        headers = {"Host": "one.example", "Accept": "text/event-stream"}
        connection.request("GET", "/api/scrape?city=kyiv", headers=headers)
        response = connection.getresponse()
        assert (response.status, response.getheader("Content-Type")) == (200, "text/event-stream")
        lines = [response.readline() for _ in range(4)]
        assert lines[:2] == [b"retry: 2000\n", b"\n"]
        assert lines[3].startswith(b'data: {"city":"kyiv","status":"stale"')
        marks.add(lines[2])
        connection.close()
        for pid in daemon.workers().values():
            os.kill(pid, signal.SIGKILL)
        wait_until(lambda: len(daemon.workers()) == 4, seconds=100, what="all serve again")
    assert len(marks) == 1
