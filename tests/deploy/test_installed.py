"""The built wheel in an empty root, run where no source tree can be seen."""

import os
import shutil
import signal
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from daemon_under_test import answers, get, wait_until
from free_ports import free_ports
from product_store import settle_demo

from cinestreamd.deploy.systemd import Service, packaged_files
from cinestreamd.deploy.systemd_files import SystemdHost
from cinestreamd.master.client import ControlClient, NotRunningError

pytestmark = pytest.mark.timeout(900)  # the root is made within the first of these tests: minutes on a busy machine

SOURCE = Path(__file__).parent.parent.parent
HIDDEN = 'mount -t tmpfs none "$1" && shift && cd / && exec "$@"'


@pytest.fixture
def undo() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


def is_ready(client: ControlClient) -> bool:
    try:
        return bool(client.call("status")["sites"][0]["state"] == "serving")
    except NotRunningError:
        return False


def test_installed_daemon_serves_the_demo(installed: Path, tmp_path: Path, undo: ExitStack) -> None:
    [packages] = [place.parent for place in installed.glob("usr/l*/**/*-packages/cinestreamd")]
    program = installed / "usr" / "bin" / "cinestreamd"
    start, demo = free_ports(2), free_ports()
    settle_demo(tmp_path)
    options = ["--demo", "--demo-port", str(demo), "--start-port", str(start), "--processes", "2"]
    interpreter = program.read_text().partition("\n")[0].removeprefix("#!")
    command = [interpreter, "-s", "-P", str(program), "run", *options, "--state-dir", str(tmp_path)]
    log = undo.enter_context((tmp_path / "log").open("wb"))
    process: subprocess.Popen[Any] = subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", HIDDEN, "hidden", str(SOURCE), *command],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=log,
        stderr=log,
    )
    undo.callback(process.wait)
    undo.callback(process.kill)
    wait_until(lambda: process.poll() is not None or answers(start), seconds=100, what="served")
    assert process.poll() is None, (tmp_path / "log").read_text()
    assert not Path(f"/proc/{process.pid}/root{SOURCE}/cinestreamd").exists()
    client = ControlClient(tmp_path)
    wait_until(lambda: is_ready(client), seconds=100, what="all workers are ready")
    assert client.call("scrape", city="kyiv")["answer"] == "accepted"
    wait_until(
        lambda: "Зірка на Подолі" in get(start + 1, "/api/showtimes?city=kyiv")[1],  # at any hour, unlike its page
        seconds=120,
        what="a cinema of the demo is read",
    )
    process.send_signal(signal.SIGTERM)
    assert process.wait(100) == 0


def test_everything_lies_below_usr(installed: Path) -> None:
    """Stateless: nothing in /etc or /var; units, user, folders and defaults where a package has them.

    Libraries lie where the python that the program names looks for those of packages, be it Debian's own.
    """
    assert [path.name for path in installed.iterdir()] == ["usr"]
    assert {path.name for path in (installed / "usr").iterdir()} <= {"bin", "lib", "lib64", "share"}
    interpreter = (installed / "usr/bin/cinestreamd").read_text().partition("\n")[0].removeprefix("#!")
    told = subprocess.run(
        [interpreter, "-c", "import sys; print(*sys.path, sep='\\n')"],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    [packages] = [place.parent for place in installed.glob("usr/l*/**/*-packages/cinestreamd")]
    where = f"/{packages.relative_to(installed)}"
    assert interpreter != "/usr/bin/python3" or where in told.stdout.splitlines()
    for name, text in packaged_files(Service()).items():
        assert (installed / "usr" / "lib" / name).read_text() == text
    defaults = (installed / "usr/share/defaults/cinestreamd/config.toml").read_text()
    assert defaults == (SOURCE / "config.example.toml").read_text()
    SystemdHost(installed).verify(packaged_files(Service()), program="/usr/bin/cinestreamd")


def test_sdist_has_the_sources_and_nothing_that_was_made(installed: Path) -> None:
    """From it the wheel was built that serves; whoever unpacks it can run, test and package the program."""
    [sdist] = (installed.parent / "dist").glob("cinestreamd-*.tar.gz")
    with tarfile.open(sdist) as archive:
        files = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
        assert all(member.isfile() for member in archive.getmembers())
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    known = subprocess.run(listing, cwd=SOURCE, capture_output=True, text=True, check=True).stdout
    wanted = {name for name in known.split("\0")[:-1] if not name.startswith(".")}
    assert wanted - files == set()
    assert files - wanted <= {"PKG-INFO", ".gitignore"}
    assert not [name for name in files if "node_modules" in name or name.endswith((".pyc", ".sqlite-wal"))]


def test_wheel_has_the_program_and_its_data_files_alone(installed: Path) -> None:
    [wheel] = (installed.parent / "dist").glob("cinestreamd-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    data = {name.partition(".data/data/")[2] for name in names if ".data/data/" in name}
    assert data == {
        "share/defaults/cinestreamd/config.toml",
        "lib/systemd/system/cinestreamd.service",
        "lib/sysusers.d/cinestreamd.conf",
        "lib/tmpfiles.d/cinestreamd.conf",
        "share/cinestreamd/prometheus/cinestreamd.rules.yml",
        "share/cinestreamd/grafana/cinestreamd.json",
    }
    assert {name.partition("/")[0] for name in names if ".data/" not in name and ".dist-info/" not in name} == {
        "cinestreamd"
    }


def test_root_that_is_not_empty_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "kept").touch()
    script = str(SOURCE / "packaging" / "install_root.sh")
    done = subprocess.run([script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert (done.returncode, "is not empty" in done.stderr) == (2, True)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_image_gets_user_and_folders_from_the_package(installed: Path, tmp_path: Path) -> None:
    shutil.copytree(installed / "usr" / "lib", tmp_path / "usr" / "lib", ignore=shutil.ignore_patterns("python3*"))
    (tmp_path / "etc").mkdir()
    for command in (["systemd-sysusers"], ["systemd-tmpfiles", "--create"]):
        done = subprocess.run([*command, f"--root={tmp_path}"], capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
    assert "cinestreamd:x:" in (tmp_path / "etc" / "passwd").read_text()
    state = (tmp_path / "var/lib/cinestreamd").stat()
    assert (state.st_mode & 0o777, state.st_uid != 0) == (0o700, True)


def test_clear_linux_names_what_the_package_needs() -> None:
    """The bundle is named as its file; autospec is told every library of pyproject.toml."""
    clear = SOURCE / "packaging" / "clear"
    bundle = (clear / "cinestreamd").read_text().splitlines()
    assert bundle[0] == "# [TITLE]: cinestreamd"
    assert {"include(nginx)", "include(python3-basic)", "cinestreamd"} <= set(bundle)
    needed = (clear / "autospec" / "requires_add").read_text().split()
    locked = (SOURCE / "pyproject.toml").read_text().partition("dependencies = [")[2].partition("]")[0]
    names = [line.strip().strip('",').split(">")[0] for line in locked.split("\n") if line.strip()]
    assert needed == [f"pypi({name.replace('-', '_')})" for name in names]
