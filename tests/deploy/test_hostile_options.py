"""What could mean something to nginx, systemd, certbot or a shell is refused before anything is written."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from cinestreamd.cli import root
from cinestreamd.errors import InvalidInputError

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
FRONT = ("--certificates", "--self-signed-folder", "--webroot", "--cache")


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
    place = ["--root", str(tmp_path)] if command[0] == "systemd" else ["--nginx-folder", str(nginx)]
    for option in options:
        ended = CliRunner().invoke(root, ["deploy", *command, *place, "--state-dir", state, f"{option}={value}"])
        assert isinstance(ended.exception, InvalidInputError), (option, ended.output, ended.exception)
        assert everything(tmp_path) == before
