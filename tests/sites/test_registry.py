"""Sites on disk: complete or absent, valid or refused."""

import os
from pathlib import Path

import pytest

from cinestreamd.errors import CinestreamError, ConfigurationError
from cinestreamd.sites.env import read_env
from cinestreamd.sites.errors import (
    SiteExistsError,
    SiteNameError,
    SiteSettingsError,
    SitesTakenError,
    UnknownSiteError,
)
from cinestreamd.sites.model import CinemaEntry, SiteSettings
from cinestreamd.sites.registry import Registry


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    return Registry(tmp_path)


def test_new_site_has_its_settings_and_a_secret_of_its_own(registry: Registry) -> None:
    site = registry.add("kino", SiteSettings(domains=("kino.example",), cities=("kyiv",)))
    other = registry.add("film", SiteSettings(start_port=9001))
    assert registry.names() == ["film", "kino"]
    assert site.settings.domains == ("kino.example",)
    assert site.base_url == "https://kino.example"
    assert other.base_url == "http://localhost:9001"
    keys = {read_env(Path(each.directory) / ".env")["SECRET_KEY"] for each in (site, other)}
    assert len(keys) == 2
    assert all(len(key) >= 64 for key in keys)
    assert read_env(Path(site.directory) / "agent.env") == {}
    assert Path(site.directory).stat().st_mode & 0o777 == 0o700


def test_removed_site_is_gone_with_its_data(registry: Registry) -> None:
    site = registry.add("kino", SiteSettings())
    (Path(site.directory) / "data" / "file").write_text("x")
    registry.remove("kino")
    assert registry.names() == []
    assert [entry.name for entry in registry.folder.iterdir()] == [".lock"]
    with pytest.raises(UnknownSiteError):
        registry.load("kino")


def test_edit_keeps_the_operators_comments_and_the_secret(registry: Registry) -> None:
    site = registry.add("kino", SiteSettings(cities=("kyiv",)))
    path = Path(site.directory) / "site.toml"
    path.write_text('# our cities\ncities = ["kyiv"] # the capital\nprocesses = 4\n')
    before = read_env(Path(site.directory) / ".env")
    edited = registry.edit("kino", SiteSettings(cities=("kyiv", "lviv"), processes=4))
    assert edited.settings.cities == ("kyiv", "lviv")
    assert "# our cities" in path.read_text()
    assert read_env(Path(site.directory) / ".env") == before


def test_cinemas_survive_the_file(registry: Registry) -> None:
    cinemas = (CinemaEntry(city="lviv", name='Кіно "Л\'вів"', url="https://kino.example/розклад?a=1"),)
    assert registry.add("kino", SiteSettings(cinemas=cinemas)).settings.cinemas == cinemas


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a b", "a/b", "..", "a\n", "a" * 33, "кіно", "a\x00b", "a;b"])
def test_hostile_names_touch_nothing(registry: Registry, name: str) -> None:
    for action in (lambda: registry.add(name, SiteSettings()), lambda: registry.remove(name)):
        with pytest.raises(SiteNameError):
            action()
    assert not any(entry.is_dir() for entry in registry.folder.glob("*"))


@pytest.mark.parametrize(
    "settings",
    [
        SiteSettings(domains=("kino.example\n",)),
        SiteSettings(domains=("Kino.example",)),
        SiteSettings(domains=("kino.example; include /etc/passwd",)),
        SiteSettings(domains=("кіно.укр",)),
        SiteSettings(domains=("localhost",)),
        SiteSettings(domains=("a." * 130 + "example",)),
        SiteSettings(cities=("../kyiv",)),
        SiteSettings(cities=("",)),
        SiteSettings(start_port=65_530, processes=12),
        SiteSettings(refresh_at="6:00"),
        SiteSettings(refresh_at="24:00"),
        SiteSettings(timezone="Europe/Nowhere"),
        SiteSettings(timezone="../../etc/passwd"),
        SiteSettings(cinemas=(CinemaEntry(city="kyiv", name="K", url="javascript:alert(1)"),)),
        SiteSettings(cinemas=(CinemaEntry(city="kyiv", name="\u202eK", url="https://a.example/"),)),
    ],
)
def test_unusable_settings_write_nothing(registry: Registry, settings: SiteSettings) -> None:
    with pytest.raises(SiteSettingsError):
        registry.add("kino", settings)
    assert registry.names() == []


def test_ports_and_domains_belong_to_one_site(registry: Registry) -> None:
    registry.add("one", SiteSettings(domains=("a.example",), start_port=8001, processes=12))
    with pytest.raises(SitesTakenError, match="Port 8012 belongs to site one"):
        registry.add("two", SiteSettings(start_port=8012))
    with pytest.raises(SitesTakenError, match=r"a\.example"):
        registry.add("two", SiteSettings(start_port=8100, domains=("a.example",)))
    with pytest.raises(SiteExistsError):
        registry.add("one", SiteSettings(start_port=8100))


def test_free_ports_are_found_between_sites(registry: Registry) -> None:
    assert registry.free_start_port(12) == 8001
    registry.add("one", SiteSettings(start_port=8001, processes=12))
    registry.add("three", SiteSettings(start_port=8020, processes=12))
    assert registry.free_start_port(7) == 8013
    assert registry.free_start_port(8) == 8032


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('processes = 4\nlanguage = "fr"\n', ":2"),
        ("nonsense = 1\n", ":1"),
        ('processes = 2\ncities = ["a/b"]\n', ":2"),
        ("[[cinemas]]\ncity = 'kyiv'\nname = 'K'\nurl = 5\n", ":4"),
        ("[[cinemas]]\ncity = 'kyiv'\nname = 'K'\nurl = 'https://k.example/'\nkind = 1\n", ":5"),
        ("[[cinemas]]\ncity='kyiv'\nname='K'\nurl='https://k.example/'\n[[cinemas]]\ncity='a'\nname=1\nurl=''\n", ":7"),
    ],
)
def test_file_edited_by_hand_is_refused_with_its_line(registry: Registry, text: str, place: str) -> None:
    site = registry.add("kino", SiteSettings())
    (Path(site.directory) / "site.toml").write_text(text)
    with pytest.raises(ConfigurationError, match=rf"site\.toml{place}: "):
        registry.load("kino")


def test_linked_folder_is_no_site(registry: Registry, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "site.toml").write_text("")
    registry.folder.mkdir()
    (registry.folder / "kino").symlink_to(elsewhere)
    assert registry.names() == []
    for action in (registry.load, registry.remove):
        with pytest.raises(CinestreamError):
            action("kino")
    assert (elsewhere / "site.toml").exists()


def test_failure_half_way_leaves_no_trace(registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    def disk_full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", disk_full)
    with pytest.raises(OSError, match="No space"):
        registry.add("kino", SiteSettings())
    assert [entry.name for entry in registry.folder.iterdir()] == [".lock"]
