"""``cinestreamd sites``: what is done twice, what is only shown, what is hostile, what is a link."""

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner
from command_line import cinestreamd, everything

from cinestreamd.cli import root
from cinestreamd.errors import InvalidInputError
from cinestreamd.sites.env import read_env
from cinestreamd.sites.password import is_right
from cinestreamd.sites.registry import Registry

HOSTILE = {
    "semicolon": ";",
    "newline": "\n",
    "injection": "a.example;\ninclude /etc/passwd",
    "trailing newline": "a.example\n",
    "brace": "{",
    "parent": "../x",
    "control": "\x1b[2J",
    "right to left": "\u202egnp.example",
    "zero width": "a\u200b.example",
    "long": "a" * 300,
    "empty punycode": "xn--.example",
    "false punycode": "xn--zzzzzz99999999.example",
    "ascii as punycode": "xn--abc-.example",
    "mixed scripts": "xn--pple-43d.com",
    "reserved hyphens": "ab--cd.example",
    "dollar": "$host",
    "option": "--upload-pack=x",
    "nul": "a\x00.example",
    "latin by looks": "xn--80ak6aa92e.com",
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(
    "option",
    [
        "--domain",
        "--city",
        "--language",
        "--timezone",
        "--refresh-at",
        "--user",
        "--theme",
        "--start-port",
        "--processes",
    ],
)
def test_hostile_option_writes_nothing(tmp_path: Path, option: str, value: str) -> None:
    for command in ("add", "edit"):
        if command == "edit":
            Registry(tmp_path).folder.mkdir(parents=True, exist_ok=True)
            assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
        before = everything(tmp_path)
        ended = cinestreamd(tmp_path, "sites", command, "kino", f"{option}={value}")
        assert ended.code == 2, ended
        assert everything(tmp_path) == before


TEXT = {name: HOSTILE[name] for name in ("semicolon", "newline", "brace", "parent", "control", "right to left", "long")}
"""What no line of text may have; a name that is made to look like another is still a line of text."""
PLACES = {**TEXT, "nul": "a\x00", "trailing newline": "/a\n", "up": ".."}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
def test_hostile_tiles_and_hosts_of_them_write_nothing(tmp_path: Path, value: str) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    before = everything(tmp_path)
    for tiles in (value, f"https://{value}/{{z}}/{{x}}/{{y}}.png", f"https://{{s}}.{value}/{{z}}/{{x}}/{{y}}.png"):
        ended = cinestreamd(tmp_path, "sites", "edit", "kino", f"--tiles={tiles}", "--tiles-credit=Somebody")
        assert (ended.code, ended.error.startswith("map: ")) == (2, True), ended
    theme = cinestreamd(tmp_path, "sites", "edit", "kino", f"--theme=https://{value}/theme.git")
    assert theme.code == 2, theme
    assert everything(tmp_path) == before


@pytest.mark.parametrize("value", TEXT.values(), ids=TEXT)
def test_hostile_credit_and_revision_write_nothing(tmp_path: Path, value: str) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    theme = make_theme(tmp_path)
    before = everything(tmp_path)
    for words in (
        ("--tiles=https://t.example/{z}/{x}/{y}.png", f"--tiles-credit={value}"),
        (f"--theme={theme}", f"--rev={value}"),
    ):
        ended = cinestreamd(tmp_path, "sites", "edit", "kino", *words)
        assert ended.code == 2, ended
    assert everything(tmp_path) == before


@pytest.mark.parametrize("value", PLACES.values(), ids=PLACES)
def test_hostile_path_touches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    state = tmp_path / "state"
    assert cinestreamd(state, "sites", "add", "kino").code == 0
    before = everything(tmp_path)
    for words in (
        ("export", "kino", value),
        ("import", "film", value),
        ("backup", "kino", value),
        ("restore", "film", value),
    ):
        ended = cinestreamd(state, "sites", *words)
        assert (ended.code, "cannot be used: a path is one visible line" in ended.error) == (2, True), (words, ended)
    for words in (("add", "film"), ("list",), ("env", "kino", "set", "SECRET_KEY"), ("remove", "kino", "--yes")):
        ended = cinestreamd(Path(value), "sites", *words)
        assert ended.code == 2, (words, ended)
        ended = cinestreamd(state, "sites", *words, f"--config={value}")
        assert ended.code == 2, (words, ended)
    assert everything(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir() if path.name not in {"state", "inside"}] == []


def test_state_directory_from_the_environment_is_held_to_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CINESTREAMD_STATE_DIR", f"{tmp_path}/state\n")
    result = CliRunner().invoke(root, ["sites", "add", "kino"])
    assert isinstance(result.exception, InvalidInputError)
    assert list(tmp_path.iterdir()) == []


def test_empty_value_takes_away_what_was_there(tmp_path: Path) -> None:
    add = ("sites", "add", "kino", "--domain", "kino.example", "--city", "kyiv", "--city", "lviv")
    assert cinestreamd(tmp_path, *add).code == 0
    ended = cinestreamd(tmp_path, "sites", "edit", "kino", "--domain", "", "--city", "", "--json")
    assert (json.loads(ended.output)["domains"], json.loads(ended.output)["cities"]) == ([], [])
    before = everything(tmp_path)
    for words in (("--domain", "", "--domain", "kino.example"), ("--city", "", "--city", "kyiv"), ("--timezone", "")):
        assert cinestreamd(tmp_path, "sites", "edit", "kino", *words).code == 2, words
    assert everything(tmp_path) == before
    assert json.loads(cinestreamd(tmp_path, "sites", "add", "film", "--domain", "", "--json").output)["domains"] == []


@pytest.mark.parametrize("value", [*HOSTILE.values(), "..", "/etc", "kino/../film", ""], ids=[*HOSTILE, *range(4)])
def test_hostile_name_writes_nothing(tmp_path: Path, value: str) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "film").code == 0
    export, backup = tmp_path / "export", tmp_path / "backup"
    assert cinestreamd(tmp_path, "sites", "export", "film", str(export)).code == 0
    assert cinestreamd(tmp_path, "sites", "backup", "film", str(backup)).code == 0
    before = everything(tmp_path)
    for arguments in (
        ("add", "--", value),
        ("edit", "--processes=3", "--", value),
        ("remove", "--yes", "--", value),
        ("show", "--", value),
        ("enable", "--", value),
        ("disable", "--", value),
        ("stop", "--", value),
        ("start", "--", value),
        ("rename", "--", value, "other"),
        ("rename", "--", "film", value),
        ("export", "--", value, str(tmp_path / "x")),
        ("env", value, "list"),
        ("env", value, "set", "SECRET_KEY"),
        ("env", value, "unset", "MONGO_URI"),
        ("env", "film", "set", "--", value),
        ("env", "film", "unset", "--", value),
        ("backup", "--", value, str(tmp_path / "x")),
        ("import", "--", value, str(export)),
        ("restore", "--", value, str(backup)),
    ):
        assert cinestreamd(tmp_path, "sites", *arguments).code == 2, arguments
        assert everything(tmp_path) == before, arguments


