"""Every command, option, setting, secret, address and metric has its entry, and no entry tells of what is not there."""

import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from reference import (
    commands,
    faults_of_addresses,
    faults_of_commands,
    faults_of_keys,
    faults_of_metrics,
    faults_of_settings,
    faults_of_site_settings,
    faults_of_the_console,
    options,
)

ROOT = Path(__file__).parent.parent.parent
Faults = Callable[[str], set[str]]
REFERENCES: dict[str, Faults] = {
    "docs/CLI.md": faults_of_commands,
    "docs/METRICS.md": faults_of_metrics,
    "docs/API.md": faults_of_addresses,
    "docs/CONSOLE.md": faults_of_the_console,
    "docs/CONFIGURATION.md": faults_of_site_settings,
    "config.example.toml": faults_of_settings,
    "docs/SITES.md": faults_of_keys,
}


def page(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", REFERENCES)
def test_reference_has_every_entry_and_no_other(name: str) -> None:
    assert REFERENCES[name](page(name)) == set()


ENTRIES = {
    "docs/METRICS.md": r"^\| `cinestreamd_\w+` .*\n",
    "docs/API.md": r"^\| `(?:GET|POST|ANY) /.*\n",
    "docs/CONSOLE.md": r"^\| `/ops/.*\n",
    "docs/CONFIGURATION.md": r"^(?:start_port|processes|cities|user|tiles|credit|rev|digest|city|address|label) = .*\n",
    "config.example.toml": r"^#\w+ = .*\n",
    "docs/SITES.md": r"^\| `[A-Z_]+` .*\n",
}


@pytest.mark.parametrize("name", ENTRIES)
def test_any_entry_that_is_taken_out_is_missed(name: str) -> None:
    text = page(name)
    entries = list(re.finditer(ENTRIES[name], text, re.MULTILINE))
    assert len(entries) >= 5
    for entry in entries:
        assert REFERENCES[name](text[: entry.start()] + text[entry.end() :]), entry[0]


def without(text: str, word: str) -> str:
    """The text with another word in every signature of a command that has this one."""
    pattern = rf"(?<![\w-]){re.escape(word)}(?![\w-])"
    return re.sub(r"`cinestreamd [^`]+`", lambda span: re.sub(pattern, "other", span[0]), text)


def test_any_command_that_is_taken_out_is_missed() -> None:
    text = page("docs/CLI.md")
    for path, _ in commands():
        assert f"not told: {' '.join(path)}" in faults_of_commands(without(text, path[-1]))


def test_any_option_that_is_taken_out_or_invented_is_told() -> None:
    text = page("docs/CLI.md")
    told = {option for found in options().values() for option in found}
    assert len(told) >= 40
    for option in told:
        faults = faults_of_commands(re.sub(rf"{option}(?![\w-])", "", text))
        assert {each.rpartition(" ")[2] for each in faults} == {option}, option
    assert faults_of_commands(text.replace("[--keep-data]", "[--keep-data] [--keep-all]")) == {
        "no option: sites remove --keep-all"
    }
    assert "no command: sites clone" in faults_of_commands(f"{text}\n`cinestreamd sites clone NAME`")


def test_every_command_and_option_says_what_it_does() -> None:
    for path, command in commands():
        assert command.help, path
        mute = {each.name for each in command.params if isinstance(each, click.Option) and not each.help}
        assert mute == set(), path
