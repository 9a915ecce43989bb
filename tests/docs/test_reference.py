"""Every command and option stands in docs/CLI.md, every setting in config.example.toml and docs/CONFIGURATION.md."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import msgspec
import pytest

from cinestreamd.cli import root
from cinestreamd.config import Settings
from cinestreamd.sites.model import SiteSettings

DOCS = Path(__file__).parent.parent.parent / "docs"
CLI = (DOCS / "CLI.md").read_text(encoding="utf-8")
CONFIGURATION = (DOCS / "CONFIGURATION.md").read_text(encoding="utf-8")
EVERYWHERE = {"--help", "--version", "--state-dir", "--config", "--json", "--dry-run"}


def commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command with the words by which it is called."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = dict(commands(root))


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_command_is_described(path: tuple[str, ...]) -> None:
    """In its section, by its name: "sites env NAME set" and "sites start|stop" count as well."""
    section = CLI[CLI.index("## run") :] if path[0] in {"run", "restart", "stop"} else CLI
    assert any(
        all(re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", paragraph) for word in path)
        for paragraph in re.split(r"\n\n|\n- ", section)
    ), f"docs/CLI.md has nothing about: cinestreamd {' '.join(path)}"


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_options_are_described(path: tuple[str, ...]) -> None:
    given = {option for parameter in ALL[path].params for option in parameter.opts if option.startswith("--")}
    missing = {option for option in given - EVERYWHERE if option not in CLI}
    assert not missing, f"docs/CLI.md does not name {missing} of cinestreamd {' '.join(path)}"


@pytest.mark.parametrize("field", [field.name for field in msgspec.structs.fields(SiteSettings)])
def test_setting_of_a_site_is_described(field: str) -> None:
    assert re.search(rf"(?<!\w){field}(?!\w)", CONFIGURATION), f"docs/CONFIGURATION.md does not name {field}"


@pytest.mark.parametrize("table", [field.name for field in msgspec.structs.fields(Settings)])
def test_table_of_the_daemon_is_described(table: str) -> None:
    """Its settings are those of config.example.toml, which is rendered from the types."""
    example = (DOCS.parent / "config.example.toml").read_text(encoding="utf-8")
    assert f"[{table}]" in example
    assert "config.example.toml" in CONFIGURATION