FIELDS = {
    "domains": "domains = [{value}]",
    "cities": "cities = [{value}]",
    "language": "language = {value}",
    "timezone": "timezone = {value}",
    "refresh_at": "refresh_at = {value}",
    "user": "user = {value}",
    "start_port": "start_port = {value}",
    "processes": "processes = {value}",
    "enabled": "enabled = {value}",
    "cinema city": '[[cinemas]]\ncity = {value}\nname = "K"\nurl = "https://k.example/"',
    "cinema name": '[[cinemas]]\ncity = "kyiv"\nname = {value}\nurl = "https://k.example/"',
    "cinema url": '[[cinemas]]\ncity = "kyiv"\nname = "K"\nurl = {value}',
    "cinema address": '[[cinemas]]\ncity = "kyiv"\nname = "K"\nurl = "https://k.example/"\naddress = {value}',
    "donation label": '[[donations]]\nlabel = {value}\nurl = "https://k.example/"',
    "donation url": '[[donations]]\nlabel = "K"\nurl = {value}',
    "tiles": '[map]\ntiles = {value}\ncredit = "K"',
    "tiles' credit": '[map]\ntiles = "https://t.example/{{z}}/{{x}}/{{y}}.png"\ncredit = {value}',
    "theme source": "[theme]\nsource = {value}",
    "theme rev": '[theme]\nsource = "/srv/theme"\nrev = {value}',
    "theme digest": '[theme]\nsource = "/srv/theme"\ndigest = {value}',
}
ANYWHERE = {
    "semicolon": ";",
    "newline": "a\nb",
    "trailing newline": "a.example\n",
    "brace": "{",
    "parent": "../x",
    "nul": "a\x00b",
    "right to left": "\u202ea",
    "long": "a" * 300,
}
IN_HOSTS = {
    "domains": "domains = [{value}]",
    "cinema url": '[[cinemas]]\ncity = "kyiv"\nname = "K"\nurl = {address}',
    "donation url": '[[donations]]\nlabel = "K"\nurl = {address}',
    "tiles": '[map]\ntiles = {tiles}\ncredit = "K"',
    "theme source": "[theme]\nsource = {address}",
}


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("field", IN_HOSTS.values(), ids=IN_HOSTS)
def test_hostile_host_in_any_address_of_the_file_is_refused(tmp_path: Path, field: str, value: str) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    path = tmp_path / "sites" / "kino" / "site.toml"
    address, tiles = f"https://{value}/", f"https://{value}/{{z}}/{{x}}/{{y}}.png"
    path.write_text(field.format(value=json.dumps(value), address=json.dumps(address), tiles=json.dumps(tiles)) + "\n")
    before = everything(tmp_path)
    for arguments in (("show", "kino"), ("edit", "kino", "--processes=3")):
        ended = cinestreamd(tmp_path, "sites", *arguments)
        assert (ended.code, "site.toml:" in ended.error) == (78, True), ended
    assert everything(tmp_path) == before


