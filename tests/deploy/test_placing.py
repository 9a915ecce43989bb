"""Files that take their places together: all of them, or none."""

from pathlib import Path

import pytest

from cinestreamd.deploy.placing import placed


def files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir() if not path.is_dir()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a", "b", "theirs"):
        (tmp_path / name).write_text(f"former {name}")
    return tmp_path


def test_files_take_the_places_of_the_former_ones(folder: Path) -> None:
    with placed(folder, {"a", "b"}, {"a": "new a", "c": "new c"}):
        pass
    assert files(folder) == {"a": "new a", "c": "new c", "theirs": "former theirs"}
    assert (folder / "c").stat().st_mode & 0o777 == 0o644


class FailedError(Exception):
    """What comes after the files were placed fails."""


def test_all_is_as_it_was_when_what_comes_then_fails(folder: Path) -> None:
    before, seen = files(folder), set()
    (folder / "link").symlink_to("/nowhere/at/all")

    def fail() -> None:
        with placed(folder, {"a", "b"}, {"a": "new", "c": "new", "theirs": "new", "link": "new"}):
            seen.update((folder / name).read_text() for name in ("a", "c", "theirs", "link"))
            raise FailedError

    with pytest.raises(FailedError):
        fail()
    assert seen == {"new"}
    assert (folder / "link").readlink() == Path("/nowhere/at/all")
    (folder / "link").unlink()
    assert files(folder) == before


def test_nothing_is_changed_when_one_cannot_take_its_place(folder: Path) -> None:
    before = files(folder)
    (folder / "z").mkdir()
    with pytest.raises(OSError, match="z"), placed(folder, {"a", "b"}, {"a": "new", "z": "new"}):
        raise AssertionError
    assert files(folder) == before


def test_what_a_change_left_that_was_cut_off_is_in_nobodys_way(folder: Path) -> None:
    (folder / ".a.former").write_text("x")
    (folder / ".a.draft").write_text("x")
    with placed(folder, {"a"}, {"a": "new"}):
        pass
    assert files(folder) == {"a": "new", "b": "former b", "theirs": "former theirs"}
