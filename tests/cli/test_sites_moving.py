"""``cinestreamd sites export|import`` and themes: what is taken along, and what is refused."""

import gzip
import io
import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import cinestreamd, everything
from free_ports import free_ports

from cinestreamd.sites.env import read_env


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    folder = tmp_path / "theme"
    (folder / "templates" / "guide").mkdir(parents=True)
    (folder / "static").mkdir()
    (folder / "templates" / "guide" / "city.html").write_text("{% extends 'base.html' %}")
    (folder / "static" / "site.css").write_text("body { color: teal }")
    (folder / "setup.py").write_text("raise SystemExit")
    return folder


def test_theme_is_placed_renewed_and_removed(tmp_path: Path, theme: Path) -> None:
    state = tmp_path / "state"
    added = cinestreamd(state, "sites", "add", "kino", "--theme", str(theme), "--json")
    first = json.loads(added.output)["theme"]["digest"]
    placed = state / "sites" / "kino" / "theme"
    assert everything(placed) == {
        "templates/guide/city.html": b"{% extends 'base.html' %}",
        "static/site.css": b"body { color: teal }",
    }
    (theme / "static" / "site.css").write_text("body { color: navy }")
    edited = cinestreamd(state, "sites", "edit", "kino", "--theme", str(theme), "--json")
    assert json.loads(edited.output)["theme"]["digest"] != first
    assert everything(placed)["static/site.css"] == b"body { color: navy }"
    assert cinestreamd(state, "sites", "edit", "kino", "--no-theme").code == 0
    assert not placed.exists()
    assert sorted(path.name for path in placed.parent.iterdir()) == [".env", "agent.env", "data", "site.toml"]


def test_theme_comes_from_a_revision_of_a_repository(tmp_path: Path, theme: Path) -> None:
    def git(*arguments: str) -> None:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b.example", *arguments]
        subprocess.run(command, cwd=theme, check=True, capture_output=True)

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "-m", "one")
    git("tag", "v1")
    (theme / "static" / "site.css").write_text("later")
    (theme / "static" / "out.css").symlink_to("/etc/passwd")
    git("add", ".")
    git("commit", "--quiet", "-m", "two")
    state = tmp_path / "state"
    assert cinestreamd(state, "sites", "add", "kino", "--theme", str(theme), "--rev", "v1").code == 0
    placed = everything(state / "sites" / "kino" / "theme")
    assert placed["static/site.css"] == b"body { color: teal }"
    before = everything(state)
    for rev in ("HEAD", "none", "--output=/tmp/x", "a..b", "v1;x"):
        assert cinestreamd(state, "sites", "edit", "kino", "--theme", str(theme), f"--rev={rev}").code == 2, rev
    assert everything(state) == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("static/a.php", b"x"),
        ("static/a b.css", b"x"),
        ("static/.hidden.css", b"x"),
        ("templates/a.html", b"{% if %}"),
        ("templates/a.html", b"\xff\xfe"),
        ("static/large.css", b"x" * 1_000_001),
        ("templates/a/b/c/d/e.html", b"x"),
    ],
)
def test_theme_with_anything_else_is_refused(tmp_path: Path, theme: Path, name: str, content: bytes) -> None:
    (theme / name).parent.mkdir(parents=True, exist_ok=True)
    (theme / name).write_bytes(content)
    ended = cinestreamd(tmp_path / "state", "sites", "add", "kino", "--theme", str(theme))
    assert (ended.code, "cannot be used" in ended.error or "is larger" in ended.error) in {(2, True), (78, True)}
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize(
    "source",
    ["http://t.example/a", "git://t.example/a", "ssh://t.example/a", "ext::sh -c x", "-x", "https://u:p@t.example/a"],
)
def test_theme_comes_over_https_or_from_a_folder_alone(tmp_path: Path, source: str) -> None:
    assert cinestreamd(tmp_path / "state", "sites", "add", "kino", f"--theme={source}").code == 2
    assert not (tmp_path / "state").exists()


