"""``cinestreamd sites`` and ``cinestreamd config``, as an operator types them."""

import json
import subprocess
import sys
from pathlib import Path

import pytest


def cinestreamd(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cinestreamd", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_site_is_added_listed_edited_shown_and_removed(tmp_path: Path) -> None:
    state = ("--state-dir", str(tmp_path))
    added = cinestreamd("sites", "add", "kino", *state, "--domain", "kino.example", "--city", "kyiv", "--json")
    assert added.returncode == 0, added.stderr
    start = json.loads(added.stdout)["start_port"]
    assert start >= 8001
    second = cinestreamd("sites", "add", "film", *state, "--processes", "3", "--json")
    assert json.loads(second.stdout)["start_port"] not in range(start - 2, start + 12)
    edited = cinestreamd("sites", "edit", "kino", *state, "--city", "lviv", "--city", "odesa", "--json")
    assert json.loads(edited.stdout)["cities"] == ["lviv", "odesa"]
    assert json.loads(edited.stdout)["domains"] == ["kino.example"]
    listed = cinestreamd("sites", "list", *state, "--json")
    assert [site["name"] for site in json.loads(listed.stdout)] == ["film", "kino"]
    shown = cinestreamd("sites", "show", "kino", *state)
    assert 'cities = ["lviv", "odesa"]' in shown.stdout
    secret = (tmp_path / "sites" / "kino" / ".env").read_text().split("=", 1)[1].strip()
    assert secret not in shown.stdout + listed.stdout + added.stdout
    assert cinestreamd("sites", "remove", "kino", *state).returncode == 2
    assert cinestreamd("sites", "remove", "kino", *state, "--yes").returncode == 0
    assert [site["name"] for site in json.loads(cinestreamd("sites", "list", *state, "--json").stdout)] == ["film"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("sites", "show", "none"), 4, "cinestreamd sites list"),
        (("sites", "add", "Bad Name"), 2, "cannot name a site"),
        (("sites", "add", "kino", "--domain", "a;b"), 2, "not a lower-case domain name"),
        (("sites", "add", "kino", "--city", "kiev"), 2, "try: kyiv"),
        (("sites", "add", "kino", "--start-port", "80"), 2, "1024"),
        (("run", "--config", "/nonexistent/config.toml"), 78, "cannot be read"),
        (("status",), 69, "cinestreamd run"),
    ],
)
def test_bad_input_is_one_line_that_says_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    result = cinestreamd(*arguments, "--state-dir", str(tmp_path))
    assert result.returncode == code, result.stderr
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert not list(tmp_path.glob("sites/[a-z]*"))


def test_config_check_names_the_site_and_line_at_fault(tmp_path: Path) -> None:
    assert cinestreamd("sites", "add", "kino", "--state-dir", str(tmp_path)).returncode == 0
    (tmp_path / "sites" / "kino" / "site.toml").write_text("processes = 'many'\n")
    result = cinestreamd("config", "check", "--state-dir", str(tmp_path))
    assert result.returncode == 78
    assert "kino/site.toml:1: processes" in result.stderr


def test_config_example_is_printed_as_committed() -> None:
    committed = Path(__file__).parents[2] / "config.example.toml"
    assert cinestreamd("config", "example").stdout == committed.read_text(encoding="utf-8")