@pytest.mark.parametrize("value", ANYWHERE.values(), ids=ANYWHERE)
@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_hostile_value_in_any_field_of_the_file_is_refused(tmp_path: Path, field: str, value: str) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    path = tmp_path / "sites" / "kino" / "site.toml"
    path.write_text(field.format(value=json.dumps(value)) + "\n")
    before = everything(tmp_path)
    for arguments in (("show", "kino"), ("edit", "kino", "--processes=3"), ("disable", "kino")):
        ended = cinestreamd(tmp_path, "sites", *arguments)
        assert ended.code == 78, ended
        assert "site.toml:" in ended.error
    assert everything(tmp_path) == before


def test_domain_with_a_web_address_that_carries_hostile_parts_is_refused(tmp_path: Path) -> None:
    for url in ("https://k.example;x/", "https://user@k.example/", "https://k.example/../x", "https://[::1", "ftp://k"):
        assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
        path = tmp_path / "sites" / "kino" / "site.toml"
        path.write_text(f'[[cinemas]]\ncity = "kyiv"\nname = "K"\nurl = {json.dumps(url)}\n')
        assert cinestreamd(tmp_path, "sites", "show", "kino").code == 78, url
        path.write_text("")


def test_genuine_name_in_another_script_is_taken(tmp_path: Path) -> None:
    ended = cinestreamd(tmp_path, "sites", "add", "kino", "--domain", "xn--h1alffa9f.xn--j1amh", "--json")
    assert json.loads(ended.output)["domains"] == ["xn--h1alffa9f.xn--j1amh"]


def test_what_is_done_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    add = ("sites", "add", "kino", "--domain", "kino.example", "--city", "kyiv", "--json")
    assert json.loads(cinestreamd(tmp_path, *add).output)["changed"] is True
    before = everything(tmp_path)
    assert json.loads(cinestreamd(tmp_path, *add).output)["changed"] is False
    edit = ("sites", "edit", "kino", "--city", "kyiv", "--json")
    assert json.loads(cinestreamd(tmp_path, *edit).output)["changed"] is False
    enable = ("sites", "enable", "kino", "--json")
    assert json.loads(cinestreamd(tmp_path, *enable).output)["changed"] is False
    assert everything(tmp_path) == before
    other = cinestreamd(tmp_path, "sites", "add", "kino", "--city", "lviv")
    assert (other.code, "cinestreamd sites edit kino" in other.error) == (2, True)
    remove = ("sites", "remove", "kino", "--yes", "--json")
    assert json.loads(cinestreamd(tmp_path, *remove).output)["changed"] is True
    assert json.loads(cinestreamd(tmp_path, *remove).output)["changed"] is False


