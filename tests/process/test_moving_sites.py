"""Sites that a command works on alone: moved to another database beside a daemon, killed, repeated."""

import asyncio
import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from daemon_under_test import answers, get, wait_until
from free_ports import free_ports
from product_store import store_of

from cinestreamd.sites.env import read_env, write_env
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.sites.registry import Registry
from cinestreamd.sites.standstill import standstill
from cinestreamd.store.base import Store
from cinestreamd.store.reports import RunReport

HERE = Path(__file__).parent
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(HERE.parent.parent)}
REPORTS = 1_001


class Operator:
    """Types commands at a machine on which a daemon runs, or does not."""

    def __init__(self, folder: Path) -> None:
        self.state = folder / "state"
        self.log = folder / "log"
        (folder / "config.toml").write_text("[supervisor]\nstop_timeout = 5.0\n[discovery]\noverpass_endpoints = []\n")
        self._common = ["--state-dir", str(self.state), "--config", str(folder / "config.toml")]
        self._daemon: subprocess.Popen[bytes] | None = None

    def line(self, *arguments: str) -> list[str]:
        """A command line."""
        return [sys.executable, "-m", "cinestreamd", *arguments, *self._common]

    def type(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end."""
        return subprocess.run(
            self.line(*arguments), env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=200
        )

    def start(self) -> None:
        """Start the daemon."""
        with self.log.open("ab") as log:
            self._daemon = subprocess.Popen(self.line("run"), env=ENVIRONMENT, stdout=log, stderr=log)

    def end(self) -> None:
        """Stop the daemon."""
        if self._daemon is not None:
            self._daemon.terminate()
            self._daemon.wait(100)


@pytest.fixture
def operator(tmp_path: Path) -> Iterator[Operator]:
    operator = Operator(tmp_path)
    yield operator
    operator.end()


def add_site(operator: Operator, name: str) -> Site:
    """A site on a file, with one worker."""
    return Registry(operator.state).add(name, SiteSettings(start_port=free_ports(1), processes=1))


def port_of(site: Site) -> int:
    return site.settings.start_port


async def keep_reports(store: Store) -> None:
    """More records of one kind than go over in one portion; recent ones, which no daemon prunes."""
    try:
        for number in range(REPORTS):
            now = datetime.now(UTC)
            await store.put_report(
                RunReport(run_id=f"run-{number}", city_id="kyiv", started_at=now, stages=(), cinemas=())
            )
    finally:
        await store.close()


def kill_move_midway(operator: Operator, name: str, uri: str) -> None:
    """Begin a move at a terminal, and kill it when it has told of a first portion of reports."""
    ours, theirs = pty.openpty()
    command = operator.line("store", "move", name, "--to", "-")
    with subprocess.Popen(command, env=ENVIRONMENT, stdin=subprocess.PIPE, stderr=theirs) as process:
        assert process.stdin is not None
        os.close(theirs)
        process.stdin.write(f"{uri}\n".encode())
        process.stdin.close()
        told = b""
        while b"run_report: 500" not in told:
            told += os.read(ours, 1000)
        process.kill()
    os.close(ours)
    assert process.returncode == -signal.SIGKILL, told


def reports_held(operator: Operator) -> tuple[str, int]:
    """In what kind of database the site's reports are, and how many."""
    [facts] = json.loads(operator.type("store", "stats", "one", "--json").stdout)
    return facts["kind"], facts["held"]["run_report"]


@pytest.mark.timeout(500)
def test_a_site_whose_move_was_killed_is_served_again(operator: Operator, database: str) -> None:
    """From its file after a reload; from its new database after the command was repeated."""
    site = add_site(operator, "one")
    operator.start()
    wait_until(lambda: answers(port_of(site)), what="the site answers")
    asyncio.run(keep_reports(store_of(site)))
    kill_move_midway(operator, "one", database)
    assert not answers(port_of(site)), "the daemon has let go of it"
    assert "MONGO_URI" not in read_env(Path(site.directory, ".env"))
    assert operator.type("reload").returncode == 0
    wait_until(lambda: answers(port_of(site), "/readyz"), what="the site is served as it was")
    assert reports_held(operator) == ("sqlite", REPORTS)

    kill_move_midway(operator, "one", database)
    assert not answers(port_of(site))
    done = operator.type("store", "move", "one", "--to", database, "--json")
    assert done.returncode == 0, done.stderr
    wait_until(lambda: answers(port_of(site), "/readyz"), what="the site is served again")
    assert read_env(Path(site.directory, ".env"))["MONGO_URI"] == database
    assert reports_held(operator) == ("mongodb", REPORTS)


@pytest.mark.timeout(300)
def test_what_a_command_has_to_itself_no_daemon_and_no_other_command_takes(operator: Operator) -> None:
    mine, other = add_site(operator, "one"), add_site(operator, "two")
    with standstill(operator.state, "one"):
        operator.start()
        wait_until(lambda: answers(port_of(other)), what="the other site answers")
        assert not answers(port_of(mine))
        listed = {row["name"]: row["stopped"] for row in json.loads(operator.type("sites", "list", "--json").stdout)}
        assert listed == {"one": True, "two": False}
        refused = operator.type("store", "move", "one", "--to", "mongodb://127.0.0.1:9/x")
        assert (refused.returncode, refused.stderr) == (
            69,
            "cinestreamd: Another command works on site one; try again when it has ended\n",
        )
        assert operator.type("reload").returncode == 0
        assert not answers(port_of(mine))
    assert operator.type("reload").returncode == 0
    wait_until(lambda: answers(port_of(mine)), what="the site is served")
    assert get(port_of(mine), "/readyz")[0] == 200


@pytest.mark.timeout(300)
def test_a_lone_agent_is_forked_before_the_driver_has_threads(operator: Operator, database: str) -> None:
    """A fork leaves the other threads behind, in the middle of whatever they hold."""
    site = add_site(operator, "one")
    write_env(Path(site.directory, ".env"), {**read_env(Path(site.directory, ".env")), "MONGO_URI": database})
    forks = operator.state / "forks"
    command = operator.line("scrape", "kyiv", "--site", "one", "--json")
    command[1:3] = [str(HERE / "forking_scrape.py")]
    environment = {**ENVIRONMENT, "FORKS": str(forks)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    run: dict[str, Any] = json.loads(done.stdout)
    assert (run["outcome"], run["city_id"]) == ("empty", "kyiv")
    assert forks.read_text() == "1\n"
