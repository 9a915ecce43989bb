"""``cinestreamd sites export|import`` and themes: what is taken along, and what is refused."""

import gzip
import io
import json
import subprocess
import tarfile
from pathlib import Path

import pytest
from command_line import cinestreamd, everything

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
    assert cinestreamd(there, "sites", "import", "film", str(file)).code == 2


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
