"""Secret files of a site."""

import os
from pathlib import Path

import pytest

from cinestreamd.errors import ConfigurationError
from cinestreamd.sites.env import read_env, write_env


def test_values_survive_a_round_trip_in_a_private_file(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    write_env(path, {"SECRET_KEY": "a=b#c", "MONGO_URI": "mongodb://u:p@h/db"})
    assert read_env(path) == {"SECRET_KEY": "a=b#c", "MONGO_URI": "mongodb://u:p@h/db"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == [".env"]


def test_comments_and_blank_lines_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.touch(mode=0o600)
    path.write_text("# key\n\nSECRET_KEY = x\n")
    assert read_env(path) == {"SECRET_KEY": "x"}


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / ".env"
    path.write_text("SECRET_KEY=x\n")
    path.chmod(mode)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_env(path)


def test_link_directory_pipe_and_absence_are_refused(tmp_path: Path) -> None:
    target = tmp_path / "target"
    write_env(target, {"SECRET_KEY": "x"})
    (tmp_path / "link").symlink_to(target)
    (tmp_path / "folder").mkdir(mode=0o700)
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name in ("link", "folder", "pipe", "absent"):
        with pytest.raises(ConfigurationError):
            read_env(tmp_path / name)


@pytest.mark.parametrize("text", ["SECRET_KEY\n", "secret=1\n", "=x\n", "export A=1\n"])
def test_other_lines_are_refused_with_their_number(tmp_path: Path, text: str) -> None:
    path = tmp_path / ".env"
    path.touch(mode=0o600)
    path.write_text("A=1\n" + text)
    with pytest.raises(ConfigurationError, match=r"\.env:2"):
        read_env(path)


def test_error_never_tells_the_value(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    with pytest.raises(ConfigurationError) as caught:
        write_env(path, {"SECRET_KEY": "canary\nINJECTED=1"})
    assert "canary" not in str(caught.value)
    assert not path.exists()


def test_huge_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.touch(mode=0o600)
    path.write_text("A=" + "x" * 70_000)
    with pytest.raises(ConfigurationError, match="larger"):
        read_env(path)
