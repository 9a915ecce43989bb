"""A command that is killed at any point leaves the former state or the new one, and is finished when it is repeated.

The command runs in a child that kills itself with SIGKILL just before its n-th change of a file, for every n.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Ended, cinestreamd, everything
from free_ports import free_ports
from killing import killed_before

from cinestreamd.sites.env import read_env
from cinestreamd.sites.registry import Registry

OFTEN = 400


class Scene:
    """A state directory, as it is before a command, after it, and whenever the command was killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.begun = folder / "begun"
        self.state = folder / "state"
        self.theme, self.other = make_theme(folder / "theme", "teal"), make_theme(folder / "other", "navy")
        first = free_ports(24)
        self.film = ("--start-port", str(first + 12))
        kino = ("sites", "add", "kino", "--start-port", str(first), "--theme", str(self.theme))
        assert cinestreamd(self.begun, *kino).code == 0
        (self.begun / "sites" / "kino" / "data" / "cinestreamd.sqlite").write_text("films")

    def afresh(self) -> None:
        """Have the state directory as it was at first."""
        shutil.rmtree(self.state, ignore_errors=True)
        shutil.copytree(self.begun, self.state)

    def kills(self, *command: str, given: str | None = None) -> Iterator[int]:
        """Kill the command before each of its steps, from the same beginning; yields after each kill."""

        def run() -> None:
            assert cinestreamd(self.state, *command, given=given).code == 0

        for step in range(1, OFTEN):
            self.afresh()
            if not killed_before(step, run):
                assert step > 3, "the command changes nothing that is seen here"
                return
            yield step
        raise AssertionError("no end")

    def again(self, *command: str, given: str | None = None) -> Ended:
        """Run a command on what was left."""
        return cinestreamd(self.state, *command, given=given)

    def site(self, name: str = "kino") -> dict[str, bytes]:
        """The files of a site."""
        return everything(self.state / "sites" / name)

    def leftovers(self) -> list[str]:
        """What is in the folder of sites, or in a site, besides sites and their files."""
        known = {".former", ".lock", ".env", "agent.env", "site.toml", "data", "theme", *Registry(self.state).names()}
        sites = self.state / "sites"
        return sorted({path.name for path in (*sites.iterdir(), *sites.glob("*/*"))} - known)


def make_theme(folder: Path, colour: str) -> Path:
    (folder / "static").mkdir(parents=True)
    for name in ("one", "two"):
        (folder / "static" / f"{name}.css").write_text(f"a {{ color: {colour} }}")
    (folder / "templates").mkdir()
    (folder / "templates" / f"{colour}.html").write_text(colour)
    return folder


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def test_site_with_a_theme_is_there_whole_or_not_at_all(scene: Scene) -> None:
    command = ("sites", "add", "film", *scene.film, "--theme", str(scene.other))
    for step in scene.kills(*command):
        if "film" in Registry(scene.state).names():
            assert everything(scene.state / "sites" / "film" / "theme") == everything(scene.other), step
            assert len(read_env(scene.state / "sites" / "film" / ".env")["SECRET_KEY"]) == 64
        assert scene.again(*command).code == 0
        assert everything(scene.state / "sites" / "film" / "theme") == everything(scene.other)
        assert scene.leftovers() == []


def test_theme_is_the_former_one_or_the_new_one(scene: Scene) -> None:
    command = ("sites", "edit", "kino", "--theme", str(scene.other))
    placed = scene.state / "sites" / "kino" / "theme"
    for step in scene.kills(*command):
        assert everything(placed) in (everything(scene.theme), everything(scene.other)), step
        assert scene.again(*command).code == 0
        assert everything(placed) == everything(scene.other)
        theme = Registry(scene.state).load("kino").settings.theme
        assert theme is not None
        assert theme.source == str(scene.other)
        assert scene.again("sites", "edit", "kino", "--processes", "3").code == 0
        assert scene.leftovers() == []


def test_theme_that_is_taken_away_is_there_whole_or_not_at_all(scene: Scene) -> None:
    placed = scene.state / "sites" / "kino" / "theme"
    for step in scene.kills("sites", "edit", "kino", "--no-theme"):
        assert everything(placed) in (everything(scene.theme), {}), step
        assert scene.again("sites", "edit", "kino", "--no-theme").code == 0
        assert (placed.exists(), Registry(scene.state).load("kino").settings.theme) == (False, None)
        assert scene.leftovers() == []


