"""Agents: one scrape a city, bounded and limited, and no lease that outlives its holder."""

import json
import os
import resource
import signal
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import psutil
import pytest
from daemon_under_test import DaemonUnderTest, get, wait_until
from free_ports import free_ports
from product_store import store_of
from stopwatch import Stopwatch, best_of

from cinestreamd.demo.settings import demo_settings
from cinestreamd.sites.database import prepare_store, read_access
from cinestreamd.sites.registry import Registry


def ask(port: int, city: str, cinema: str | None = None) -> tuple[int, dict[str, Any]]:
    """``POST /api/scrape`` as a visitor's browser sends it; with ``cinema``, ``POST /api/recheck``."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/api/{'scrape' if cinema is None else 'recheck'}",
        data=json.dumps({"city": city} if cinema is None else {"city": city, "cinema": cinema}).encode(),
        headers={"Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310 - as above
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read())


@pytest.fixture
def demo(daemon: DaemonUnderTest) -> DaemonUnderTest:
    """A daemon with the demo town, three workers, and the real agent."""
    start = free_ports(4)
    daemon.registry.add("demo", demo_settings(f"http://127.0.0.1:{start + 3}", start_port=start, processes=3))
    daemon.demo_port = start + 3
    return daemon


def demo_requests(daemon: DaemonUnderTest) -> list[str]:
    """Paths that agents asked the demo's cinemas for."""
    path = daemon.state_dir / "demo" / "access.log"
    return [json.loads(line)["path"] for line in path.read_text().splitlines()] if path.exists() else []


def test_two_visitors_on_two_workers_cause_one_scrape(demo: DaemonUnderTest) -> None:
    """Counted where it matters: in the access log of the cinemas that were read."""
    demo.start("hooked", str(demo.demo_port))
    ports = sorted(demo.workers())
    assert [ask(port, "kyiv")[0] for port in (ports[0], ports[1], ports[2], ports[0])] == [202, 202, 202, 202]
    demo.wait_for("agent_ended", seconds=100)
    assert len(demo.events("agent_started")) == 1
    schedules = [path for path in demo_requests(demo) if path != "/robots.txt"]
    assert len(schedules) == len(set(schedules)) > 0
    assert ask(ports[1], "kyiv")[0] == 200
    assert demo.status()["agents"]["demo"] == {"running": [], "queued": [], "outcomes": {"done": 1}}


def test_killed_agent_frees_its_lease_and_the_next_request_scrapes_again(demo: DaemonUnderTest) -> None:
    demo.start("slow_demo", str(demo.demo_port))
    port = min(demo.workers())
    assert ask(port, "kyiv")[0] == 202
    wait_until(lambda: any(path.startswith("/") and path != "/robots.txt" for path in demo_requests(demo)))
    wait_until(lambda: api_status(port) == "processing")
    killed: list[int] = []

    def kill_it() -> float:
        [agent] = wait_until(lambda: [row for row in demo.rows("agent") if row["pid"] not in killed], what="an agent")
        wait_until(lambda: api_status(port) == "processing", what="it has the lease")
        killed.append(agent["pid"])
        watch = Stopwatch()
        os.kill(agent["pid"], signal.SIGKILL)
        wait_until(lambda: api_status(port) == "stale", what="the lease is free")
        taken = watch.seconds()
        assert ask(port, "kyiv")[0] == 202
        return taken

    best_of(4, 2.0, kill_it, what="lease of a killed agent is free")
    body = json.loads(get(port, "/api/showtimes?city=kyiv")[1])
    assert body["showtimes"] == []
    ends = demo.wait_for("agent_ended", count=len(killed))
    assert {(ended["outcome"], ended["signal"]) for ended in ends} == {("failed", signal.SIGKILL)}
    demo.wait_for("scrape_published", seconds=100)
    assert json.loads(get(port, "/api/showtimes?city=kyiv")[1])["showtimes"]


def api_status(port: int) -> str:
    return json.loads(get(port, "/api/scrape?city=kyiv")[1])["status"]


