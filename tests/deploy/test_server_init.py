"""``cinestreamd server init``: what is missing, done once."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cinestreamd.cli import root
from cinestreamd.deploy.nginx_files import NginxFolder, NginxRefusedError
from cinestreamd.deploy.server import installer
from cinestreamd.deploy.steps import InstallFailedError, run


def init(folder: Path, *arguments: str) -> str:
    options = ["--root", str(folder), "--program", "/usr/bin/cinestreamd", "--state-dir", "/var/lib/cinestreamd-test"]
    ended = CliRunner().invoke(root, ["server", "init", *arguments, *options])
    assert ended.exit_code == 0, ended.output + repr(ended.exception)
    return ended.stdout


@pytest.fixture
def image(tmp_path: Path) -> Path:
    program = tmp_path / "usr" / "bin" / "cinestreamd"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "etc" / "nginx").mkdir(parents=True)
    (tmp_path / "etc" / "nginx" / "nginx.conf").write_text(
        f"pid {tmp_path}/pid;\nerror_log {tmp_path}/error.log;\nevents {{ }}\nhttp {{\n    access_log off;\n}}\n"
    )
    return tmp_path


def test_plan_is_printed_then_done_once(image: Path) -> None:
    before = sorted(image.rglob("*"))
    plan = init(image)
    assert [line for line in plan.splitlines() if not line.startswith(" ")] == [
        "Install the service, its user and its folders",
        "Have nginx read conf.d",
        "Start with the host",
        "Nothing was changed; do it with: cinestreamd server init --apply",
    ]
    assert init(image, "--dry-run") == plan
    assert sorted(image.rglob("*")) == before
    init(image, "--apply")
    main = (image / "etc/nginx/nginx.conf").read_text()
    assert f"http {{\n    include {image}/etc/nginx/conf.d/*.conf;\n    access_log off;" in main
    assert (image / "etc/systemd/system/multi-user.target.wants/cinestreamd.service").is_symlink()
    assert init(image) == "This host is set up; nothing to do.\n"
    assert init(image, "--apply") == "This host is set up; nothing to do.\n"


def test_include_that_nginx_does_not_take_is_taken_back(image: Path) -> None:
    nginx = NginxFolder(image / "etc/nginx")
    main = image / "etc/nginx/nginx.conf"
    (image / "etc/nginx/conf.d").mkdir()
    (image / "etc/nginx/conf.d/broken.conf").write_text("nonsense;\n")
    before = main.read_text()
    with pytest.raises(NginxRefusedError, match="nonsense"):
        nginx.read_sites()
    assert main.read_text() == before


def test_nginx_without_a_configuration_is_given_one(tmp_path: Path) -> None:
    """As on a distribution that keeps /etc empty; what nginx does not take is taken back."""
    nginx = NginxFolder(tmp_path / "nginx")
    nginx.make()
    assert nginx.reads_sites()
    assert nginx.installed() == {}
    (tmp_path / "nginx/nginx.conf").unlink()
    (tmp_path / "nginx/conf.d/broken.conf").write_text("nonsense;\n")
    with pytest.raises(NginxRefusedError, match="nonsense"):
        nginx.make()
    assert sorted(path.name for path in (tmp_path / "nginx").iterdir()) == ["conf.d"]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("ID=debian\n", "apt-get"),
        ('NAME="X"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', "apt-get"),
        ('ID="rocky"\nID_LIKE="rhel centos fedora"\n', "dnf"),
        ("ID=fedora\n", "dnf"),
        ("ID=clear-linux-os\nID_LIKE=clear-linux-os\n", "swupd"),
    ],
)
def test_package_manager_is_the_distributions_own(text: str, command: str) -> None:
    found = installer(text)
    assert found is not None
    assert found[0] == command


def test_unknown_distribution_is_left_alone() -> None:
    assert installer("ID=plan9\n") is None
    assert installer("") is None


def test_package_manager_that_fails_is_told() -> None:
    with pytest.raises(InstallFailedError, match="cannot access"):
        run(["ls", "/nowhere/at/all"])
    with pytest.raises(InstallFailedError, match="No such file"):
        run(["/nowhere/at/all"])


def test_dry_run_and_apply_exclude_each_other(image: Path) -> None:
    ended = CliRunner().invoke(root, ["server", "init", "--apply", "--dry-run", "--root", str(image)])
    assert ended.exit_code == 2