def test_site_is_taken_to_another_machine(tmp_path: Path, theme: Path) -> None:
    here, there, file = tmp_path / "here", tmp_path / "there", tmp_path / "kino.tar.gz"
    add = ("sites", "add", "kino", "--domain", "kino.example", "--city", "lviv", "--theme", str(theme))
    assert cinestreamd(here, *add).code == 0
    secret = read_env(here / "sites" / "kino" / ".env")
    assert cinestreamd(here, "sites", "export", "kino", str(file)).code == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert secret["SECRET_KEY"].encode() not in gzip.decompress(file.read_bytes())
    ended = cinestreamd(there, "sites", "import", "film", str(file), "--json")
    assert json.loads(ended.output)["domains"] == ["kino.example"]
    assert read_env(there / "sites" / "film" / ".env")["SECRET_KEY"] != secret["SECRET_KEY"]
    assert everything(there / "sites" / "film" / "theme") == everything(here / "sites" / "kino" / "theme")
    assert cinestreamd(here, "sites", "export", "kino", str(file), "--with-secrets").code == 0
    assert cinestreamd(tmp_path / "third", "sites", "import", "kino", str(file)).code == 0
    assert read_env(tmp_path / "third" / "sites" / "kino" / ".env") == secret
    assert cinestreamd(there, "sites", "import", "film", str(file)).code == 2, "its SECRET_KEY is another one"


@pytest.mark.parametrize("secrets", [(), ("--with-secrets",)])
def test_import_of_what_is_there_changes_nothing(tmp_path: Path, theme: Path, secrets: tuple[str, ...]) -> None:
    state, file = tmp_path / "state", tmp_path / "kino.tar.gz"
    start = free_ports(24)
    add = ("sites", "add", "kino", "--city", "lviv", "--theme", str(theme), "--start-port", str(start))
    assert cinestreamd(state, *add).code == 0
    key = "sk-ant-a-key-that-is-long-enough"
    assert cinestreamd(state, "sites", "env", "kino", "set", "ANTHROPIC_API_KEY", given=f"{key}\n").code == 0
    assert cinestreamd(state, "sites", "export", "kino", str(file), *secrets).code == 0
    command = ("sites", "import", "film", str(file), "--json")
    first = json.loads(cinestreamd(state, *command, "--start-port", str(start + 12)).output)
    before = everything(state)
    for repeated in (command, (*command, "--start-port", str(start + 12)), ("sites", "import", "kino", *command[3:])):
        again = json.loads(cinestreamd(state, *repeated).output)
        assert (first["changed"], again["changed"]) == (True, False)
    assert json.loads(cinestreamd(state, *command, "--dry-run").output)["changed"] is False
    assert everything(state) == before
    assert cinestreamd(state, *command, "--start-port", str(start)).code == 2
    assert cinestreamd(state, "sites", "edit", "film", "--language", "en").code == 0
    assert cinestreamd(state, *command).code == 2


def test_renaming_that_is_repeated_changes_nothing(tmp_path: Path) -> None:
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    assert json.loads(cinestreamd(tmp_path, "sites", "rename", "kino", "film", "--json").output)["changed"] is True
    before = everything(tmp_path)
    again = json.loads(cinestreamd(tmp_path, "sites", "rename", "kino", "film", "--json").output)
    assert (again["name"], again["changed"]) == ("film", False)
    assert "nothing would change" in cinestreamd(tmp_path, "sites", "rename", "kino", "film", "--dry-run").output
    assert everything(tmp_path) == before
    assert cinestreamd(tmp_path, "sites", "rename", "other", "film").code == 4
    assert cinestreamd(tmp_path, "sites", "rename", "film", "film").code == 2
    assert cinestreamd(tmp_path, "sites", "add", "kino").code == 0
    assert cinestreamd(tmp_path, "sites", "rename", "kino", "film").code == 2


def test_site_of_the_demo_keeps_its_name(tmp_path: Path) -> None:
    state = tmp_path / "demo"
    assert cinestreamd(state, "sites", "add", "demo").code == 0
    before = everything(state)
    for options in ((), ("--dry-run",)):
        refused = cinestreamd(state, "sites", "rename", "demo", "film", *options)
        assert (refused.code, refused.error) == (
            2,
            "Site demo is the demo's own, which finds it by its name; make a site with: cinestreamd sites add NAME",
        )
    assert everything(state) == before


