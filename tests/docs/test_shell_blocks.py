"""The shell blocks of README.md and docs/SETUP.md do what they say: those marked ``sh`` are run as they stand.

What needs a live systemd, a public domain or another machine is marked ``console`` and not run. Options that only a
test host has (ports, folders) come by environment variables.
"""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from free_ports import free_ports
from product_store import keep_records_here, settle_demo

ROOT = Path(__file__).parent.parent.parent
SERVES = "cinestreamd run"
RUNS_THE_TESTS = "make test"
"""It sets up and runs what this test is a part of."""


def blocks(page: str) -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)


class Server:
    """A host: the root of an image, an nginx on high ports, a state directory, the program on the path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.nginx = folder / "nginx"
        (self.nginx / "conf.d").mkdir(parents=True)
        self.http, self.https, self.ports = free_ports(), free_ports(), free_ports(2)
        (self.nginx / "nginx.conf").write_text(
            f"pid {folder}/pid;\nerror_log {folder}/error.log;\nuser root;\nevents {{ worker_connections 128; }}\n"
            f"http {{\n    access_log off;\n    client_body_temp_path {folder}/body;\n"
            f"    proxy_temp_path {folder}/proxy;\n    include {self.nginx}/conf.d/*.conf;\n}}\n"
        )
        program = folder / "root" / "usr" / "bin" / "cinestreamd"
        program.parent.mkdir(parents=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(folder),
            "ANTHROPIC_API_KEY": "sk-ant-not-a-key-but-long-enough",
            "CINESTREAMD_STATE_DIR": str(folder / "state"),
            "CINESTREAMD_SERVER_INIT_ROOT": str(folder / "root"),
            "CINESTREAMD_SERVER_INIT_PROGRAM": "/usr/bin/cinestreamd",
            "CINESTREAMD_SITES_ADD_START_PORT": str(self.ports),
            "CINESTREAMD_SITES_ADD_PROCESSES": "2",
            "CINESTREAMD_RUN_START_PORT": str(self.ports),
            "CINESTREAMD_RUN_PROCESSES": "2",
            "CINESTREAMD_DOCTOR_NGINX_FOLDER": str(self.nginx),
            **self._front("NGINX"),
            **self._front("TLS"),
        }
        self._daemon: subprocess.Popen[bytes] | None = None
        subprocess.run(["nginx", "-c", str(self.nginx / "nginx.conf")], check=True, capture_output=True)

    def _front(self, command: str) -> dict[str, str]:
        options = {
            "NGINX_FOLDER": self.nginx,
            "WEBROOT": self.folder / "acme",
            "CACHE": self.folder / "cache",
            "SELF_SIGNED_FOLDER": self.folder / "own",
            "HTTP_PORT": self.http,
            "HTTPS_PORT": self.https,
        }
        return {f"CINESTREAMD_DEPLOY_{command}_{option}": str(value) for option, value in options.items()}

    def run(self, block: str) -> str:
        """Run a block; its last line may be the daemon, which then goes on. Returns what it printed."""
        lines = block.strip().splitlines()
        serves = lines[-1] == SERVES
        text = "\n".join(lines[:-1] if serves else lines)
        command = ["bash", "-euo", "pipefail", "-c", text]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False, timeout=200)
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
        if serves:
            self.serve()
        return done.stdout

    def serve(self) -> None:
        """Start the daemon as the service would, and wait until it says that it is ready."""
        for settings in (self.folder / "state" / "sites").glob("*/site.toml"):
            keep_records_here(settings.parent)
        program = str(Path(sys.executable).with_name("cinestreamd"))
        self._daemon = subprocess.Popen([program, "run"], env=self.environment, stdout=subprocess.PIPE)
        wait_until_ready(self._daemon)

    def end(self) -> None:
        """Stop everything."""
        if self._daemon is not None:
            self._daemon.send_signal(signal.SIGTERM)
            self._daemon.communicate(timeout=100)
        os.kill(int((self.folder / "pid").read_text()), signal.SIGTERM)


def wait_until_ready(daemon: subprocess.Popen[bytes]) -> None:
    """Read what a daemon says until it says that it is ready."""
    assert daemon.stdout is not None
    said = []
    for line in daemon.stdout:
        said.append(line)
        if b'"daemon_ready"' in line:
            return
    raise AssertionError(f"the daemon ended before it was ready: {said}")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.end()


@pytest.mark.timeout(600)
def test_setup_leads_to_https(server: Server) -> None:
    said = []
    for block in blocks("docs/SETUP.md"):
        said.append(server.run(block))
        if block.strip() == "cinestreamd server init --apply":
            server.serve()  # as systemd does on a host where it runs, before there is any site
    assert len(said) == 7
    assert [site["name"] for site in json.loads(server.run("cinestreamd sites list --json"))] == ["kino"]
    plan, done, _, keys, configuration, secure, last = said
    assert "Nothing was changed; do it with: cinestreamd server init --apply" in plan
    assert "/etc/systemd/system/cinestreamd.service" in done
    assert (server.folder / "root/etc/systemd/system/multi-user.target.wants/cinestreamd.service").is_symlink()
    assert "cinestreamd:x:" in (server.folder / "root/etc/passwd").read_text()
    assert re.search(r"ANTHROPIC_API_KEY\s+agent\.env\s+set", keys)
    assert "server_name kino.example;" in configuration
    assert secure == "https://kino.example/ is served.\n"
    assert re.search(r"ok +daemon +kino: 2 of 2 workers serve", last)
    page = subprocess.run(
        ["openssl", "s_client", "-quiet", "-connect", f"127.0.0.1:{server.https}", "-servername", "kino.example"],
        input=b"GET /en/ HTTP/1.1\r\nHost: kino.example\r\nConnection: close\r\n\r\n",
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert page.stdout.startswith(b"HTTP/1.1 200 OK"), page.stdout[:300]
    again = server.run("cinestreamd server init")
    assert again == "This host is set up; nothing to do.\n"


@pytest.mark.timeout(400)
def test_readme_is_true(server: Server) -> None:
    found = [block.strip() for block in blocks("README.md")]
    assert found[0] == "make run"
    for block in found[1:]:
        if block != RUNS_THE_TESTS:
            server.run(block)
    assert "kino" in server.run("cinestreamd status")


@pytest.mark.timeout(400)
def test_make_run_serves_the_demo(tmp_path: Path) -> None:
    """In a checkout that is set up already: without the installation of the libraries, which the tests stand on."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "packaging" / "requirements", tmp_path / "packaging" / "requirements")
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "cinestreamd"):
        program = Path(sys.executable).with_name(name)
        (programs / name).write_text(f'#!/bin/sh\nexec "{program}" "$@"\n')
        (programs / name).chmod(0o755)
    (tmp_path / ".venv" / ".run").touch()
    settle_demo(tmp_path / ".state")
    port, demo_port = free_ports(2), free_ports()
    given = {"RUN_START_PORT": port, "RUN_PROCESSES": 2, "RUN_DEMO_PORT": demo_port}
    environment = {**os.environ, **{f"CINESTREAMD_{name}": str(value) for name, value in given.items()}}
    [block] = [block for block in blocks("README.md") if block.startswith("make run")]
    command = ["bash", "-c", f"exec {block}"]
    make = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE)
    try:
        wait_until_ready(make)
        front = urllib.request.urlopen(f"http://localhost:{port}/en/", timeout=60).read().decode()
        assert 'href="/en/city/lviv"' in front
        login = {"password": "demonstration"}
        assert is_let_in(port, login)
        assert not is_let_in(port, {"password": "demonstrations"})
    finally:
        make.send_signal(signal.SIGTERM)
        make.communicate(timeout=100)


def is_let_in(port: int, login: dict[str, str]) -> bool:
    """Whether the console's login takes a password."""
    connection = http.client.HTTPConnection("localhost", port, timeout=60)
    headers = {"Content-Type": FORM, "Origin": f"http://localhost:{port}"}
    connection.request("POST", "/ops/login", urllib.parse.urlencode(login), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.getheader("Set-Cookie", "").startswith(("ops=", "__Host-ops=")) and answer.status == 303


FORM = "application/x-www-form-urlencoded"


def test_make_test_runs_all_tests() -> None:
    done = subprocess.run(["make", "--dry-run", "test"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.rstrip().endswith(".venv/bin/pytest -n 3 --dist loadgroup")
