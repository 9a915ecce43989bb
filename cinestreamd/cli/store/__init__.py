"""``cinestreamd store``: look after the databases of sites, and move a site from one kind of database to another."""

import click

from cinestreamd.cli.store.looking import check, migrate, stats
from cinestreamd.cli.store.moving import move


@click.group()
def store() -> None:
    """Look after the databases of sites: embedded files, or MongoDB."""


for _command in (migrate, check, stats, move):
    store.add_command(_command)
