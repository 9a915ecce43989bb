"""What a child that was broken into could reach: tried from inside live children, and searched for in their memory."""

import json
import re
import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from claude_town import KEY
from daemon_under_test import DaemonUnderTest, get, wait_until
from free_ports import free_ports
from product_store import ON_MONGO

import cinestreamd
from cinestreamd import landlock
from cinestreamd.sites.env import read_env, write_env
from cinestreamd.sites.model import CinemaEntry, SiteSettings


def tried(port: int, path: str, **options: str) -> str:
    query = urllib.parse.urlencode({"path": path, **options})
    return get(port, f"/hook/open?{query}", timeout=20)[1]


def refused() -> str:
    """What a file out of reach gives: without Landlock in the kernel nothing is out of a root daemon's reach."""
    return "EACCES" if landlock.version() else "open"


def database_of(daemon: DaemonUnderTest, name: str) -> Path:
    return Path(daemon.registry.load(name).database)


@pytest.fixture
def two_sites(daemon: DaemonUnderTest) -> DaemonUnderTest:
    """Two sites, each with secrets."""
    for name in ("one", "two"):
        daemon.add_site(name, processes=1)
        write_env(daemon.registry.folder / name / "agent.env", {"ANTHROPIC_API_KEY": f"{name}-{KEY}"})
        database_of(daemon, name).touch()  # also where a site keeps its records elsewhere
    return daemon


def test_a_worker_opens_its_own_sites_files_alone(two_sites: DaemonUnderTest) -> None:
    two_sites.start()
    own, other = two_sites.registry.folder / "one", two_sites.registry.folder / "two"
    port = min(row["port"] for row in two_sites.rows("worker") if row["site"] == "one")
    for path in (
        own / "data" / "cinestreamd.sqlite",
        Path(cinestreamd.__file__),
        Path("/proc/self/status"),
    ):
        assert tried(port, str(path)) == "open", path
    out_of_reach = (own / ".env", own / "agent.env", own / "site.toml", other / ".env", other / "agent.env",
                    other / "data" / "cinestreamd.sqlite", two_sites.state_dir / "run" / "daemon.lock",
                    two_sites.config, Path("/etc/passwd"))  # fmt: skip
    for path in out_of_reach:
        assert tried(port, str(path)) == refused(), path
    assert tried(port, str(own / "data" / "new"), write="1") == "open"
    assert tried(port, str(other / "data" / "new"), write="1") == refused()
    assert get(port, f"/hook/signal?pid={two_sites.pid}")[1] == ("refused" if landlock.version() >= 6 else "sent")


def test_an_agent_opens_its_own_sites_data_alone(daemon: DaemonUnderTest) -> None:
    for name in ("one", "two"):
        daemon.add_site(name, processes=1)
        database_of(daemon, name).touch()
    own, other = daemon.registry.folder / "one", daemon.registry.folder / "two"
    within = [own / "data" / "cinestreamd.sqlite", Path("/etc/resolv.conf")]
    out_of_reach = [
        own / ".env",
        own / "agent.env",
        other / "agent.env",
        other / "data" / "cinestreamd.sqlite",
        daemon.config,
    ]
    (own / "wanted").write_text("".join(f"{path}\n" for path in (*within, *out_of_reach)))
    daemon.start("curious_agents")
    daemon.call("scrape", city="kyiv", site="one")
    [ended] = daemon.wait_for("agent_ended", seconds=100)
    assert ended["outcome"] == "done"
    seen = dict(line.rsplit(" ", 1) for line in (own / "data" / "seen").read_text().splitlines())
    assert seen == {**{str(path): "open" for path in within}, **{str(path): refused() for path in out_of_reach}}


def test_the_setting_switches_the_lock_off(two_sites: DaemonUnderTest) -> None:
    two_sites.configure(daemon={"landlock": False})
    two_sites.start()
    port = min(row["port"] for row in two_sites.rows("worker") if row["site"] == "one")
    assert tried(port, "/etc/passwd") == "open"


def memory_of(pid: int) -> Iterator[bytes]:
    """All readable memory of a process, in overlapping pieces."""
    maps = Path(f"/proc/{pid}/maps").read_text(encoding="utf-8").splitlines()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in maps:
            found = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
            if found is None or line.endswith(("[vvar]", "[vsyscall]", "[vvar_vclock]")):
                continue
            begin, end = int(found[1], 16), int(found[2], 16)
            while begin < end:
                size = min(end - begin, 8 * 2**20)
                memory.seek(begin)
                try:
                    yield memory.read(size + 64)
                except OSError:  # beyond the end of a mapped file
                    break
                begin += size


def holds(pid: int, secret: str) -> bool:
    """Whether a process has a text anywhere in its memory, environment or command line."""
    needle = secret.encode()
    places = (Path(f"/proc/{pid}/{name}").read_bytes() for name in ("environ", "cmdline"))
    return any(needle in place for place in places) or any(needle in piece for piece in memory_of(pid))


def test_a_key_is_known_to_agents_alone(daemon: DaemonUnderTest) -> None:
    """After a scrape that Claude was paid for: what long-lived processes hold, and which modules workers loaded."""
    port = free_ports(3)
    town = f"http://127.0.0.1:{port + 2}"
    cinema = CinemaEntry(city="kyiv", name="Club", url=f"{town}/prose/1/2")
    daemon.registry.add("one", SiteSettings(start_port=port, processes=2, cinemas=(cinema,)))
    folder = daemon.registry.folder / "one"
    secrets = {"ANTHROPIC_API_KEY": KEY, "ANTHROPIC_BASE_URL": town}
    write_env(folder / "agent.env", secrets)
    daemon.configure(discovery={"overpass_endpoints": []}, fetch={"host_interval": 0})
    daemon.start("claude_town", str(port + 2))
    daemon.call("scrape", city="kyiv")
    daemon.wait_for("scrape_published", seconds=100)
    wait_until(lambda: not daemon.rows("agent"), seconds=100)
    assert json.loads(get(port + 2, "/billed")[1])["calls"] >= 1
    for number in (port, port + 1):
        assert get(number, "/uk/city/kyiv", timeout=20)[0] == 200
        modules: list[str] = json.loads(get(number, "/hook/modules", timeout=20)[1])
        loaded = {name.partition(".")[0] for name in modules}
        assert loaded.isdisjoint({"anthropic", "httpx", "httpx2"})
        assert loaded.isdisjoint({"motor", "pymongo"}) is not ON_MONGO
        assert "aiohttp" in loaded
    own = read_env(folder / ".env")["SECRET_KEY"]
    roles = {row["role"]: row["pid"] for row in daemon.status()["processes"]}
    assert set(roles) == {"master", "zygote", "demo", "worker"}
    assert holds(roles["worker"], own)  # the search finds what is there
    for role, pid in roles.items():
        assert holds(pid, KEY) == (role == "demo"), role  # where the fake is that was told the key
        opened = [file.path for file in psutil.Process(pid).open_files()]
        assert not [path for path in opened if path.endswith("agent.env")], role
