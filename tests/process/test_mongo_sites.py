"""Sites on MongoDB, under the real daemon: served and read end to end, and through outages."""

import json
import os
import signal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from daemon_under_test import DaemonUnderTest, get, wait_until
from demo_town import ask, demo_on, ports_of, read_city, secret_of, showtimes, start_refused, use_mongo
from mongo_server import MongoServer, own_server
from own_certificate import make_certificate
from pymongo import MongoClient
from stopwatch import Stopwatch

from cinestreamd.master.forking import DEFAULT_ENTRIES


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
    wait_until(lambda: showtimes(ports_of(daemon)[0], "lviv"), seconds=100, what="lviv was read")
    log = daemon.log_path.read_text()
    assert secret_of(daemon) not in log
    assert database not in log
    assert daemon.stop() == 0


def test_the_driver_is_loaded_where_a_site_needs_it_only(daemon: DaemonUnderTest, database: str) -> None:
    """A reload that moves the site has the zygote replaced by one that shares the driver with its children."""
    [port] = daemon.add_site(processes=1, embedded=True)
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


def test_during_an_outage_old_pages_are_marked_and_nothing_hangs(
    daemon: DaemonUnderTest, mongo_server: MongoServer
) -> None:
    demo_on(daemon, mongo_server.database("site")).start("hooked", str(daemon.demo_port))
    read_city(daemon)
    port = ports_of(daemon)[0]
    workers = daemon.workers()
    assert ask(port, "/en/city/kyiv")[0] == 200

    mongo_server.kill()
    status, headers, body = ask(port, "/en/city/kyiv")
    assert (status, headers["Warning"]) == (200, '110 - "Response is Stale"')
    assert "this page was made" in body
    for path in ("/en/city/lviv", "/readyz"):
        watch = Stopwatch()
        status, headers, _ = ask(port, path)
        assert (status, headers["Retry-After"]) == (503, "2")
        assert watch.seconds() < 5.0, "once the outage is known, nobody waits for the server"
    assert ask(port, "/healthz")[0] == 200

    mongo_server.start()
    wait_until(lambda: ask(port, "/readyz")[0] == 200, what="the worker has found the server again")
    assert "Warning" not in ask(port, "/en/city/kyiv")[1]
    assert showtimes(port)
    assert daemon.workers() == workers, "no worker had to be replaced"


def test_a_server_that_takes_connections_and_answers_nothing_is_an_outage(
    daemon: DaemonUnderTest, mongo_server: MongoServer
) -> None:
    demo_on(daemon, mongo_server.database("site"), processes=1).start("hooked", str(daemon.demo_port))
    [port] = ports_of(daemon)
    assert ask(port, "/readyz")[0] == 200
    mongo_server.freeze()
    try:
        status, headers, _ = ask(port, "/readyz", timeout=20.0)
        assert (status, headers["Retry-After"]) == (503, "2")
        watch = Stopwatch()
        assert ask(port, "/en/city/kyiv")[0] == 503
        assert watch.seconds() < 5.0
    finally:
        mongo_server.thaw()
    wait_until(lambda: ask(port, "/readyz")[0] == 200, seconds=100, what="the worker has found the server again")


def test_a_daemon_that_starts_before_its_server_serves_as_soon_as_that_is_there(
    daemon: DaemonUnderTest, mongo_server: MongoServer
) -> None:
    uri = mongo_server.database("site", options="serverSelectionTimeoutMS=300")
    mongo_server.kill()
    demo_on(daemon, uri, processes=1).start("hooked", str(daemon.demo_port))
    [problem] = {event["problem"] for event in daemon.events("store_not_prepared")}
    assert problem == f"MongoDB does not answer: 127.0.0.1:{mongo_server.port}: [Errno 111] Connection refused"
    [port] = ports_of(daemon)
    assert ask(port, "/readyz")[0] == 503
    mongo_server.start()
    daemon.wait_for("store_prepared", seconds=100)
    wait_until(lambda: ask(port, "/readyz")[0] == 200, what="the site is served")
    read_city(daemon)
    assert not daemon.events("agent_not_started")


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


def test_certificates_are_read_by_confined_workers_and_agents_wherever_they_lie(
    daemon: DaemonUnderTest, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path)
    key = certificate.with_name("key.pem")
    with own_server(tmp_path / "mongo", tls_cert_file=str(certificate), tls_key_file=str(key)) as server:
        uri = server.database("site", options=f"tls=true&tlsCAFile={quote(str(certificate), safe='')}")
        demo_on(daemon, uri, processes=1).start("hooked", str(daemon.demo_port))
        read_city(daemon)
        assert ask(ports_of(daemon)[0], "/readyz")[0] == 200


def test_a_lease_outlives_neither_its_agent_nor_its_daemon(daemon: DaemonUnderTest, database: str) -> None:
    demo_on(daemon, database).start("slow_demo", str(daemon.demo_port))
    port = ports_of(daemon)[0]
    assert ask(port, "/api/scrape", data={"city": "kyiv"})[0] == 202
    wait_until(lambda: json.loads(ask(port, "/api/showtimes?city=kyiv")[2])["status"] == "processing", seconds=100)
    [agent] = daemon.rows("agent")
    os.kill(agent["pid"], signal.SIGKILL)
    wait_until(lambda: json.loads(ask(port, "/api/showtimes?city=kyiv")[2])["status"] == "stale", seconds=100)
