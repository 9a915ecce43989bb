"""``cinestreamd sites env NAME set|unset|list``: a site's secrets, each in the file where it belongs.

A value comes from standard input, or is asked for without being shown: on the command line every user of the machine
could read it. No value is ever printed.
"""

import sys
from collections.abc import Mapping

import click

from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.cli.sites.change import as_json, dry_run_option, tell_daemon
from cinestreamd.cli.table import print_table
from cinestreamd.sites.env import read_env_in, render_env
from cinestreamd.sites.registry import new_secret
from cinestreamd.sites.secret_keys import FILES, KEYS, KeptKeyError, secret_key, value_to_keep


@click.group()
@click.argument("name")
@click.pass_context
def env(context: click.Context, name: str) -> None:
    """Keep a site's secrets; values are never printed."""
    context.obj = name


@env.command("list")
@as_json
@with_place
@click.pass_obj
def list_keys(name: str, place: Place, *, json_wanted: bool) -> None:
    """List the keys, their files, and which are set."""
    with place.registry().opened(name) as folder:
        found = {file: read_env_in(folder, file) for file in FILES}
    rows = [
        (key, known.file, "set" if found[known.file].get(key) else "not set", known.help) for key, known in KEYS.items()
    ]
    if json_wanted:
        print_json([{"key": key, "file": file, "set": state == "set"} for key, file, state, _ in rows])
    else:
        print_table(("key", "file", "state", "what it is"), rows)


@env.command("set")
@click.argument("key", required=False)
@dry_run_option
@as_json
@with_place
@click.pass_obj
def set_key(name: str, place: Place, *, key: str | None, dry_run: bool, json_wanted: bool) -> None:
    """Set KEY to a line from standard input, or ask for it; without KEY ask for all that are asked for.

    SECRET_KEY is made anew when no value is given.
    """
    if key is not None:
        secret_key(key)
    place.registry().load(name)
    keys = [key] if key else [each for each, known in KEYS.items() if known.asked]
    values = {each: value for each in keys if (value := _value(each))}
    values = {each: value_to_keep(each, value) for each, value in values.items()}
    _write(place, name, values, dry_run=dry_run, json_wanted=json_wanted)


@env.command("unset")
@click.argument("key")
@dry_run_option
@as_json
@with_place
@click.pass_obj
def unset_key(name: str, place: Place, *, key: str, dry_run: bool, json_wanted: bool) -> None:
    """Remove KEY."""
    secret_key(key)
    if key == "SECRET_KEY":
        raise KeptKeyError(key=key, site=name[:40])
    _write(place, name, {key: ""}, dry_run=dry_run, json_wanted=json_wanted)


def _value(key: str) -> str:
    if sys.stdin.isatty():
        optional = " (empty: leave as it is)" if key != "SECRET_KEY" else " (empty: make one)"
        text = str(click.prompt(f"{key}, {KEYS[key].help}{optional}", hide_input=True, default="", show_default=False))
    else:
        text = sys.stdin.readline().removesuffix("\n")
    return text or (new_secret() if key == "SECRET_KEY" else "")


def _write(place: Place, name: str, values: Mapping[str, str], *, dry_run: bool, json_wanted: bool) -> None:
    """Set these keys; an empty value removes one."""
    registry = place.registry()
    changed: list[str] = []
    former: dict[str, bytes] = {}
    with registry.locked(), registry.opened(name) as folder:
        registry.require_own(name, values)
        for file in FILES:
            old = read_env_in(folder, file)
            new = {**_real(old, values), **{key: value for key, value in values.items() if KEYS[key].file == file}}
            new = {key: value for key, value in new.items() if value}
            changed += [key for key in KEYS if old.get(key) != new.get(key)]
            if new != old and not dry_run:
                former[file] = folder.read(file) if folder.has(file) else b""
                folder.write(file, render_env(new, place=folder.path / file).encode(), mode=0o600)

    def undo() -> None:
        with registry.opened(name) as folder:
            for file, data in former.items():
                folder.write(file, data, mode=0o600)

    if former:
        tell_daemon(place, undo, name=name)
    if json_wanted:
        print_json({"site": name, "changed": changed, "dry_run": dry_run})
        return
    verb = "would change" if dry_run else "changed"
    click.echo(f"{', '.join(changed)} {verb} (values are not shown)." if changed else f"Nothing {verb}.")


def _real(old: Mapping[str, str], values: Mapping[str, str]) -> Mapping[str, str]:
    """What stays of a file: nothing of the demo's stand-in, which would be given a key of one's own."""
    if values.get("ANTHROPIC_API_KEY") and old.get("CLAUDE_SIMULATED") == "yes":
        return {key: value for key, value in old.items() if key not in {"CLAUDE_SIMULATED", "ANTHROPIC_BASE_URL"}}
    return old
