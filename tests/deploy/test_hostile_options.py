"""What could mean something to nginx, systemd, certbot or a shell is refused before anything is written."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cinestreamd.cli import root
from cinestreamd.errors import CinestreamError, InvalidInputError

HOSTILE = {
    "semicolon": "/a;b",
    "newline": "/a\nuser root;",
    "trailing newline": "/a\n",
    "brace": "/a{",
    "parent": "/a/../../etc",
    "variable": "/$host",
    "specifier": "/%n",
    "blank": "/a b",
    "quote": "/a'b",
    "control": "/a\x1b[2J",
    "right to left": "/\u202ea",
    "zero width": "/a\u200bb",
    "long": "/" + "a" * 400,
    "relative": "a",
    "option": "--config=/etc/passwd",
    "command": "/$(id)",
}
FRONT = ("--nginx-folder", "--certificates", "--self-signed-folder", "--webroot", "--cache")


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    ("command", "options"),
    [
        (("nginx", "--apply"), FRONT),
        (("tls", "kino", "--self-signed"), (*FRONT, "--certbot-folder", "--email", "--server")),
        (("systemd", "--apply"), ("--program",)),
    ],
    ids=["nginx", "tls", "systemd"],
)
def test_hostile_option_is_refused_before_anything_is_written(
    tmp_path: Path, command: tuple[str, ...], options: tuple[str, ...], value: str
) -> None:
    state = str(tmp_path / "state")
    added = CliRunner().invoke(root, ["sites", "add", "kino", "--domain", "kino.example", "--state-dir", state])
    assert added.exit_code == 0
    nginx = tmp_path / "nginx"
    (nginx / "conf.d").mkdir(parents=True)
    (nginx / "nginx.conf").write_text(f"events {{ }}\nhttp {{\n include {nginx}/conf.d/*.conf;\n}}\n")
    before = everything(tmp_path)
    place = ["--root", str(tmp_path)] if command[0] == "systemd" else [f"--nginx-folder={nginx}"]
    for option in options:
        ended = CliRunner().invoke(root, ["deploy", *command, *place, "--state-dir", state, f"{option}={value}"])
        assert isinstance(ended.exception, InvalidInputError), (option, ended.output, ended.exception)
        assert everything(tmp_path) == before


COMMANDS = {name: value for name, value in HOSTILE.items() if name not in {"blank", "quote", "specifier"}}
"""What no path may have, be it told to other programs or not; a home may well have a blank or a quote in its name."""


@pytest.mark.parametrize("value", [COMMANDS[name] for name in COMMANDS if name not in {"relative", "option"}])
@pytest.mark.parametrize(
    "command",
    [
        ("sites", "add", "kino"),
        ("deploy", "nginx", "--apply"),
        ("deploy", "tls", "kino", "--self-signed"),
        ("deploy", "systemd", "--apply"),
        ("server", "init", "--apply"),
        ("doctor", "--offline"),
    ],
    ids=" ".join,
)
def test_hostile_state_directory_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], value: str
) -> None:
    given = f"{tmp_path}{value}"
    place = ["--root", str(tmp_path)] if command[0] == "server" or "systemd" in command else []
    ended = CliRunner().invoke(root, [*command, *place, f"--state-dir={given}"])
    assert isinstance(ended.exception, InvalidInputError), (ended.output, ended.exception)
    monkeypatch.setenv("CINESTREAMD_STATE_DIR", given)
    ended = CliRunner().invoke(root, [*command, *place])
    assert isinstance(ended.exception, InvalidInputError), (ended.output, ended.exception)
    assert list(tmp_path.iterdir()) == []


FOLDERS = {
    name: value.lstrip("/")
    for name, value in HOSTILE.items()
    if name not in {"parent", "long", "relative", "option", "trailing newline"}
}
"""Names that a folder can have, and that no path may have which other programs are told."""


@pytest.fixture
def bare_image(tmp_path: Path) -> Path:
    """The root of a host with a program to start and an nginx that reads no sites yet."""
    image = tmp_path / "image"
    (image / "usr" / "bin").mkdir(parents=True)
    (image / "usr" / "bin" / "cinestreamd").write_text("#!/bin/sh\n")
    (image / "usr" / "bin" / "cinestreamd").chmod(0o755)
    (image / "etc" / "nginx").mkdir(parents=True)
    (image / "etc" / "nginx" / "nginx.conf").write_text("events { }\nhttp {\n}\n")
    return image


def refused_by_server_init(folder: Path, image: Path, **given: str) -> None:
    """The plan and the deed are refused alike, and nothing is written."""
    options = {"root": str(image), "program": "/usr/bin/cinestreamd", "state-dir": "/var/lib/cinestreamd-test"}
    words = [f"--{name.replace('_', '-')}={word}" for name, word in {**options, **given}.items()]
    before = everything(folder)
    for action in ("--dry-run", "--apply"):
        ended = CliRunner().invoke(root, ["server", "init", action, *words])
        assert isinstance(ended.exception, InvalidInputError), (given, ended.output, ended.exception)
        assert everything(folder) == before


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_hostile_option_of_server_init_is_refused_before_anything_is_written(
    tmp_path: Path, bare_image: Path, value: str
) -> None:
    refused_by_server_init(tmp_path, bare_image, program=value)
    refused_by_server_init(tmp_path, bare_image, nginx_folder=value)


@pytest.mark.parametrize("name", FOLDERS.values(), ids=FOLDERS)
def test_hostile_folder_is_refused_by_server_init_although_it_is_there(
    tmp_path: Path, bare_image: Path, name: str
) -> None:
    (tmp_path / name).mkdir()
    refused_by_server_init(tmp_path, bare_image, root=str(tmp_path / name))
    refused_by_server_init(tmp_path, bare_image, **{"state-dir": str(tmp_path / name)})


@pytest.mark.parametrize("link", ["etc", "etc/systemd", "etc/systemd/system", "etc/sysusers.d", "etc/tmpfiles.d"])
@pytest.mark.parametrize("command", [("server", "init", "--apply"), ("deploy", "systemd", "--apply")], ids=" ".join)
def test_image_whose_folder_leads_elsewhere_is_refused_before_anything_is_written(
    tmp_path: Path, bare_image: Path, command: tuple[str, ...], link: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    place = bare_image / link
    if place.exists():
        place.rename(elsewhere)
    elsewhere.mkdir(exist_ok=True)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.symlink_to(elsewhere)
    before = everything(tmp_path)
    words = ["--root", str(bare_image), "--program", "/usr/bin/cinestreamd", "--state-dir", "/var/lib/cinestreamd-test"]
    ended = CliRunner().invoke(root, [*command, *words])
    assert isinstance(ended.exception, CinestreamError), ended.output
    assert "leads out of" in str(ended.exception)
    assert everything(tmp_path) == before


def test_unit_that_is_a_link_is_replaced_and_what_it_names_stays(tmp_path: Path, bare_image: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("theirs")
    unit = bare_image / "etc" / "systemd" / "system" / "cinestreamd.service"
    unit.parent.mkdir(parents=True)
    unit.symlink_to(theirs)
    words = ["--root", str(bare_image), "--program", "/usr/bin/cinestreamd", "--state-dir", "/var/lib/cinestreamd-test"]
    ended = CliRunner().invoke(root, ["deploy", "systemd", "--apply", *words])
    assert ended.exit_code == 0, ended.exception
    assert (theirs.read_text(), unit.is_symlink()) == ("theirs", False)