def test_killed_daemon_leaves_a_store_that_opens_and_a_lease_that_is_freed(demo: DaemonUnderTest) -> None:
    demo.start("slow_demo", str(demo.demo_port))
    port = min(demo.workers())
    assert ask(port, "kyiv")[0] == 202
    wait_until(lambda: api_status(port) == "processing")
    demo.end()
    site = demo.registry.load("demo")
    prepare_store(site, read_access(site))
    demo.start("hooked", str(demo.demo_port))
    # An agent that hears of the master's end before it is killed has given the lease back itself.
    wait_until(lambda: bool(demo.events("lease_inherited") or demo.events("scrape_stopped")))
    assert ask(port, "kyiv")[0] == 202
    demo.wait_for("scrape_published", seconds=100)


def test_stop_gives_the_lease_back(demo: DaemonUnderTest) -> None:
    demo.start("slow_demo", str(demo.demo_port))
    port = min(demo.workers())
    ask(port, "kyiv")
    wait_until(lambda: api_status(port) == "processing")
    assert demo.stop() == 0
    [ended] = demo.events("agent_ended")
    assert ended["code"] == 0
    assert not demo.events("lease_freed")


async def test_lease_of_a_dead_agent_is_free_in_the_store(demo: DaemonUnderTest) -> None:
    demo.start("slow_demo", str(demo.demo_port))
    port = min(demo.workers())
    ask(port, "kyiv")
    wait_until(lambda: api_status(port) == "processing")
    os.kill(demo.rows("agent")[0]["pid"], signal.SIGKILL)
    demo.wait_for("lease_freed")
    store = store_of(demo.registry.load("demo"))
    try:
        location = await store.location("kyiv")
        assert location is not None
        assert location.lease is None
        assert [run.outcome for run in await store.runs("kyiv")] == ["lost"]
    finally:
        await store.close()


