"""The command line. Imports of each command's machinery wait until that command runs, so that help is instant."""

import sys

import click

from cinestreamd import __version__
from cinestreamd.cli.config import config
from cinestreamd.cli.extract import extract
from cinestreamd.cli.run import run
from cinestreamd.cli.scrape import scrape
from cinestreamd.cli.sites import sites
from cinestreamd.cli.status import status
from cinestreamd.errors import CinestreamError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="cinestreamd")
def root() -> None:
    """A self-hosted cinema guide: what is on, where, when and for how much, with proof beside every showtime."""


for command in (run, sites, scrape, extract, status, config):
    root.add_command(command)


def main() -> None:
    """Run the command line; every expected error is one line on standard error and an exit code of its own."""
    try:
        code = root(standalone_mode=False)
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
    sys.exit(code if isinstance(code, int) else 0)
