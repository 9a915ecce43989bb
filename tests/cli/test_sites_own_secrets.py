"""Secrets that are a site's own: no other site of the machine gets them, and what others can read is not believed."""

import json
import os
from pathlib import Path

import pytest
from command_line import cinestreamd, everything
from free_ports import free_ports

from cinestreamd.cli.run import _simulate_claude
from cinestreamd.demo.settings import demo_access
from cinestreamd.sites.env import read_env, write_env
from cinestreamd.sites.errors import SharedSecretError
from cinestreamd.sites.model import SiteSettings
from cinestreamd.sites.registry import Registry

URI = "mongodb://db.example/kino"


def secrets_of(state: Path, name: str) -> dict[str, str]:
    return read_env(state / "sites" / name / ".env")


@pytest.mark.parametrize("way", ["import", "restore"])
def test_second_site_of_a_machine_gets_a_key_of_its_own(tmp_path: Path, way: str) -> None:
    state, file = tmp_path / "state", tmp_path / "file"
    assert cinestreamd(state, "sites", "add", "kino", "--start-port", str(free_ports(12))).code == 0
    take = ("export", "kino", str(file), "--with-secrets") if way == "import" else ("backup", "kino", str(file))
    assert cinestreamd(state, "sites", *take).code == 0
    made = cinestreamd(state, "sites", way, "film", str(file), "--start-port", str(free_ports(12)))
    assert (made.code, made.error) == (0, "cinestreamd: site kino has the same SECRET_KEY: a new one is made\n")
    one, two = (secrets_of(state, name)["SECRET_KEY"] for name in ("kino", "film"))
    assert (one != two, len(two)) == (True, 64)
    elsewhere = cinestreamd(tmp_path / "other", "sites", way, "film", str(file), "--start-port", str(free_ports(12)))
    assert (elsewhere.code, elsewhere.error) == (0, "")
    assert secrets_of(tmp_path / "other", "film")["SECRET_KEY"] == one


def test_second_site_of_a_machine_does_not_get_the_database_of_the_first(tmp_path: Path) -> None:
    state, file = tmp_path / "state", tmp_path / "file"
    assert cinestreamd(state, "sites", "add", "kino", "--start-port", str(free_ports(12))).code == 0
    assert cinestreamd(state, "sites", "env", "kino", "set", "MONGO_URI", given=f"{URI}\n").code == 0
    assert cinestreamd(state, "sites", "export", "kino", str(file), "--with-secrets").code == 0
    made = cinestreamd(state, "sites", "import", "film", str(file), "--start-port", str(free_ports(12)), "--json")
    assert json.loads(made.output)["not_taken"] == ["SECRET_KEY", "MONGO_URI"]
    assert "site kino has the same MONGO_URI: it is left out; the embedded database is used" in made.error
    assert list(secrets_of(state, "film")) == ["SECRET_KEY"]
    assert "db.example" not in made.output + made.error


@pytest.mark.parametrize("key", ["SECRET_KEY", "MONGO_URI"])
def test_secret_of_another_site_is_refused(tmp_path: Path, key: str) -> None:
    for name in ("kino", "film"):
        assert cinestreamd(tmp_path, "sites", "add", name, "--start-port", str(free_ports(12))).code == 0
    assert cinestreamd(tmp_path, "sites", "env", "kino", "set", "MONGO_URI", given=f"{URI}\n").code == 0
    before, value = everything(tmp_path), secrets_of(tmp_path, "kino")[key]
    refused = cinestreamd(tmp_path, "sites", "env", "film", "set", key, given=f"{value}\n")
    assert (refused.code, value in refused.error) == (2, False)
    assert refused.error == f"Site kino has the same {key}; no two sites of a machine may share it"
    assert everything(tmp_path) == before
    again = cinestreamd(tmp_path, "sites", "env", "kino", "set", key, given=f"{value}\n")
    assert (again.code, again.output) == (0, "Nothing changed.\n")


