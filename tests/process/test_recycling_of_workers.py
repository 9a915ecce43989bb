"""Workers that have served long are renewed, one at a time, and visitors do not notice."""

from daemon_under_test import DaemonUnderTest, Load, wait_until


def test_recycling_by_requests_fails_nobody(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"recycle_requests": 200, "heartbeat_interval": 0.2})
    daemon.start()
    with Load([port], clients=2, keep_alive=True) as load:
        recycled = daemon.wait_for("worker_recycled", count=2, seconds=100)
    assert {event["reason"] for event in recycled} == {"requests"}
    assert load.failures == {}


def test_recycling_by_age_renews_one_worker_after_the_other(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site(processes=3)
    daemon.configure(supervisor={"recycle_seconds": 3, "heartbeat_interval": 0.2})
    daemon.start()
    with Load(list(ports), clients=3) as load:
        daemon.wait_for("worker_recycled", count=6, seconds=100)
    assert load.failures == {}
    turns = [event for event in daemon.events() if event["event"] in {"worker_recycled", "child_ready"}][3:]
    assert {event["reason"] for event in turns if event["event"] == "worker_recycled"} == {"age"}
    for begun, ended in zip(turns[::2], turns[1::2], strict=False):
        assert (begun["event"], ended["event"]) == ("worker_recycled", "child_ready")
        assert begun["port"] == ended["port"]


def test_recycling_by_memory(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.configure(supervisor={"recycle_memory_mb": 10, "heartbeat_interval": 0.2})
    daemon.start()
    before = set(daemon.workers().values())
    assert daemon.wait_for("worker_recycled", seconds=100)[0]["reason"] == "memory"
    wait_until(lambda: not before & set(daemon.workers().values()) and daemon.workers(), what="another worker")


def test_recycling_that_fails_is_not_tried_again_at_once(daemon: DaemonUnderTest) -> None:
    """The old worker serves on, and no doomed one is started each second."""
    [port] = daemon.add_site(processes=1)
    daemon.configure(supervisor={"recycle_requests": 200, "heartbeat_interval": 0.2})
    daemon.start()
    before = daemon.workers()
    (daemon.registry.folder / "one" / ".env").chmod(0o644)
    with Load([port], clients=1) as load:
        daemon.wait_for("renewal_failed", seconds=100)
        later = daemon.rows("worker")[0]["age"] + 5
        wait_until(lambda: daemon.rows("worker")[0]["age"] > later, what="time in which it could have been tried again")
        load.wait(20)
    assert load.failures == {}
    assert daemon.workers() == before
    assert len(daemon.events("worker_recycled")) == 1
