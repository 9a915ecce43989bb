"""``cinestreamd scrape`` where no daemon runs: what its agent may reach, what is left when it is ended."""

import asyncio
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_under_test import wait_until
from product_store import ChoosingRegistry, store_of

from cinestreamd import landlock
from cinestreamd.sites.model import Site, SiteSettings
from cinestreamd.store.base import Location, Run

HERE = Path(__file__).parent
NO_MAP = "[discovery]\noverpass_endpoints = []\n"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user may pass through, as /var/lib is."""
    folder = Path(tempfile.mkdtemp(prefix="cinestreamd-alone-"))
    folder.chmod(0o755)
    (folder / "config.toml").write_text(NO_MAP)
    yield folder
    shutil.rmtree(folder)


def command(place: Path, *program: str) -> list[str]:
    options = ("--state-dir", str(place / "state"), "--config", str(place / "config.toml"), "--site", "one", "--json")
    return [sys.executable, *program, "scrape", "kyiv", *options]


def left_over(site: Site) -> tuple[Location | None, list[Run]]:
    async def look() -> tuple[Location | None, list[Run]]:
        store = store_of(site)
        try:
            return await store.location("kyiv"), await store.runs()
        finally:
            await store.close()

    return asyncio.run(look())


@pytest.mark.parametrize(("user", "agent_user"), [("", ""), ("nobody", ""), ("nobody", "news")])
def test_its_agent_opens_its_own_sites_data_alone(place: Path, user: str, agent_user: str) -> None:
    (place / "config.toml").write_text(f'[daemon]\nagent_user = "{agent_user}"\n{NO_MAP}')
    registry = ChoosingRegistry(place / "state")
    other = Path(registry.add("two", SiteSettings(start_port=9000)).directory)
    site = registry.add("one", SiteSettings(start_port=9100, user=user))
    own = Path(site.directory)
    within = [own / "data" / "wanted", Path("/etc/resolv.conf")]
    beyond = [
        own / ".env",
        own / "agent.env",
        own / "site.toml",
        other / ".env",
        other / "agent.env",
        place / "config.toml",
    ]
    (own / "data" / "wanted").write_text("".join(f"{path}\n" for path in (*within, *beyond)))
    (own / "data" / "wanted").chmod(0o644)
    done = subprocess.run(command(place, str(HERE / "curious_scrape.py")), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    run = json.loads(done.stdout)
    assert (run["outcome"], run["trigger"]) == ("empty", "operator")
    lines = (own / "data" / "seen").read_text().splitlines()
    seen = dict(line.rsplit(" ", 1) for line in lines if line.startswith("/"))
    assert {path: seen[str(path)] for path in within} == dict.fromkeys(within, "open")
    if landlock.version():
        assert {path: seen[str(path)] for path in beyond} == dict.fromkeys(beyond, "EACCES")
    [bounds] = [line.split() for line in lines if line.startswith("Max address")]
    assert bounds[3:5] == [str(1024 * 2**20)] * 2
    [uids] = [line.split()[1:] for line in lines if line.startswith("Uid")]
    assert set(uids) == {str(pwd.getpwnam(agent_user or user or "root").pw_uid)}
    location, _ = left_over(site)
    assert location is not None
    assert location.lease is None


def test_a_command_that_is_interrupted_has_its_agent_give_the_lease_back(place: Path) -> None:
    site = ChoosingRegistry(place / "state").add("one", SiteSettings(start_port=9100))
    # Where tests run in the background of a shell, SIGINT is ignored, and that is inherited.
    heeding = ["env", "--default-signal=INT", *command(place, str(HERE / "waiting_scrape.py"))]
    process = subprocess.Popen(heeding, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    begun = Path(site.directory) / "data" / "begun"
    wait_until(lambda: begun.exists() or process.poll() is not None, seconds=100, what="the agent has its lease")
    location, _ = left_over(site)
    assert location is not None
    assert location.lease is not None
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=100)
    assert process.returncode == 130, said
    location, [run] = left_over(site)
    assert location is not None
    assert location.lease is None
    assert (run.outcome, run.error) == ("failed", "stopped")


def test_an_agent_that_is_killed_is_told_and_its_lease_is_freed(place: Path) -> None:
    site = ChoosingRegistry(place / "state").add("one", SiteSettings(start_port=9100))
    with subprocess.Popen(
        command(place, str(HERE / "waiting_scrape.py")), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        begun = Path(site.directory) / "data" / "begun"
        wait_until(lambda: begun.exists() or process.poll() is not None, seconds=100, what="the agent has its lease")
        os.kill(int(begun.read_text()), signal.SIGKILL)
        _, said = process.communicate(timeout=100)
    assert process.returncode == 1
    assert "The agent that read kyiv ended without a result (signal 9)" in said
    location, [run] = left_over(site)
    assert location is not None
    assert location.lease is None
    assert run.outcome == "lost"