def test_full_queue_is_refused_and_known_cities_are_coalesced(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site(processes=2)
    daemon.configure(scrape={"agents_per_site": 1, "queue_per_site": 2})
    daemon.start("sleeping_agents")
    cities = ["kyiv", "lviv", "odesa", "kharkiv"]
    assert [ask(ports[0], city)[0] for city in cities] == [202, 202, 202, 429]
    assert [ask(ports[1], city)[0] for city in cities] == [202, 202, 202, 429]
    agents = daemon.status()["agents"]["one"]
    assert (agents["running"], agents["queued"]) == (["kyiv"], ["lviv", "odesa"])
    assert len(daemon.rows("agent")) == 1


def test_operator_goes_before_visitors(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(scrape={"agents_per_site": 1})
    daemon.start("sleeping_agents")
    for city in ("kyiv", "lviv"):
        ask(port, city)
    assert daemon.call("scrape", city="odesa") == {"site": "one", "city": "odesa", "answer": "accepted"}
    assert daemon.status()["agents"]["one"]["queued"] == ["odesa", "lviv"]


def test_overdue_agent_is_killed(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.configure(scrape={"deadline_seconds": 1, "lease_seconds": 2})
    daemon.start("sleeping_agents")
    begun = time.monotonic()
    daemon.call("scrape", city="kyiv")
    [ended] = daemon.wait_for("agent_ended")
    assert (ended["outcome"], ended["signal"]) == ("overdue", signal.SIGKILL)
    assert time.monotonic() - begun >= 1.0
    [overdue] = daemon.events("agent_overdue")
    assert overdue["seconds"] == 1.5  # between its own deadline and the end of its lease
    assert daemon.status()["agents"]["one"]["outcomes"] == {"overdue": 1}


def test_agent_is_limited_and_niced(demo: DaemonUnderTest) -> None:
    demo.configure(scrape={"agent_memory_mb": 700, "agent_cpu_seconds": 33, "agent_open_files": 99})
    demo.start("slow_demo", str(demo.demo_port))
    port = min(demo.workers())
    ask(port, "kyiv")
    wait_until(lambda: api_status(port) == "processing")
    agent = psutil.Process(demo.rows("agent")[0]["pid"])
    assert agent.cmdline()[0] == "cinestreamd: agent demo kyiv"
    assert agent.nice() == min(os.nice(0) + 10, 19)
    assert agent.rlimit(resource.RLIMIT_AS) == (700 * 2**20, 700 * 2**20)
    assert agent.rlimit(resource.RLIMIT_CPU) == (33, 33)
    assert agent.rlimit(resource.RLIMIT_NOFILE) == (99, 99)
    assert agent.rlimit(resource.RLIMIT_CORE) == (0, 0)
    assert not [c for c in agent.net_connections() if c.status == psutil.CONN_LISTEN]


def test_agent_that_wants_too_much_memory_fails_alone(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(scrape={"agent_memory_mb": 256})
    daemon.start("greedy_agents")
    before = daemon.workers()
    daemon.call("scrape", city="kyiv")
    [ended] = daemon.wait_for("agent_ended")
    assert ended["outcome"] == "failed"
    assert "MemoryError" in daemon.log_path.read_text()
    assert daemon.workers() == before
    assert get(port)[0] == 200


def test_agent_that_spins_is_ended_by_its_processor_limit(daemon: DaemonUnderTest) -> None:
    """Long before its deadline of four minutes."""
    daemon.add_site(processes=1)
    daemon.configure(scrape={"agent_cpu_seconds": 1})
    daemon.start("spinning_agents")
    daemon.call("scrape", city="kyiv")
    [ended] = daemon.wait_for("agent_ended", seconds=100)
    assert ended["outcome"] == "failed"
    assert ended["signal"] in {signal.SIGKILL, signal.SIGXCPU}


def test_agent_that_opens_too_many_files_fails_alone(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(scrape={"agent_open_files": 64})
    daemon.start("hoarding_agents")
    daemon.call("scrape", city="kyiv")
    [ended] = daemon.wait_for("agent_ended", seconds=100)
    assert ended["outcome"] == "failed"
    assert "Too many open files" in daemon.log_path.read_text()
    assert get(port)[0] == 200


def test_refused_niceness_is_one_warning(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.start("unniceable_agents")
    for count, city in enumerate(("kyiv", "lviv"), start=1):
        daemon.call("scrape", city=city)
        daemon.wait_for("agent_ended", count=count)
    assert len(daemon.events("agents_not_niced")) == 1


def test_refresh_catches_up_a_city_that_was_missed(demo: DaemonUnderTest) -> None:
    """A site that is older than the last refresh moment, and a configured city that was never read."""
    env = demo.registry.folder / "demo" / ".env"
    two_days_ago = time.time() - 2 * 86_400
    os.utime(env, (two_days_ago, two_days_ago))
    demo.start("hooked", str(demo.demo_port))
    cities = set(Registry(demo.state_dir).load("demo").settings.cities)
    demo.wait_for("scrape_published", count=len(cities), seconds=100)
    assert {event["city"] for event in demo.events("refresh_begins")} == cities
    assert {event["trigger"] for event in demo.events("agent_started")} == {"refresh"}


def test_new_site_reads_nothing_by_itself(demo: DaemonUnderTest) -> None:
    demo.start("hooked", str(demo.demo_port))
    demo.wait_for("store_swept")
    time.sleep(1.0)  # a refresh would begin at once
    assert not demo.events("agent_started")


async def test_a_recheck_reads_one_cinema_and_then_lets_it_rest(demo: DaemonUnderTest) -> None:
    demo.start("hooked", str(demo.demo_port))
    port = min(demo.workers())
    assert ask(port, "kyiv")[0] == 202
    demo.wait_for("agent_ended", seconds=100)
    body = json.loads(get(port, "/api/showtimes?city=kyiv")[1])
    cinema = body["showtimes"][0]["cinema"]["id"]
    status, answer = ask(port, "kyiv", cinema)
    assert (status, answer["code"]) == (429, "recheck_rest")
    await forget_runs(demo)
    assert ask(port, "kyiv", cinema)[0] == 202
    demo.wait_for("agent_ended", count=2, seconds=100)
    assert [event["trigger"] for event in demo.events("agent_started")] == ["visitor", "recheck"]
    published = demo.events("scrape_published")
    assert [event["cinemas"] for event in published][-1] == 1
    assert json.loads(get(port, "/api/showtimes?city=kyiv")[1])["updated"] == body["updated"]


async def forget_runs(demo: DaemonUnderTest) -> None:
    """Leave no record of the site's runs, as if they had been long ago."""
    store = store_of(demo.registry.load("demo"))
    try:
        now = datetime.now(UTC)
        await store.prune(showtimes_before=now - timedelta(days=1), runs_before=now + timedelta(days=1))
    finally:
        await store.close()
