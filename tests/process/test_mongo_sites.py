"""Sites on MongoDB, under the real daemon: served and read end to end, through outages, by one machine or by two."""

import json
import os
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from daemon_under_test import DaemonUnderTest, get, wait_until
from free_ports import free_ports
from mongo_server import MongoServer, empty_database, own_server
from pymongo import MongoClient

from cinestreamd.demo.settings import demo_settings
from cinestreamd.master.forking import DEFAULT_ENTRIES
from cinestreamd.sites.env import read_env, write_env


def use_mongo(daemon: DaemonUnderTest, site: str, uri: str, **values: str) -> None:
    """Have a site keep its records in MongoDB from the next start on."""
    path = daemon.registry.folder / site / ".env"
    write_env(path, {**read_env(path), "MONGO_URI": uri, **values})


def secret_of(daemon: DaemonUnderTest, site: str = "demo") -> str:
    return read_env(daemon.registry.folder / site / ".env")["SECRET_KEY"]


def demo_on(daemon: DaemonUnderTest, uri: str, *, processes: int = 2, **values: str) -> DaemonUnderTest:
    """The demo town, which takes its records to ``uri``."""
    start = free_ports(processes + 1)
    daemon.demo_port = start + processes
    settings = demo_settings(f"http://127.0.0.1:{daemon.demo_port}", start_port=start, processes=processes)
    daemon.registry.add("demo", settings)
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
    wait_until(lambda: showtimes(ports_of(daemon)[0], city), seconds=60.0, what=f"{city} was read")


@pytest.fixture
def database() -> Iterator[str]:
    with empty_database() as uri:
        yield uri


@pytest.fixture
def server(tmp_path: Path) -> Iterator[MongoServer]:
    """A server of this test's own."""
    with own_server(tmp_path / "mongo") as server:
        yield server


def has_driver(pid: int) -> bool:
    """Whether a process has MongoDB's driver loaded, by its compiled part."""
    return "/bson/_cbson" in Path(f"/proc/{pid}/maps").read_text()


def test_a_site_on_mongodb_is_read_and_served(daemon: DaemonUnderTest, database: str) -> None:
    """By the product's own entries: the zygote has loaded the driver for all."""
    demo_on(daemon, database, processes=3).start(DEFAULT_ENTRIES, str(daemon.demo_port))
    read_city(daemon)
    first, *others = (showtimes(port) for port in ports_of(daemon))
    assert len(first) > 0
    assert others == [first, first]
    assert not Path(daemon.registry.load("demo").database).exists()
    with MongoClient[dict[str, Any]](database) as client:
        assert client.get_default_database()["locations"].count_documents({"_id": "kyiv"}) == 1
    assert daemon.call("scrape", city="lviv")["answer"] == "accepted"
    wait_until(lambda: showtimes(ports_of(daemon)[0], "lviv"), seconds=60.0, what="lviv was read")
    log = daemon.log_path.read_text()
    assert secret_of(daemon) not in log
    assert database not in log
    assert daemon.stop() == 0


def test_the_driver_is_loaded_where_a_site_needs_it_only(daemon: DaemonUnderTest, database: str) -> None:
    """A reload that moves the site has the zygote replaced by one that shares the driver with its children."""
    [port] = daemon.add_site(processes=1)
    write_env(daemon.registry.folder / "one" / ".env", {"SECRET_KEY": secret_of(daemon, "one")})
    daemon.start(DEFAULT_ENTRIES)
    pids = [row["pid"] for row in daemon.status()["processes"]]
    assert [has_driver(pid) for pid in pids] == [False] * len(pids)
    before = daemon.workers()[port]

    use_mongo(daemon, "one", database)
    daemon.call("reload")
    wait_until(lambda: daemon.workers().get(port, before) != before, what="the worker was renewed")
    assert has_driver(daemon.workers()[port])
    assert get(port, "/readyz")[0] == 200
    zygotes = daemon.events("zygote_warm")
    assert len(zygotes) == 2
    assert has_driver(zygotes[-1]["pid"])
    assert daemon.events("site_moved")


def test_during_an_outage_old_pages_are_marked_and_nothing_hangs(daemon: DaemonUnderTest, server: MongoServer) -> None:
    demo_on(daemon, server.database("site")).start("hooked", str(daemon.demo_port))
    read_city(daemon)
    port = ports_of(daemon)[0]
    workers = daemon.workers()
    assert ask(port, "/en/city/kyiv")[0] == 200

    server.kill()
    status, headers, body = ask(port, "/en/city/kyiv")
    assert (status, headers["Warning"]) == (200, '110 - "Response is Stale"')
    assert "this page was made" in body
    for path in ("/en/city/lviv", "/readyz"):
        begun = time.monotonic()
        status, headers, _ = ask(port, path)
        assert (status, headers["Retry-After"]) == (503, "2")
        assert time.monotonic() - begun < 5.0, "once the outage is known, nobody waits for the server"
    assert ask(port, "/healthz")[0] == 200

    server.start()
    wait_until(lambda: ask(port, "/readyz")[0] == 200, what="the worker has found the server again")
    assert "Warning" not in ask(port, "/en/city/kyiv")[1]
    assert showtimes(port)
    assert daemon.workers() == workers, "no worker had to be replaced"


def test_a_server_that_takes_connections_and_answers_nothing_is_an_outage(
    daemon: DaemonUnderTest, server: MongoServer
) -> None:
    demo_on(daemon, server.database("site"), processes=1).start("hooked", str(daemon.demo_port))
    [port] = ports_of(daemon)
    assert ask(port, "/readyz")[0] == 200
    server.freeze()
    try:
        status, headers, _ = ask(port, "/readyz", timeout=20.0)
        assert (status, headers["Retry-After"]) == (503, "2")
        begun = time.monotonic()
        assert ask(port, "/en/city/kyiv")[0] == 503
        assert time.monotonic() - begun < 5.0
    finally:
        server.thaw()
    wait_until(lambda: ask(port, "/readyz")[0] == 200, seconds=60.0, what="the worker has found the server again")


