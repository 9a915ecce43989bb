"""``cinestreamd deploy nginx``: the web server in front of the daemon."""

import click

from cinestreamd.cli.deploy.front import public_sites, with_front
from cinestreamd.cli.options import Place, with_place
from cinestreamd.deploy.drift import difference
from cinestreamd.deploy.front import Front, file_of


@click.command()
@click.argument("name", required=False)
@click.option("--print", "action", flag_value="print", default="print", help="Print the configuration (default).")
@click.option("--apply", "action", flag_value="apply", help="Test, install and reload; roll back if nginx fails.")
@click.option("--check", "action", flag_value="check", help="Have nginx test it, show what differs, change nothing.")
@with_front
@with_place
def nginx(place: Place, name: str | None, *, action: str, front: Front) -> None:
    """Nginx for NAME, or for all enabled sites that have a domain: TLS, ip_hash, micro-cache, failover.

    Without NAME what was installed of other sites is removed.
    """
    server = front.server
    if name:
        found = [place.registry().load(name)]
        files = front.files_with(found[0], place.registry().names())
    else:
        found = public_sites(place)
        files = front.files(found) if found else {}
    if action == "print":
        click.echo("".join(files[each] for each in sorted(files)), nl=False)
        return
    if not files and not server.installed():
        click.echo("No enabled site has a domain; nothing to do.")
        return
    if action == "check":
        server.check(files)
        differs = difference(server.installed(), files)
        click.echo(f"{differs}nginx takes this configuration{'; it has another one.' if differs else ' and has it.'}")
        if differs:
            raise click.exceptions.Exit(1)
        return
    changed = server.apply(files, http_port=front.http_port, ask=[file_of(site.name) for site in found])
    if not found:
        click.echo("No enabled site has a domain; nginx serves none any more.")
    else:
        click.echo(f"nginx serves {', '.join(site.name for site in found)}." if changed else "Nothing changed.")
