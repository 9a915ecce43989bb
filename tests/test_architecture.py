"""Who may import whom. The order below is the map in docs/ARCHITECTURE.md; imports run from later to earlier only."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "cinestreamd"

FLOORS: tuple[frozenset[str], ...] = (
    frozenset({"libc"}),
    frozenset(
        {
            "addresses",
            "all_sites",
            "hot_names",
            "i18n",
            "feature",
            "landlock",
            "log_file",
            "metering",
            "resting",
            "site_state",
        }
    ),
    frozenset({"errors"}),
    frozenset({"config", "privileges", "toml_text"}),
    frozenset({"config_file", "log", "tracing"}),
    frozenset({"store"}),
    frozenset({"gazetteer", "sites"}),
    frozenset({"agent"}),
    frozenset({"web"}),
    frozenset({"features"}),
    frozenset({"demo"}),
    frozenset({"channel", "confinement", "specs", "serving"}),
    frozenset({"child_process"}),
    frozenset({"worker", "agent_process", "demo_process", "alerts"}),
    frozenset({"rehearsal"}),
    frozenset({"master"}),
    frozenset({"deploy"}),
    frozenset({"doctor"}),
    frozenset({"cli"}),
    frozenset({"__main__"}),
)
FLOOR_OF = {room: number for number, floor in enumerate(FLOORS) for room in floor}

SOURCES = sorted(PACKAGE.rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Full dotted names of what a file imports from the package, at any depth of the file."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    return names


def room(dotted: str) -> str | None:
    parts = dotted.split(".")
    return parts[1] if parts[0] == "cinestreamd" and len(parts) > 1 else None


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_run_downward(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    if own == "__init__":
        return
    assert own in FLOOR_OF, f"{own} has no floor in FLOORS"
    for name in imports(path):
        other = room(name)
        if other is not None and other not in {own, "__version__"}:
            assert FLOOR_OF[other] < FLOOR_OF[own], f"{own} may not import {name}"


def test_one_feature_uses_another_only_through_its_root() -> None:
    for path in (PACKAGE / "features").rglob("*.py"):
        own = path.relative_to(PACKAGE / "features").parts[0]
        for name in imports(path):
            parts = name.split(".")
            if parts[:2] == ["cinestreamd", "features"] and len(parts) > 3 and own != "__init__.py":
                assert parts[2] == own or len(parts) == 4, f"{path.name}: {name} reaches into another feature"


@pytest.mark.parametrize(
    ("library", "folder"),
    [("anthropic", "agent/claude"), ("motor", "store/mongo"), ("pymongo", "store/mongo"), ("sqlite3", "")],
)
def test_each_storage_or_model_library_has_one_room(library: str, folder: str) -> None:
    allowed = {"sqlite3": ("store/sqlite/", "gazetteer/")}.get(library, (folder,))
    for path in SOURCES:
        if library in {name.split(".")[0] for name in imports(path)}:
            assert str(path.relative_to(PACKAGE)).startswith(allowed), f"{path} imports {library}"


def test_a_stores_contract_knows_none_of_its_implementations_and_these_know_not_each_other() -> None:
    """Rooms of nouns, then ``base`` which is composed of them, then the two stores; what moves records knows none."""
    nouns = {path.stem for path in (PACKAGE / "store" / "sqlite").glob("*.py")}
    nouns &= {path.stem for path in (PACKAGE / "store").glob("*.py")} - {"__init__"}
    assert nouns == {path.stem for path in (PACKAGE / "store" / "mongo").glob("*.py")} & nouns
    assert {"leases", "guide", "runs", "locations", "spending"} <= nouns
    for path in (PACKAGE / "store").rglob("*.py"):
        own = path.relative_to(PACKAGE / "store").parts[0].removesuffix(".py")
        names = {name.split(".")[2] for name in imports(path) if name.startswith("cinestreamd.store.")}
        assert own in {"sqlite", "mongo"} or not names & {"sqlite", "mongo"}, f"{path} knows an implementation"
        assert own == "sqlite" or "sqlite" not in names, f"{path} knows the other store"
        assert own == "mongo" or "mongo" not in names, f"{path} knows the other store"
        assert own not in nouns or "base" not in names, f"{path} imports what is composed of it"


def test_sql_and_mongo_operators_stay_in_their_rooms() -> None:
    for path in SOURCES:
        place = str(path.relative_to(PACKAGE))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
                continue
            text = node.value.lstrip()
            if not place.startswith(("store/sqlite/", "gazetteer/")):
                assert not text.startswith(("SELECT ", "INSERT ", "UPDATE ", "DELETE FROM")), f"SQL in {place}"
            if not place.startswith("store/mongo/"):
                assert text not in {"$set", "$inc", "$gte", "$lt", "$in"}, f"Mongo operator in {place}"


ABOUT_ONE_STORE = (
    "contract/",
    "store/",
    "sites/test_database.py",
    "cli/test_store_command.py",
    "support/product_store.py",
)
"""Tests that name a store themselves, each of them in docs/STORE.md with its reason."""


def test_all_other_tests_leave_the_choice_of_the_store_to_the_one_switch() -> None:
    """They ask tests/support/product_store.py for theirs, so that CINESTREAMD_TEST_STORE decides."""
    tests = Path(__file__).parent
    for path in tests.rglob("*.py"):
        place = str(path.relative_to(tests))
        named = {
            name for name in imports(path) if name.startswith(("cinestreamd.store.sqlite", "cinestreamd.store.mongo"))
        }
        assert not named or place.startswith(ABOUT_ONE_STORE), f"{place} imports {named}: ask product_store instead"
