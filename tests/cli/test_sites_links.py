"""A link anywhere under the state directory: nothing is written, made or deleted where it leads."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from command_line import cinestreamd
from free_ports import free_ports

from cinestreamd.agent.map_cache import MapCache
from cinestreamd.demo.access_log import AccessLog
from cinestreamd.errors import ConfigurationError
from cinestreamd.master.lock import take_lock
from cinestreamd.sites.files import make_real_folder
from cinestreamd.sites.model import SiteSettings
from cinestreamd.sites.registry import Registry
from cinestreamd.store.memory import Discovery

PLACES = [
    "sites",
    "sites/.lock",
    "sites/kino",
    "sites/kino/site.toml",
    "sites/kino/.env",
    "sites/kino/agent.env",
    "sites/kino/theme",
    "sites/kino/theme/static",
    "sites/kino/theme/static/ours.css",
    "sites/kino/data",
    "sites/kino/data/cinestreamd.sqlite",
    "sites/kino/data/cinestreamd.sqlite-wal",
    "sites/kino/data/cinestreamd.sqlite-shm",
    "sites/kino/data/cinestreamd.sqlite.snapshot",
    "sites/kino/data/cinestreamd.sqlite.unfinished",
    "sites/kino/data/cinestreamd.sqlite.former",
    "run",
    "run/stopped",
    "run/stopped/kino",
]


def seen(folder: Path) -> dict[str, tuple[int, int, int, int, bytes]]:
    """All that is in a folder: mode, owner, time of the last change, content."""
    found = {}
    for path in (folder, *folder.rglob("*")):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found[str(path)] = (status.st_mode, status.st_uid, status.st_nlink, status.st_mtime_ns, content)
    return found


@pytest.mark.parametrize("place", PLACES)
def test_no_command_follows_a_link(tmp_path: Path, place: str) -> None:
    state, elsewhere, out = tmp_path / "state", tmp_path / "elsewhere", tmp_path / "out"
    ports = [("--start-port", str(free_ports(12))) for _ in range(4)]
    theme, other = tmp_path / "theme", tmp_path / "other"
    for folder, text in ((theme, "a {}"), (other, "b {}")):
        (folder / "static").mkdir(parents=True)
        (folder / "static" / "ours.css").write_text(text)
    assert cinestreamd(state, "sites", "add", "kino", *ports[0], "--theme", str(theme)).code == 0
    assert cinestreamd(state, "sites", "add", "film", *ports[1]).code == 0
    assert cinestreamd(state, "sites", "backup", "kino", str(out)).code == 0
    (state / "run" / "stopped").mkdir(parents=True)
    (state / "run" / "stopped" / "kino").touch()
    target = state / place
    elsewhere.mkdir()
    if target.exists():
        shutil.move(target, elsewhere / target.name)
    else:
        (elsewhere / target.name).touch()
    target.symlink_to(elsewhere / target.name)
    before = seen(elsewhere)
    for words in (
        ("sites", "add", "third", *ports[2]),
        ("sites", "edit", "kino", "--processes", "3", "--theme", str(other)),
        ("sites", "edit", "kino", "--no-theme"),
        ("sites", "disable", "kino"),
        ("sites", "env", "kino", "set", "SECRET_KEY"),
        ("sites", "export", "kino", str(tmp_path / "export"), "--with-secrets"),
        ("sites", "backup", "kino", str(tmp_path / "backup")),
        ("sites", "restore", "kino", str(out), "--yes"),
        ("sites", "restore", "fourth", str(out), *ports[3]),
        ("sites", "rename", "kino", "cinema"),
        ("sites", "rename", "cinema", "kino"),
        ("store", "migrate", "kino"),
        ("store", "check", "kino"),
        ("cinemas", "add", "kyiv", "--name", "K", "--url", "https://k.example/", "--site", "kino"),
        ("sites", "start-all"),
        ("sites", "remove", "kino", "--yes"),
    ):
        cinestreamd(state, *words)
        assert seen(elsewhere) == before, words


def test_daemon_follows_no_link_to_its_lock(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "run").symlink_to(elsewhere)
    with pytest.raises(ConfigurationError, match="must be a real folder"):
        take_lock(tmp_path / "state")
    assert list(elsewhere.iterdir()) == []
    (tmp_path / "state" / "run").unlink()
    (tmp_path / "state" / "run").mkdir()
    (tmp_path / "state" / "run" / "daemon.lock").symlink_to(elsewhere / "lock")
    with pytest.raises(ConfigurationError, match="cannot be used"):
        take_lock(tmp_path / "state")
    assert list(elsewhere.iterdir()) == []


def test_folder_is_made_once_and_is_never_a_link(tmp_path: Path) -> None:
    for _ in range(2):
        make_real_folder(tmp_path / "real")
    assert (tmp_path / "real").stat().st_mode & 0o777 == 0o700
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(ConfigurationError, match="must be a real folder"):
        make_real_folder(tmp_path / "link")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigurationError, match="must be a real folder"):
        make_real_folder(tmp_path / "dangling")
    assert not (tmp_path / "nowhere").exists()


def test_agents_replace_a_link_in_the_place_of_an_answer(tmp_path: Path) -> None:
    folder, theirs = tmp_path / "map", tmp_path / "theirs"
    cache = MapCache(folder)
    answer = Discovery(city_id="kyiv", asked_at=datetime(2026, 11, 21, tzinfo=UTC), venues=())
    cache.keep(answer, 15_000)
    [file] = folder.iterdir()
    theirs.write_text("theirs")
    for link in (file, file.with_suffix(".new")):
        link.unlink(missing_ok=True)
        link.symlink_to(theirs)
    cache.keep(answer, 15_000)
    assert theirs.read_text() == "theirs"
    assert not file.is_symlink()
    assert cache.answer("kyiv", 15_000) == answer


def test_access_log_of_the_demo_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "access.log").symlink_to(tmp_path / "theirs")
    with pytest.raises(OSError, match="symbolic links"):
        AccessLog(tmp_path / "access.log")
    assert not (tmp_path / "theirs").exists()


def test_root_makes_a_database_ready_with_the_powers_of_the_sites_user() -> None:
    """What only root may write stays untouched, although the command is root's."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="cinestreamd-links-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        site = Registry(folder / "state").add("kino", site_of("nobody"))
        data = Path(site.directory, "data")
        data.chmod(0o500)
        refused = cinestreamd(folder / "state", "store", "migrate", "kino")
        assert (refused.code, list(data.iterdir())) == (78, []), refused
        data.chmod(0o700)
        assert cinestreamd(folder / "state", "store", "migrate", "kino").code == 0
        assert {path.owner() for path in data.iterdir()} == {"nobody"}
        assert os.geteuid() == 0
        (folder / "roots").touch(mode=0o600)
        assert (folder / "roots").owner() == "root"


def site_of(user: str) -> SiteSettings:
    return SiteSettings(user=user)
