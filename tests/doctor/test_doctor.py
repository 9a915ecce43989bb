"""``cinestreamd doctor`` on installations that are well, and on sick ones."""

import asyncio
import json
import os
import pwd
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from free_ports import free_ports
from product_store import ON_MONGO, ChoosingRegistry, store_of

from cinestreamd import landlock
from cinestreamd.cli import root
from cinestreamd.config import Daemon, Settings
from cinestreamd.doctor import CHECKS, Finding, Patient, examine
from cinestreamd.sites.database import prepare_store, read_access
from cinestreamd.sites.env import write_env
from cinestreamd.sites.model import CinemaEntry, Site, SiteSettings
from cinestreamd.sites.ownership import arrange
from cinestreamd.sites.registry import Registry
from cinestreamd.sites.system_user import can_run
from cinestreamd.store.spending import ClaudeState

NOW = datetime.now(UTC)


def patient(folder: Path, **changes: object) -> Patient:
    whole = Patient(
        state_dir=folder,
        settings=Settings,
        nginx_folder=folder / "nginx",
        certificates=(folder / "certificates",),
        now=NOW,
        resolve=lambda _: ["203.0.113.7"],
        offline=True,
    )
    return msgspec.structs.replace(whole, **changes)


def found(patient: Patient, check: str) -> list[tuple[str, str]]:
    return [(finding.level, finding.says) for name, finding in examine(patient) if name == check]


def add_site(folder: Path, **settings: object) -> Site:
    ports = {"start_port": free_ports(2), "processes": 2}
    return ChoosingRegistry(folder).add("kino", SiteSettings(**{**ports, **settings}))


