"""Sites with system users of their own, and what a worker of one site holds of another: nothing. Needs root."""

import http.client
import os
import re
import secrets
from pathlib import Path

import psutil
import pytest
from daemon_under_test import DaemonUnderTest, get, wait_until
from product_store import ON_MONGO, uri_of

from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.env import parse_env, write_env
from cinestreamd.sites.errors import SiteSettingsError
from cinestreamd.sites.model import SiteSettings
from cinestreamd.sites.registry import Registry
from cinestreamd.sites.system_user import identity_of

pytestmark = pytest.mark.timeout(400)


def memory_of(pid: int) -> bytes:
    """All that a process has in memory of its own or shared, but files' pages that it only reads."""
    found = []
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if rights[:2] == "rw":
                start, end = (int(edge, 16) for edge in span.split("-"))
                memory.seek(start)
                try:
                    found.append(memory.read(end - start))
                except OSError:
                    continue  # a guard page or a device
    return b"".join(found)


def open_files(pid: int) -> set[str]:
    return {os.readlink(path) for path in Path(f"/proc/{pid}/fd").iterdir()}  # noqa: PTH115 - a number is no path


def cookie(port: int) -> str:
    """What the site signs into a visitor's cookie."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/language", body="language=en&next=/", headers={"Content-Type": FORM})
    response = connection.getresponse()
    response.read()
    connection.close()
    found = re.match(r"[^=]+=([^;]+)", response.getheader("Set-Cookie", ""))
    assert found is not None, response.status
    return found[1].strip('"')


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("users", "on_mongo"),
    [(("", ""), ON_MONGO), (("nobody", "games"), ON_MONGO), (("nobody", "games"), True)],
    ids=["one user", "two users", "two users on MongoDB"],
)
def test_worker_holds_no_secret_of_another_site(
    open_daemon: DaemonUnderTest, users: tuple[str, str], on_mongo: bool
) -> None:
    daemon, secret = open_daemon, {}
    ports = {}
    for name, user in zip(("one", "two"), users, strict=True):
        ports[name] = daemon.add_site(name, processes=1, user=user)[0]
        files = daemon.state_dir / "sites" / name
        key = f"sk-ant-{secrets.token_hex(16)}"
        write_env(files / "agent.env", {"ANTHROPIC_API_KEY": key})
        own = parse_env((files / ".env").read_text(), place=".env")["SECRET_KEY"]
        secret[name] = {"key": own, "claude": key}
        if on_mongo:
            secret[name]["mongo"] = f"mongo-mark-{secrets.token_hex(12)}"
            uri = f"{uri_of(files)}&appName={secret[name]['mongo']}"
            write_env(files / ".env", {"SECRET_KEY": own, "MONGO_URI": uri})
    daemon.start("cinestreamd.master.entries:entries_with_mongo" if on_mongo else "cinestreamd.master.entries:entries")
    for name, port in ports.items():
        for path in ("/en/", "/healthz", "/en/city/kyiv"):
            assert get(port, path)[0] == 200, (name, path)
        secret[name]["cookie"] = cookie(port)
    pids = daemon.workers()
    for name, other in (("one", "two"), ("two", "one")):
        pid = pids[ports[name]]
        memory, environment = memory_of(pid), Path(f"/proc/{pid}/environ").read_bytes()
        assert secret[name]["key"].encode() in memory, "the scan does not see what is there"
        assert secret[name]["claude"].encode() not in memory
        assert not on_mongo or secret[name]["mongo"].encode() in memory, (
            "the scan does not see an address that is there"
        )
        for kind, value in secret[other].items():
            assert value.encode() not in memory, f"a worker of {name} has the {kind} of {other} in memory"
            assert value.encode() not in environment
        assert not [path for path in open_files(pid) if f"/sites/{other}" in path]
        assert on_mongo or any(f"/sites/{name}/data/" in path for path in open_files(pid))
    for pid in (daemon.pid, daemon.rows("zygote")[0]["pid"]):
        memory = memory_of(pid)
        assert not [name for name in secret if secret[name]["key"].encode() in memory]


def test_site_runs_as_its_own_user_alone(open_daemon: DaemonUnderTest) -> None:
    daemon = open_daemon
    [one] = daemon.add_site("one", processes=1, user="nobody")
    [two] = daemon.add_site("two", processes=1, user="games")
    [three] = daemon.add_site("three", processes=1)
    daemon.start("noting_agents")
    pids = daemon.workers()
    names = {port: psutil.Process(pid).username() for port, pid in pids.items()}
    assert names == {one: "nobody", two: "games", three: "root"}
    for pid in pids.values():
        status = Path(f"/proc/{pid}/status").read_text()
        assert pid == pids[three] or re.search(r"^Groups:\s*$", status, re.MULTILINE)
        assert re.search(r"^NoNewPrivs:\s+1$", status, re.MULTILINE)
        assert re.search(r"^Cap(?:Prm|Eff|Inh|Amb):\s+0*[1-9a-f]", status, re.MULTILINE) is None
    assert daemon.events("child_not_confined") == [], "another user's processes are locked to their files as well"
    folder = daemon.state_dir / "sites" / "one"
    assert {path.owner() for path in (folder / "data").rglob("*")} == (set() if ON_MONGO else {"nobody"})
    assert {folder / name: (folder / name).owner() for name in (".env", "agent.env", "site.toml")} == dict.fromkeys(
        (folder / ".env", folder / "agent.env", folder / "site.toml"), "root"
    )
    assert (folder.stat().st_mode & 0o777, daemon.state_dir.stat().st_mode & 0o777) == (0o750, 0o711)
    assert daemon.call("scrape", city="kyiv", site="one")["answer"] == "accepted"
    wait_until((folder / "data" / "agents").exists, what="an agent ran")
    assert (folder / "data" / "agents").owner() == "nobody"
    os.kill(pids[one], 9)
    wait_until(lambda: daemon.workers().get(one) not in {None, pids[one]}, what="replaced")
    assert psutil.Process(daemon.workers()[one]).username() == "nobody"
    os.kill(daemon.pid, 9)
    wait_until(lambda: not psutil.pid_exists(pids[two]), what="no orphan of another user stays")


def test_folder_that_is_anothers_is_refused(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    site = registry.add("one", SiteSettings(user="nobody"))
    os.chown(site.directory, 5, 60)
    with pytest.raises(ConfigurationError, match="sites edit one --user nobody"):
        identity_of(site)
    with pytest.raises(SiteSettingsError, match="no system user nosuchuser"):
        registry.add("two", SiteSettings(start_port=9000, user="nosuchuser"))
    former = registry.edit("one", SiteSettings())
    assert {path.owner() for path in Path(former.directory).rglob("*")} == {"root"}
