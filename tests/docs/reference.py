"""What docs say, held against what there is: each function returns what is missing, or told of and not there."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

import click
import msgspec
from aiohttp import web

from cinestreamd.cli import root
from cinestreamd.config import Settings
from cinestreamd.features import FEATURES
from cinestreamd.features.console import actions, all_sites, views
from cinestreamd.master.gauges import GAUGES
from cinestreamd.metering import COUNTED
from cinestreamd.sites.model import CinemaEntry, DonationMethod, MapTiles, SiteSettings, Theme
from cinestreamd.sites.secret_keys import KEYS

Path = tuple[str, ...]
EVERYWHERE = {"--help", "--version", "--state-dir", "--config"}
"""Options that docs/CLI.md tells of once."""


def commands(group: click.Group = root, path: Path = ()) -> Iterator[tuple[Path, click.Command]]:
    """Every command with the words by which it is called."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def options() -> dict[Path, set[str]]:
    """The options of every command, but those of all."""
    return {
        path: {word for each in command.params for word in (*each.opts, *each.secondary_opts) if word.startswith("--")}
        - EVERYWHERE
        for path, command in commands()
    }


def signatures(text: str) -> dict[Path, set[str]]:
    """The commands that stand in ``text`` as ``cinestreamd WORDS ARGUMENTS [OPTIONS]``, with their options."""
    found: dict[Path, set[str]] = {}
    for span in re.findall(r"`cinestreamd ([^`]+)`", text):
        words: list[Path] = [()]
        for token in re.split(r"[ \n]\[|[ \n]--", span)[0].split():
            if re.fullmatch(r"[a-z|-]+", token):
                words = [(*path, word) for path in words for word in token.split("|")]
        for path in words:
            found.setdefault(path, set()).update(re.findall(r"--[a-z]+(?:-[a-z]+)*", span))
    return found


def faults_of_commands(text: str) -> set[str]:
    """Commands and options that docs/CLI.md does not have, or has and should not."""
    told, real = signatures(text), options()
    return {
        *(f"not told: {' '.join(path)}" for path in real.keys() - told.keys()),
        *(f"no command: {' '.join(path)}" for path in told.keys() - real.keys()),
        *(f"not told: {' '.join(path)} {each}" for path in real for each in real[path] - told.get(path, set())),
        *(f"no option: {' '.join(path)} {each}" for path in real for each in told.get(path, set()) - real[path]),
    }


def faults_of_metrics(text: str) -> set[str]:
    """Metrics that docs/METRICS.md does not have with their kind and labels, or has and should not."""
    rows = re.findall(r"^\| `cinestreamd_(\w+)` \| (\w+) \| ([\w, ]*?) ?\| ", text, re.MULTILINE)
    told = {(name, kind, *sorted(labels.replace(",", " ").split())) for name, kind, labels in rows}
    real = {(each.name, each.kind, *sorted((*each.places, *each.labels))) for each in COUNTED.values()}
    real |= {(each.name, each.kind, *sorted(each.labels)) for each in GAUGES.values()}
    return {str(each) for each in told ^ real}


def plain_path(path: str) -> str:
    """A route's pattern without the forms of its parts."""
    return re.sub(r"\{(\w+):(?:[^{}]|\{[^}]*\})*\}", r"{\1}", path)


def faults_of_addresses(text: str) -> set[str]:
    """Routes that docs/API.md does not have in its table, or has and should not."""
    told = set(re.findall(r"^\| `((?:GET|POST|ANY) /[^` ]*)` \| ", text, re.MULTILINE))
    real = {
        f"{'ANY' if route.method == '*' else route.method} {plain_path(route.path)}"
        for feature in FEATURES
        for route in feature.routes()
        if isinstance(route, web.RouteDef)
    }
    return told ^ real


def faults_of_the_console(text: str) -> set[str]:
    """Addresses of the console that docs/CONSOLE.md does not have."""
    told = set(re.findall(r"^\| `(/ops/[^`]*)` \| ", text, re.MULTILINE))
    real = {
        re.sub(r"\{\w+\}", "ID", plain_path(route.path))
        for route in (*views.ROUTES, *all_sites.ROUTES, *actions.ROUTES)
    }
    return told ^ real


TABLES: Mapping[str, Any] = {"map": MapTiles, "theme": Theme, "cinemas": CinemaEntry, "donations": DonationMethod}


def faults_of_site_settings(text: str) -> set[str]:
    """Settings of a site that the example in docs/CONFIGURATION.md does not have, or has and should not."""
    [block] = [
        each for each in re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL) if "timezone" in each
    ]
    told = tomllib.loads(block)
    names = {(field,) for field in told if field not in TABLES}
    for table in TABLES.keys() & told.keys():
        rows = told[table] if isinstance(told[table], list) else [told[table]]
        names |= {(table, field) for row in rows for field in row}
    real = {(field.name,) for field in msgspec.structs.fields(SiteSettings) if field.name not in TABLES}
    real |= {(table, field.name) for table, kind in TABLES.items() for field in msgspec.structs.fields(kind)}
    return {".".join(each) for each in names ^ real}


def faults_of_settings(text: str) -> set[str]:
    """Settings of the daemon that config.example.toml does not have with a line of help, or has and should not."""
    told, table = set(), ""
    lines = text.splitlines()
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("["):
            table = line.strip("[]")
        elif (found := re.match(r"#(\w+) = ", line)) and re.match(r"# \S", before):
            told.add(f"{table}.{found[1]}")
    tables = msgspec.structs.fields(Settings)
    real = {f"{each.name}.{field.name}" for each in tables for field in msgspec.structs.fields(each.type)}
    return told ^ real


def faults_of_keys(text: str) -> set[str]:
    """Secrets of a site that docs/SITES.md does not have in its table with their file, or has and should not."""
    told = set(re.findall(r"^\| `([A-Z_]+)` \| `([a-z.]+)` \| ", text, re.MULTILINE))
    return {" ".join(each) for each in told ^ {(name, key.file) for name, key in KEYS.items()}}
