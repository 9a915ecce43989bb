"""``cinestreamd deploy tls``: a certificate for a site, and nginx that uses it."""

from pathlib import Path

import click
import msgspec

from cinestreamd.cli.deploy.front import Front, with_front
from cinestreamd.cli.options import Place, with_place
from cinestreamd.deploy.nginx import NoDomainError
from cinestreamd.deploy.tls import Certbot, obtain, reload_hook, renew_at_a_third, require_domain, sign_for_oneself
from cinestreamd.sites.model import Site


@click.command()
@click.argument("name")
@click.option("--self-signed", is_flag=True, help="Sign it here, for trying out: browsers will warn.")
@click.option("--email", default="", help="Where the authority writes to when something is wrong.")
@click.option("--server", default="", help="Another certificate authority (ACME directory).  [default: certbot's]")
@click.option("--certbot-folder", default="", help="certbot's configuration.  [default: certbot's]")
@click.option("--no-dns-check", is_flag=True, help="Do not ask whether the domains lead here.")
@with_front
@with_place
def tls(
    place: Place,
    name: str,
    *,
    self_signed: bool,
    email: str,
    server: str,
    certbot_folder: str,
    no_dns_check: bool,
    front: Front,
) -> None:
    """Get a certificate for site NAME by certbot, and have nginx use and renew it."""
    site = place.registry().load(name)
    if not site.settings.domains:
        raise NoDomainError(name=name)
    if certbot_folder:
        front = msgspec.structs.replace(front, certificates=f"{certbot_folder}/live")
    certbot = Certbot(
        webroot=front.webroot,
        hook=reload_hook(Path(front.nginx_folder).absolute() / "nginx.conf"),
        folder=certbot_folder,
        server=server,
        email=email,
    )
    certbot.command(site, rehearsal=True)  # refuses what it could not be told, before anything is written
    if self_signed:
        sign_for_oneself(site, Path(front.self_signed_folder))
    else:
        _apply(front, site)  # the challenges must be served first
        if not no_dns_check:
            for domain in site.settings.domains:
                require_domain(domain, webroot=Path(front.webroot), port=front.http_port)
        obtain(site, certbot)
        renew_at_a_third(site, certbot)
    _apply(front, site)
    click.echo(f"https://{site.settings.domains[0]}/ is served.")


def _apply(front: Front, site: Site) -> None:
    files = {**front.server.installed(), **front.files([site])}
    front.server.apply(files, http_port=front.http_port, domain=site.settings.domains[0])
