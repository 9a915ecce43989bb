"""Options that every command shares: where state is, and which configuration file is read."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from cinestreamd.config import Settings, default_state_dir, load_settings
from cinestreamd.sites.registry import Registry


class Place(Struct, frozen=True):
    """What ``--state-dir`` and ``--config`` say."""

    state_dir: Path
    config_path: Path | None

    def settings(self) -> Settings:
        """The configuration, read anew at each call."""
        return load_settings(self.config_path)

    def registry(self) -> Registry:
        """The sites of the state directory."""
        return Registry(self.state_dir)


def with_place(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--state-dir`` and ``--config``, and pass them on as its first argument, a ``Place``."""

    @click.option(
        "--state-dir",
        type=click.Path(path_type=Path, file_okay=False),
        help="Where sites and their data live.  [default: $STATE_DIRECTORY, /var/lib/cinestreamd for root, "
        "~/.local/state/cinestreamd]",
    )
    @click.option(
        "--config",
        "config_path",
        type=click.Path(path_type=Path, dir_okay=False),
        help="The daemon's configuration.  [default: /etc/cinestreamd/config.toml, if there is one]",
    )
    @wraps(function)
    def command(*args: Any, state_dir: Path | None, config_path: Path | None, **options: Any) -> Any:
        return function(Place((state_dir or default_state_dir()).absolute(), config_path), *args, **options)

    return command


def print_json(value: object) -> None:
    """Print one JSON document, indented, in UTF-8."""
    import msgspec  # noqa: PLC0415 - only where a script asked for it

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
