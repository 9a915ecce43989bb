"""``cinestreamd config``: the configuration's example and its check."""

import click

from cinestreamd.cli.options import Place, with_place
from cinestreamd.config_file import render_example


@click.group()
def config() -> None:
    """Show or check the daemon's configuration."""


@config.command()
@with_place
def example(_place: Place) -> None:
    """Print every setting with its default and one line of help."""
    click.echo(render_example(), nl=False)


@config.command()
@with_place
def check(place: Place) -> None:
    """Read the configuration and all sites; say what is wrong and where."""
    place.settings()
    names = [site.name for site in place.registry().sites()]
    click.echo(f"The configuration and {len(names)} site(s) are usable: {', '.join(names) or 'none yet'}")
