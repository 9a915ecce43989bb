"""``cinestreamd sites``: add, change, show, move and remove sites, start and stop them, keep their secrets."""

import click

from cinestreamd.cli.sites.backups import backup, restore
from cinestreamd.cli.sites.lifecycle import disable, enable, start, start_all, stop, stop_all
from cinestreamd.cli.sites.listing import list_sites, show
from cinestreamd.cli.sites.moving import export, import_, rename
from cinestreamd.cli.sites.secret_files import env
from cinestreamd.cli.sites.settings import add, edit, remove


@click.group()
def sites() -> None:
    """Manage sites: each has its own ports, secrets and data."""


for _command in (
    add,
    edit,
    remove,
    list_sites,
    show,
    start,
    stop,
    enable,
    disable,
    start_all,
    stop_all,
    env,
    rename,
    export,
    import_,
    backup,
    restore,
):
    sites.add_command(_command)
