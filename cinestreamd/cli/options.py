"""Options that every command shares: where state is, and which configuration file is read."""

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from msgspec import Struct

from cinestreamd.addresses import is_place
from cinestreamd.config import Settings
from cinestreamd.config_file import load_settings
from cinestreamd.errors import InvalidInputError
from cinestreamd.i18n import N_
from cinestreamd.sites.registry import Registry


class PlaceError(InvalidInputError):
    """A path is one that a careless program might take for something else."""

    code = "place"
    message = N_(
        "{path!r} cannot be used: a path is one visible line of at most 255 characters, without .. and {signs}"
    )


class PlainFile(click.ParamType):  # type: ignore[type-arg]  # generic in click's stubs alone
    """The path of a file, or - for standard input or output: one visible line that leads nowhere up."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:  # noqa: ARG002 - click's signature
        """The path.

        Raises:
            PlaceError: it is none that may be used.
        """
        return plain_place(Path(value))


def plain_place(path: Path) -> Path:
    """The path itself, if it is one visible line that leads nowhere up.

    Raises:
        PlaceError: it is not.
    """
    if not is_place(str(path)):
        raise PlaceError(path=str(path)[:80], signs=";{}<>`$\\")
    return path


class Place(Struct, frozen=True):
    """What ``--state-dir`` and ``--config`` say; ``is_named``: the state directory is not just the usual one."""

    state_dir: Path
    config_path: Path | None
    is_named: bool = False

    def settings(self) -> Settings:
        """The configuration, read anew at each call."""
        return load_settings(self.config_path)

    def registry(self) -> Registry:
        """The sites of the state directory."""
        return Registry(self.state_dir)


def default_state_dir() -> Path:
    """Where state lives when nothing says otherwise: systemd's directory, root's, or the user's own."""
    given = os.environ.get("CINESTREAMD_STATE_DIR") or os.environ.get("STATE_DIRECTORY")
    if given:
        return Path(given)
    if os.geteuid() == 0:
        return Path("/var/lib/cinestreamd")
    return Path(os.environ.get("XDG_STATE_HOME", Path.home() / ".local" / "state")) / "cinestreamd"


def with_place(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--state-dir`` and ``--config``, and pass them on as its first argument, a ``Place``."""

    @click.option(
        "--state-dir",
        type=PlainFile(),
        metavar="DIR",
        help="Where sites and their data live.  [default: $STATE_DIRECTORY, /var/lib/cinestreamd for root, "
        "~/.local/state/cinestreamd]",
    )
    @click.option(
        "--config",
        "config_path",
        type=PlainFile(),
        help="The daemon's configuration.  [default: /etc/cinestreamd/config.toml, if there is one]",
    )
    @wraps(function)
    def command(*args: Any, state_dir: Path | None, config_path: Path | None, **options: Any) -> Any:
        named = state_dir is not None or "CINESTREAMD_STATE_DIR" in os.environ
        place = Place(plain_place((state_dir or default_state_dir()).absolute()), config_path, named)
        return function(place, *args, **options)

    return command


def print_json(value: object) -> None:
    """Print one JSON document, indented, in UTF-8."""
    import msgspec  # noqa: PLC0415 - only where a script asked for it

    click.echo(msgspec.json.format(msgspec.json.encode(value), indent=2).decode())