def test_dry_run_shows_the_difference_and_writes_nothing(tmp_path: Path) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino", "--city", "kyiv").code == 0
    before = everything(tmp_path)
    edited = cinestreamd(tmp_path, "sites", "edit", "kino", "--city", "lviv", "--dry-run")
    assert '-cities = ["kyiv"]\n+cities = ["lviv"]\n' in edited.output
    added = cinestreamd(tmp_path, "sites", "add", "film", "--domain", "film.example", "--dry-run", "--json")
    assert '+domains = ["film.example"]' in json.loads(added.output)["diff"]
    assert '-cities = ["kyiv"]' in cinestreamd(tmp_path, "sites", "remove", "kino", "--dry-run").output
    assert "+enabled = false" in cinestreamd(tmp_path, "sites", "disable", "kino", "--dry-run").output
    assert "would become" in cinestreamd(tmp_path, "sites", "rename", "kino", "film", "--dry-run").output
    assert "would change" in cinestreamd(tmp_path, "sites", "env", "kino", "set", "SECRET_KEY", "--dry-run").output
    assert everything(tmp_path) == before


def test_site_that_is_off_can_be_changed_and_keeps_its_comments(tmp_path: Path) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino", "--city", "kyiv").code == 0
    assert cinestreamd(tmp_path, "sites", "disable", "kino").code == 0
    path = tmp_path / "sites" / "kino" / "site.toml"
    path.write_text(path.read_text().replace("enabled = false", "enabled = false # until spring"))
    again = cinestreamd(tmp_path, "sites", "disable", "kino", "--json")
    assert (again.code, json.loads(again.output)["changed"]) == (0, False)
    assert cinestreamd(tmp_path, "sites", "edit", "kino", "--processes", "3").code == 0
    assert "enabled = false # until spring\n" in path.read_text()
    assert Registry(tmp_path).load("kino").settings.processes == 3
    assert cinestreamd(tmp_path, "sites", "enable", "kino").code == 0
    assert Registry(tmp_path).load("kino").settings.enabled is True


def test_value_that_is_refused_is_told_in_the_form_that_it_should_have(tmp_path: Path) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    refused = cinestreamd(tmp_path, "sites", "env", "kino", "set", "MONGO_URI", given="db.example/kino\n")
    assert refused.error == "This cannot be a MONGO_URI: it must be mongodb://… or mongodb+srv://…, without blanks"
    both = cinestreamd(tmp_path, "sites", "edit", "kino", "--no-theme", "--theme", str(make_theme(tmp_path)))
    assert (both.code, both.error) == (2, "theme: --theme and --no-theme exclude each other")
    none = cinestreamd(tmp_path, "sites", "edit", "kino", "--theme", str(tmp_path / "theme"), "--rev", "main")
    assert none.code == 2
    assert "repository" in none.error
    assert "access rights" not in none.error


def test_folder_of_a_theme_is_remembered_wherever_the_command_was_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    monkeypatch.chdir(make_theme(tmp_path).parent)
    assert cinestreamd(tmp_path, "sites", "edit", "kino", "--theme", "theme").code == 0
    theme = Registry(tmp_path).load("kino").settings.theme
    assert theme is not None
    assert theme.source == str(tmp_path / "theme")


def make_theme(folder: Path) -> Path:
    """A theme of one file."""
    (folder / "theme" / "static").mkdir(parents=True)
    (folder / "theme" / "static" / "ours.css").write_text("a { color: red }\n")
    return folder / "theme"


@pytest.mark.parametrize("arguments", [("add", "kino"), ("show", "kino"), ("remove", "kino", "--yes")])
@pytest.mark.parametrize("place", ["/dev/null", "/proc/nothing/here"])
def test_state_directory_that_is_none_is_told_in_one_line(place: str, arguments: tuple[str, ...]) -> None:
    ended = cinestreamd(Path(place), "sites", *arguments)
    if place == "/dev/null" or arguments[0] == "add":
        assert ended.code == 78, ended
        assert f"{place}: cannot be used as the state directory (" in ended.error
    else:
        assert ended.code == {"show": 4, "remove": 0}[arguments[0]], ended


