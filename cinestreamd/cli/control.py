"""``cinestreamd reload|restart|stop``: commands to the running daemon."""

import click

from cinestreamd.cli.failures import SiteRefusedError
from cinestreamd.cli.options import Place, print_json, with_place
from cinestreamd.errors import CinestreamError
from cinestreamd.i18n import N_
from cinestreamd.master.client import ControlClient


class NotRenewedError(CinestreamError):
    """Workers that were to be renewed did not come up."""

    code = "not_renewed"
    message = N_("Not renewed: {sites}. The former workers go on; the log says what is wrong (cinestreamd logs)")


as_json = click.option("--json", "json_wanted", is_flag=True, help="Print JSON.")


@click.command()
@as_json
@with_place
def reload(place: Place, *, json_wanted: bool) -> None:
    """Have the daemon read its configuration and sites anew; what cannot be used is refused and the old goes on.

    What is wrong with one site keeps no other from being taken up.
    """
    answer = ControlClient(place.state_dir).call("reload", timeout=None)
    failed = answer.get("failed", {})
    taken = [name for name in answer["sites"] if name not in failed]
    print_json(answer) if json_wanted else click.echo(f"Read anew: {', '.join(taken) or 'no sites'}")
    for name, problem in failed.items():
        raise SiteRefusedError(name=name, problem=problem)


@click.command()
@click.argument("site", required=False)
@as_json
@with_place
def restart(place: Place, site: str | None, *, json_wanted: bool) -> None:
    """Renew the workers of SITE, or of all sites, one after another without a failed request."""
    if site:
        place.registry().directory(site)  # refuses what cannot be a name
    arguments = {"site": site} if site else {}
    answer = ControlClient(place.state_dir).call("restart", timeout=None, **arguments)
    print_json(answer) if json_wanted else click.echo(f"Renewed: {', '.join(answer['renewed']) or 'none'}")
    if answer["failed"]:
        raise NotRenewedError(sites=", ".join(answer["failed"]))


@click.command()
@as_json
@with_place
def stop(place: Place, *, json_wanted: bool) -> None:
    """Have the daemon finish what it has begun, and end."""
    answer = ControlClient(place.state_dir).call("stop")
    print_json(answer) if json_wanted else click.echo(f"The daemon (process {answer['pid']}) stops.")
