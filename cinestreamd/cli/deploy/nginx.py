"""``cinestreamd deploy nginx``: the web server in front of the daemon."""

import click

from cinestreamd.cli.deploy.front import Front, public_sites, with_front
from cinestreamd.cli.options import Place, with_place
from cinestreamd.deploy.drift import difference


@click.command()
@click.argument("name", required=False)
@click.option("--print", "action", flag_value="print", default="print", help="Print the configuration (default).")
@click.option("--apply", "action", flag_value="apply", help="Test, install and reload; roll back if nginx fails.")
@click.option("--check", "action", flag_value="check", help="Have nginx test it, show what differs, change nothing.")
@with_front
@with_place
def nginx(place: Place, name: str | None, *, action: str, front: Front) -> None:
    """Nginx for NAME, or for all enabled sites that have a domain: TLS, ip_hash, micro-cache, failover."""
    server = front.server
    found = [place.registry().load(name)] if name else public_sites(place)
    files = front.files(found)
    if name:
        files = {**server.installed(), **files}
    if action == "print":
        click.echo("".join(files[each] for each in sorted(files)), nl=False)
    elif action == "check":
        server.check(files)
        differs = difference(server.installed(), files)
        click.echo(f"{differs}nginx takes this configuration{'; it has another one.' if differs else ' and has it.'}")
        if differs:
            raise click.exceptions.Exit(1)
    elif not found:
        click.echo("No enabled site has a domain; nothing to do.")
    else:
        changed = server.apply(files, http_port=front.http_port, domain=found[0].settings.domains[0])
        click.echo(f"nginx serves {', '.join(site.name for site in found)}." if changed else "Nothing changed.")