@pytest.mark.parametrize("file", ["site.toml", ".env", "agent.env"])
def test_folder_in_the_place_of_a_file_is_told_in_one_line(tmp_path: Path, file: str) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    place = tmp_path / "sites" / "kino" / file
    place.unlink()
    place.mkdir()
    for arguments in (("env", "kino", "list"), ("backup", "kino", str(tmp_path / "out"))):
        ended = cinestreamd(tmp_path, "sites", *arguments)
        if file == "site.toml" and arguments[0] == "env":
            continue  # that looks at the secret files alone
        assert (ended.code, f"{file}: is not a regular file" in ended.error) == (78, True), ended


def test_port_on_which_somebody_listens_is_refused_and_passed_over(tmp_path: Path) -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        taken = cinestreamd(tmp_path, "sites", "add", "kino", "--start-port", str(port), "--processes", "1")
        assert (taken.code, f"Port {port} cannot be used" in taken.error) == (2, True)
        found = Registry(tmp_path).free_start_port(1, first=port, is_free=lambda each: each != port)
        assert found == port + 1
    assert not (tmp_path / "sites").exists()


def test_links_lead_nowhere(tmp_path: Path) -> None:
    state, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("site.toml", ".env", "agent.env"):
        (elsewhere / name).write_text("")
    assert cinestreamd(state, "sites", "add", "film").code == 0
    (state / "sites" / "kino").symlink_to(elsewhere)
    for file in ("site.toml", ".env", "theme"):
        target = state / "sites" / "film" / file
        if target.exists():
            target.rename(target.with_name(f"{file}.real"))
        target.symlink_to(elsewhere / file if file != "theme" else elsewhere)
        before = everything(tmp_path)
        for arguments in (("show", "kino"), ("remove", "kino", "--yes"), ("rename", "kino", "other")):
            assert cinestreamd(state, "sites", *arguments).code == 78, (file, arguments)
        for arguments in (("export", "film", str(tmp_path / "out")), ("env", "film", "set", "SECRET_KEY")):
            assert cinestreamd(state, "sites", *arguments).code in {78, 4, 0}, (file, arguments)
        assert {name: data for name, data in everything(tmp_path).items() if name.startswith("elsewhere")} == {
            name: data for name, data in before.items() if name.startswith("elsewhere")
        }
        target.unlink()
        real = target.with_name(f"{file}.real")
        if real.exists():
            real.rename(target)
    removed = cinestreamd(state, "sites", "remove", "film", "--yes")
    assert removed.code == 0
    assert sorted(path.name for path in elsewhere.iterdir()) == [".env", "agent.env", "site.toml"]


def test_linked_sites_folder_is_refused(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "sites").symlink_to(elsewhere)
    assert cinestreamd(tmp_path / "state", "sites", "add", "kino").code == 78
    assert list(elsewhere.iterdir()) == []


def test_removal_may_keep_the_data(tmp_path: Path) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    (tmp_path / "sites" / "kino" / "data" / "cinestreamd.sqlite").write_text("films")
    ended = cinestreamd(tmp_path, "sites", "remove", "kino", "--yes", "--keep-data", "--json")
    kept = Path(json.loads(ended.output)["kept"])
    assert (kept / "cinestreamd.sqlite").read_text() == "films"
    assert sorted(path.name for path in kept.parent.iterdir()) == ["data"]
    assert cinestreamd(tmp_path, "sites", "list", "--json").output.strip() == "[]"