def test_removed_site_is_whole_or_gone_and_its_removal_is_finished(scene: Scene) -> None:
    scene.afresh()
    whole = scene.site()
    for step in scene.kills("sites", "remove", "kino", "--yes"):
        assert Registry(scene.state).names() in ([], ["kino"])
        assert scene.site() in (whole, {}), step
        assert scene.again("sites", "remove", "kino", "--yes").code == 0
        assert [path.name for path in (scene.state / "sites").iterdir()] == [".lock"]


def test_removal_that_keeps_the_data_keeps_it_whenever_it_is_killed(scene: Scene) -> None:
    scene.afresh()
    whole = scene.site()
    command = ("sites", "remove", "kino", "--yes", "--keep-data")
    for step in scene.kills(*command):
        assert scene.site() in (whole, {}), step
        assert scene.again(*command).code == 0
        [kept] = [path for path in (scene.state / "sites").iterdir() if path.name != ".lock"]
        assert kept.name.endswith(".kept")
        assert everything(kept) == {"data/cinestreamd.sqlite": b"films"}


def test_any_change_to_another_site_finishes_a_removal(scene: Scene) -> None:
    for _ in scene.kills("sites", "remove", "kino", "--yes"):
        there = Registry(scene.state).names()
        assert scene.again("sites", "add", "film", *scene.film).code == 0
        assert Registry(scene.state).names() == ["film", *there]
        assert scene.leftovers() == []


def test_renamed_site_has_one_name_or_the_other(scene: Scene) -> None:
    scene.afresh()
    whole = scene.site()
    for step in scene.kills("sites", "rename", "kino", "film"):
        found = [{**scene.site(name), ".former": b"kino"} for name in Registry(scene.state).names()]
        found = [{name: data for name, data in files.items() if not name.endswith(".tmp")} for files in found]
        assert found == [{**whole, ".former": b"kino"}], step
        assert scene.again("sites", "rename", "kino", "film").code == 0
        assert scene.site("film") == {**whole, ".former": b"kino"}
        assert scene.again("sites", "rename", "kino", "film", "--json").code == 0
        assert scene.leftovers() == []


def test_secrets_are_the_former_ones_or_the_new_ones(scene: Scene) -> None:
    scene.afresh()
    place = scene.state / "sites" / "kino"
    first, key = read_env(place / ".env"), "sk-ant-a-key-that-is-long-enough"
    command = ("sites", "env", "kino", "set", "ANTHROPIC_API_KEY")
    for _ in scene.kills(*command, given=f"{key}\n"):
        assert read_env(place / ".env") == first
        assert read_env(place / "agent.env") in ({}, {"ANTHROPIC_API_KEY": key})
        assert scene.again(*command, given=f"{key}\n").code == 0
        assert read_env(place / "agent.env") == {"ANTHROPIC_API_KEY": key}


def test_import_makes_a_site_whole_or_not_at_all(scene: Scene) -> None:
    file = scene.folder / "kino.tar.gz"
    assert cinestreamd(scene.begun, "sites", "export", "kino", str(file), "--with-secrets").code == 0
    command = ("sites", "import", "film", str(file), *scene.film)
    for _ in scene.kills(*command):
        assert scene.again(*command).code == 0
        assert everything(scene.state / "sites" / "film" / "theme") == everything(scene.theme)
        keys = {read_env(scene.state / "sites" / name / ".env")["SECRET_KEY"] for name in ("film", "kino")}
        assert len(keys) == 2
        assert scene.leftovers() == []


def test_removal_that_the_daemon_refuses_is_taken_back(scene: Scene) -> None:
    scene.afresh()
    whole = scene.site()

    def refuse() -> None:
        assert Registry(scene.state).names() == []
        raise OSError("refused")

    with pytest.raises(OSError, match="refused"):
        Registry(scene.state).remove("kino", before_deleting=refuse)
    assert scene.site() == whole
    assert scene.leftovers() == []