def test_a_daemon_that_starts_before_its_server_serves_as_soon_as_that_is_there(
    daemon: DaemonUnderTest, server: MongoServer
) -> None:
    uri = server.database("site", options="serverSelectionTimeoutMS=300")
    server.kill()
    demo_on(daemon, uri, processes=1).start("hooked", str(daemon.demo_port))
    [problem] = {event["problem"] for event in daemon.events("store_not_prepared")}
    assert problem == f"MongoDB does not answer: 127.0.0.1:{server.port}: [Errno 111] Connection refused"
    [port] = ports_of(daemon)
    assert ask(port, "/readyz")[0] == 503
    server.start()
    daemon.wait_for("store_prepared", seconds=30.0)
    wait_until(lambda: ask(port, "/readyz")[0] == 200, what="the site is served")
    read_city(daemon)
    assert not daemon.events("agent_not_started")


def start_refused(daemon: DaemonUnderTest) -> tuple[int, str]:
    """The exit code of a daemon that does not start, and its last words."""
    daemon.start(wait=False)
    assert daemon.process is not None
    code = daemon.process.wait(30)
    return code, daemon.log_path.read_text().strip().splitlines()[-1]


def test_two_daemons_share_a_site(
    daemon: DaemonUnderTest, make_daemon: Callable[[], DaemonUnderTest], database: str
) -> None:
    """As two machines do: one reading for two visitors, one that refreshes, data of both seen by both."""
    demo_on(daemon, database).start("hooked", str(daemon.demo_port))
    other = demo_on(make_daemon(), database, SECRET_KEY=secret_of(daemon))
    other.start("hooked", str(other.demo_port))
    for port in (ports_of(daemon)[0], ports_of(other)[0]):
        assert ask(port, "/api/scrape", data={"city": "kyiv"})[0] == 202
    wait_until(lambda: showtimes(ports_of(daemon)[0]), seconds=60.0, what="kyiv was read")
    assert showtimes(ports_of(other)[1]) == showtimes(ports_of(daemon)[0])
    published = [*daemon.events("scrape_published"), *other.events("scrape_published")]
    assert len(published) == 1
    wait_until(lambda: other.events("store_swept"), what="the other has begun its duties")
    holders = [[event["held"] for event in each.events("refresh_duty")] for each in (daemon, other)]
    assert holders == [[True], []]


def test_another_secret_key_on_the_same_database_is_refused(
    daemon: DaemonUnderTest, make_daemon: Callable[[], DaemonUnderTest], database: str
) -> None:
    daemon.add_site(processes=1)
    use_mongo(daemon, "one", database)
    daemon.start()
    other = make_daemon()
    other.add_site(processes=1)
    use_mongo(other, "one", database)
    code, words = start_refused(other)
    assert code == 78
    assert words.startswith(
        "cinestreamd: SECRET_KEY: is another one than that of the machines which share this MongoDB"
    )

    use_mongo(other, "one", database, SECRET_KEY=secret_of(daemon, "one"))
    other.start()
    assert get(next(iter(other.workers())), "/readyz")[0] == 200


def test_a_key_found_wrong_after_the_start_ends_the_site_alone(
    daemon: DaemonUnderTest, make_daemon: Callable[[], DaemonUnderTest], server: MongoServer
) -> None:
    """Its server did not answer at the start, so that nobody could tell."""
    uri = server.database("site", options="serverSelectionTimeoutMS=300")
    daemon.add_site(processes=1)
    use_mongo(daemon, "one", uri)
    daemon.start()
    daemon.stop()
    server.kill()
    other = make_daemon()
    [port] = other.add_site("one", processes=1)
    [good] = other.add_site("two", processes=1)
    use_mongo(other, "one", uri)
    other.start()
    server.start()
    [refused] = other.wait_for("site_refused", seconds=30.0)
    assert refused["site"] == "one"
    wait_until(lambda: port not in other.workers(), what="the site is served no more")
    assert get(good, "/readyz")[0] == 200


def test_a_database_that_cannot_be_used_is_one_line(daemon: DaemonUnderTest, tmp_path: Path) -> None:
    daemon.add_site(processes=1)
    with own_server(tmp_path / "mongo", require_auth=True) as server:
        use_mongo(daemon, "one", server.database("site", user="kino:a%20wrong%20word", options="authSource=admin"))
        assert start_refused(daemon) == (
            78,
            "cinestreamd: MONGO_URI: the server refuses this user or password",
        )
    use_mongo(daemon, "one", "mongodb://u:secretword@127.0.0.1:1/x?nonsense=maybe&w=many,")
    code, words = start_refused(daemon)
    assert code == 78
    assert "secretword" not in words


def test_a_lease_outlives_neither_its_agent_nor_its_daemon(daemon: DaemonUnderTest, database: str) -> None:
    demo_on(daemon, database).start("slow_demo", str(daemon.demo_port))
    port = ports_of(daemon)[0]
    assert ask(port, "/api/scrape", data={"city": "kyiv"})[0] == 202
    wait_until(lambda: json.loads(ask(port, "/api/showtimes?city=kyiv")[2])["status"] == "processing", seconds=30.0)
    [agent] = daemon.rows("agent")
    os.kill(agent["pid"], signal.SIGKILL)
    wait_until(lambda: json.loads(ask(port, "/api/showtimes?city=kyiv")[2])["status"] == "stale", seconds=20.0)
