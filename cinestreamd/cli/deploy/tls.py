"""``cinestreamd deploy tls``: a certificate for a site, and nginx that uses it."""

from pathlib import Path

import click
import msgspec

from cinestreamd.cli.deploy.front import with_front
from cinestreamd.cli.options import Place, with_place
from cinestreamd.deploy.certificates import kept_in, name_for, require_shown
from cinestreamd.deploy.front import Front, file_of
from cinestreamd.deploy.nginx import NoDomainError
from cinestreamd.deploy.paths import plain_path
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
        front = msgspec.structs.replace(front, certificates=plain_path(f"{certbot_folder}/live"))
    folder = Path(front.self_signed_folder if self_signed else front.certificates)
    certbot = Certbot(
        name=name_for(site, kept_in(folder)),
        webroot=front.webroot,
        hook=reload_hook(Path(front.nginx_folder) / "nginx.conf"),
        folder=certbot_folder,
        server=server,
        email=email,
    )
    certbot.command(site, rehearsal=True)  # refuses what it could not be told, before anything is written
    known = place.registry().names()
    if self_signed:
        sign_for_oneself(site, folder, certbot.name)
    else:
        _apply(front, site, known)  # the challenges must be served first
        if not no_dns_check:
            for domain in site.settings.domains:
                require_domain(domain, webroot=Path(front.webroot), port=front.http_port)
        obtain(site, certbot)
        renew_at_a_third(site, certbot)
    _apply(front, site, known, anew=True)
    chain = Path(front.certificates_of([site])[name].chain)
    require_shown(chain, domain=site.settings.domains[0], port=front.https_port)
    click.echo(f"https://{site.settings.domains[0]}/ is served.")


def _apply(front: Front, site: Site, known: list[str], *, anew: bool = False) -> None:
    files = front.files_with(site, known)
    front.server.apply(files, http_port=front.http_port, ask=[file_of(site.name)], anew=anew)
