"""The command line. A command's module is imported when that command is named, so that a daemon carries no other."""

import sys
from importlib import import_module
from typing import Final, cast

import click

from cinestreamd import __version__
from cinestreamd.errors import CinestreamError

COMMANDS: Final = {
    "run": "run",
    "sites": "sites",
    "store": "store",
    "cinemas": "cinemas",
    "scrape": "scrape",
    "extract": "extract",
    "runs": "runs",
    "spend": "spend",
    "status": "status",
    "metrics": "metrics",
    "alerts": "alerts",
    "logs": "logs",
    "reload": "control",
    "restart": "control",
    "stop": "control",
    "config": "config",
    "deploy": "deploy",
    "server": "server",
    "doctor": "doctor",
}
"""The commands, and the module of this package that each is in."""


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names of all commands, in the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        return cast("click.Command", getattr(import_module(f"cinestreamd.cli.{COMMANDS[cmd_name]}"), cmd_name))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cinestreamd")
def root() -> None:
    """A self-hosted cinema guide: what is on, where, when and for how much, with proof beside every showtime."""


def main() -> None:
    """Run the command line; every expected error is one line on standard error and an exit code of its own."""
    try:
        code = root(standalone_mode=False, auto_envvar_prefix="CINESTREAMD")
    except CinestreamError as error:
        click.echo(f"cinestreamd: {' '.join(str(error).split())}", err=True)
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except (PermissionError, NotADirectoryError, IsADirectoryError) as error:  # somebody else's file, or none
        click.echo(f"cinestreamd: {error.filename}: {error.strerror}", err=True)
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)
