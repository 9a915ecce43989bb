"""``cinestreamd metrics``: what a running daemon has counted."""

import click

from cinestreamd.cli.options import Place, with_place


@click.command()
@with_place
def metrics(place: Place) -> None:
    """Print the running daemon's metrics in Prometheus' text format. Exit code 69: no daemon answers."""
    from cinestreamd.master.client import ControlClient  # noqa: PLC0415 - only commands to a daemon need it

    click.echo(ControlClient(place.state_dir).call("metrics")["text"], nl=False)
