"""Configuration changes on a running daemon: renewal, scaling, sites that come and go, and what is refused."""

import http.client
import signal
import socket
import subprocess
import sys
from pathlib import Path

import msgspec
import psutil
import pytest
from daemon_under_test import CALM, DaemonUnderTest, Load, answers, get, wait_until
from free_ports import free_ports
from stopwatch import Stopwatch

from cinestreamd.master.client import CommandFailedError


def change(daemon: DaemonUnderTest, name: str = "one", **settings: object) -> None:
    former = daemon.registry.load(name).settings
    daemon.registry.edit(name, msgspec.structs.replace(former, **settings))


@pytest.mark.parametrize("keep_alive", [False, True], ids=["new connections", "keep-alive"])
def test_rolling_restart_under_load_fails_nobody(daemon: DaemonUnderTest, keep_alive: bool) -> None:
    ports = daemon.add_site(processes=2, language="uk")
    daemon.start()
    before = daemon.workers()
    with Load(list(ports), clients=4, keep_alive=keep_alive) as load:
        load.wait(50)
        for count, language in enumerate(("en", "ru", "uk"), start=1):
            change(daemon, language=language)
            daemon.send(signal.SIGHUP)
            daemon.wait_for("site_renewed", count=count, seconds=100)
            load.wait(50)
    assert load.failures == {}
    assert not set(before.values()) & set(daemon.workers().values())
    assert not daemon.events("child_ended")


def test_renewals_that_overtake_each_other_fail_nobody(daemon: DaemonUnderTest) -> None:
    """Each SIGHUP comes while the renewal by the one before is under way; in the end there is one worker a port."""
    ports = daemon.add_site(processes=3, language="uk")
    daemon.start()
    with Load(list(ports), clients=3) as load:
        load.wait(30)
        for count, language in enumerate(("en", "ru", "uk", "en", "ru"), start=1):
            change(daemon, language=language)
            daemon.send(signal.SIGHUP)
            daemon.wait_for("reloaded", count=count, seconds=100)
        daemon.wait_for("site_renewed", seconds=100)
        wait_until(lambda: len(daemon.rows("worker")) == 3, seconds=100, what="the former workers are gone")
        load.wait(30)
    assert load.failures == {}
    assert not daemon.events("child_ended")
    for port in ports:
        assert 'lang="ru"' in get(port, "/ru/")[1]
    assert daemon.status()["sites"][0]["outdated"] is False


def test_reload_without_a_change_renews_nobody(daemon: DaemonUnderTest) -> None:
    daemon.add_site()
    daemon.start()
    before = daemon.workers()
    daemon.send(signal.SIGHUP)
    daemon.wait_for("reloaded")
    assert daemon.workers() == before


def test_only_the_changed_site_is_renewed(daemon: DaemonUnderTest) -> None:
    ports, others = daemon.add_site("one"), daemon.add_site("two")
    daemon.start()
    before = daemon.workers()
    change(daemon, language="en")
    assert daemon.call("reload") == {"sites": ["one", "two"], "failed": {}}
    daemon.wait_for("site_renewed")
    after = daemon.workers()
    assert {port: after[port] for port in others} == {port: before[port] for port in others}
    assert not {after[port] for port in ports} & set(before.values())