class Cinema(BaseHTTPRequestHandler):
    """A cinema that closes part of its pages to robots, and a Claude that knows one key."""

    def do_GET(self) -> None:
        """Answer."""
        if self.path.startswith("/v1/models"):
            known = self.headers["Authorization"] == "Bearer known-key-0123456789"
            body = {"data": [], "has_more": False, "first_id": None, "last_id": None}
            error = {"type": "error", "error": {"type": "authentication_error", "message": "no"}}
            self._send(200 if known else 401, json.dumps(body if known else error), "application/json")
        else:
            self._send(200, "User-agent: *\nDisallow: /closed/\n", "text/plain")

    def _send(self, status: int, text: str, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def outside() -> Iterator[int]:
    """The port of a server that stands for everything outside."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Cinema)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def test_healthy_installation_has_nothing_failing(tmp_path: Path) -> None:
    site = add_site(tmp_path)
    prepare_store(site, read_access(site))
    levels = {finding.level for _, finding in examine(patient(tmp_path))}
    assert "fail" not in levels
    kind = "MongoDB" if ON_MONGO else "embedded"
    assert found(patient(tmp_path), "store") == [("ok", f"kino: the {kind} database answers")]
    assert found(patient(tmp_path), "files") == [("ok", "kino: settings and secret files")]


def spoil_modes(site: Site) -> None:
    Path(site.directory, ".env").chmod(0o644)


def spoil_key(site: Site) -> None:
    write_env(Path(site.directory, ".env"), {})


def spoil_settings(site: Site) -> None:
    Path(site.directory, "site.toml").write_text("processes = 'many'\n")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [(spoil_modes, "open to other users"), (spoil_key, "no SECRET_KEY"), (spoil_settings, "site.toml:1")],
)
def test_sick_files_are_found(tmp_path: Path, spoil: Callable[[Site], None], words: str) -> None:
    spoil(add_site(tmp_path))
    [(level, says)] = found(patient(tmp_path), "files")
    assert level == "fail"
    assert words in says


def test_damaged_store_is_found(tmp_path: Path) -> None:
    site = Registry(tmp_path).add("kino", SiteSettings(start_port=free_ports(2), processes=2))
    Path(site.database).write_bytes(b"no database at all" * 100)
    [(level, says)] = found(patient(tmp_path), "store")
    assert (level, says.startswith("kino: ")) == ("fail", True)


def test_port_of_somebody_else_is_found(tmp_path: Path) -> None:
    site = add_site(tmp_path)
    assert found(patient(tmp_path), "ports")[0][0] == "ok"
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", site.settings.ports[1]))
        sock.listen()
        [(level, says)] = found(patient(tmp_path), "ports")
        assert (level, says) == ("fail", f"kino: somebody else has port {site.settings.ports[1]}")
        ports = site.settings.ports
        held = {"cinestreamd-kino.socket": frozenset(ports)}
        [(level, says)] = found(patient(tmp_path, held_ports=held.__getitem__), "ports")
        assert (level, says) == ("ok", f"kino: ports {ports[0]}-{ports[1]} are held by systemd until the daemon runs")
        [(level, says)] = found(patient(tmp_path, held_ports=lambda _: frozenset({ports[1]})), "ports")
        assert (level, says) == ("warn", f"kino: systemd holds other ports for it than {ports[0]}-{ports[1]}")


def test_certificates_are_judged_by_the_time_that_they_have_left(tmp_path: Path) -> None:
    add_site(tmp_path, domains=("kino.example",))
    [(level, says)] = found(patient(tmp_path), "certificate")
    assert (level, says) == ("warn", "kino has no certificate")
    folder = tmp_path / "certificates" / "kino"
    folder.mkdir(parents=True)
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 60 -subj /CN=x"
    command += " -addext subjectAltName=DNS:*.example"
    files = ["-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    at = {
        days: found(patient(tmp_path, now=NOW + timedelta(days=days, hours=-1)), "certificate") for days in (0, 45, 55)
    }
    assert at[0] == [("ok", "kino: certificate ends in 60 days")]
    assert at[45] == [("warn", "kino: certificate ends in 15 days")]
    assert at[55] == [("fail", "kino: certificate ends in 5 days")]
    (folder / "fullchain.pem").write_text("nonsense")
    assert found(patient(tmp_path), "certificate")[0][0] == "fail"


def test_renewal_of_certificates_is_looked_at(tmp_path: Path) -> None:
    add_site(tmp_path, domains=("kino.example",))
    assert found(patient(tmp_path), "renewal") == []
    folder = tmp_path / "certificates" / "kino"
    folder.mkdir(parents=True)
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 60 -subj /CN=x"
    command += " -addext subjectAltName=DNS:kino.example"
    files = ["-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"]
    subprocess.run([*command.split(), *files], check=True, capture_output=True)
    assert found(patient(tmp_path), "renewal") == [
        ("warn", "kino: its certificate: certbot does not know it"),
        ("warn", "nothing runs certbot in time"),
    ]
    (tmp_path / "renewal").mkdir()
    (tmp_path / "renewal" / "kino.conf").write_text("[renewalparams]\nrenew_hook = nginx -s reload\n")
    assert found(patient(tmp_path, renewer=lambda: "certbot.timer"), "renewal") == [
        ("ok", "kino: certbot knows its certificate, and has nginx take a renewed one"),
        ("ok", "certbot.timer runs certbot"),
    ]


def test_nginx_that_does_not_know_the_site_is_found(tmp_path: Path) -> None:
    add_site(tmp_path, domains=("kino.example",))
    assert found(patient(tmp_path), "nginx")[0][0] == "warn"
    (tmp_path / "nginx" / "conf.d").mkdir(parents=True)
    (tmp_path / "nginx" / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/log;\nevents {{ }}\nhttp {{\n    access_log off;\n"
        f"    include {tmp_path}/nginx/conf.d/*.conf;\n}}\n"
    )
    says = found(patient(tmp_path), "nginx")
    assert says[-1] == ("warn", "kino: nginx does not know all its domains and ports")
    (tmp_path / "nginx" / "conf.d" / "broken.conf").write_text("nonsense;\n")
    assert "nonsense" in found(patient(tmp_path), "nginx")[-1][1]


def test_domain_without_address_is_found(tmp_path: Path) -> None:
    add_site(tmp_path, domains=("kino.example",))
    assert found(patient(tmp_path, offline=False), "dns") == [("ok", "kino.example is 203.0.113.7")]
    nowhere = patient(tmp_path, offline=False, resolve=lambda _: [])
    assert found(nowhere, "dns") == [("fail", "kino.example has no address")]
    assert found(patient(tmp_path), "dns") == []


@pytest.mark.timeout(300)
def test_keys_are_tried_by_a_free_call(tmp_path: Path, outside: int) -> None:
    site = add_site(tmp_path)
    online = patient(tmp_path, offline=False)
    assert found(online, "key") == [("ok", "kino: no key; pages are read without Claude")]
    for key, level in (("known-key-0123456789", "ok"), ("another-key-0123456789", "fail")):
        values = {"ANTHROPIC_API_KEY": key, "ANTHROPIC_BASE_URL": f"http://127.0.0.1:{outside}"}
        write_env(Path(site.directory, "agent.env"), values)
        [(found_level, says)] = found(online, "key")
        assert found_level == level
        assert key not in says


def test_cinema_that_is_closed_to_robots_is_found(tmp_path: Path, outside: int) -> None:
    base = f"http://127.0.0.1:{outside}"
    cinemas = (
        CinemaEntry(city="kyiv", name="Open", url=f"{base}/open/"),
        CinemaEntry(city="kyiv", name="Closed", url=f"{base}/closed/"),
    )
    add_site(tmp_path, cinemas=cinemas)
    asked = patient(tmp_path, offline=False, allowed=frozenset({("127.0.0.1", outside)}))
    assert [level for level, _ in found(asked, "robots")] == ["ok", "warn"]
    assert [level for level, _ in found(patient(tmp_path, offline=False), "robots")] == ["warn", "warn"]


def test_check_that_fails_is_a_finding_and_stops_no_other(tmp_path: Path) -> None:
    def broken() -> Settings:
        raise PermissionError(13, "Permission denied")

    names = [name for name, _ in examine(patient(tmp_path, settings=broken))]
    assert ("fail", "[Errno 13] Permission denied") in found(patient(tmp_path, settings=broken), "configuration")
    assert "daemon" in names


def test_command_prints_lines_or_json_and_ends_by_what_it_found(tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        options = ["--offline", "--state-dir", str(tmp_path), "--nginx-folder", str(tmp_path / "nginx")]
        ended = CliRunner().invoke(root, ["doctor", *arguments, *options])
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        return ended.exit_code, ended.stdout

    site = add_site(tmp_path)
    code, shown = run()
    assert code == 0
    assert "ok    files          kino: settings and secret files\n" in shown
    assert "→ systemctl start cinestreamd" in shown
    Path(site.directory, ".env").chmod(0o644)
    code, shown = run("--json")
    assert code == 1
    rows = json.loads(shown)
    assert {row["check"] for row in rows} <= {name for name, _ in CHECKS}
    assert all(set(row) == {"check", *Finding.__struct_fields__} for row in rows)


@pytest.mark.parametrize(("switched", "level"), [(True, "ok"), (False, "warn")])
def test_what_locks_children_is_told_as_it_is(tmp_path: Path, switched: bool, level: str) -> None:
    settings = Settings(daemon=Daemon(landlock=switched))
    [(told, says)] = found(patient(tmp_path, settings=lambda: settings), "lock")
    assert told == (level if landlock.version() else "warn")
    assert f"Landlock {landlock.version()}" in says if told == "ok" else "every child may open all files" in says


def test_processes_of_root_and_folders_open_to_all_are_told(tmp_path: Path) -> None:
    site = add_site(tmp_path)
    [(level, says)] = found(patient(tmp_path), "user")
    root = Path(site.directory).stat().st_uid == 0
    assert (level, "run as root" in says) == (("warn", True) if root else ("ok", False))
    assert not root or "without its capabilities" in says
    (tmp_path / "sites").chmod(0o777)
    assert found(patient(tmp_path), "user")[-1] == ("fail", f"everybody may write to {tmp_path / 'sites'}")


def test_processes_of_the_demo_are_told_as_well(tmp_path: Path) -> None:
    site = ChoosingRegistry(tmp_path / "demo").add("demo", SiteSettings())
    [(level, says)] = found(patient(tmp_path), "user")
    assert says.startswith("demo: its processes run as ")
    assert level == ("warn" if Path(site.directory).stat().st_uid == 0 else "ok")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives a site a user")
def test_users_of_a_site_are_told_with_what_keeps_them_apart(tmp_path: Path) -> None:
    site = ChoosingRegistry(tmp_path).add("kino", SiteSettings(start_port=free_ports(2), processes=2, user="nobody"))
    nobody = pwd.getpwnam("nobody")
    runs = can_run((nobody.pw_uid, nobody.pw_gid))
    for agent_user, level, words in (
        ("nosuchuser", "warn", "workers and agents both run as nobody; its secrets are root's"),
        ("news", "ok", "workers run as nobody, agents as news; its secrets are root's"),
    ):
        arrange(site, agent_user)
        settings = Settings(daemon=Daemon(agent_user=agent_user))
        [(told, says)] = found(patient(tmp_path, settings=lambda settings=settings: settings), "user")
        expected = (level, words) if runs else ("fail", "nobody does not get to the program: its agents cannot run")
        assert (told, says) == (expected[0], f"kino: {expected[1]}")


def test_the_account_of_all_sites_is_told_and_a_damaged_one_fails(tmp_path: Path) -> None:
    assert found(patient(tmp_path), "account") == [
        ("ok", "all sites: $0.00 of $5.00 today, $0.00 of $50.00 this month")
    ]
    (tmp_path / "claude-account.json").write_text("nonsense")
    [(level, says)] = found(patient(tmp_path), "account")
    assert (level, "is damaged" in says) == ("fail", True)


@pytest.mark.parametrize(
    ("changes", "level", "words"),
    [
        ({}, "ok", "calls go to claude-haiku-5-5"),
        ({"has_key": False}, "ok", "no key"),
        ({"priced": False, "model": "other"}, "warn", "other has no known price"),
        ({"problem": "agent.env:3: is not KEY=VALUE"}, "fail", "agent.env:3: is not KEY=VALUE"),
        ({"breaker": "spend_limit", "retry_at": NOW + timedelta(days=1)}, "fail", "spend_limit"),
        ({"breaker": "spend_limit", "retry_at": NOW - timedelta(days=1)}, "ok", "calls go to"),
    ],
)
def test_access_to_claude_is_told_as_agents_found_it(
    tmp_path: Path, changes: dict[str, object], level: str, words: str
) -> None:
    site = add_site(tmp_path)
    assert found(patient(tmp_path), "claude") == [("ok", "kino: no agent has looked for a key yet")]
    prepare_store(site, read_access(site))
    state = ClaudeState(checked_at=NOW, has_key=True, model="claude-haiku-5-5", priced=True)

    async def keep() -> None:
        store = store_of(site)
        await store.set_claude_state(msgspec.structs.replace(state, **changes))
        await store.close()

    asyncio.run(keep())
    [(told, says)] = found(patient(tmp_path), "claude")
    assert (told, words in says) == (level, True)