def link_in_theme(placed: Path, elsewhere: Path) -> None:
    (placed / "static" / "linked.css").symlink_to(elsewhere / "kept.css")
    (placed / "linked").symlink_to(elsewhere)


def link_for_theme(placed: Path, elsewhere: Path) -> None:
    shutil.rmtree(placed)
    placed.symlink_to(elsewhere)


@pytest.mark.parametrize("spoil", [link_in_theme, link_for_theme])
@pytest.mark.parametrize("way", ["same theme", "other theme", "no theme", "remove"])
def test_link_in_a_theme_is_taken_away_and_not_followed(
    tmp_path: Path, theme: Path, way: str, spoil: Callable[[Path, Path], None]
) -> None:
    state, elsewhere = tmp_path / "state", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "kept.css").write_text("a { color: red }")
    assert cinestreamd(state, "sites", "add", "kino", "--theme", str(theme)).code == 0
    placed = state / "sites" / "kino" / "theme"
    spoil(placed, elsewhere)
    if way == "other theme":
        (theme / "static" / "more.css").write_text("b { color: blue }")
    if way == "same theme":
        told = cinestreamd(state, "sites", "edit", "kino", "--theme", str(theme), "--dry-run")
        assert "The files of kino's theme would be put anew." in told.output
    options = {"no theme": ("edit", "kino", "--no-theme"), "remove": ("remove", "kino", "--yes")}
    ended = cinestreamd(state, "sites", *options.get(way, ("edit", "kino", "--theme", str(theme))))
    assert ended.code == 0, ended
    assert not placed.is_symlink()
    assert placed.exists() == (way not in options)
    for part in ("templates", "static") if placed.exists() else ():
        assert everything(placed / part) == everything(theme / part)
    assert {path.name for path in placed.glob("*")} == (set() if way in options else {"templates", "static"})
    assert everything(elsewhere) == {"kept.css": b"a { color: red }"}


def archive(*entries: tuple[str, bytes, bytes]) -> bytes:
    """A gzipped tar of (name, content, type) entries."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as writer:
        for name, content, kind in entries:
            entry = tarfile.TarInfo(name)
            entry.size, entry.type = len(content), kind
            entry.linkname = "/etc/passwd" if kind in {tarfile.SYMTYPE, tarfile.LNKTYPE} else ""
            writer.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue())


SITE = ("site.toml", b"", tarfile.REGTYPE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x1f\x8bnonsense",
        archive(),
        archive(("site.toml", b"domains = ['a;b']", tarfile.REGTYPE)),
        archive(SITE, ("../evil", b"x", tarfile.REGTYPE)),
        archive(SITE, ("/etc/cron.d/evil", b"x", tarfile.REGTYPE)),
        archive(SITE, ("theme/../../evil.css", b"x", tarfile.REGTYPE)),
        archive(SITE, ("theme/static/a.css", b"", tarfile.SYMTYPE)),
        archive(SITE, ("theme/static/a.css", b"", tarfile.LNKTYPE)),
        archive(SITE, ("theme/static", b"", tarfile.DIRTYPE)),
        archive(SITE, ("theme/static/a.css", b"", tarfile.FIFOTYPE)),
        archive(SITE, ("data/cinestreamd.sqlite", b"x", tarfile.REGTYPE)),
        archive(SITE, SITE),
        archive(SITE, (".env", b"SECRET_KEY=a\n", tarfile.REGTYPE)),
        archive(SITE, (".env", b"LD_PRELOAD=/tmp/evil.so\n", tarfile.REGTYPE)),
        gzip.compress(b"\0" * 20_000_000),
    ],
    ids=[
        *("empty", "no gzip", "no files", "forbidden domain", "way up", "absolute", "way up from theme", "symlink"),
        *("hard link", "folder", "fifo", "no database", "twice", "short key", "foreign variable", "bomb"),
    ],
)
def test_file_that_is_no_export_writes_nothing(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "file"
    file.write_bytes(data)
    ended = cinestreamd(tmp_path / "state", "sites", "import", "kino", str(file))
    assert ended.code == 2, ended
    assert not (tmp_path / "state").exists()