def test_broken_configuration_is_refused_and_the_old_serves_on(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site()
    daemon.start()
    before = daemon.workers()
    daemon.config.write_text("[supervisor]\nboot_timeout = 'long'\n")
    daemon.send(signal.SIGHUP)
    daemon.wait_for("reload_refused")
    with pytest.raises(CommandFailedError, match=r"config.toml:2: supervisor.boot_timeout"):
        daemon.call("reload")
    daemon.configure()
    daemon.registry.folder.joinpath("one", "site.toml").write_text("start_port = 1\n")
    assert "site.toml:1" in daemon.call("reload")["failed"]["one"]
    assert daemon.workers() == before
    assert all(answers(port) for port in ports)
    told = [event["level"] for event in daemon.events() if "boot_timeout" in event.get("problem", "")]
    assert told == ["error", "error"], "each refusal is one line"


def test_scaling_up_and_down_leaves_the_others_alone(daemon: DaemonUnderTest) -> None:
    start = free_ports(4)
    daemon.add_site(processes=2)
    change(daemon, start_port=start)
    daemon.start()
    before = daemon.workers()
    change(daemon, processes=4)
    daemon.call("reload")
    wait_until(lambda: len(daemon.workers()) == 4, what="four workers")
    assert all(answers(port) for port in range(start, start + 4))
    with Load([start, start + 1], clients=2) as load:
        load.wait(20)
        change(daemon, processes=2)
        daemon.call("reload")
        wait_until(lambda: len(daemon.rows("worker")) == 2, what="two workers")
        load.wait(20)
    assert load.failures == {}
    assert daemon.workers() == before
    for port in (start + 2, start + 3):
        with pytest.raises(ConnectionRefusedError):
            get(port)
    assert not daemon.events("child_ended")


def test_port_in_use_leaves_its_site_as_it_was(daemon: DaemonUnderTest) -> None:
    start = free_ports(3)
    daemon.add_site(processes=2)
    change(daemon, start_port=start)
    daemon.start()
    before = daemon.workers()
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", start + 2))
        stranger.listen()
        change(daemon, processes=3, language="en")
        answer = daemon.call("reload")
        assert answer["sites"] == ["one"]
        assert f"127.0.0.1:{start + 2}: cannot listen here" in answer["failed"]["one"]
        assert daemon.status()["failed"] == answer["failed"]
    assert daemon.workers() == before
    assert daemon.call("reload")["failed"] == {}
    wait_until(lambda: len(daemon.workers()) == 3, what="three workers")


def test_sites_come_and_go_while_another_serves(daemon: DaemonUnderTest) -> None:
    [port] = daemon.add_site("one", processes=1)
    daemon.start()
    with Load([port], clients=2) as load:
        load.wait(10)
        [second] = daemon.add_site("two", processes=1)
        daemon.call("reload")
        wait_until(lambda: answers(second), what="the new site")
        change(daemon, "two", enabled=False)
        daemon.call("reload")
        wait_until(lambda: [row["site"] for row in daemon.status()["sites"]] == ["one"], what="the site is gone")
        load.wait(10)
    assert load.failures == {}
    with pytest.raises(ConnectionRefusedError):
        get(second)


def test_site_with_an_unreadable_env_goes_fatal_alone(daemon: DaemonUnderTest) -> None:
    [good], bad = daemon.add_site("good", processes=1), daemon.add_site("bad", processes=2)
    env = daemon.registry.folder / "bad" / ".env"
    env.chmod(0o644)
    daemon.start()
    before = daemon.workers()
    with Load([good], clients=2) as load:
        states = {row["site"]: row["state"] for row in daemon.status()["sites"]}
        assert states == {"good": "serving", "bad": "fatal"}
        assert {row["state"] for row in daemon.rows("worker") if row["site"] == "bad"} == {"fatal"}
        assert len([event for event in daemon.events("child_cannot_boot") if "chmod 600" in event["problem"]]) == 2
        wait_until(lambda: all(refused(port) for port in bad), what="its ports refuse")
        load.wait(50)
        env.chmod(0o600)
        daemon.call("reload")
        wait_until(lambda: all(answers(port) for port in bad), what="the mended site serves")
        load.wait(20)
    assert load.failures == {}
    assert daemon.workers()[good] == before[good]


@pytest.mark.parametrize("spoilt", ["missing", "empty", "link", "open to all"])
def test_env_that_becomes_unreadable_takes_down_its_own_site_alone(daemon: DaemonUnderTest, spoilt: str) -> None:
    """Nobody notices until a worker of that site must start anew. Then that port is given up, the rest never blinks."""
    [good], [bad] = daemon.add_site("good", processes=1), daemon.add_site("bad", processes=1)
    daemon.configure(supervisor={**CALM, "refuse_after": 0.2})
    daemon.start()
    before = daemon.workers()
    env = daemon.registry.folder / "bad" / ".env"
    kept = env.with_name("kept")
    with Load([good], clients=2) as load:
        load.wait(10)
        env.rename(kept)
        spoil(env, kept, spoilt)
        psutil.Process(before[bad]).kill()
        daemon.wait_for("child_cannot_boot", seconds=100)
        wait_until(lambda: site_states(daemon) == {"good": "serving", "bad": "fatal"}, what="given up")
        wait_until(lambda: refused(bad), what="its port refuses")
        load.wait(50)
        kept.rename(env)
        daemon.call("reload")
        wait_until(lambda: answers(bad), what="the mended site serves")
        load.wait(10)
    assert load.failures == {}
    assert daemon.workers()[good] == before[good]
    assert len(daemon.events("child_cannot_boot")) == 1


def spoil(env: Path, kept: Path, how: str) -> None:
    if how == "empty":
        env.write_text("")
        env.chmod(0o600)
    elif how == "link":
        env.symlink_to(kept)
    elif how == "open to all":
        env.write_bytes(kept.read_bytes())
        env.chmod(0o644)


def site_states(daemon: DaemonUnderTest) -> dict[str, str]:
    return {row["site"]: row["state"] for row in daemon.status()["sites"]}


def refused(port: int) -> bool:
    try:
        get(port, timeout=0.5)
    except ConnectionRefusedError:
        return True
    except OSError:
        return False
    return False


def test_renewal_that_cannot_boot_leaves_the_old_workers(daemon: DaemonUnderTest) -> None:
    ports = daemon.add_site()
    daemon.start()
    before = daemon.workers()
    daemon.registry.folder.joinpath("one", ".env").chmod(0o644)
    assert daemon.call("restart", site="one") == {"renewed": [], "failed": ["one"]}
    told = subprocess.run(
        [sys.executable, "-m", "cinestreamd", "restart", "one", "--state-dir", str(daemon.state_dir)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout) == (1, "Renewed: none\n")
    assert "Not renewed: one." in told.stderr
    assert daemon.workers() == before
    assert all(answers(port) for port in ports)
    assert daemon.status()["sites"][0]["outdated"] is True
    daemon.registry.folder.joinpath("one", ".env").chmod(0o600)
    daemon.call("reload")
    daemon.wait_for("site_renewed")
    assert not set(before.values()) & set(daemon.workers().values())


def test_new_secret_renews_the_site(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.start()
    before = daemon.workers()
    env = daemon.registry.folder / "one" / ".env"
    env.write_text("SECRET_KEY=another-key-of-sufficient-length\n")
    daemon.call("reload")
    daemon.wait_for("site_renewed")
    assert daemon.workers() != before


def test_crash_loop_backs_off_and_is_given_up(daemon: DaemonUnderTest) -> None:
    daemon.add_site(processes=1)
    daemon.configure(supervisor={"backoff_initial": 0.05, "crash_limit": 4, "refuse_after": 0.1})
    daemon.start("crashing")
    ends = daemon.wait_for("child_ended", count=4)
    assert [event["now"] for event in ends] == ["backoff", "backoff", "backoff", "fatal"]
    assert daemon.status()["sites"][0]["state"] == "fatal"


def test_a_site_that_cannot_boot_is_not_waited_for(daemon: DaemonUnderTest) -> None:
    """By the usual settings it is given up after a minute and a half: as long as a service manager waits."""
    daemon.add_site(processes=2)
    watch = Stopwatch()
    daemon.start("crashing")
    assert watch.seconds() < 20
    assert daemon.status()["sites"][0]["state"] == "starting"


def test_killed_worker_comes_back_after_scaling(daemon: DaemonUnderTest) -> None:
    """A port added later is supervised like the first ones."""
    start = free_ports(2)
    daemon.add_site(processes=1)
    change(daemon, start_port=start)
    daemon.configure(supervisor=CALM)
    daemon.start()
    change(daemon, processes=2)
    daemon.call("reload")
    victim = wait_until(lambda: daemon.workers().get(start + 1), what="the new worker")
    psutil.Process(victim).kill()
    wait_until(lambda: daemon.workers().get(start + 1) not in {None, victim}, what="replacement")


def test_a_stream_of_events_ends_whole_when_its_worker_is_renewed(daemon: DaemonUnderTest) -> None:
    """Its viewer comes again by itself; one that is cut, or that holds the worker, would not do."""
    ports = daemon.add_site(processes=1)
    daemon.start()
    connection = http.client.HTTPConnection("127.0.0.1", ports[0], timeout=30.0)
    connection.request("GET", "/api/scrape?city=kyiv", headers={"Accept": "text/event-stream"})
    response = connection.getresponse()
    assert response.getheader("Content-Type") == "text/event-stream"
    assert response.readline() == b"retry: 2000\n"
    change(daemon, language="en")
    daemon.send(signal.SIGHUP)
    rest = response.read()
    connection.close()
    assert rest.count(b"data: ") == 1
    daemon.wait_for("site_renewed", seconds=100)
    wait_until(lambda: len(daemon.rows("worker")) == 1, seconds=100, what="the former worker is gone")
    assert not daemon.events("child_ended")
