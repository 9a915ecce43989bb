"""The built wheel in an empty root, run where no source tree can be seen."""

import os
import shutil
import signal
import subprocess
import sys
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
    [packages] = installed.glob("usr/l*/**/site-packages")
    program = installed / "usr" / "bin" / "cinestreamd"
    start, demo = free_ports(2), free_ports()
    settle_demo(tmp_path)
    options = ["--demo", "--demo-port", str(demo), "--start-port", str(start), "--processes", "2"]
    base = str(Path(sys.base_prefix) / "bin" / f"python3.{sys.version_info.minor}")
    command = [base, "-s", "-P", str(program), "run", *options, "--state-dir", str(tmp_path)]
    log = undo.enter_context((tmp_path / "log").open("wb"))
    process: subprocess.Popen[Any] = subprocess.Popen(
        ["unshare", "--mount", "--propagation", "private", "sh", "-c", HIDDEN, "hidden", str(SOURCE), *command],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(packages), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=log,
        stderr=log,
    )
    undo.callback(process.wait)
    undo.callback(process.kill)
    wait_until(lambda: process.poll() is not None or answers(start), seconds=60, what="served")
    assert process.poll() is None, (tmp_path / "log").read_text()
    assert not Path(f"/proc/{process.pid}/root{SOURCE}/cinestreamd").exists()
    client = ControlClient(tmp_path)
    wait_until(lambda: is_ready(client), seconds=60, what="all workers are ready")
    assert client.call("scrape", city="kyiv")["answer"] == "accepted"
    wait_until(
        lambda: "Зірка на Подолі" in get(start + 1, "/uk/city/kyiv")[1],
        seconds=120,
        what="a cinema of the demo is shown",
    )
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0


def test_everything_lies_below_usr(installed: Path) -> None:
    """Stateless: nothing in /etc or /var; units, user, folders and defaults where a package has them."""
    assert [path.name for path in installed.iterdir()] == ["usr"]
    for name, text in packaged_files(Service()).items():
        assert (installed / "usr" / "lib" / name).read_text() == text
    defaults = (installed / "usr/share/defaults/cinestreamd/config.toml").read_text()
    assert defaults == (SOURCE / "config.example.toml").read_text()
    SystemdHost(installed).verify(packaged_files(Service()), program="/usr/bin/cinestreamd")


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
