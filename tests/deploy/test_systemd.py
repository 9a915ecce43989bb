"""Units that systemd itself reads and judges, and a real daemon under their restrictions."""

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from daemon_under_test import DaemonUnderTest, answers, wait_until

from cinestreamd.cli import root
from cinestreamd.deploy.paths import PlainPathError
from cinestreamd.deploy.systemd import Service, host_files, packaged_files, render_service, render_sockets
from cinestreamd.deploy.systemd_files import SystemdHost, SystemdRefusedError
from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.model import Site, SiteSettings

HERE = Path(__file__).parent
PACKAGING = HERE.parent.parent / "packaging"
UNIT = PACKAGING / "systemd" / "system" / "cinestreamd.service"
CONFINED = (
    *("unshare", "--mount", "--ipc", "--propagation", "private"),
    *(sys.executable, str(HERE / "confined.py"), str(UNIT)),
)
PROBE = """
import ctypes, errno, mmap, os, socket, sys
def refused(*numbers):
    def told(do):
        try:
            do()
        except OSError as error:
            assert error.errno in numbers, error
        else:
            sys.exit(f"{do} was allowed")
    return told
refused(errno.EROFS)(lambda: open("/etc/cinestreamd-test", "w"))
refused(errno.EPERM)(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW))
refused(errno.EPERM)(lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC))
refused(errno.EPERM)(lambda: os.chroot("/"))
refused(errno.EPERM)(lambda: os.nice(1))
refused(errno.EPERM)(lambda: os.setuid(1000))
refused(errno.ENOENT)(lambda: open("/proc/meminfo"))
"""
SITE = Site(name="kino", settings=SiteSettings(start_port=8001, processes=3), directory="/nowhere")


@pytest.fixture
def image(tmp_path: Path) -> SystemdHost:
    """The root of a host that does not run, with a program to start."""
    program = tmp_path / "usr" / "bin" / "cinestreamd"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    return SystemdHost(tmp_path)


def test_packaged_files_are_what_is_rendered() -> None:
    for name, text in packaged_files(Service()).items():
        assert (PACKAGING / name).read_text(encoding="utf-8") == text, name


def test_systemd_reads_every_unit_without_a_word(image: SystemdHost) -> None:
    files = host_files(Service(), [SITE], sockets="127.0.0.1")
    image.verify(files, program="/usr/bin/cinestreamd")
    misspelt = {name: text.replace("PrivateTmp=", "PrivateTemp=") for name, text in files.items()}
    with pytest.raises(SystemdRefusedError, match="PrivateTemp"):
        image.verify(misspelt, program="/usr/bin/cinestreamd")


def test_exposure_is_as_low_as_promised() -> None:
    """Judged by systemd itself: 10 is bare, 0 is shut in."""
    command = ["systemd-analyze", "security", "--no-pager", "--offline=true", "--threshold=12", str(UNIT)]
    judged = subprocess.run(command, capture_output=True, text=True, check=False)
    assert judged.returncode == 0, judged.stderr
    level = re.search(r"Overall exposure level for cinestreamd.service: ([0-9.]+)", judged.stdout)
    assert level is not None
    assert float(level[1]) <= 1.2


