"""``cinestreamd deploy nginx``: the web server in front of the daemon."""

from pathlib import Path

import click

from cinestreamd.cli.options import Place, with_place
from cinestreamd.deploy.drift import difference
from cinestreamd.deploy.nginx import Certificate, Host, render_shared, render_site
from cinestreamd.deploy.nginx_files import SHARED, NginxFolder
from cinestreamd.sites.model import Site

PORT = click.IntRange(1, 65_535)


@click.command()
@click.argument("name", required=False)
@click.option("--print", "action", flag_value="print", default="print", help="Print the configuration (default).")
@click.option("--apply", "action", flag_value="apply", help="Test, install and reload; roll back if nginx fails.")
@click.option("--check", "action", flag_value="check", help="Have nginx test it, show what differs, change nothing.")
@click.option("--nginx-folder", default="/etc/nginx", show_default=True, help="Where nginx.conf is.")
@click.option("--certificates", default="/etc/letsencrypt/live", show_default=True, help="Has SITE/fullchain.pem.")
@click.option("--webroot", default="/var/lib/cinestreamd-acme", show_default=True, help="Where ACME challenges lie.")
@click.option("--cache", default="/var/cache/cinestreamd-nginx", show_default=True, help="nginx's cache.")
@click.option("--http-port", type=PORT, default=80, show_default=True)
@click.option("--https-port", type=PORT, default=443, show_default=True)
@with_place
def nginx(
    place: Place,
    name: str | None,
    *,
    action: str,
    nginx_folder: str,
    certificates: str,
    webroot: str,
    cache: str,
    http_port: int,
    https_port: int,
) -> None:
    """Nginx for NAME, or for all enabled sites that have a domain: TLS, ip_hash, micro-cache, failover."""
    server = NginxFolder(Path(nginx_folder))
    host = Host(
        version=server.version(),
        http_port=http_port,
        https_port=https_port,
        webroot=webroot,
        cache=cache,
        own_default=not server.has_other_default(),
        ipv6=has_ipv6(),
        brotli=server.has_brotli(),
    )
    registry = place.registry()
    found = [registry.load(name)] if name else [site for site in registry.sites() if _is_public(site)]
    files = {SHARED: render_shared(host)}
    for site in found:
        files[f"cinestreamd-{site.name}.conf"] = render_site(site, host, _certificate(certificates, site))
    server.require_free({domain for site in found for domain in site.settings.domains})
    if name:
        files = {**server.installed(), **files}
    if action == "print":
        click.echo("".join(files[each] for each in sorted(files)), nl=False)
    elif action == "check":
        server.check(files)
        differs = difference(server.installed(), files)
        click.echo(
            differs + "nginx takes this configuration" + ("; it has another one." if differs else " and has it.")
        )
        if differs:
            raise click.exceptions.Exit(1)
    elif not found:
        click.echo("No enabled site has a domain; nothing to do.")
    else:
        changed = server.apply(files, http_port=http_port, domain=found[0].settings.domains[0])
        click.echo(f"nginx serves {', '.join(site.name for site in found)}." if changed else "Nothing changed.")


def has_ipv6() -> bool:
    """Whether this host has any IPv6 address, be it its own loopback."""
    addresses = Path("/proc/net/if_inet6")
    return addresses.is_file() and bool(addresses.read_text().strip())


def _is_public(site: Site) -> bool:
    return site.settings.enabled and bool(site.settings.domains)


def _certificate(folder: str, site: Site) -> Certificate | None:
    chain, key = f"{folder}/{site.name}/fullchain.pem", f"{folder}/{site.name}/privkey.pem"
    return Certificate(chain, key) if Path(chain).is_file() and Path(key).is_file() else None