def test_registry_makes_no_site_with_another_ones_key(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.add("kino", SiteSettings())
    files = {".env": f"SECRET_KEY={secrets_of(tmp_path, 'kino')['SECRET_KEY']}\n", "agent.env": ""}
    with pytest.raises(SharedSecretError, match="Site kino has the same SECRET_KEY"):
        registry.place("film", SiteSettings(start_port=9001), files)
    assert registry.names() == ["kino"]


@pytest.mark.parametrize("file", [".env", "agent.env"])
@pytest.mark.parametrize("arguments", [("list",), ("set", "CLAUDE_MODEL"), ("unset", "CLAUDE_MODEL")], ids=" ".join)
def test_secret_file_that_others_can_read_or_that_is_anothers_is_refused(
    tmp_path: Path, arguments: tuple[str, ...], file: str
) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    place = tmp_path / "sites" / "kino" / file
    for mode in (0o640, 0o604, 0o620):
        place.chmod(mode)
        ended = cinestreamd(tmp_path, "sites", "env", "kino", *arguments, given="haiku\n")
        assert (ended.code, f"{file}: is open to other users; run: chmod 600" in ended.error) == (78, True), ended
    place.chmod(0o600)
    os.chown(place, 65534, 65534)
    ended = cinestreamd(tmp_path, "sites", "env", "kino", *arguments, given="haiku\n")
    assert (ended.code, f"{file}: belongs to another user" in ended.error) == (78, True), ended
    for taken in (
        ("export", "kino", str(tmp_path / "x"), "--with-secrets"),
        ("backup", "kino", str(tmp_path / "x")),
    ):
        assert cinestreamd(tmp_path, "sites", *taken).code == 78
    assert not (tmp_path / "x").exists()
    os.chown(place, 0, 0)
    assert cinestreamd(tmp_path, "sites", "env", "kino", *arguments, given="haiku\n").code == 0


def test_what_would_be_exported_is_told(tmp_path: Path) -> None:
    state, file = tmp_path / "state", tmp_path / "file"
    assert cinestreamd(state, "sites", "add", "kino").code == 0
    told = cinestreamd(state, "sites", "export", "kino", str(file), "--dry-run", "--with-secrets", "--json")
    said = json.loads(told.output)
    assert (said["dry_run"], list(said["holds"])) == (True, [".env", "agent.env", "site.toml"])
    words = cinestreamd(state, "sites", "export", "kino", str(file), "--dry-run").output
    assert words == f"Site kino would be in {file}, without its secrets: site.toml\n"
    assert "would be in" in cinestreamd(state, "sites", "backup", "kino", str(file), "--dry-run").output
    assert not file.exists()
    done = json.loads(cinestreamd(state, "sites", "export", "kino", str(file), "--json").output)
    assert (done["dry_run"], list(done["holds"]), file.exists()) == (False, ["site.toml"], True)
    assert cinestreamd(state, "sites", "export", "kino", "-", "--json").code == 2


def test_what_would_be_restored_is_told(tmp_path: Path) -> None:
    state, file = tmp_path / "state", tmp_path / "file"
    assert cinestreamd(state, "sites", "add", "kino").code == 0
    assert cinestreamd(state, "sites", "backup", "kino", str(file)).code == 0
    before = everything(state)
    for name, words in (("kino", "would replace those of the site"), ("film", "would make the site")):
        told = cinestreamd(state, "sites", "restore", name, str(file), "--dry-run")
        assert (told.code, words in told.output) == (0, True), told
    assert everything(state) == before


def test_demo_is_found_by_what_the_message_says(tmp_path: Path) -> None:
    Registry(tmp_path / "demo").add("demo", SiteSettings())
    ended = cinestreamd(tmp_path, "sites", "env", "demo", "list")
    assert (ended.code, ended.error) == (
        4,
        f"Site demo is the demo's; name its state directory: --state-dir {tmp_path / 'demo'}",
    )
    assert cinestreamd(tmp_path / "demo", "sites", "env", "demo", "list").code == 0
    write_env(tmp_path / "demo" / "sites" / "demo" / "agent.env", {})
    assert cinestreamd(tmp_path, "sites", "env", "kino", "list").code == 4


def test_first_site_that_nobody_made_their_own_is_mentioned(tmp_path: Path) -> None:
    Registry(tmp_path).add("default", SiteSettings())
    added = cinestreamd(tmp_path, "sites", "add", "kino", "--start-port", str(free_ports(12)))
    assert "cinestreamd sites remove default --yes" in added.error
    assert cinestreamd(tmp_path, "sites", "edit", "default", "--city", "kyiv").code == 0
    assert cinestreamd(tmp_path, "sites", "add", "film", "--start-port", str(free_ports(12))).error == ""


def test_key_of_ones_own_takes_the_place_of_the_demos_stand_in(tmp_path: Path) -> None:
    """And stays there when the demo begins again; without one the stand-in is back."""
    site = Registry(tmp_path / "demo").add("demo", SiteSettings())
    file, stand_in = Path(site.directory, "agent.env"), demo_access("http://127.0.0.1:8100")
    _simulate_claude(file, stand_in)
    set_key = ("sites", "env", "demo", "set", "ANTHROPIC_API_KEY")
    assert cinestreamd(tmp_path / "demo", *set_key, given="sk-ant-a-key-of-ones-own\n").code == 0
    _simulate_claude(file, stand_in)
    assert read_env(file) == {"CLAUDE_MODEL": "haiku", "ANTHROPIC_API_KEY": "sk-ant-a-key-of-ones-own"}
    assert cinestreamd(tmp_path / "demo", "sites", "env", "demo", "unset", "ANTHROPIC_API_KEY").code == 0
    _simulate_claude(file, stand_in)
    assert read_env(file) == stand_in