def test_restrictions_are_in_force(tmp_path: Path) -> None:
    """What the next test runs under refuses what the unit forbids."""
    done = subprocess.run([*CONFINED, str(tmp_path), sys.executable, "-c", PROBE], capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_daemon_works_under_the_restrictions_of_its_unit(daemon: DaemonUnderTest) -> None:
    """It serves, replaces a killed worker, and an agent reads the demo's cinemas: forks, sockets, SQLite, limits."""
    [port] = daemon.add_site(processes=1)
    daemon.start(prefix=[*CONFINED, str(daemon.state_dir.parent)])
    status = Path(f"/proc/{daemon.pid}/status").read_text()
    assert re.search(r"^CapEff:\s0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\s1$", status, re.MULTILINE)
    assert re.search(r"^Seccomp:\s2$", status, re.MULTILINE)
    assert answers(port, "/en/")
    former = daemon.workers()[port]
    subprocess.run(["kill", "-9", str(former)], check=True)
    wait_until(lambda: daemon.workers().get(port) not in {None, former}, what="replaced under restrictions")
    assert daemon.call("scrape", city="kyiv")["answer"] == "accepted"
    [ended] = daemon.wait_for("agent_ended", seconds=100)
    assert (ended["outcome"], ended["code"]) == ("done", 0)
    assert daemon.events("child_not_confined") == [], "each child locks itself to its own files under the unit as well"
    assert daemon.stop() == 0


def test_image_gets_units_user_and_folders(image: SystemdHost) -> None:
    files = host_files(Service(), [SITE], sockets="::1")
    assert image.apply(files, program="/usr/bin/cinestreamd") is True
    assert image.apply(files, program="/usr/bin/cinestreamd") is False
    assert image.drift(files) == ""
    assert re.search(r"^cinestreamd:x:\d+:\d+:cinestreamd cinema guide:", (image.root / "etc/passwd").read_text())
    assert (image.root / "var/lib/cinestreamd").stat().st_mode & 0o777 == 0o700
    assert (image.root / "var/lib/cinestreamd-acme").stat().st_mode & 0o777 == 0o755
    sockets = (image.etc / "systemd/system/cinestreamd-kino.socket").read_text()
    assert re.findall(r"ListenStream=(.*)", sockets) == ["[::1]:8001", "[::1]:8002", "[::1]:8003"]
    assert image.enable() == ["cinestreamd-kino.socket", "cinestreamd.service"]
    wanted = image.etc / "systemd/system/multi-user.target.wants/cinestreamd.service"
    assert wanted.readlink() == Path("/etc/systemd/system/cinestreamd.service")
    fewer = host_files(Service(), [], sockets=None)
    assert "-ListenStream=[::1]:8002" in image.drift(fewer)
    assert image.apply(fewer, program="/usr/bin/cinestreamd") is True
    assert list(image.etc.glob("systemd/system/*.socket")) == []


def test_site_with_a_user_of_its_own_widens_the_service_just_enough(image: SystemdHost) -> None:
    site = msgspec.structs.replace(SITE, settings=msgspec.structs.replace(SITE.settings, user="kino"))
    files = host_files(Service(), [site], sockets=None)
    image.verify(files, program="/usr/bin/cinestreamd")
    drop_in = files["systemd/system/cinestreamd.service.d/cinestreamd-site-users.conf"]
    assert "\nUser=root\n" in drop_in
    assert "CAP_SYS_ADMIN" not in drop_in
    assert "\nd /var/lib/cinestreamd 0711 cinestreamd cinestreamd -\n" in files["tmpfiles.d/cinestreamd.conf"]
    assert (
        "\nd /var/lib/cinestreamd 0700 " in host_files(Service(), [SITE], sockets=None)["tmpfiles.d/cinestreamd.conf"]
    )
    assert not any("site-users" in name for name in host_files(Service(), [SITE], sockets=None))


def test_what_systemd_cannot_carry_out_is_taken_back(image: SystemdHost) -> None:
    """A folder that must be made cannot be: its place is taken by a file."""
    (image.root / "var").write_text("")
    with pytest.raises(SystemdRefusedError):
        image.apply(packaged_files(Service()), program="/usr/bin/cinestreamd")
    assert image.installed() == {}
    assert [path for path in image.etc.rglob("*cinestreamd*") if path.is_file()] == []


def test_autostart_needs_units(image: SystemdHost) -> None:
    with pytest.raises(SystemdRefusedError, match="deploy systemd --apply"):
        image.enable()


@pytest.mark.parametrize(
    "path", ["/a b", "/a\nExecStartPost=/x", "relative", "/a/../b", "/$HOME", "/%h", "/" + "a" * 300]
)
def test_path_that_means_something_to_systemd_is_refused(path: str) -> None:
    with pytest.raises(PlainPathError):
        render_service(Service(program=path))
    with pytest.raises(PlainPathError):
        render_service(Service(state_dir=path))


def test_sockets_are_those_of_the_site() -> None:
    assert "ListenStream=127.0.0.1:8001\nListenStream=127.0.0.1:8002\nListenStream=127.0.0.1:8003\n" in render_sockets(
        SITE, "127.0.0.1"
    )


def test_command_prints_installs_and_shows_drift(image: SystemdHost, tmp_path: Path) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        common = ["--program", "/usr/bin/cinestreamd", "--state-dir", "/var/lib/cinestreamd-test"]
        ended = CliRunner().invoke(root, ["deploy", "systemd", *arguments, *common, "--root", str(tmp_path)])
        assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
        return ended.exit_code, ended.stdout

    code, shown = run("--check")
    assert (code, "+ExecStart=/usr/bin/cinestreamd run\n" in shown) == (1, True)
    assert image.installed() == {}
    assert "# /etc/systemd/system/cinestreamd.service\n" in run()[1]
    assert run("--apply")[0] == 0
    assert "ReadWritePaths=/var/lib/cinestreamd-test" in image.installed()["systemd/system/cinestreamd.service"]
    assert run("--check") == (0, "Installed as it would be rendered.\n")
    enabled = CliRunner().invoke(root, ["deploy", "enable-autostart", "--root", str(tmp_path)])
    assert enabled.stdout == "Enabled: cinestreamd.service\n"


def test_what_was_chosen_is_kept_by_every_command(image: SystemdHost, tmp_path: Path) -> None:
    """The recipe of an upgrade and ``server init`` name neither the sockets nor the state directory."""
    state = tmp_path / "state"

    def run(*arguments: str) -> str:
        place = ["--program", "/usr/bin/cinestreamd", "--root", str(tmp_path)]
        ended = CliRunner().invoke(root, [*arguments, *place])
        assert ended.exit_code == 0, ended.output + repr(ended.exception)
        return ended.stdout

    def add(name: str) -> None:
        ended = CliRunner().invoke(root, ["sites", "add", name, "--processes", "1", "--state-dir", str(state)])
        assert ended.exit_code == 0

    def sockets() -> list[str]:
        return [path.name for path in sorted(image.etc.glob("systemd/system/*.socket"))]

    add("kino")
    run("deploy", "systemd", "--apply", "--sockets", "--state-dir", str(state))
    assert sockets() == ["cinestreamd-kino.socket"]
    chosen = image.installed()
    assert f"ReadWritePaths={state}" in chosen["systemd/system/cinestreamd.service"]
    assert run("deploy", "systemd", "--apply").startswith("Nothing changed.\n")
    assert "Install the service" not in run("server", "init", "--apply")
    assert image.installed() == chosen
    add("film")
    run("server", "init", "--apply")
    assert sockets() == ["cinestreamd-film.socket", "cinestreamd-kino.socket"]
    ended = CliRunner().invoke(root, ["deploy", "enable-autostart", "--root", str(tmp_path)])
    assert ended.stdout == "Enabled: cinestreamd-film.socket, cinestreamd-kino.socket, cinestreamd.service\n"
    renamed = CliRunner().invoke(root, ["sites", "rename", "kino", "other", "--state-dir", str(state)])
    assert renamed.exit_code == 0
    run("deploy", "systemd", "--apply")
    assert sockets() == ["cinestreamd-film.socket", "cinestreamd-other.socket"]
    wanted = image.etc / "systemd/system/sockets.target.wants"
    assert [path.name for path in wanted.iterdir()] == ["cinestreamd-film.socket"], "no link leads nowhere"
    run("deploy", "systemd", "--apply", "--no-sockets")
    assert sockets() == []
    assert "cinestreamd-sockets.conf" not in "".join(image.installed())
    run("deploy", "systemd", "--apply", "--state-dir", "/var/lib/cinestreamd")
    assert "StateDirectory=cinestreamd\n" in image.installed()["systemd/system/cinestreamd.service"]


def test_unit_that_cannot_be_written_leaves_the_others_as_they_were(image: SystemdHost) -> None:
    image.apply(packaged_files(Service()), program="/usr/bin/cinestreamd")
    before = image.installed()
    (image.etc / "systemd/system/cinestreamd-kino.socket").mkdir()
    files = host_files(Service(state_dir="/srv/cinema"), [SITE], sockets="127.0.0.1")
    with pytest.raises(ConfigurationError, match="nothing was changed"):
        image.apply(files, program="/usr/bin/cinestreamd")
    assert image.installed() == before
    assert [path for path in image.etc.rglob(".cinestreamd*") if path.is_file()] == []
