"""Ports that change hands on a running daemon: from one site to another, or given up and wanted again at once."""

import os
import signal

import msgspec
from daemon_under_test import DaemonUnderTest, Load, answers, wait_until
from free_ports import free_ports

from cinestreamd.sites.model import SiteSettings


def add(daemon: DaemonUnderTest, name: str, start: int, processes: int = 1) -> None:
    daemon.registry.add(name, SiteSettings(start_port=start, processes=processes))


def move(daemon: DaemonUnderTest, name: str, start: int, processes: int = 1) -> None:
    former = daemon.registry.load(name).settings
    daemon.registry.edit(name, msgspec.structs.replace(former, start_port=start, processes=processes))


def owners(daemon: DaemonUnderTest) -> dict[int, str]:
    """Which site has a ready worker on which port, when no other worker is left."""
    rows = daemon.rows("worker")
    return {row["port"]: row["site"] for row in rows} if all(row["state"] == "ready" for row in rows) else {}


def test_port_that_one_site_gives_to_another_refuses_nobody(daemon: DaemonUnderTest) -> None:
    """Both sites change in one reload. The socket stays open, so connections wait until the new worker takes them."""
    first = free_ports(3)
    add(daemon, "one", first, 2)
    add(daemon, "two", first + 2)
    daemon.start()
    before = daemon.workers()
    with Load([first, first + 1, first + 2], clients=3) as load:
        load.wait(30)
        move(daemon, "one", first)
        move(daemon, "two", first + 1, 2)
        assert daemon.call("reload") == {"sites": ["one", "two"], "failed": {}}
        moved = {first: "one", first + 1: "two", first + 2: "two"}
        wait_until(lambda: owners(daemon) == moved, what="the port belongs to the other site")
        load.wait(50)
    assert load.failures == {}
    after = daemon.workers()
    assert after[first] == before[first]
    assert after[first + 1] != before[first + 1]
    assert not daemon.events("child_ended")


def test_two_sites_change_places(daemon: DaemonUnderTest) -> None:
    first = free_ports(3)
    add(daemon, "one", first)
    add(daemon, "two", first + 1)
    daemon.start()
    with Load([first, first + 1], clients=2) as load:
        load.wait(20)
        move(daemon, "one", first + 2)
        move(daemon, "two", first)
        move(daemon, "one", first + 1)
        daemon.call("reload")
        wait_until(lambda: owners(daemon) == {first: "two", first + 1: "one"}, what="both have changed places")
        load.wait(20)
    assert load.failures == {}


def test_port_of_a_removed_site_goes_to_a_new_one(daemon: DaemonUnderTest) -> None:
    first = free_ports(2)
    add(daemon, "one", first)
    add(daemon, "two", first + 1)
    daemon.start()
    with Load([first + 1], clients=2) as load:
        load.wait(20)
        daemon.registry.remove("two")
        add(daemon, "three", first + 1)
        daemon.call("reload")
        wait_until(lambda: owners(daemon) == {first: "one", first + 1: "three"}, what="the new site has the port")
        load.wait(20)
    assert load.failures == {}
    assert [row["site"] for row in daemon.status()["sites"]] == ["one", "three"]


def test_port_that_is_wanted_again_before_its_worker_let_go_is_waited_for(daemon: DaemonUnderTest) -> None:
    """The worker is stopped, so it holds the port until its time is up."""
    first = free_ports(2)
    add(daemon, "one", first, 2)
    daemon.configure(supervisor={"stop_timeout": 1.0})
    daemon.start()
    victim = daemon.workers()[first + 1]
    os.kill(victim, signal.SIGSTOP)
    move(daemon, "one", first, 1)
    daemon.call("reload")
    move(daemon, "one", first, 2)
    daemon.call("reload")
    wait_until(lambda: daemon.workers().get(first + 1) not in {None, victim}, what="another worker on the port")
    assert answers(first + 1)