def test_secrets_go_into_their_files_and_are_never_printed(tmp_path: Path) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    folder = tmp_path / "sites" / "kino"
    first = read_env(folder / ".env")["SECRET_KEY"]
    key, uri = "canary-anthropic-key-0001", "mongodb://canary:word@db.example/kino"
    said = cinestreamd(tmp_path, "sites", "env", "kino", "set", given=f"{uri}\n{key}\n").output
    said += cinestreamd(tmp_path, "sites", "env", "kino", "set", "SECRET_KEY", "--json").output
    said += cinestreamd(tmp_path, "sites", "env", "kino", "list").output
    said += cinestreamd(tmp_path, "sites", "show", "kino", "--json").output
    assert read_env(folder / "agent.env") == {"ANTHROPIC_API_KEY": key}
    kept = read_env(folder / ".env")
    assert kept["MONGO_URI"] == uri
    assert kept["SECRET_KEY"] != first
    assert len(kept["SECRET_KEY"]) == 64
    assert "canary" not in said
    assert kept["SECRET_KEY"] not in said
    assert cinestreamd(tmp_path, "sites", "env", "kino", "unset", "MONGO_URI").code == 0
    assert list(read_env(folder / ".env")) == ["SECRET_KEY"]
    assert cinestreamd(tmp_path, "sites", "env", "kino", "unset", "SECRET_KEY").code == 2


def test_password_of_the_console_is_kept_as_a_hash(tmp_path: Path) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    file = tmp_path / "sites" / "kino" / ".env"
    said = cinestreamd(tmp_path, "sites", "env", "kino", "set", "OPS_PASSWORD", given="canary on the roof\n").output
    kept = read_env(file)["OPS_PASSWORD"]
    assert kept.startswith("scrypt:")
    assert is_right("canary on the roof", kept)
    assert "canary" not in said + file.read_text()
    refused = cinestreamd(tmp_path, "sites", "env", "kino", "set", "OPS_PASSWORD", given="canary\n")
    assert (refused.code, "canary" in refused.error) == (2, False)
    assert read_env(file)["OPS_PASSWORD"] == kept
    assert cinestreamd(tmp_path, "sites", "export", "kino", str(tmp_path / "out"), "--with-secrets").code == 0
    assert cinestreamd(tmp_path, "sites", "import", "film", str(tmp_path / "out")).code == 0
    assert read_env(tmp_path / "sites" / "film" / ".env")["OPS_PASSWORD"] == kept


@pytest.mark.parametrize("value", ["...", "a b" * 20, "a" * 400, "\u202e" + "a" * 40, "mongodb://x\x00"])
@pytest.mark.parametrize("key", ["SECRET_KEY", "MONGO_URI", "ANTHROPIC_API_KEY", "CLAUDE_MODEL", "PATH", "a;b"])
def test_hostile_secret_writes_nothing(tmp_path: Path, key: str, value: str) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    before = everything(tmp_path)
    ended = cinestreamd(tmp_path, "sites", "env", "kino", "set", key, given=f"{value}\n")
    assert (ended.code, value in ended.error) == (2, False)
    assert everything(tmp_path) == before


def test_site_is_renamed_with_all_that_is_its_own(tmp_path: Path) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino", "--city", "lviv").code == 0
    secret = read_env(tmp_path / "sites" / "kino" / ".env")
    assert cinestreamd(tmp_path, "sites", "rename", "kino", "film").code == 0
    assert Registry(tmp_path).names() == ["film"]
    assert read_env(tmp_path / "sites" / "film" / ".env") == secret
    assert cinestreamd(tmp_path, "sites", "rename", "kino", "other").code == 4
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    assert cinestreamd(tmp_path, "sites", "rename", "kino", "film").code == 2


def test_commands_that_need_a_daemon_say_so(tmp_path: Path) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    assert cinestreamd(tmp_path, "sites", "start", "kino").code == 69
    assert cinestreamd(tmp_path, "sites", "start-all").code == 69
    assert "no daemon runs" in cinestreamd(tmp_path, "sites", "stop", "kino").output
    assert "no daemon runs" in cinestreamd(tmp_path, "sites", "stop-all").output
    assert cinestreamd(tmp_path, "sites", "disable", "kino").code == 0
    refused = cinestreamd(tmp_path, "sites", "start", "kino")
    assert (refused.code, "cinestreamd sites enable kino" in refused.error) == (2, True)


@pytest.mark.parametrize("name", ["a;b", "../kino", "kino\n", "\udcff", "x" * 300])
def test_nothing_that_cannot_be_a_name_is_said_to_the_daemon(tmp_path: Path, name: str) -> None:
    ended = cinestreamd(tmp_path, "restart", name)
    assert (ended.code, ended.error[-64:]) == (
        2,
        "cannot name a site: use 1-32 of a-z, 0-9 and -, beginning with a letter."[-64:],
    )
