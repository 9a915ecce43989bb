"""``cinestreamd deploy``: what stands around the daemon on a host."""

import click

from cinestreamd.cli.deploy.nginx import nginx
from cinestreamd.cli.deploy.systemd import enable_autostart, systemd
from cinestreamd.cli.deploy.tls import tls


@click.group()
def deploy() -> None:
    """Render and install what stands around the daemon on a host."""


for _command in (nginx, tls, systemd, enable_autostart):
    deploy.add_command(_command)
