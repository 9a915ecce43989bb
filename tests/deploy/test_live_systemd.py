"""The unit under a systemd that really runs: it starts, reloads, is watched, replaced, stopped; sockets outlive it."""

import contextlib
import http.client
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from daemon_under_test import answers, get
from free_ports import free_ports
from live_systemd import Machine

# One process runs all of these: each process that does boots a systemd of its own.
pytestmark = [pytest.mark.timeout(900), pytest.mark.xdist_group("live systemd")]

STAND_INS = {
    "nginx.service": "[Service]\\nExecStart=/bin/sleep infinity\\n[Install]\\nWantedBy=multi-user.target",
    "certbot.timer": "[Timer]\\nOnCalendar=*-12-31\\n[Install]\\nWantedBy=timers.target",
}
"""In the place of the distribution's own: an nginx would listen on this machine's port 80."""

NO_MAP = "[discovery]\noverpass_endpoints = []\n"


@pytest.fixture(scope="module")
def machine(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    machine = Machine(installed, tmp_path_factory.mktemp("systemd") / "log")
    yield machine
    machine.end()


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A bare host: nothing of ours is installed or runs."""
    ours = "'cinestreamd*.socket' cinestreamd.service"
    machine.says("sh", "-c", f"systemctl stop {ours} {' '.join(STAND_INS)}; systemctl reset-failed")
    machine.run("sh", "-c", "rm -rf /etc/cinestreamd /etc/systemd/system/* /var/lib/cinestreamd* /etc/*.d/cinestreamd*")
    for unit, words in STAND_INS.items():
        machine.run("sh", "-c", f"printf '{words}\\n' > /etc/systemd/system/{unit}")
    machine.run("systemctl", "daemon-reload")
    machine.run("journalctl", "--rotate")
    machine.run("journalctl", "--vacuum-time=1s")
    machine.run("mkdir", "/etc/cinestreamd")
    machine.run("sh", "-c", f"printf '{NO_MAP}' > /etc/cinestreamd/config.toml")
    return machine


def add_site(host: Machine, *options: str) -> int:
    """Install the units and add a site with two workers; returns its first port."""
    port = free_ports(2)
    host.run("cinestreamd", "deploy", "systemd", "--apply")
    host.run("cinestreamd", "sites", "add", "kino", "--start-port", str(port), "--processes", "2", *options)
    return port


def first_site_at_ports(host: Machine) -> int:
    """Have the site that the first start makes listen on ports of this test, not on 8001; returns the first."""
    port, folder = free_ports(2), "/etc/systemd/system/cinestreamd.service.d"
    words = f"[Service]\\nEnvironment=CINESTREAMD_RUN_START_PORT={port} CINESTREAMD_RUN_PROCESSES=2\\n"
    host.run("sh", "-c", f"mkdir -p {folder} && printf '{words}' > {folder}/ports.conf")
    return port


def test_a_bare_host_serves_after_one_command_and_shuts_the_service_in(host: Machine) -> None:
    """``server init``, then a site; the service works under all of its restrictions, an agent included."""
    port = first_site_at_ports(host)
    host.run("cinestreamd", "server", "init", "--apply")
    assert host.run("cinestreamd", "server", "init") == "This host is set up; nothing to do."
    for unit in STAND_INS:
        assert host.run("systemctl", "is-active", unit) == "active"
        assert host.run("systemctl", "is-enabled", unit) == "enabled"
    assert host.show("ActiveState") == "active"
    host.wait(lambda: answers(port) and answers(port + 1), "both workers serve")
    host.wait(lambda: host.show("StatusText") == "default: 2 of 2 workers", "the service says what it does")
    assert host.show("User") == "cinestreamd"
    assert host.run("stat", "-c", "%U %a", "/var/lib/cinestreamd") == "cinestreamd 700"
    main = host.show("MainPID")
    status = host.run("cat", f"/proc/{main}/status")
    assert re.search(r"^CapBnd:\s0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s1$", status, re.MULTILINE)
    assert re.search(r"^Seccomp:\s2$", status, re.MULTILINE)
    assert "Read-only file system" in host.fails("nsenter", "-t", main, "-m", "touch", "/etc/cinestreamd/new")
    assert host.run("cinestreamd", "scrape", "kyiv").startswith("kyiv: empty in ")
    host.run("systemctl", "reload", "cinestreamd")
    assert (host.show("MainPID"), host.show("ActiveState")) == (main, "active")
    assert get(port, "/uk/", timeout=60)[0] == 200
    journal = host.journal()
    assert '"event": "agent_ended"' in journal
    assert "child_not_confined" not in journal
    host.run("systemctl", "stop", "cinestreamd")
    assert (host.show("ActiveState"), host.show("Result")) == ("inactive", "success")
    assert not answers(port)


RELEASES = {
    "Debian": ("ID=debian\\nVERSION_ID=12\\n", "apt-get install -y --no-install-recommends nginx certbot"),
    "Ubuntu": ("ID=ubuntu\\nID_LIKE=debian\\n", "apt-get install -y --no-install-recommends nginx certbot"),
    "Fedora": ("ID=fedora\\n", "dnf install -y nginx certbot"),
    "Rocky": ('ID="rocky"\\nID_LIKE="rhel centos fedora"\\n', "dnf install -y nginx certbot"),
    "Clear Linux": ("ID=clear-linux-os\\nID_LIKE=clear-linux-os\\n", "swupd bundle-add nginx certbot"),
}
"""What os-release(5) says of a distribution, and the command that installs what is missing there."""

MANAGER = """#!/bin/sh
echo "${0##*/} $*" >> /asked
for program in nginx certbot; do mv "/away/$program" /usr/bin/; done
"""


def test_a_bare_host_gets_its_packages_by_its_own_manager(host: Machine) -> None:
    """The distribution is told by os-release in /etc or, where none is, in /usr/lib; the managers are stand-ins."""
    first_site_at_ports(host)
    host.run("sh", "-c", "cp -L /etc/os-release /release && mkdir -p /away")
    host.run("sh", "-c", "cp $(command -v nginx) /nginx; cp $(command -v certbot) /certbot")
    try:
        for name in ("apt-get", "dnf", "swupd"):
            host.run("sh", "-c", f"printf '%s' '{MANAGER}' > /usr/sbin/{name} && chmod 755 /usr/sbin/{name}")
        for distribution, (release, command) in RELEASES.items():
            if distribution == "Clear Linux":  # which brings no /etc/nginx
                host.run("mv", "/etc/nginx", "/former-nginx")
            host.run("sh", "-c", "rm -f /asked /usr/*bin/nginx /usr/*bin/certbot && cp /nginx /certbot /away/")
            elsewhere = "/usr/lib" if distribution == "Clear Linux" else "/etc"
            host.run("sh", "-c", f"rm -f /etc/os-release && printf '{release}' > {elsewhere}/os-release")
            plan = host.run("cinestreamd", "server", "init").splitlines()
            assert plan[:2] == ["Install packages", f"    {command}"], distribution
            host.fails("cat", "/asked")
            host.run("cinestreamd", "server", "init", "--apply")
            assert host.run("cat", "/asked") == command
            assert host.run("cinestreamd", "server", "init") == "This host is set up; nothing to do."
            host.run("nginx", "-t")
    finally:
        host.says("sh", "-c", "[ -e /former-nginx ] && rm -rf /etc/nginx && mv /former-nginx /etc/nginx")
        host.says("sh", "-c", "rm -f /usr/sbin/apt-get /usr/sbin/dnf /usr/sbin/swupd")
        host.says("sh", "-c", "cp /nginx /certbot /usr/bin/; cp /release /etc/os-release")


def test_a_daemon_that_is_killed_or_stuck_is_started_again(host: Machine) -> None:
    port = add_site(host)
    host.run("mkdir", "-p", "/etc/systemd/system/cinestreamd.service.d")
    drop_in = "/etc/systemd/system/cinestreamd.service.d/watchdog.conf"
    host.run("sh", "-c", f"printf '[Service]\\nWatchdogSec=10\\n' > {drop_in}")
    host.run("systemctl", "daemon-reload")
    host.run("cinestreamd", "deploy", "enable-autostart")
    for number in ("KILL", "STOP"):
        former = host.show("MainPID")
        host.run("kill", f"-{number}", former)
        host.wait(lambda former=former: host.show("MainPID") not in {former, "0"}, f"another one runs after {number}")
        host.wait(lambda: host.show("ActiveState") == "active" and answers(port), f"it serves after {number}")
    assert "Watchdog timeout" in host.journal()


def test_connections_wait_while_the_service_is_restarted(host: Machine) -> None:
    """Of requests before, during and after a restart none is refused or cut: systemd holds the ports."""
    port = add_site(host)
    host.run("cinestreamd", "deploy", "systemd", "--apply", "--sockets")
    host.run("cinestreamd", "deploy", "enable-autostart")
    host.wait(lambda: answers(port), "it serves on the port that it was given")
    over, failed, served = threading.Event(), [], []

    def ask() -> None:
        while not over.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=100)
            with contextlib.closing(connection):
                try:
                    connection.request("GET", "/healthz")
                    served.append(connection.getresponse().status)
                except (OSError, http.client.HTTPException) as error:
                    failed.append(repr(error))

    visitor = threading.Thread(target=ask)
    visitor.start()
    try:
        former = host.show("MainPID")
        host.run("systemctl", "restart", "cinestreamd")
        assert host.show("MainPID") != former
        so_far = len(served)
        host.wait(lambda: len(served) > so_far, "it serves after the restart")
    finally:
        over.set()
        visitor.join()
    assert failed == []
    assert set(served) == {200}
    # With the daemon down the ports are still systemd's, and doctor knows whose they are.
    host.run("systemctl", "stop", "cinestreamd.service")
    rows = json.loads(host.says("cinestreamd", "doctor", "--offline", "--json"))
    [ports] = [row for row in rows if row["check"] == "ports"]
    assert ports["says"] == f"kino: ports {port}-{port + 1} are held by systemd until the daemon runs"
    # What was chosen is kept without being named again, also for the site's new name.
    assert "Install the service" not in host.run("cinestreamd", "server", "init")
    host.run("cinestreamd", "sites", "rename", "kino", "film")
    host.run("cinestreamd", "deploy", "systemd", "--apply")
    host.run("systemctl", "start", "cinestreamd.service")
    host.wait(lambda: answers(port), "it serves under its new name")
    assert host.run("systemctl", "is-active", "cinestreamd-film.socket") == "active"
    assert host.says("systemctl", "is-active", "cinestreamd-kino.socket") == "inactive"


def test_a_configuration_that_cannot_be_used_is_told_and_not_tried_again(host: Machine) -> None:
    add_site(host)
    host.run("sh", "-c", "printf '[daemon]\\nbind = 5\\n' > /etc/cinestreamd/config.toml")
    said = host.fails("cinestreamd", "deploy", "enable-autostart")
    assert said == "cinestreamd: cinestreamd.service does not start; see why with: journalctl -u cinestreamd.service"
    host.wait(lambda: host.show("ActiveState") == "failed", "it is given up")
    assert (host.show("ExecMainStatus"), host.show("NRestarts")) == ("78", "0")
    assert "/etc/cinestreamd/config.toml:2" in host.journal()


def test_a_site_with_a_user_of_its_own_runs_as_that_user_under_the_widened_service(host: Machine) -> None:
    host.run("sh", "-c", "id kinouser || useradd --system --no-create-home kinouser")
    port = add_site(host, "--user", "kinouser")
    host.run("cinestreamd", "deploy", "systemd", "--apply")
    host.run("cinestreamd", "deploy", "enable-autostart")
    host.wait(lambda: answers(port) and answers(port + 1), "both workers serve")
    rows = json.loads(host.run("cinestreamd", "status", "--json"))["processes"]
    workers = [row["pid"] for row in rows if row["role"] == "worker"]
    assert len(workers) == 2
    for worker in workers:
        status = host.run("cat", f"/proc/{worker}/status")
        [uid] = set(re.findall(r"^Uid:\s(\d+)\s\1\s\1\s\1$", status, re.MULTILINE))
        assert host.run("id", "-nu", uid) == "kinouser"
        assert re.search(r"^Cap(?:Prm|Eff|Inh|Amb):\s+0*[1-9a-f]", status, re.MULTILINE) is None
    assert host.run("cinestreamd", "scrape", "kyiv").startswith("kyiv: empty in ")
    assert "child_not_confined" not in host.journal()
